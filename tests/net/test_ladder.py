"""The ladder of a diagnosis, against peers that fail in every way."""

import asyncio
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import russet
from russet.association.policy import Policy
from russet.codec import AssociateRj, AssociateRq
from russet.errors import (
    AbortedError,
    ConnectError,
    DeadlineError,
    NoContextError,
    ProtocolError,
    RejectedError,
    StatusError,
    TlsError,
)
from russet.net import reasons
from russet.net.ladder import climb
from russet.net.outcome import Address
from russet.net.rung import Outcome, Rung
from russet.net.survey import FIND, SURVEY
from russet.net.timeouts import Timeouts
from russet.net.tls import ClientTls, ServerTls
from tests.support.certificates import Authority
from tests.support.peers import RussetServe
from tests.support.processes import free_port
from tests.support.raw_peer import RawPeer
from tests.support.raw_scp import Act, RawScp, accepting, closing, rejecting, saying

ORDER = (
    "name",
    "tcp",
    "tls",
    "protocol",
    "association",
    "contexts",
    "echo",
    "find",
    "release",
)
CALLED, CALLING, NO_REASON = (1, 1, 7), (1, 1, 3), (1, 1, 1)


def climbed(port: int, host: str = "127.0.0.1", *, probe: bool = False, **how: Any) -> list[Rung]:
    rungs = list(climb(Address(host, port, **how), probe=probe))
    assert tuple(rung.name for rung in rungs) == ORDER
    return rungs


def failure(rungs: list[Rung]) -> Rung:
    """The one rung that failed; everything above it was skipped, everything below was not."""
    (failed,) = (rung for rung in rungs if rung.outcome is Outcome.FAILED)
    assert failed.error is not None
    assert failed.seconds is not None
    if failed.name not in ("echo", "find"):
        above = rungs[rungs.index(failed) + 1 :]
        assert {rung.detail for rung in above} == {f"{failed.name} failed"}
        assert {rung.outcome for rung in above} <= {Outcome.SKIPPED}
    return failed


def by_name(rungs: list[Rung], name: str) -> Rung:
    return next(rung for rung in rungs if rung.name == name)


def against(act: Act, **how: Any) -> Rung:
    with RawScp(act) as scp:
        return failure(climbed(scp.port, **how))


def test_a_name_that_nobody_has_is_the_first_rung() -> None:
    for host in ("no-such-host.invalid", "a..b", "x" * 300):
        rung = failure(climbed(104, host))
        assert rung.name == "name"
        assert isinstance(rung.error, ConnectError)
        assert host in rung.detail


def test_a_port_that_refuses_names_those_that_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with RawScp(closing) as other:
        monkeypatch.setattr("russet.net.ladder.USUAL_PORTS", (other.port, free_port()))
        rung = failure(climbed(free_port()))
    assert rung.name == "tcp"
    assert isinstance(rung.error, ConnectError)
    assert rung.facts["ports_that_answer"] == [other.port]
    assert rung.advice == (f"127.0.0.1 answers on port {other.port}: try that one",)
    monkeypatch.setattr("russet.net.ladder.USUAL_PORTS", ())
    assert "do not answer either" in failure(climbed(free_port())).advice[1]


def test_one_address_that_answers_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    def both(_: str, port: int, *__: Any, **___: Any) -> list[Any]:
        tcp = socket.SOCK_STREAM
        return [
            (socket.AF_INET6, tcp, 0, "", ("::1", port, 0, 0)),
            (socket.AF_INET, tcp, 0, "", ("127.0.0.1", port)),
        ]

    with RawScp(accepting()) as scp, monkeypatch.context() as patch:
        patch.setattr("socket.getaddrinfo", both)
        rungs = climbed(scp.port)
    tcp = by_name(rungs, "tcp")
    assert tcp.outcome is Outcome.OK
    assert [each["outcome"] == "answers" for each in tcp.facts["addresses"]] == [False, True]
    assert tcp.remarks == (reasons.SLOW_ADDRESS,)
    assert tcp.facts["our_address"] == "127.0.0.1"


@pytest.mark.parametrize(
    ("answer", "speaks", "cause"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP", "HTTP"),
        (b"<!DOCTYPE HTML>", "HTTP", "HTTP"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "SSH", "something else"),
        (b"\x0bMSH|^~\\&|", "HL7", "something else"),
        (b"220 mail ESMTP\r\n", "220\\x20mail", "something else"),
    ],
)
def test_what_is_not_dicom_is_named(answer: bytes, speaks: str, cause: str) -> None:
    rung = against(saying(answer))
    assert rung.name == "protocol"
    assert isinstance(rung.error, ProtocolError)
    assert rung.facts["speaks"] == [speaks]
    assert cause in rung.cause
    assert "104" in rung.advice[0]


def test_a_peer_that_closes_without_a_word_may_filter_by_address() -> None:
    rung = against(closing)
    assert rung.name == "protocol"
    assert "filter by address" in rung.cause


def test_a_peer_that_says_nothing_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("russet.net.sniff._PATIENCE", 0.2)

    def hang(peer: RawPeer, _: bytes) -> None:
        peer.socket.recv(1)

    rung = against(hang, timeouts=Timeouts(acse=0.2))
    assert isinstance(rung.error, DeadlineError)
    assert re.search(r":\d+ took the connection, and did not answer for 0.2 s$", str(rung.error))
    assert "hangs" in rung.cause


def test_tls_that_was_not_asked_for_is_found(
    authority: Authority,
) -> None:
    pem = authority.issue()
    with russet.serve(0, tls=ServerTls(pem.certificate, pem.key)) as receiver:
        rung = failure(climbed(receiver.port))
    assert rung.name == "protocol"
    assert rung.facts["speaks"] == ["TLS", "DICOM"]
    assert rung.cause == "the port expects TLS"
    assert "--tls" in rung.advice[0]


def test_tls_tells_version_suite_and_certificate(authority: Authority) -> None:
    pem = authority.issue("localhost", "127.0.0.1", common_name="PACS")
    with russet.serve(0, tls=ServerTls(pem.certificate, pem.key)) as receiver:
        rungs = climbed(receiver.port, tls=ClientTls(ca=authority.ca))
        unverified = climbed(receiver.port, tls=ClientTls(verify=False))
    rung = by_name(rungs, "tls")
    assert rung.facts["version"].startswith("TLSv1.3, TLS_")
    certificate = rung.facts["certificate"]
    assert certificate["subject"].startswith("CN=PACS")
    assert certificate["names"] == ["localhost", "127.0.0.1"]
    assert {rung.outcome for rung in rungs} <= {Outcome.OK, Outcome.SKIPPED}
    assert "anybody" in by_name(unverified, "tls").remarks[0]


@pytest.mark.parametrize(
    ("names", "expired", "kind"),
    [((), True, "expired"), (("elsewhere.example.org",), False, "name")],
)
def test_a_certificate_that_is_refused_is_shown_nevertheless(
    authority: Authority, names: tuple[str, ...], expired: bool, kind: str
) -> None:
    pem = authority.issue(*names, expired=expired)
    with russet.serve(0, tls=ServerTls(pem.certificate, pem.key)) as receiver:
        rung = failure(climbed(receiver.port, tls=ClientTls(ca=authority.ca)))
    assert rung.name == "tls"
    assert isinstance(rung.error, TlsError)
    assert rung.facts["kind"] == kind
    assert (names or ("localhost",))[0] in rung.lines[0]
    assert rung.advice


def test_an_unknown_ca_asks_for_it(authority: Authority) -> None:
    pem = authority.issue()
    with russet.serve(0, tls=ServerTls(pem.certificate, pem.key)) as receiver:
        rung = failure(climbed(receiver.port, tls=ClientTls()))
    assert rung.facts["kind"] == "untrusted"
    assert "--tls-ca" in rung.advice[0]


def test_a_plain_port_says_so_to_tls() -> None:
    with russet.serve(0) as receiver:
        rung = failure(climbed(receiver.port, tls=ClientTls(verify=False)))
    assert rung.name == "tls"
    assert rung.cause == "the port speaks plain DICOM"
    assert "leave out --tls" in rung.advice[0]


@pytest.mark.parametrize(
    ("numbers", "culprit", "advice"),
    [
        (CALLED, "called AE title is wrong", "-aec"),
        (CALLING, "our own AE title", "have AE title ME registered"),
        (NO_REASON, "one of the two", "-aec"),
        ((2, 3, 2), "busy", "later"),
    ],
)
def test_a_rejection_names_the_likely_title(
    numbers: tuple[int, int, int], culprit: str, advice: str
) -> None:
    rung = against(rejecting(lambda _: AssociateRj(*numbers)), calling="ME")
    assert rung.name == "association"
    assert isinstance(rung.error, RejectedError)
    assert culprit in rung.cause
    assert any(advice in each for each in rung.advice)
    assert "tried" not in rung.facts


def chooses(right: str, numbers: tuple[int, int, int]) -> Callable[[AssociateRq], Any]:
    """Reject who calls another title."""
    return lambda rq: None if rq.called.strip() == right.encode() else AssociateRj(*numbers)


@pytest.mark.parametrize("numbers", [CALLED, NO_REASON])
def test_a_probe_finds_a_title_that_is_usual(numbers: tuple[int, int, int]) -> None:
    act = rejecting(chooses("ORTHANC", numbers))
    rung = against(act, called="WRONG", probe=True)
    assert rung.advice == ("call it ORTHANC: -aec ORTHANC",)
    assert "called AE title is wrong" in rung.cause
    assert rung.facts["tried"]["ORTHANC"] == "accepted"


def test_a_probe_that_finds_none_says_what_was_tried() -> None:
    rung = against(rejecting(lambda _: AssociateRj(*CALLED)), probe=True)
    assert "ORTHANC" in rung.advice[1]
    assert set(rung.facts["tried"].values()) == {"rejected"}


def test_a_peer_that_rejects_every_title_alike_goes_by_the_address() -> None:
    rung = against(rejecting(lambda _: AssociateRj(*NO_REASON)), probe=True)
    assert "our address is probably not admitted" in rung.cause
    assert any(each.startswith("have it admit that address") for each in rung.advice)


def test_a_title_that_is_known_puts_the_blame_on_ours() -> None:
    def choose(rq: AssociateRq) -> AssociateRj:
        return AssociateRj(*(NO_REASON if rq.called.strip() == b"PACS" else CALLED))

    rung = against(rejecting(choose), called="PACS", calling="ME", probe=True)
    assert "so our own title or address" in rung.cause
    assert "ME registered" in rung.advice[0]


def test_our_own_title_is_not_guessed() -> None:
    with RawScp(rejecting(lambda _: AssociateRj(*CALLING))) as scp:
        rung = failure(climbed(scp.port, probe=True))
        assert len(scp.requests) == 1
    assert rung.facts["tried"] == {}


def test_every_context_is_told_in_every_transfer_syntax() -> None:
    with russet.serve(0, handlers={"store": lambda _: None}) as receiver:
        rungs = climbed(receiver.port)
    rung = by_name(rungs, "contexts")
    taken = rung.facts["accepted"]
    assert taken["1.2.840.10008.5.1.4.1.1.2"] == [
        "1.2.840.10008.1.2",
        "1.2.840.10008.1.2.1",
        "1.2.840.10008.1.2.4.70",
        "1.2.840.10008.1.2.4.90",
        "1.2.840.10008.1.2.4.80",
        "1.2.840.10008.1.2.4.50",
    ]
    assert taken[FIND] == []
    assert rung.remarks == ()
    assert rung.lines[0] == "implicit, explicit: verification"
    assert "study find" in rung.lines[-1]
    assert "not accepted" in rung.lines[-1]
    assert len(SURVEY.contexts) <= 128


def test_a_peer_that_bears_few_contexts_is_asked_for_one() -> None:
    with RawScp(accepting(most=1)) as scp:
        rungs = climbed(scp.port)
    assert by_name(rungs, "contexts").remarks == (reasons.ONLY_ONE,)
    assert {rung.outcome for rung in rungs} <= {Outcome.OK, Outcome.SKIPPED}


def test_no_context_at_all_is_a_failure() -> None:
    rung = against(accepting(lambda _class, _syntax: False))
    assert rung.name == "contexts"
    assert isinstance(rung.error, NoContextError)


def test_an_echo_that_is_aborted_is_a_failure() -> None:
    rung = against(accepting(answers=lambda _: False))
    assert rung.name == "echo"
    assert isinstance(rung.error, AbortedError)
    assert "registered" in rung.cause


def test_answers_that_wait_for_a_timer_deserve_a_remark() -> None:
    (remark,) = reasons.delayed(41.0, 0.2)
    assert "TCP_NODELAY" in remark
    assert reasons.delayed(41.0, 40.0) == ()  # It is just far away.
    assert reasons.delayed(1.0, 0.2) == ()


def test_a_query_that_is_accepted_and_aborted_tells_of_registration() -> None:
    rung = against(accepting(), calling="ME")
    assert rung.name == "find"
    assert isinstance(rung.error, AbortedError)
    assert rung.cause == (
        "accepted, then aborted: our AE title or address is often not registered there"
    )
    assert "ME registered at the peer, with our address 127.0.0.1" in rung.advice[0]


@pytest.fixture
def studies() -> Iterator[tuple[int, list[Any]]]:
    """A receiver that has many studies of today, and the queries that came."""
    asked: list[Any] = []

    def find(request: Any) -> Iterator[Any]:
        asked.append(request.identifier)
        for number in range(1000):
            day = request.identifier.StudyDate
            yield russet.Dataset(StudyInstanceUID=f"1.2.{number}", StudyDate=day)

    with russet.serve(0, handlers={"find": find}) as receiver:
        yield receiver.port, asked


def test_a_study_without_a_date_is_none_of_today() -> None:
    dates = ("", "20010101", None)

    def find(request: Any) -> Iterator[Any]:
        for number, date in enumerate((*dates, request.identifier.StudyDate)):
            study = russet.Dataset(StudyInstanceUID=f"1.2.{number}")
            if date is not None:
                study.StudyDate = date
            yield study

    with russet.serve(0, handlers={"find": find}) as receiver:
        rung = by_name(climbed(receiver.port), "find")
    assert rung.detail == "answered; 1 study of today, 3 with another date or none"
    assert rung.facts == {"matches": 1, "others": 3}


def test_a_query_asks_for_no_patient_and_takes_few_matches(
    studies: tuple[int, list[Any]],
) -> None:
    port, asked = studies
    rungs = climbed(port)
    assert by_name(rungs, "find").facts == {"matches": 10, "others": 0}
    assert by_name(rungs, "find").detail == "answered; 10 or more studies of today"
    assert by_name(rungs, "release").outcome is Outcome.OK
    (identifier,) = asked
    keywords = {element.keyword for element in identifier}
    assert keywords == {"QueryRetrieveLevel", "StudyDate", "StudyInstanceUID"}


def test_an_abort_of_the_first_query_tells_of_registration_on_threads_and_on_asyncio() -> None:
    import russet.aio

    async def find(port: int) -> None:
        async with russet.aio.connect("127.0.0.1", port, calling="ME") as association:
            await association.echo()
            _ = [match async for match in association.find(PatientID="1")]

    with RawScp(accepting()) as scp:
        association = russet.connect("127.0.0.1", scp.port, calling="ME")
        association.echo()
        with pytest.raises(AbortedError, match="title 'ME' or our address is not registered"):
            list(association.find(PatientID="1"))
        with pytest.raises(AbortedError, match="title 'ME' or our address is not registered"):
            asyncio.run(find(scp.port))


def test_an_abort_of_what_was_answered_before_does_not() -> None:
    left = iter([True, False])
    with RawScp(accepting(answers=lambda _: next(left))) as scp:
        association = russet.connect("127.0.0.1", scp.port)
        association.echo()
        with pytest.raises(AbortedError) as caught:
            association.echo()
    assert "registered" not in str(caught.value)


def test_a_query_that_fails_has_its_status() -> None:
    def find(_: Any) -> Any:
        raise StatusError("no database", 0xA700)

    with russet.serve(0, handlers={"find": find}) as receiver:
        rung = failure(climbed(receiver.port))
    assert rung.name == "find"
    assert isinstance(rung.error, StatusError)
    assert rung.error.status == 0xA700


def test_a_policy_of_ours_is_seen_as_others_see_it() -> None:
    policy = Policy(ae_title="PACS", calling=["CT1"])
    with russet.serve(0, policy=policy) as receiver:
        wrong = failure(climbed(receiver.port, called="PACS", calling="ME"))
        right = climbed(receiver.port, called="PACS", calling="CT1")
    assert "our own AE title" in wrong.cause
    assert by_name(right, "echo").outcome is Outcome.OK


def test_whoever_stops_climbing_leaves_nothing_open() -> None:
    with RawScp(accepting()) as scp:
        rungs = climb(Address("127.0.0.1", scp.port))
        for rung in rungs:
            if rung.name == "association":
                break
        rungs.close()  # type: ignore[attr-defined]  # the peer ends, or the test would hang


def test_a_rung_is_json() -> None:
    import json

    with RawScp(closing) as scp:
        rungs = climbed(scp.port)
    found = [json.loads(json.dumps(rung.as_dict())) for rung in rungs]
    assert [each["outcome"] for each in found[:4]] == ["ok", "ok", "skipped", "failed"]
    assert found[3]["try"]
    assert "error" not in found[3]


def test_the_receiver_of_the_command_line_passes(russet_serve: RussetServe) -> None:
    rungs = climbed(russet_serve().port)
    assert {rung.outcome for rung in rungs} <= {Outcome.OK, Outcome.SKIPPED}
    assert by_name(rungs, "association").facts["implementation"].startswith("RUSSET")
