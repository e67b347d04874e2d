"""An association on threads is for one of them at a time: the others are told, and harm nobody."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from pathlib import Path
from typing import Any, TypeVar

import pytest

import russet
from russet.data import Dataset
from russet.dimse.models import MODELS
from russet.errors import AbortedError, RussetError, TurnError
from russet.net.serving import Receiver
from tests.net.test_serving import instance_file
from tests.support.raw_provider import Provider, providing

FIND = MODELS["study"].find or ""
PATIENCE = 10.0
_ResultT = TypeVar("_ResultT")


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Receiver]:
    images = [instance_file(tmp_path / f"{number}.dcm", f"1.{number}") for number in range(1, 4)]
    handlers: dict[str, Callable[..., Any]] = {
        "find": lambda _: (Dataset(PatientID=str(number)) for number in range(5)),
        "get": lambda _: images,
        "store": lambda _: 0,
    }
    with russet.serve(0, handlers=handlers) as receiver:
        yield receiver


def elsewhere(do: Callable[[], _ResultT]) -> _ResultT:
    """What `do` gives or raises on a thread of its own."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(do).result(PATIENCE)


def test_a_second_thread_is_refused_at_once_while_the_first_waits_which_goes_on() -> None:
    asked, refused = threading.Event(), threading.Event()

    def script(at: Provider) -> None:
        at.accept().request()
        asked.set()
        assert refused.wait(PATIENCE)
        at.respond(0x0000).see_off()

    uses: list[Callable[[russet.ClientAssociation], object]] = [
        lambda used: used.echo(),
        lambda used: list(used.find(PatientID="")),
        lambda used: list(used.get(lambda _: None, StudyInstanceUID="1.2")),
        lambda used: used.listen(PATIENCE),
        lambda used: used.release(),
    ]
    with (
        providing(script, FIND) as provider,
        russet.connect(
            "127.0.0.1", provider.port, contexts=[(FIND, ["1.2.840.10008.1.2"])]
        ) as association,
        ThreadPoolExecutor(1) as pool,
    ):
        first = pool.submit(lambda: list(association.find(PatientID="")))
        assert asked.wait(PATIENCE)
        for use in uses:
            with pytest.raises(TurnError, match="it is for one thread at a time"):
                use(association)
        refused.set()
        assert first.result(PATIENCE) == []


def test_a_second_thread_is_refused_in_between_the_results_of_the_first(archive: Receiver) -> None:
    with russet.connect("127.0.0.1", archive.port) as association:
        matches = iter(association.find(PatientID=""))
        taken = [next(matches)]
        with pytest.raises(TurnError):
            elsewhere(association.echo)
        with pytest.raises(TurnError):
            elsewhere(lambda: list(association.find(PatientID="")))
        assert association.echo().status == 0
        taken += matches
        assert len(taken) == 5


def test_threads_that_come_one_after_the_other_may_use_it(archive: Receiver) -> None:
    with russet.connect("127.0.0.1", archive.port) as association:
        for _ in range(3):
            assert elsewhere(lambda: len(list(association.find(PatientID="")))) == 5
            assert association.echo().status == 0


@pytest.mark.parametrize("verb", ["find and get", "store", "send"])
def test_one_loop_may_go_on_from_thread_to_thread(
    archive: Receiver, tmp_path: Path, verb: str
) -> None:
    """As frameworks do with a generator that answers a request: each step on a thread of a pool."""
    files = sorted(tmp_path.glob("*.dcm"))

    def steps() -> Iterator[Any]:
        if verb == "send":
            yield from russet.send(files * 8, "127.0.0.1", archive.port)
            return
        with russet.connect("127.0.0.1", archive.port) as association:
            if verb == "store":
                yield from association.store(files * 8)
                return
            for _ in association.find(PatientID=""):
                yield from association.get(lambda _: None, level="image")

    stepping, done = steps(), 0
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as other:
        pools = cycle((one, other))
        while next(pools).submit(next, stepping, None).result(PATIENCE) is not None:
            done += 1
    assert done >= 10


def test_an_abort_from_another_thread_ends_the_wait_of_the_one_that_uses_it() -> None:
    asked = threading.Event()

    def script(at: Provider) -> None:
        at.accept().request()
        asked.set()
        at.see_off()

    with (
        providing(script, FIND) as provider,
        ThreadPoolExecutor(1) as pool,
    ):
        association = russet.connect(
            "127.0.0.1", provider.port, contexts=[(FIND, ["1.2.840.10008.1.2"])]
        )
        first = pool.submit(lambda: list(association.find(PatientID="")))
        assert asked.wait(PATIENCE)
        association.abort()
        with pytest.raises(AbortedError):
            first.result(PATIENCE)


def test_who_leaves_while_another_thread_listens_ends_the_association_all_the_same(
    archive: Receiver,
) -> None:
    listening, ended = threading.Event(), threading.Event()

    def listen() -> None:
        with contextlib.suppress(RussetError):
            association.listen(PATIENCE, begun)
        ended.set()

    def begun() -> bool:
        listening.set()
        return False

    association = russet.connect("127.0.0.1", archive.port)
    threading.Thread(target=listen, daemon=True).start()
    assert listening.wait(PATIENCE)
    with pytest.raises(TurnError):
        association.__exit__(None)
    assert association.is_over
    assert ended.wait(PATIENCE)


def test_what_another_thread_drops_leaves_the_turn_where_it_is(archive: Receiver) -> None:
    """A garbage collector is such a thread."""
    with russet.connect("127.0.0.1", archive.port) as association:
        first, second = association.find(PatientID=""), association.find(PatientID="")
        assert (next(first).PatientID, next(second).PatientID) == ("0", "0")
        elsewhere(second.close)
        assert association.echo().status == 0x0000
        assert len(list(first)) == 4
