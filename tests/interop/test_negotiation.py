"""Every item of user information, with pynetdicom at the other end (PS3.7 D.3.3)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from pynetdicom import AE, build_role, evt
from pynetdicom.pdu_primitives import (
    AsynchronousOperationsWindowNegotiation,
    SOPClassCommonExtendedNegotiation,
    SOPClassExtendedNegotiation,
    UserIdentityNegotiation,
)

import russet
from russet.association import Policy, Rights, Row, Verified, identity
from russet.association.extended import FindOptions, StorageOptions, extended
from russet.association.identity import Claim
from russet.association.related import common_extended
from russet.codec import Identity, Role
from russet.errors import RejectedError
from tests.support.pair import CT, IMPLICIT

pytestmark = pytest.mark.interop

STUDY_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
ENHANCED_SR = "1.2.840.10008.5.1.4.1.1.88.22"
TICKET = b"\x00\xff \x80"


# --- pynetdicom asks, we answer


def item(kind: Any, **values: Any) -> Any:
    made = kind()
    for name, value in values.items():
        setattr(made, name, value)
    return made


def verify(who: Identity, _claim: Claim) -> Verified | None:
    return Verified(TICKET) if who.primary == b"good" else None


@contextmanager
def asked(policy: Policy, *items: Any) -> Iterator[Any]:
    entity = AE("PYNETDICOM")
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = 20
    for uid in (CT, STUDY_FIND):
        entity.add_requested_context(uid, IMPLICIT)
    with russet.serve(port=0, handlers={"store": lambda _instance: None}, policy=policy) as scp:
        association = entity.associate(
            "127.0.0.1", scp.port, ae_title="RUSSET", ext_neg=list(items)
        )
        try:
            yield association
        finally:
            if association.is_established:
                association.release()


@pytest.mark.interop_row(
    peer="pynetdicom",
    service="Negotiation",
    direction="peer asks",
    judged="every item of user information",
)
def test_pynetdicom_reads_our_answer_to_each_item() -> None:
    policy = Policy(
        also={STUDY_FIND},
        rows=[Row(rights=Rights(window=(5, 1)))],
        scu_classes={CT},
        extended={STUDY_FIND: FindOptions(fuzzy=True), CT: StorageOptions(2, 0, 1)},
        verifier=verify,
    )
    items = [
        item(
            AsynchronousOperationsWindowNegotiation,
            maximum_number_operations_invoked=9,
            maximum_number_operations_performed=1,
        ),
        build_role(CT, scu_role=True, scp_role=True),
        item(
            SOPClassExtendedNegotiation,
            sop_class_uid=STUDY_FIND,
            service_class_application_information=b"\1\0\1",
        ),
        item(
            SOPClassExtendedNegotiation,
            sop_class_uid=CT,
            service_class_application_information=b"\3\0\0\0\2\0",
        ),
        item(
            UserIdentityNegotiation,
            user_identity_type=3,
            primary_field=b"good",
            positive_response_requested=True,
        ),
    ]
    with asked(policy, *items) as association:
        assert association.is_established
        acceptor = association.acceptor
        assert acceptor.asynchronous_operations == (5, 1)
        role = acceptor.role_selection[CT]
        assert (role.scu_role, role.scp_role) == (True, True)
        assert acceptor.sop_class_extended == {STUDY_FIND: b"\0\0\1", CT: b"\2\0\0\0\1\0"}
        assert acceptor.user_identity.server_response == TICKET


def test_pynetdicom_is_refused_for_an_identity_that_is_not_verified() -> None:
    who = item(UserIdentityNegotiation, user_identity_type=1, primary_field=b"bad")
    with asked(Policy(verifier=verify), who) as association:
        assert association.is_rejected
        answer = association.acceptor.primitive
        assert (answer.result, answer.result_source, answer.diagnostic) == (1, 2, 1)


# --- we ask, pynetdicom answers


class Seen:
    """What pynetdicom saw of our items."""

    window: tuple[int, int] = (0, 0)
    extended: dict[str, bytes]
    general: dict[str, SOPClassCommonExtendedNegotiation]
    identity: tuple[int, bytes, bytes | None] = (0, b"", None)


@pytest.fixture
def scp() -> Iterator[tuple[int, Seen]]:
    seen = Seen()

    def on_window(event: Any) -> tuple[int, int]:
        seen.window = (event.nr_invoked, event.nr_performed)
        return 3, 1

    def on_extended(event: Any) -> dict[str, bytes]:
        seen.extended = event.app_info
        return {STUDY_FIND: b"\0\0\1\1"}

    def on_common(event: Any) -> dict[str, Any]:
        seen.general = event.items
        return {}

    def on_identity(event: Any) -> tuple[bool, bytes | None]:
        seen.identity = (event.user_id_type, event.primary_field, event.secondary_field)
        return event.primary_field == TICKET, b"reply"

    entity = AE("PYNETDICOM")
    entity.add_supported_context(CT, IMPLICIT, scu_role=True, scp_role=True)
    entity.add_supported_context(STUDY_FIND, IMPLICIT)
    handlers = [
        (evt.EVT_ASYNC_OPS, on_window),
        (evt.EVT_SOP_EXTENDED, on_extended),
        (evt.EVT_SOP_COMMON, on_common),
        (evt.EVT_USER_ID, on_identity),
    ]
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
    try:
        yield server.socket.getsockname()[1], seen
    finally:
        server.shutdown()


@pytest.mark.interop_row(
    peer="pynetdicom",
    service="Negotiation",
    direction="peer answers",
    judged="every item of user information",
)
def test_pynetdicom_reads_our_items_and_we_its_answers(scp: tuple[int, Seen]) -> None:
    port, seen = scp
    with russet.connect(
        "127.0.0.1",
        port,
        contexts=[(CT, [IMPLICIT]), (STUDY_FIND, [IMPLICIT]), (ENHANCED_SR, [IMPLICIT])],
        window=(7, 1),
        roles=[Role(CT, scu=True, scp=True)],
        extended=[extended(STUDY_FIND, FindOptions(fuzzy=True, relational=True))],
        common_extended=common_extended([ENHANCED_SR]),
        identity=identity.kerberos(TICKET, response_requested=True),
    ) as association:
        assert seen.window == (7, 1)
        assert seen.extended == {STUDY_FIND: b"\1\0\1"}
        assert list(seen.general) == [ENHANCED_SR]
        assert seen.identity[:2] == (3, TICKET)
        agreement = association._association._agreement
        # pynetdicom does nothing asynchronous, whatever its handler says.
        assert agreement.window == (1, 1)
        assert agreement.extended == {STUDY_FIND: FindOptions(fuzzy=True)}
        assert agreement.identity_response == b"reply"
        (ct,) = (each for each in agreement.accepted.values() if each.abstract_syntax == CT)
        assert (ct.scu, ct.scp) == (True, True)


def test_an_identity_that_pynetdicom_does_not_verify_is_a_rejection(scp: tuple[int, Seen]) -> None:
    with pytest.raises(RejectedError) as raised:
        russet.connect(
            "127.0.0.1",
            scp[0],
            contexts=[(CT, [IMPLICIT])],
            identity=identity.passcode("eva", "secret"),
        )
    # It says so as a transient refusal.
    assert (raised.value.source, raised.value.reason) == (2, 1)
    assert scp[1].identity == (2, b"eva", b"secret")
