"""What a retrieval has brought: kept as it changes, and what counting it anew would give."""

from hypothesis import given
from hypothesis import strategies as st

from russet.association.agreement import Agreement
from russet.dimse.status import Status
from russet.net import asking
from russet.net.fetching import Fetch
from russet.net.tally import Tally
from russet.net.terms import Terms
from russet.services.retrieve import Progress
from russet.services.storage import StoreResult
from tests.support.instances import CT, STUDY, data_set, request

UIDS = st.sampled_from("abcd")
CHANGES = st.sampled_from(["come", "go", "refuse", "fail", "take", "want"])


@given(
    before=st.lists(st.tuples(CHANGES, UIDS)), after=st.lists(st.tuples(CHANGES, UIDS), max_size=40)
)
def test_what_is_kept_is_what_the_differences_give(
    before: list[tuple[str, str]], after: list[tuple[str, str]]
) -> None:
    tally, wanted = Tally(), set[str]()
    for place, (change, uid) in enumerate([*before, *after]):
        if place == len(before):
            tally.begin()
        if change == "come":
            tally.came[uid] = CT
        elif change == "go":
            tally.came.pop(uid, None)
        elif change == "refuse":
            tally.refused[uid] = "no room"
        elif change == "fail":
            tally.refused.setdefault(uid, "failed")
        elif change == "take":
            tally.refused.pop(uid, None)
        else:
            wanted ^= {uid}
            tally.want(wanted)
        later = tally.came.keys() - tally.first - tally.refused.keys()
        assert tally.later == (later if place >= len(before) else set())
        assert tally.missing == wanted - tally.came.keys()


class Counted(str):
    """A UID that counts how often it is looked up or put anywhere."""

    __slots__ = ()
    looks = 0

    def __hash__(self) -> int:
        Counted.looks += 1
        return super().__hash__()

    def __eq__(self, other: object) -> bool:
        return super().__eq__(other)


def looks(instances: int) -> int:
    """How often UIDs are looked at while that many come over a second association."""
    uids = [Counted(f"1.2.{number}") for number in range(instances)]
    taken: list[str] = []
    get = asking.retrieve(None, "study", None, {"StudyInstanceUID": STUDY})
    fetch = Fetch(get, lambda each: taken.append(each.sop_instance_uid), Terms(()))
    list(fetch.operations(Agreement()))
    first = Progress(Status(0xB000, "C-GET"), completed=0, failed=instances, failed_uids=uids)
    assert list(fetch.take(first)) == []
    assert fetch.further()
    Counted.looks = 0
    for number, uid in enumerate(uids, 1):
        sink = fetch._arrivals.open(request(instance=uid))
        assert not isinstance(sink, StoreResult)
        sink.write([data_set(instance=str(uid))])
        sink.finish()
        (told,) = fetch.take(Progress(Status(0xFF00, "C-GET")))
        counts = (told.remaining, told.completed, told.failed)
        assert counts == (instances - number, number, instances - number)
    assert len(taken) == instances
    return Counted.looks


def test_an_instance_costs_the_same_however_many_came_before() -> None:
    assert looks(400) == 2 * looks(200)
