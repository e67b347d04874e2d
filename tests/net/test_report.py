"""What is told of an association counts everything that its peer has been answered."""

import errno
from ipaddress import ip_network
from pathlib import Path

import pytest

import russet
from russet.association.rights import OPEN_TO_STRANGERS
from russet.association.row import Row
from russet.errors import NoContextError, RejectedError
from russet.net.report import AssociationReport
from russet.services.retrieve import RetrieveService
from tests.support.bodies import Body
from tests.support.indexed import instance
from tests.support.instances import CT, EXPLICIT

MATCHES = 300


def test_everything_answered_is_counted_though_the_peer_releases_at_once(body: Body) -> None:
    told: list[AssociationReport] = []
    matches = [russet.Dataset(PatientName=f"N{number}") for number in range(MATCHES)]
    with body.serve(handlers={"find": lambda _: matches}, on_association=told.append) as receiver:
        for _ in range(5):
            with body.connect(receiver.port) as association:
                assert len(list(association.find(PatientName=""))) == MATCHES
    # Each had one more association, for what `connect` asks for by itself.
    counted = [(each.matches, each.operations) for each in told if each.operations]
    assert counted == [(MATCHES, {"C-FIND": 1})] * 5
    assert {each.outcome for each in told} == {"released"}


class _Held:
    """An instance that can be sent; without data when it is `lost`."""

    sop_class_uid = CT
    transfer_syntax = EXPLICIT

    def __init__(self, uid: str, *, lost: bool) -> None:
        self.sop_instance_uid = uid
        self._lost = lost

    def data(self) -> bytes:
        if self._lost:
            raise OSError(errno.ENOENT, "No such file or directory")
        return bytes(instance(SOPInstanceUID=self.sop_instance_uid).encode(EXPLICIT))


def test_what_a_retrieval_failed_to_send_is_counted_with_the_first_reason(
    body: Body, tmp_path: Path
) -> None:
    told: list[AssociationReport] = []
    held = [_Held(f"1.{number}", lost=number < 3) for number in (1, 2, 3)]
    service = RetrieveService(lambda _: held)
    with (
        body.serve(services=[service], on_association=told.append) as receiver,
        body.connect(receiver.port) as association,
    ):
        *_, last = association.get(tmp_path, StudyInstanceUID="1.2.3.2")
        assert last.status == 0xB000
    report = next(each for each in told if each.sent)  # Others are attempts at what failed.
    assert (report.sent, report.unsent, report.why) == (1, 2, "No such file or directory")
    assert "1 instance sent  2 failed: No such file or directory  " in str(report)


def test_an_instance_that_differs_from_an_earlier_one_is_counted(tmp_path: Path) -> None:
    told: list[AssociationReport] = []
    with (
        russet.serve(0, data=tmp_path, on_association=told.append) as receiver,
        russet.connect("127.0.0.1", receiver.port) as association,
    ):
        for name in ("A", "A", "B"):
            assert association.store(instance(PatientName=name)).status == 0x0000
    (report,) = (each for each in told if each.instances)
    assert (report.instances, report.differing) == (3, 1)
    assert "1 differs from an earlier one" in str(report)


def test_who_is_refused_by_its_address_is_told_of_with_the_rule(
    body: Body, caplog: pytest.LogCaptureFixture
) -> None:
    policy = russet.Policy(networks=[ip_network("10.0.0.0/8")])
    with (
        body.serve(policy=policy) as receiver,
        pytest.raises(RejectedError, match="no reason given"),
        body.connect(receiver.port),
    ):
        pass
    assert "@127.0.0.1: rejected permanently: the address is in none of [local] networks" in (
        caplog.text
    )


def test_who_has_no_right_to_query_is_told_of_once_and_told_what_to_try(
    body: Body, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [Row("CT1", rights=OPEN_TO_STRANGERS)]
    policy = russet.Policy(check_called=False, rows=rows)
    with (
        body.serve(handlers={"find": lambda _: []}, policy=policy) as receiver,
        body.connect(receiver.port, calling="CT1") as association,
        pytest.raises(NoContextError, match="has no right to it there: ask its administrator"),
    ):
        list(association.find(PatientName=""))
    told = [each for each in caplog.messages if "refused" in each]
    assert len(set(told)) == 1
    assert "CT1@127.0.0.1: refused 1 SOP class: the rule for CT1 gives no right to find" in told[0]
