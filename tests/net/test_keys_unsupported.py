"""FF01H: a peer that matches by some keys alone says so (PS3.4 C.4.1.1.4), and so do we."""

import logging
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import russet
from russet.data.matching import Query
from russet.net.serving import Receiver
from russet.services.query import FindRequest
from tests.support.bodies import Body
from tests.support.processes import RUSSET

STUDY = russet.Dataset(StudyInstanceUID="1.2.3", PatientName="DOE^JANE", Modality="MR")
STEP = "ScheduledProcedureStepSequence"
SUPPORTED = ("StudyInstanceUID", "PatientName", f"{STEP}.Modality")
FF01 = 0xFF01
Find = Callable[[FindRequest], Iterator[Any]]


def limited(request: FindRequest) -> Iterator[Any]:
    """Match by three keys alone."""
    query = Query(request.identifier, supported=SUPPORTED)
    for _ in range(2):
        yield query.status, query.response(STUDY)


def careless(request: FindRequest) -> Iterator[Any]:
    """Answer every key, and match by none."""
    yield FF01, Query(request.identifier).response(STUDY)


@contextmanager
def found(body: Body, find: Find, **keys: Any) -> Iterator[Any]:
    handlers = {"find": find, "worklist": find}
    with body.serve(handlers=handlers) as peer, body.connect(peer.port) as client:
        yield client.find(**keys)


def test_the_matches_tell_which_keys_the_peer_does_not_support(
    body: Body, caplog: pytest.LogCaptureFixture
) -> None:
    with found(body, limited, PatientName="", Modality="CT", StudyID="") as matches:
        assert matches.all_keys_supported
        assert len(list(matches)) == 2
        assert not matches.all_keys_supported
        assert matches.unsupported == ("Modality", "StudyID")
    (warning,) = (each for each in caplog.records if each.name == "russet.scu")
    assert warning.levelno == logging.WARNING
    assert "did not match by Modality, which it does not support (FF01H)" in warning.getMessage()


def test_keys_in_sequences_have_their_paths(body: Body, caplog: pytest.LogCaptureFixture) -> None:
    step = russet.Dataset(Modality="CT", ScheduledStationAETitle="CT1")
    keys = {"PatientName": "", STEP: [step]}

    def find(request: FindRequest) -> Iterator[Any]:
        query = Query(request.identifier, supported=SUPPORTED)
        yield query.status, query.response({STEP: [{"Modality": "CT"}]})

    with found(body, find, model="worklist", **keys) as matches:
        assert len(list(matches)) == 1
        assert matches.unsupported == (f"{STEP}.ScheduledStationAETitle",)
    assert f"did not match by {STEP}.ScheduledStationAETitle" in caplog.text


def test_nobody_is_warned_of_attributes_that_are_only_not_answered(
    body: Body, caplog: pytest.LogCaptureFixture
) -> None:
    with found(body, limited, PatientName="DOE*", StudyID="") as matches:
        list(matches)
        assert matches.unsupported == ("StudyID",)
    assert not [each for each in caplog.records if each.levelno >= logging.WARNING]


def test_a_peer_that_answers_what_it_does_not_match_by_is_told_of_too(
    body: Body, caplog: pytest.LogCaptureFixture
) -> None:
    with found(body, careless, PatientName="ROE*") as matches:
        assert len(list(matches)) == 1
        assert (matches.all_keys_supported, matches.unsupported) == (False, ())
    assert "did not match by every key (FF01H)" in caplog.text


def test_a_peer_that_supports_every_key_leaves_nothing_to_say(
    body: Body, caplog: pytest.LogCaptureFixture
) -> None:
    with found(body, limited, PatientName="DOE*") as matches:
        assert len(list(matches)) == 2
        assert (matches.all_keys_supported, matches.unsupported) == (True, ())
    assert "FF01H" not in caplog.text


@pytest.fixture
def peer() -> Iterator[Receiver]:
    with russet.serve(0, handlers={"find": limited, "worklist": limited}) as receiver:
        yield receiver


@pytest.mark.parametrize("options", [(), ("--json",), ("--cancel", "1")])
@pytest.mark.parametrize("verb", ["find", "worklist"])
def test_the_commands_say_it_in_one_line(
    verb: str, options: tuple[str, ...], peer: Receiver
) -> None:
    words = [RUSSET, verb, "localhost", str(peer.port), "PatientName", "Modality=CT", *options]
    ended = subprocess.run(words, capture_output=True, text=True, check=True, timeout=20)
    (line,) = (each for each in ended.stderr.splitlines() if "FF01H" in each)
    assert "did not match by Modality, which it does not support" in line
    assert "there may be more matches than were asked for" in line
