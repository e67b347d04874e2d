"""The DIMSE-N services of a private SOP class, with both bodies (PS3.7 10.1)."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest

import russet
from russet.association import normalized
from russet.association.normalized import (
    Normalized,
    NormalizedRequest,
    NormalizedResult,
    NormalizedService,
    Outcome,
)
from russet.codec import Role
from russet.data import Dataset
from russet.errors import StatusError
from russet.net.terms import NATIVE

LAMP = "1.2.826.0.1.3680043.8.498.100"
ONE = "1.2.826.0.1.3680043.8.498.101"
LABEL, NAME = 0x2200_0002, 0x0010_0010


@dataclass
class Lamps:
    """A handler with every method, each what a lamp would do."""

    known: dict[str, Dataset] = field(default_factory=dict)
    events: list[tuple[str, int, str]] = field(default_factory=list)

    def create(self, asked: NormalizedRequest) -> NormalizedResult | Dataset:
        uid = asked.sop_instance_uid or f"{LAMP}.{len(self.known) + 1}"
        if uid in self.known:
            raise StatusError("there is one", 0x0111)
        self.known[uid] = asked.dataset
        return NormalizedResult(sop_instance_uid=uid, dataset=asked.dataset)

    async def set(self, asked: NormalizedRequest) -> Dataset:
        lamp = self._lamp(asked)
        for element in asked.dataset:
            lamp[element.tag] = element
        return lamp

    def get(self, asked: NormalizedRequest) -> NormalizedResult | Dataset:
        lamp = self._lamp(asked)
        lacking = [tag for tag in asked.attributes if tag not in lamp]
        if lacking:
            return NormalizedResult(0x0107, lamp, "some are not there", attributes=lacking)
        return lamp

    def action(self, asked: NormalizedRequest) -> NormalizedResult | Dataset | None:
        self._lamp(asked)
        if asked.action_type == 1:
            return Dataset(LabelText="on")
        if asked.action_type == 2:
            raise ValueError("the switch is broken, says /etc/lamp, and that is a long story" * 3)
        return NormalizedResult(0x0123, error_id=7, comment="x" * 100)

    async def delete(self, asked: NormalizedRequest) -> None:
        self._lamp(asked)
        del self.known[asked.sop_instance_uid or ""]

    def event_report(self, asked: NormalizedRequest) -> Dataset:
        assert asked.event_type is not None
        self.events.append((asked.sop_instance_uid or "", asked.event_type, asked.calling))
        return Dataset(LabelText="heard")

    def _lamp(self, asked: NormalizedRequest) -> Dataset:
        try:
            return self.known[asked.sop_instance_uid or ""]
        except KeyError:
            raise StatusError("no such lamp", 0x0112) from None


CONTEXTS = [(LAMP, NATIVE)]
BOTH = [Role(LAMP, True, True)]
POLICY = russet.Policy(check_called=False, scu_classes={LAMP})
Perform = Callable[[Lamps, Iterable[Normalized]], list[Outcome]]


def on_threads(lamps: Lamps, operations: Iterable[Normalized]) -> list[Outcome]:
    with (
        russet.serve(0, services=[NormalizedService(lamps, {LAMP})], policy=POLICY) as receiver,
        russet.connect("127.0.0.1", receiver.port, contexts=CONTEXTS, roles=BOTH) as association,
    ):
        return [outcome for each in operations for outcome in association.perform(each)]


def on_a_loop(lamps: Lamps, operations: Iterable[Normalized]) -> list[Outcome]:
    async def perform() -> list[Outcome]:
        where: Any = {"contexts": CONTEXTS, "roles": BOTH}
        services = [NormalizedService(lamps, {LAMP})]
        async with (
            russet.aio.serve(0, services=services, policy=POLICY) as receiver,
            russet.aio.connect("127.0.0.1", receiver.port, **where) as association,
        ):
            return [o for each in operations async for o in association.perform(each)]

    return asyncio.run(perform())


@pytest.fixture(params=[on_threads, on_a_loop])
def perform(request: pytest.FixtureRequest) -> Perform:
    """One of the two bodies, in both roles."""
    body: Perform = request.param
    return body


def test_the_six_services_on_one_association(perform: Perform) -> None:
    lamps = Lamps()
    created, changed, got, acted, told, deleted, gone = perform(
        lamps,
        [
            normalized.create(LAMP, ONE, Dataset(LabelText="lamp")),
            normalized.set_attributes(LAMP, ONE, Dataset(PatientName="Someone")),
            normalized.get(LAMP, ONE, [LABEL, NAME]),
            normalized.action(LAMP, ONE, 1, Dataset(LabelText="switch")),
            normalized.event_report(LAMP, ONE, 3, Dataset(LabelText="news")),
            normalized.delete(LAMP, ONE),
            normalized.get(LAMP, ONE),
        ],
    )
    assert [each.status for each in (created, changed, got, acted, told, deleted)] == [0] * 6
    assert created.dataset == Dataset(LabelText="lamp")
    assert changed.dataset == got.dataset == Dataset(LabelText="lamp", PatientName="Someone")
    assert (acted.dataset, deleted.dataset) == (Dataset(LabelText="on"), None)
    assert told.dataset == Dataset(LabelText="heard")
    assert lamps.events == [(ONE, 3, "RUSSET")]
    assert {each.sop_instance_uid for each in (created, changed, got, acted, deleted)} == {ONE}
    assert (gone.status, gone.comment) == (0x0112, "no such lamp")


def test_the_provider_may_name_an_instance(perform: Perform) -> None:
    (created,) = perform(Lamps(), [normalized.create(LAMP, None, Dataset(LabelText="lamp"))])
    assert (created.status, created.sop_instance_uid) == (0x0000, f"{LAMP}.1")


def test_a_status_brings_the_elements_that_go_with_it(perform: Perform) -> None:
    lamps = Lamps({ONE: Dataset(LabelText="lamp")})
    some, other = perform(
        lamps, [normalized.get(LAMP, ONE, [LABEL, NAME]), normalized.action(LAMP, ONE, 3)]
    )
    assert (some.status, some.attributes) == (0x0107, [NAME])
    assert (some.comment, some.dataset) == ("some are not there", Dataset(LabelText="lamp"))
    assert (other.status, other.error_id, other.comment) == (0x0123, 7, "x" * 61 + "...")


def test_a_handler_that_raises_answers_0110_and_the_association_lives_on(
    perform: Perform, caplog: pytest.LogCaptureFixture
) -> None:
    lamps = Lamps({ONE: Dataset(LabelText="lamp")})
    failed, after = perform(lamps, [normalized.action(LAMP, ONE, 2), normalized.get(LAMP, ONE)])
    assert (failed.status, failed.comment) == (0x0110, "ValueError")
    assert after.status == 0x0000
    # What happened is in the log, and not for the peer to read.
    assert "the switch is broken" in caplog.text


def test_what_a_handler_has_no_method_for_is_not_performed(perform: Perform) -> None:
    class Dark:
        def get(self, _: NormalizedRequest) -> None:
            raise StatusError("no lamp at all", 0x0112)

    lamps: Any = Dark()
    refused, unknown = perform(lamps, [normalized.create(LAMP, ONE), normalized.get(LAMP, ONE)])
    assert (refused.status, unknown.status) == (0x0211, 0x0112)


def test_requests_without_a_data_set_are_taken(perform: Perform) -> None:
    lamps = Lamps()
    (created,) = perform(lamps, [normalized.create(LAMP, ONE)])
    assert created.status == 0x0000
    assert len(lamps.known[ONE]) == 0
