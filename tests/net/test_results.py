"""What a verb gives for many: it warns where nobody iterates it, and ends with its association."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import russet
from russet.association.effects import Destination
from russet.data import Dataset
from russet.errors import AbortedError
from tests.net.test_serving import instance_file
from tests.support.bodies import Body, Client
from tests.support.instances import STUDY

KEYS = {"StudyInstanceUID": STUDY}
VERBS: dict[str, Callable[[Client, Path], Any]] = {
    "store": lambda client, folder: client.store(sorted(folder.glob("*.dcm"))),
    "find": lambda client, _: client.find(**KEYS),
    "move": lambda client, _: client.move("WHERE", **KEYS),
    "get": lambda client, folder: client.get(folder / "got", **KEYS),
}


@pytest.fixture
def images(tmp_path: Path) -> Path:
    for number in (1, 2, 3):
        instance_file(tmp_path / f"{number}.dcm", f"1.2.3.{number}")
    return tmp_path


@pytest.mark.parametrize("verb", VERBS)
def test_what_is_never_iterated_warns(body: Body, verb: str, images: Path) -> None:
    nothing = "asked" if verb == "find" else "sent"
    taken: list[str] = []
    with (
        body.serve(
            handlers={"store": lambda each: taken.append(each.sop_instance_uid)}
        ) as receiver,
        body.connect(receiver.port) as client,
        pytest.warns(RuntimeWarning, match=rf"{verb}\(\) gave .* nothing was {nothing}"),
    ):
        VERBS[verb](client, images)
    assert taken == []


@pytest.mark.parametrize("verb", VERBS)
def test_nothing_is_asked_after_the_release(body: Body, verb: str, images: Path) -> None:
    with body.serve(data=images / "data") as receiver, body.connect(receiver.port) as client:
        before = VERBS[verb](client, images)
        client.release()
        for results in (before, VERBS[verb](client, images)):
            with pytest.raises(AbortedError, match="is over: connect again"):
                list(results)


@pytest.mark.parametrize("last", VERBS)
def test_results_may_be_taken_in_another_order_than_they_were_made(
    body: Body, last: str, images: Path
) -> None:
    """Each needs contexts of its own, and so the place of the association of the one before."""
    files = sorted(images.glob("*.dcm"))
    handlers = {
        "find": lambda _: [Dataset(**KEYS)],
        "get": lambda _: files[:2],
        "move": lambda _: files,
    }
    with (
        body.serve(data=images / "other") as other,
        body.serve(
            data=images / "data",
            handlers=handlers,
            destinations={"WHERE": Destination("127.0.0.1", other.port, "WHERE")},
        ) as receiver,
        body.connect(receiver.port) as client,
    ):
        made = {verb: VERBS[verb](client, images) for verb in VERBS}
        came = {verb: list(made[verb]) for verb in (*(VERBS.keys() - {last}), last)}
    assert [each.reason for each in came["store"]] == [""] * 3
    assert [match.StudyInstanceUID for match in came["find"]] == [STUDY]
    assert (came["move"][-1].status, came["move"][-1].completed) == (0, 3)
    assert (came["get"][-1].status, came["get"][-1].completed) == (0, 2)


def test_who_breaks_off_sends_no_more_than_was_on_its_way(images: Path) -> None:
    taken: list[str] = []
    with (
        russet.serve(
            0, handlers={"store": lambda each: taken.append(each.sop_instance_uid)}
        ) as receiver,
        russet.connect("127.0.0.1", receiver.port, window=(1, 1)) as association,
    ):
        for stored in association.store([images / "1.dcm", images / "2.dcm", images / "3.dcm"]):
            assert stored.ok
            break
        assert association.echo().status == 0
    assert len(taken) < 3


def test_what_was_gone_through_stays_at_its_end_after_the_release(images: Path) -> None:
    with russet.serve(0, data=images / "data") as receiver:
        with russet.connect("127.0.0.1", receiver.port) as association:
            results = association.store([images / "1.dcm"])
            assert [stored.ok for stored in results] == [True]
        assert list(results) == []


def test_a_batch_that_nobody_iterates_warns(images: Path) -> None:
    with pytest.warns(RuntimeWarning, match=r"send\(\) gave was never iterated: nothing was sent"):
        russet.send([images / "1.dcm"], "localhost", 1)
