"""What a hostile provider can send to a client that retrieves by C-GET, on both bodies."""

import struct
import threading
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest

from russet.codec import Command, encode_message
from russet.dimse.commands import response
from russet.dimse.models import MODELS
from russet.errors import NetworkError
from russet.net.timeouts import Timeouts
from tests.support.bodies import Body
from tests.support.instances import CT, data_set, element, message
from tests.support.raw_provider import Provider, providing

HASTY: Final = Timeouts(connect=5, artim=0.3, acse=0.3, response=0.3, stall=0.3)
PENDING: Final = 0xFF00
STUDY: Final = "1.2.3.2"
GET: Final = MODELS["study"].get
C_STORE_RQ: Final = 0x0001

pytestmark = pytest.mark.usefixtures("nothing_leaks")


def store(at: Provider, instance: str, data: bytes, *, message_id: int = 1) -> None:
    """A C-STORE sub-operation as the provider of a C-GET sends it."""
    command = Command(
        C_STORE_RQ,
        message_id=message_id,
        affected_sop_class_uid=CT,
        affected_sop_instance_uid=instance,
        priority=0,
        command_data_set_type=1,
    )
    at.say(at.context_of(CT), command, data)


def files(folder: Path) -> list[str]:
    return sorted(str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file())


SENT: Final = {
    "a traversal": ("../../escaped", data_set(instance="../../escaped"), 0x0117),
    "a root": ("/etc/escaped", data_set(instance="/etc/escaped"), 0x0117),
    "a drive": ("C:\\escaped", data_set(instance="C:\\escaped"), 0x0117),
    "too long a UID": ("1." * 33 + "1", data_set(instance="1." * 33 + "1"), 0x0117),
    "letters": ("abc", data_set(instance="abc"), 0x0117),
    "no UID": ("", data_set(instance=""), None),
    "a UID that is not that of the data": ("1.2.3.4", data_set(instance="1.2.3.5"), 0xA900),
    "another study": ("1.2.3.4", data_set(study="9.9.9"), 0xA900),
    "a truncated data set": ("1.2.3.4", data_set()[:-2], 0xC000),
    "an empty data set": ("1.2.3.4", b"", 0xA900),
}


@pytest.mark.parametrize(("instance", "data", "status"), SENT.values(), ids=SENT)
def test_an_instance_of_a_c_get_that_cannot_be_meant_is_refused_and_not_written(
    body: Body, tmp_path: Path, instance: str, data: bytes, status: int | None
) -> None:
    statuses = []

    def script(at: Provider) -> bytes:
        at.accept()
        if at.request() is not None:
            store(at, instance, data)
            statuses.append(at.answer())
            at.respond(0xB000)
        return at.see_off()

    folder = tmp_path / "a" / "b" / "got"
    with providing(script, GET) as provider, body.connect(provider.port) as client:
        last = list(client.get(folder, StudyInstanceUID=STUDY))[-1]
    assert last.status == 0xB000
    assert len(statuses) == 1
    assert statuses[0] == status or (status is None and statuses[0] not in (0, None))
    assert files(tmp_path) == []


def test_more_instances_than_announced_are_kept_when_they_were_asked_for(
    body: Body, tmp_path: Path
) -> None:
    def script(at: Provider) -> bytes:
        at.accept()
        if at.request() is not None:
            at.respond(PENDING, number_of_remaining_suboperations=1)
            for number in range(1, 6):
                store(at, f"1.{number}", data_set(instance=f"1.{number}"), message_id=number)
                assert at.answer() == 0
            store(at, "1.9", data_set(instance="1.9", study="9.9"), message_id=9)
            assert at.answer() == 0xA900
            at.respond(0)
        return at.see_off()

    with providing(script, GET) as provider, body.connect(provider.port) as client:
        list(client.get(tmp_path / "got", StudyInstanceUID=STUDY))
    assert files(tmp_path) == [f"got/1.{number}.dcm" for number in range(1, 6)]


def test_instances_on_a_context_without_the_role_are_refused(body: Body, tmp_path: Path) -> None:
    statuses = []

    def script(at: Provider) -> bytes:
        at.accept(roles=[])
        if at.request() is not None:
            store(at, "1.2.3.4", data_set())
            statuses.append(at.answer())
            at.respond(0xA702)
        return at.see_off()

    with providing(script, GET) as provider, body.connect(provider.port) as client:
        assert not list(client.get(tmp_path / "got", StudyInstanceUID=STUDY))[-1].ok
    assert statuses == [0x0122]
    assert files(tmp_path) == []


def test_instances_after_the_final_response_are_not_kept(body: Body, tmp_path: Path) -> None:
    def script(at: Provider) -> bytes:
        at.accept()
        if at.request() is not None:
            at.respond(0)
            store(at, "1.2.3.4", data_set())
        return at.see_off()

    with (
        providing(script, GET) as provider,
        suppress(NetworkError),
        body.connect(provider.port, timeouts=HASTY) as client,
    ):
        assert list(client.get(tmp_path / "got", StudyInstanceUID=STUDY))[-1].ok
    assert files(tmp_path) == []


def test_an_instance_that_never_ends_is_given_up_when_it_crawls(body: Body, tmp_path: Path) -> None:
    pause = threading.Event()

    def script(at: Provider) -> None:
        at.accept().request()
        wire = message(data_set(element("0010 4000", "LT", "x" * 60000)))
        wire = _on(wire, at.context_of(CT))
        with suppress(OSError):
            at.peer.send(wire[:700])
            for byte in wire[700:]:
                at.peer.send(bytes([byte]))
                if pause.wait(0.02):
                    return

    with (
        providing(script, GET) as provider,
        pytest.raises(NetworkError),
        body.connect(provider.port, timeouts=HASTY) as client,
    ):
        list(client.get(tmp_path / "got", StudyInstanceUID=STUDY))
    assert files(tmp_path) == []


def test_an_instance_that_never_comes_holds_up_no_release(body: Body, tmp_path: Path) -> None:
    """Its command comes with the final response, and then nothing more."""

    def script(at: Provider) -> bytes:
        at.accept()
        asked = at.request()
        assert asked is not None
        final = response(asked, 0)
        command = Command(
            C_STORE_RQ,
            message_id=1,
            affected_sop_class_uid=CT,
            affected_sop_instance_uid="1.2.3",
            priority=0,
            command_data_set_type=1,
        )
        at.peer.send(
            encode_message(at.context_id, final, 16384),
            encode_message(at.context_of(CT), command, 16384),
        )
        return at.see_off()

    with providing(script, GET) as provider:
        with body.connect(provider.port, timeouts=HASTY) as client:
            list(client.get(tmp_path / "got", StudyInstanceUID=STUDY))
        assert client.is_over
    assert provider.ends[0] in (b"\x05", b"\x07")
    assert files(tmp_path) == []


def _on(wire: bytes, context_id: int) -> bytes:
    """The same PDUs, of one PDV each, on another context."""
    moved = b""
    while wire:
        size = 6 + struct.unpack_from(">BxI", wire)[1]
        moved += wire[:10] + bytes([context_id]) + wire[11:size]
        wire = wire[size:]
    return moved
