"""The verbs for storage commitment, performed procedure steps and DIMSE-N, with both clients."""

import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import russet
from russet.association import Row, normalized
from russet.association.effects import Destination
from russet.association.normalized import NormalizedRequest, NormalizedService
from russet.association.rights import EVERYTHING
from russet.codec import Role
from russet.data import Dataset
from russet.errors import NoContextError, RussetError, StatusError, UnreadableError
from russet.net.committing import references
from russet.net.steps import series_of
from russet.net.terms import NATIVE
from russet.services.procedure_step import (
    NOTIFICATION,
    PROCEDURE_STEP,
    Code,
    Observers,
    ProcedureStepService,
    StepEvent,
)
from russet.services.storage_commitment import (
    STORAGE_COMMITMENT,
    Commitment,
    CommitmentReports,
    CommitmentRequest,
    StorageCommitmentService,
    outcome_report,
)
from tests.net.test_serving import instance_file
from tests.support.clients import BODIES, Associate
from tests.support.pair import CT, MR
from tests.support.worklist import BEGAN, ENDED, SERIES, scheduled

PATIENCE = 10.0
LAMP = "1.2.826.0.1.3680043.8.498.100"
PAIRS = [(CT, "1.2.1"), (CT, "1.2.2")]


@pytest.fixture(params=BODIES)
def associate(request: pytest.FixtureRequest) -> Associate:
    body: Associate = request.param
    return body


def held(_: CommitmentRequest) -> dict[str, int]:
    return {"1.2.1": 0, "1.2.2": 0x0119}


# --- storage commitment


def test_commit_waits_for_the_report_on_its_association(associate: Associate) -> None:
    with (
        russet.serve(0, handlers={"commit": held}) as archive,
        associate(archive.port) as association,
    ):
        commitment = association.commit(PAIRS, wait=PATIENCE)
        assert commitment.committed == ["1.2.1"]
        assert commitment.failed == {"1.2.2": 0x0119}
        assert (commitment.ok, commitment.reported) == (False, True)
        again = association.commit(PAIRS[:1], wait=PATIENCE)
        assert (again.ok, again.committed) == (True, ["1.2.1"])
        assert again.transaction_uid != commitment.transaction_uid
        assert association.echo().status == 0x0000


def test_commit_takes_files_folders_and_data_sets(associate: Associate, tmp_path: Path) -> None:
    asked: list[tuple[str, str]] = []

    def judge(request: CommitmentRequest) -> list[str]:
        asked.extend(request.references)
        return [each.sop_instance_uid for each in request.references]

    folder = tmp_path / "study"
    folder.mkdir()
    (folder / "notes.txt").write_text("no image")
    instance_file(folder / "1.dcm", "1.1")
    file = instance_file(tmp_path / "2.dcm", "1.2", MR)
    dataset = Dataset(SOPClassUID=CT, SOPInstanceUID="1.3")
    what = [folder, file, str(file), dataset, (CT, "1.4")]
    with (
        russet.serve(0, handlers={"commit": judge}) as archive,
        associate(archive.port, contexts=[(STORAGE_COMMITMENT, NATIVE)]) as association,
    ):
        assert association.commit(what, wait=PATIENCE).ok
    assert asked == [(CT, "1.1"), (MR, "1.2"), (CT, "1.3"), (CT, "1.4")]


def test_commit_beside_a_query_and_a_service_of_ones_own() -> None:
    """Something is out, so another association carries it; the service given is left alone."""
    own = CommitmentReports(lambda _: pytest.fail("not for this one"))
    matches = [Dataset(StudyInstanceUID=f"1.{number}") for number in range(3)]
    how: dict[str, Any] = {"contexts": [(STORAGE_COMMITMENT, NATIVE)], "services": [own]}
    associations: list[str] = []
    with (
        russet.serve(
            0,
            handlers={"commit": held, "find": lambda _: matches},
            on_association=lambda report: associations.append(report.outcome),
        ) as archive,
        russet.connect("127.0.0.1", archive.port, **how) as association,
    ):
        found = []
        for match in association.find(StudyInstanceUID=""):
            found.append(match)
            commitment = association.commit(iter(PAIRS), wait=PATIENCE)
            assert commitment.failed == {"1.2.2": 0x0119}
    assert found == matches
    # The first made way for that of the query, which the one for commitment stood beside.
    assert associations == ["released"] * 3


def test_commit_without_waiting_names_the_transaction(associate: Associate) -> None:
    done = threading.Event()

    def judge(_: CommitmentRequest) -> list[str]:
        done.wait(PATIENCE)
        return ["1.2.1"]

    with (
        russet.serve(0, handlers={"commit": judge}) as archive,
        associate(archive.port) as association,
    ):
        try:
            commitment = association.commit(PAIRS[:1], wait=0, transaction_uid="1.2.99")
        finally:
            done.set()
        assert commitment == Commitment("1.2.99", (), {}, reported=False)
        assert not commitment.ok


def test_a_report_elsewhere_comes_to_a_receiver_of_ours(associate: Associate) -> None:
    come = threading.Event()
    reports: list[Commitment] = []

    def take(commitment: Commitment) -> None:
        reports.append(commitment)
        come.set()

    with russet.serve(0, handlers={"commitment_report": take}) as ours:
        home = {"ME": Destination("127.0.0.1", ours.port, "ME")}
        with (
            russet.serve(0, handlers={"commit": held}, destinations=home) as archive,
            associate(archive.port, calling="ME") as association,
        ):
            commitment = association.commit(PAIRS, wait=0)
            assert come.wait(PATIENCE)
    (report,) = reports
    assert report.transaction_uid == commitment.transaction_uid
    assert report.failed == {"1.2.2": 0x0119}


def test_an_association_that_ends_first_leaves_the_commitment_open(associate: Associate) -> None:
    asked = threading.Event()

    def judge(request: CommitmentRequest) -> dict[str, int]:
        asked.set()
        return held(request)

    def end() -> None:
        asked.wait(PATIENCE)
        archive.close()

    with russet.serve(0, handlers={"commit": judge}, destinations=lambda _: nowhere()) as archive:
        ending = threading.Thread(target=end)
        ending.start()
        with associate(archive.port) as association:
            commitment = association.commit(PAIRS, wait=PATIENCE)
        ending.join()
    assert not commitment.reported


def nowhere() -> Destination:
    return Destination("127.0.0.1", 1, "NOBODY")


class Lying(StorageCommitmentService):
    """Reports on a request of nobody first, then on only one of the instances."""

    def _settle(self, asked: CommitmentRequest) -> Any:
        from russet.association.reporting import report

        try:
            yield from report(lambda: outcome_report("1.2.98", asked.references, {}))
        except StatusError as error:
            self.refused = error.status
        told = asked.references[:1]
        yield from report(lambda: outcome_report(asked.transaction_uid, told, {}))


def test_only_what_was_asked_counts_and_what_is_not_mentioned_has_failed(
    associate: Associate,
) -> None:
    service = Lying(held)
    with (
        russet.serve(0, services=[service]) as archive,
        associate(archive.port) as association,
    ):
        commitment = association.commit(PAIRS, wait=PATIENCE)
    assert service.refused == 0x0115
    assert (commitment.committed, commitment.failed) == (["1.2.1"], {"1.2.2": 0x0110})


def test_what_cannot_be_asked_is_said(associate: Associate, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no image")
    with russet.serve(0) as echoes, associate(echoes.port) as association:
        with pytest.raises(UnreadableError, match=r"notes\.txt: "):
            association.commit(tmp_path / "notes.txt")
        with pytest.raises(ValueError, match="no instances"):
            association.commit(tmp_path)
        with pytest.raises(NoContextError, match=STORAGE_COMMITMENT):
            association.commit(PAIRS)


@pytest.mark.parametrize("what", [(CT, "1.2.1"), [(CT, "1.2.1")], iter([(CT, "1.2.1")])])
def test_one_pair_or_many(what: Any) -> None:
    assert references(what) == ((CT, "1.2.1"),)


# --- performed procedure steps


def test_a_step_from_its_begin_to_its_end(associate: Associate) -> None:
    changes: list[str] = []

    def changed(_: NormalizedRequest, __: Dataset | None, after: Dataset) -> None:
        changes.append(f"{after.PerformedProcedureStepStatus} {after.PerformedStationAETitle}")

    with (
        russet.serve(0, handlers={"mpps": changed}) as ris,
        associate(ris.port, calling="CT1") as association,
    ):
        step = association.begin_step(scheduled(), BEGAN, PerformedLocation="Room 1")
        step.change(CommentsOnThePerformedProcedureStep="moved")
        assert step.complete([SERIES], ENDED).status == 0x0000
        with pytest.raises(StatusError, match="may no longer be updated"):
            step.change(CommentsOnThePerformedProcedureStep="too late")
        other = association.begin_step(
            {"StudyInstanceUID": "1.2.3", "PatientID": "7"}, Modality="MR"
        )
        assert other.sop_instance_uid != step.sop_instance_uid
        reason = Code("110513", "DCM", "Discontinued for unspecified reason")
        association.step(other.sop_instance_uid).discontinue(reason)
    states = ["IN PROGRESS", "IN PROGRESS", "COMPLETED", "IN PROGRESS", "DISCONTINUED"]
    assert changes == [f"{state} CT1" for state in states]


def test_what_is_lacking_is_named(associate: Associate) -> None:
    service = ProcedureStepService()
    with (
        russet.serve(0, services=[service]) as ris,
        associate(ris.port, contexts=[(PROCEDURE_STEP, NATIVE)]) as association,
    ):
        with pytest.raises(ValueError, match="no Modality"):
            association.begin_step({"StudyInstanceUID": "1.2.3"})
        with pytest.raises(StatusError, match="PerformedProcedureStepID") as refused:
            association.begin_step(scheduled(), PerformedProcedureStepID="")
        assert refused.value.status == 0x0121
        with pytest.raises(StatusError) as unknown:
            association.step("1.2.3").complete([SERIES])
        assert unknown.value.status == 0x0112


def test_a_step_is_completed_with_what_was_acquired(tmp_path: Path) -> None:
    image = Dataset(
        SpecificCharacterSet="ISO_IR 100",
        SOPClassUID=CT,
        SOPInstanceUID="1.2.1",
        SeriesInstanceUID="1.2",
        SeriesDescription="Schädel",
        Rows=1,
    )
    report = Dataset(SOPClassUID="1.2.840.10008.5.1.4.1.1.88.11", SOPInstanceUID="1.3.1")
    report.SeriesInstanceUID = "1.3"
    file = instance_file(tmp_path / "image.dcm", "1.4.1")
    kept, ct, sr, filed = series_of([SERIES, image, report, file])
    assert kept is SERIES
    assert (ct.SeriesInstanceUID, ct.ProtocolName) == ("1.2", "Schädel")
    (reference,) = ct.ReferencedImageSequence
    assert (reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID) == (CT, "1.2.1")
    assert len(sr.ReferencedImageSequence) == 0
    assert len(sr.ReferencedNonImageCompositeSOPInstanceSequence) == 1
    assert (sr.ProtocolName, filed.SeriesInstanceUID) == ("UNKNOWN", "1.2.3.3")
    with pytest.raises(UnreadableError, match=r"1\.2\.1 is in no series, having no"):
        series_of(Dataset(SOPClassUID=CT, SOPInstanceUID="1.2.1"))


def test_who_observes_steps_hears_of_them_by_a_handler(associate: Associate) -> None:
    told: list[tuple[str, StepEvent]] = []
    come = threading.Event()

    def hear(uid: str, event: StepEvent) -> None:
        told.append((uid, event))
        come.set()

    with russet.serve(0, handlers={"step_report": hear}) as observer:
        there = Observers([Destination("127.0.0.1", observer.port, "RUSSET")])
        with (
            russet.serve(0, services=[ProcedureStepService(observers=there)]) as ris,
            associate(ris.port) as association,
        ):
            step = association.begin_step(scheduled())
            assert come.wait(PATIENCE)
    assert told == [(step.sop_instance_uid, StepEvent.IN_PROGRESS)]


# --- SOP classes of one's own


class Lamp:
    def get(self, asked: NormalizedRequest) -> Dataset:
        return Dataset(LabelText=f"lamp {asked.sop_instance_uid}")

    def event_report(self, asked: NormalizedRequest) -> Dataset:
        return Dataset(LabelText=f"event {asked.event_type}")


def test_request_gives_an_outcome_or_raises_the_status(associate: Associate) -> None:
    with (
        russet.serve(0, services=[NormalizedService(Lamp(), {LAMP})]) as lamp,
        associate(lamp.port) as association,
    ):
        outcome = association.request(normalized.get(LAMP, "1.2"))
        assert outcome.dataset == Dataset(LabelText="lamp 1.2")
        with pytest.raises(StatusError, match="N-DELETE-RQ is not performed") as refused:
            association.request(normalized.delete(LAMP, "1.2"))
        assert refused.value.status == 0x0211


def test_a_client_that_is_scp_reports_events(associate: Associate) -> None:
    policy = russet.Policy(check_called=False, scu_classes={LAMP})
    how: dict[str, Any] = {"contexts": [(LAMP, NATIVE)], "roles": [Role(LAMP, True, True)]}
    services = [NormalizedService(Lamp(), {LAMP})]
    with (
        russet.serve(0, services=services, policy=policy) as lamp,
        associate(lamp.port, **how) as association,
    ):
        outcome = association.request(normalized.event_report(LAMP, "1.2", 7))
    assert outcome.dataset == Dataset(LabelText="event 7")


# --- the words of handlers


@pytest.mark.parametrize("word", ["commit", "commitment_report", "mpps", "step_report"])
def test_each_word_takes_a_function(word: str) -> None:
    wrong: Any = {word: "no function"}
    with pytest.raises(RussetError, match="give a function"):
        russet.serve(0, handlers=wrong)


@pytest.mark.parametrize(
    ("word", "sop_class"),
    [("commitment_report", STORAGE_COMMITMENT), ("step_report", NOTIFICATION)],
)
def test_strangers_report_nothing_unless_a_row_lets_them(word: str, sop_class: str) -> None:
    hear: dict[str, Callable[..., None]] = {word: lambda *_: None}
    how: Any = {"contexts": [(sop_class, NATIVE)], "roles": [Role(sop_class, False, True)]}
    strangers = russet.Policy(check_called=False, rows=russet.Policy().rows[1:])
    friends = russet.Policy(check_called=False, rows=[Row("friends", rights=EVERYTHING)])
    for policy, is_granted in ((strangers, False), (friends, True)):
        with (
            russet.serve(0, handlers=hear, policy=policy) as receiver,
            russet.connect("127.0.0.1", receiver.port, **how) as association,
        ):
            assert bool(association.association.accepted) is is_granted


def test_a_moment_is_filled_in(associate: Associate) -> None:
    service = ProcedureStepService()
    before = datetime.now().astimezone().replace(microsecond=0)
    with (
        russet.serve(0, services=[service]) as ris,
        associate(ris.port) as association,
    ):
        step = association.begin_step(scheduled())
        step.complete(SERIES)
    after = datetime.now().astimezone()
    kept = service.steps.find(step.sop_instance_uid)
    for which in ("Start", "End"):
        written = "".join(
            str(kept[f"PerformedProcedureStep{which}{of}"].value) for of in ("Date", "Time")
        )
        moment = datetime.strptime(written, "%Y%m%d%H%M%S").astimezone()
        assert before <= moment <= after
