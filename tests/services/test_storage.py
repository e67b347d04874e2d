"""C-STORE in both roles (PS3.4 B, PS3.7 9.1.1): bytes as sent, and the right status."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st

from russet.association import Limits, Proposal, plan, propose
from russet.codec import Command, encode_message, encode_pdvs
from russet.dimse.status import Status
from russet.errors import DecodeError, NoContextError, StorageError
from russet.services.storage import (
    Instance,
    StorageService,
    Store,
    StoreRequest,
    StoreResult,
)
from russet.services.verification import Echo, VerificationService
from tests.support.pair import CONTEXTS, CT, EXPLICIT, IMPLICIT, MR, NOW, VERIFICATION, established

if TYPE_CHECKING:
    from typing_extensions import Buffer

UID = "1.2.826.0.1.3680043.8.498.1"
# (0008,0016) UI, (0008,0018) UI in Explicit VR Little Endian
DATA = (
    b"\x08\x00\x16\x00UI\x1a\x00"
    + CT.encode()
    + b"\0\x08\x00\x18\x00UI\x1c\x00"
    + UID.encode()
    + b"\0"
)


class Shelf:
    """A store handler that keeps everything in memory."""

    def __init__(self, answer: StoreResult | None = None) -> None:
        self.requests: list[StoreRequest] = []
        self.stored: dict[str, bytes] = {}
        self.open_sinks = 0
        self.answer = answer or StoreResult(0)
        self.refusal: StoreResult | None = None

    def open(self, request: StoreRequest) -> Place | StoreResult:
        self.requests.append(request)
        if self.refusal is not None:
            return self.refusal
        self.open_sinks += 1
        return Place(self, request.sop_instance_uid)


class Place:
    def __init__(self, shelf: Shelf, uid: str) -> None:
        self.shelf = shelf
        self.uid = uid
        self.data = bytearray()

    def write(self, parts: Sequence[bytes | memoryview]) -> None:
        for part in parts:
            self.data += part

    def finish(self) -> StoreResult:
        self.shelf.open_sinks -= 1
        self.shelf.stored[self.uid] = bytes(self.data)
        return self.shelf.answer

    def discard(self) -> None:
        self.shelf.open_sinks -= 1


def store(data: bytes = DATA, uid: str = UID) -> Store:
    return Store(CT, uid, EXPLICIT, data)


def test_what_is_stored_is_what_was_sent() -> None:
    shelf = Shelf()
    pair = established(StorageService(shelf))
    assert pair.perform(store()) == [Status(0)]
    assert shelf.stored == {UID: DATA}
    assert shelf.requests == [StoreRequest(CT, UID, EXPLICIT, "TEST", "RUSSET", 1, 0, None)]
    assert shelf.open_sinks == 0


@given(
    halves=st.integers(0, 150_000),
    theirs=st.sampled_from([64, 4096, 16384, 1 << 17, 1 << 20]),
    collects=st.booleans(),
    in_memory=st.sampled_from([1 << 10, 1 << 20]),
)
def test_any_size_over_any_length_arrives_byte_for_byte(
    halves: int, theirs: int, collects: bool, in_memory: int
) -> None:
    shelf = Shelf()
    limits = Limits(max_length=theirs, data_in_memory=in_memory)
    pair = established(StorageService(shelf, collects=collects), limits=limits)
    data = (DATA * (2 * halves // len(DATA) + 1))[: 2 * halves]
    assert pair.perform(store(data)) == [0]
    assert shelf.stored == {UID: data}


def test_data_may_be_any_buffer() -> None:
    shelf = Shelf()
    pair = established(StorageService(shelf))
    view = memoryview(b"preamble" + DATA)[8:]
    buffers: tuple[Buffer, ...] = (bytearray(DATA), view, array("h", DATA))
    for place, data in enumerate(buffers):
        assert pair.perform(Store(CT, f"1.2.{place}", EXPLICIT, data)) == [0]
    assert set(shelf.stored.values()) == {DATA}


def test_many_instances_use_one_association() -> None:
    shelf = Shelf()
    pair = established(StorageService(shelf), VerificationService())
    for number in range(200):
        assert pair.perform(store(uid=f"1.2.{number}")) == [0]
    assert pair.perform(Echo()) == [0]
    assert len(shelf.stored) == 200


def test_requests_sent_ahead_are_all_answered() -> None:
    shelf = Shelf()
    proposal = Proposal("RUSSET", "TEST", CONTEXTS, window=(0, 1))
    pair = established(StorageService(shelf), proposal=proposal)
    association = pair.requestor.association
    operations: dict[int, Store] = {}
    while association.exchange.has_room:
        operation = store(uid=f"1.2.{len(operations)}")
        begun = association.begin(operation, NOW)
        operations[begun.message_id] = operation
        for block in begun.blocks:
            pair.acceptor.receive(block)
    pair.settle()
    assert len(operations) == 16
    for event in pair.requestor.told():
        operation = operations[event.command.message_id_being_responded_to]  # type: ignore[union-attr, index]
        assert list(operation.receive(event)) == [0]  # type: ignore[arg-type]
    assert all(operation.done for operation in operations.values())


@pytest.mark.parametrize(
    "answer", [StoreResult(0xB000, "coerced"), StoreResult(0xA700, "full"), StoreResult(0x0111)]
)
def test_the_answer_of_the_sink_is_the_status(answer: StoreResult) -> None:
    pair = established(StorageService(Shelf(answer)))
    assert pair.perform(store()) == [answer.status]


def test_a_handler_may_refuse_before_the_data_arrive() -> None:
    shelf = Shelf()
    shelf.refusal = StoreResult(0xA700, "the disk is nearly full")
    pair = established(StorageService(shelf))
    (status,) = pair.perform(store())
    assert str(status) == "A700H (Failure: refused: out of resources)"
    assert shelf.stored == {}


def test_the_move_that_a_store_is_part_of_is_told() -> None:
    shelf = Shelf()
    pair = established(StorageService(shelf))
    command = Command(
        0x0001,
        message_id=1,
        affected_sop_class_uid=CT,
        affected_sop_instance_uid=UID,
        priority=2,
        command_data_set_type=0,
        move_originator_application_entity_title="WORKSTATION",
        move_originator_message_id=42,
    )
    pair.acceptor.receive(encode_message(3, command, 0) + encode_pdvs(3, DATA, False, True, 16384))
    assert shelf.requests[0].move_originator == ("WORKSTATION", 42)
    assert shelf.requests[0].priority == 2


def test_data_go_only_in_their_own_transfer_syntax() -> None:
    pair = established(StorageService(Shelf()))
    with pytest.raises(NoContextError, match="accepted it only in Implicit VR Little Endian"):
        pair.requestor.association.begin(Store(MR, UID, EXPLICIT, DATA), NOW)


@pytest.mark.parametrize(
    ("uid", "served"),
    [
        (CT, True),
        ("1.2.840.10008.5.1.1.29", True),  # Hardcopy Grayscale Image, retired
        ("1.2.840.113619.4.26", True),
        (VERIFICATION, False),
        ("1.2.840.10008.5.1.4.1.2.2.1", False),
    ],
)
def test_every_class_that_no_other_service_has_is_served(uid: str, served: bool) -> None:
    assert StorageService(Shelf()).serves(uid) is served


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (OSError(28, "No space left on device"), 0xA700),
        (StorageError("no room"), 0xA700),
        (MemoryError(), 0xA700),
        (DecodeError("length past the end", "PastEnd", 9), 0xC000),
        (KeyError("PatientName"), 0xC110),
    ],
)
def test_an_exception_has_the_status_that_fits_it(error: Exception, status: int) -> None:
    class Failing(Shelf):
        def open(self, request: StoreRequest) -> StoreResult:
            raise error

    pair = established(StorageService(Failing()), VerificationService())
    assert pair.perform(store()) == [status]
    assert pair.acceptor.errors == [error]
    assert pair.perform(Echo()) == [0]


# --- instances


def caught() -> Instance:
    return Instance(StoreRequest(CT, UID, EXPLICIT, "TEST", "RUSSET", 1, 0), DATA)


def test_an_instance_reads_as_a_data_set() -> None:
    assert caught().dataset.SOPInstanceUID == UID


def test_an_instance_is_a_file_that_others_read() -> None:
    dataset = pydicom.dcmread(BytesIO(caught().file_bytes()))
    assert dataset.file_meta.TransferSyntaxUID == EXPLICIT
    assert dataset.file_meta.MediaStorageSOPInstanceUID == UID == dataset.SOPInstanceUID
    assert dataset.file_meta.ImplementationVersionName == "RUSSET_010"


def test_an_instance_saves_itself_whole_or_not_at_all(tmp_path: Path) -> None:
    instance = caught()
    target = tmp_path / f"{UID}.dcm"
    instance.save(target)
    assert target.read_bytes() == instance.file_bytes()
    assert target.read_bytes().endswith(DATA)
    instance.data = "no buffer"  # type: ignore[assignment]
    with pytest.raises(TypeError):
        instance.save(target)
    assert target.read_bytes().endswith(DATA)
    assert list(tmp_path.iterdir()) == [target]


def test_a_plan_sends_a_batch_in_the_syntaxes_it_is_in() -> None:
    shelf = Shelf()
    batch = [(CT, EXPLICIT), (CT, IMPLICIT), (MR, "1.2.840.10008.1.2.4.90")]
    (contexts,) = plan(batch)
    pair = established(StorageService(shelf), proposal=Proposal("RUSSET", "TEST", contexts))
    for number, (sop_class, syntax) in enumerate(batch):
        assert pair.perform(Store(sop_class, f"1.2.{number}", syntax, DATA)) == [0]
    assert [request.transfer_syntax for request in shelf.requests] == [ts for _, ts in batch]


def test_a_proposal_of_storage_alone_is_enough() -> None:
    pair = established(
        StorageService(Shelf()), proposal=Proposal("RUSSET", "TEST", propose([(CT, [EXPLICIT])]))
    )
    assert pair.perform(store()) == [0]
