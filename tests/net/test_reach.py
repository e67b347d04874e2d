"""Addresses of both IP families, and why a port cannot be reached or had."""

import asyncio
import errno
import socket
from pathlib import Path
from typing import Any, cast

import pytest

import russet
from russet.association import Policy
from russet.cli.peer import Peer, peer_and_rest
from russet.errors import ConnectError, DeadlineError, RejectedError
from russet.net import blocking
from russet.net.holder import Holder, holder_of
from russet.net.outcome import Address
from russet.net.reach import bracketed, no_connection, no_listener, shown
from russet.net.report import AssociationReport
from tests.support.processes import free_port


def _has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


ipv6 = pytest.mark.skipif(not _has_ipv6(), reason="this machine has no ::1")


@pytest.mark.parametrize(
    ("words", "peer"),
    [
        (("AET@[::1]:104",), Peer("::1", 104, "AET")),
        (("[::1]:11112",), Peer("::1", 11112, "ANY-SCP")),
        (("::1", "104"), Peer("::1", 104, "ANY-SCP")),
        (("[fe80::1%eth0]", "104"), Peer("fe80::1%eth0", 104, "ANY-SCP")),
        (("AET@10.0.0.2:104",), Peer("10.0.0.2", 104, "AET")),
    ],
)
def test_a_peer_is_named_by_an_address_of_either_family(words: tuple[str, ...], peer: Peer) -> None:
    assert peer_and_rest(words, None) == (peer, ())


def test_an_address_is_written_so_that_it_can_be_read_again() -> None:
    for host in ("::1", "10.0.0.2", "pacs"):
        written = str(Address(host, 104, "PACS"))
        assert peer_and_rest((written,), None)[0] == Peer(host, 104, "PACS")
        assert str(Peer(host, 104, "PACS")) == written
    assert bracketed("::1") == "[::1]"


@ipv6
@pytest.mark.parametrize("host", ["::1", "[::1]"])
def test_an_association_over_ipv6(host: str) -> None:
    with (
        russet.serve(0, bind="::1") as receiver,
        russet.connect(host, receiver.port) as association,
    ):
        assert association.echo().status == 0


@ipv6
@pytest.mark.parametrize("bind", ["::", "[::]"])
def test_both_families_at_once_and_callers_are_called_what_they_are(bind: str) -> None:
    reports: list[AssociationReport] = []
    with russet.serve(0, bind=bind, on_association=reports.append) as receiver:
        for host in ("127.0.0.1", "::1"):
            with russet.connect(host, receiver.port) as association:
                association.echo()
    assert {report.peer for report in reports} == {"127.0.0.1", "::1"}


@ipv6
def test_both_families_on_asyncio() -> None:
    import russet.aio

    async def echo() -> list[int]:
        found = []
        async with await russet.aio.serve(0, bind="::") as receiver:
            for host in ("127.0.0.1", "::1", "[::1]"):
                async with russet.aio.connect(host, receiver.port) as association:
                    found.append(int((await association.echo()).status))
        return found

    assert asyncio.run(echo()) == [0, 0, 0]


def test_asyncio_says_the_same_of_a_port_that_is_closed() -> None:
    import russet.aio

    async def call(host: str) -> None:
        async with russet.aio.connect(host, free_port()):
            pass

    for host, said in [("localhost", "nothing listens"), ("a..b", "no host named")]:
        with pytest.raises(ConnectError, match=said):
            asyncio.run(call(host))


@pytest.mark.parametrize(
    ("address", "known"),
    [("::ffff:10.0.0.9", "10.0.0.9"), ("::1", "::1"), ("10.0.0.9", "10.0.0.9")],
)
def test_ipv4_is_shown_as_such(address: str, known: str) -> None:
    assert shown(address) == known


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (ConnectionRefusedError(), ConnectError, "nothing listens on pacs port 104"),
        (TimeoutError(), DeadlineError, "did not answer within 5 s: a firewall"),
        (OSError(errno.EHOSTUNREACH, "No route to host"), ConnectError, "VPN"),
        (OSError(errno.EINVAL, "Invalid argument"), ConnectError, "Invalid argument"),
        (socket.gaierror(socket.EAI_NONAME, "?"), ConnectError, "no host named 'pacs'"),
        (socket.gaierror(socket.EAI_AGAIN, "?"), ConnectError, "no name server answers"),
        (UnicodeError("label empty"), ConnectError, "no host named 'pacs'"),
        (OSError("Multiple exceptions: [Errno 111] a, [Errno 111] b"), ConnectError, "nothing"),
    ],
)
def test_a_connection_that_fails_has_its_sentence(
    error: OSError | UnicodeError, kind: type[Exception], said: str
) -> None:
    found = no_connection("pacs", 104, 5.0, error)
    assert type(found) is kind
    assert said in str(found)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.EACCES, "above 1023"),
        (errno.EADDRNOTAVAIL, "no address of this machine"),
        (errno.ENOBUFS, "cannot listen on ::1 port 104"),
    ],
)
def test_a_port_that_cannot_be_had_has_its_sentence(number: int, said: str) -> None:
    assert said in str(no_listener("::1", 104, OSError(number, "?")))


def test_an_address_that_is_not_ours_is_named() -> None:
    with pytest.raises(ConnectError, match=r"203\.0\.113\.1 is no address of this machine"):
        blocking.listen("203.0.113.1", 0)


def test_a_port_that_is_taken_names_the_process() -> None:
    with (
        blocking.listen("127.0.0.1", 0) as listener,
        pytest.raises(ConnectError, match="in use by this very process"),
    ):
        blocking.listen("127.0.0.1", listener.getsockname()[1])


def test_the_process_that_listens_is_found_where_the_kernel_tells(tmp_path: Path) -> None:
    """A port of 11112 is 2B68; a connection to it, in state 01, is no listener."""
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "tcp").write_text(
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt uid ...\n"
        "   0: 00000000:2B68 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 4711 1\n"
        "   1: 0100007F:2B68 0100007F:9C40 01 00000000:00000000 00:00000000 00000000 0 0 4712 1\n"
    )
    for pid, name, words, inode in [
        (7, "python3.11", "python3\0-m\0http.server\0", 4711),
        (8, "storescp", "storescp\0", 4712),
    ]:
        process = tmp_path / str(pid)
        (process / "fd").mkdir(parents=True)
        (process / "fd" / "3").symlink_to(f"socket:[{inode}]")
        (process / "comm").write_text(name + "\n")
        (process / "cmdline").write_text(words)
    assert holder_of(11112, tmp_path) == Holder(7, "http.server")
    assert str(Holder(7, "http.server")) == "http.server (7)"
    assert holder_of(104, tmp_path) is None
    assert holder_of(104, tmp_path / "nowhere") is None


@pytest.mark.parametrize("port", [-1, 65536])
def test_what_is_no_port_is_a_value_error(port: int) -> None:
    said = f"{port} is no port: a number up to 65535"
    with pytest.raises(ValueError, match=said):
        russet.connect("localhost", port)
    with pytest.raises(ValueError, match=said):
        russet.serve(port, handlers={"store": print})


def test_a_port_that_is_text_is_a_type_error_with_a_sentence() -> None:
    with pytest.raises(TypeError, match=r"^a port is a number, such as 11112, not '21112'$"):
        russet.connect("localhost", cast("Any", "21112"))


def test_what_a_rejection_advises_is_an_argument_as_well_as_a_flag() -> None:
    with (
        russet.serve(0, handlers={"store": print}, aet="HERE", policy=Policy("HERE")) as receiver,
        pytest.raises(RejectedError, match=r"name its AE title as called= \(-aec, or AET@host"),
    ):
        russet.connect("127.0.0.1", receiver.port, called="THERE")
