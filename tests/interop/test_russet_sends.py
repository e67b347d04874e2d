"""`russet echo` and `russet send` to DCMTK and pynetdicom: what arrives, and the exit codes."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support import corpus
from tests.support.peers import RussetServe
from tests.support.processes import RUSSET, run
from tests.support.pynetdicom_peer import PynetdicomScp

pytestmark = pytest.mark.interop


@pytest.mark.interop_row(
    peer="DCMTK storescp", service="Verification", direction="peer answers", judged="the answer"
)
@pytest.mark.interop_row(
    peer="pynetdicom", service="Verification", direction="peer answers", judged="the answer"
)
@pytest.mark.parametrize("options", [(), ("-n", "3"), ("-aet", "ME", "-aec", "STORESCP")])
def test_echo_of_storescp_and_pynetdicom(
    storescp: RussetServe, pynetdicom_scp: PynetdicomScp, options: tuple[str, ...]
) -> None:
    for port in (storescp().port, pynetdicom_scp.port):
        ended = run(RUSSET, "echo", "127.0.0.1", str(port), *options)
        assert ended.returncode == 0, ended.stdout
        assert "OK" in ended.stdout


@pytest.mark.corpus
@pytest.mark.parametrize("together", [True, False])
@pytest.mark.interop_row(
    peer="DCMTK storescp",
    service="Storage",
    direction="peer receives",
    judged="data sets byte for byte",
)
def test_storescp_gets_the_data_sets_as_they_are(storescp: RussetServe, *, together: bool) -> None:
    scp = storescp()
    files = corpus.few() if together else corpus.few()[:4]
    for paths in [[f.path for f in files]] if together else [[f.path] for f in files]:
        ended = run(RUSSET, "send", "127.0.0.1", str(scp.port), *paths)
        assert ended.returncode == 0, ended.stdout
    arrived = scp.take()
    assert arrived.keys() == {file.sop_instance for file in files}
    for file in files:
        assert arrived[file.sop_instance].dataset == file.dataset, file.path
        assert arrived[file.sop_instance].transfer_syntax == file.transfer_syntax


@pytest.mark.corpus
@pytest.mark.interop_row(
    peer="pynetdicom",
    service="Storage",
    direction="peer receives",
    judged="data sets byte for byte",
)
def test_pynetdicom_gets_the_data_sets_as_they_are(pynetdicom_scp: PynetdicomScp) -> None:
    files = corpus.few()
    paths = [file.path for file in files]
    ended = run(RUSSET, "send", "127.0.0.1", str(pynetdicom_scp.port), *paths)
    assert ended.returncode == 0, ended.stdout
    assert pynetdicom_scp.arrived == {f.sop_instance: (f.transfer_syntax, f.dataset) for f in files}


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--refuse",), 61),  # every association rejected
        (("--abort-after",), 70),
        (("--abort-during",), 70),
        (("-xf", "no-such-file", "Default"), None),  # storescp itself does not start
    ],
)
def test_exit_codes_of_send_to_a_storescp_that_misbehaves(
    storescp: RussetServe, options: tuple[str, ...], code: int | None
) -> None:
    if code is None:
        with pytest.raises(AssertionError, match="ended with"):
            storescp(*options)
        return
    ended = run(RUSSET, "send", "127.0.0.1", str(storescp(*options).port), corpus.few()[0].path)
    assert ended.returncode == code, ended.stdout
    assert "Traceback" not in ended.stdout


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("status", "code"), [(0x0000, 0), (0xB000, 0), (0xA700, 69), (0xA900, 69), (0xC001, 69)]
)
def test_exit_codes_of_send_by_status(
    pynetdicom_scp: PynetdicomScp, status: int, code: int
) -> None:
    pynetdicom_scp.status = status
    ended = run(RUSSET, "send", "127.0.0.1", str(pynetdicom_scp.port), corpus.few()[0].path)
    assert ended.returncode == code, ended.stdout


def test_nobody_listens(port: int) -> None:
    ended = run(RUSSET, "echo", "127.0.0.1", str(port))
    assert ended.returncode == 60
    assert f"127.0.0.1:{port}" in ended.stdout.replace(" port ", ":")


def test_no_such_host() -> None:
    assert run(RUSSET, "echo", "no-such-host.invalid", "104").returncode == 60


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", "HTTP"),
        (b"\x15\x03\x03\x00\x02\x02\x46", "TLS"),
        (b"SSH-2.0-OpenSSH_9.2p1\r\n", ""),
    ],
)
def test_a_peer_that_is_not_dicom(answer: bytes, hint: str) -> None:
    with _answering(answer) as port:
        ended = run(RUSSET, "echo", "127.0.0.1", str(port))
    assert ended.returncode == 61, ended.stdout
    assert hint in ended.stdout


def test_a_text_file_named_and_a_text_file_found(tmp_path: Path, storescp: RussetServe) -> None:
    text = tmp_path / "folder" / "notes.txt"
    text.parent.mkdir()
    text.write_text("no image\n" * 40)
    scp = storescp()
    for path in (text, text.parent, tmp_path / "missing.dcm"):
        ended = run(RUSSET, "send", "127.0.0.1", str(scp.port), path)
        assert ended.returncode == 20, ended.stdout
    assert scp.take() == {}


@pytest.mark.corpus
def test_some_failed(tmp_path: Path, storescp: RussetServe) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("no image\n" * 40)
    ended = run(RUSSET, "send", "127.0.0.1", str(storescp().port), corpus.few()[0].path, text)
    assert ended.returncode == 2, ended.stdout
    assert str(text) in ended.stdout


@contextmanager
def _answering(answer: bytes) -> Iterator[int]:
    """A server of something else: reads a little, says one thing, closes."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65536)
            self.request.sendall(answer)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
