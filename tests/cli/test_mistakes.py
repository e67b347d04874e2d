"""The mistakes that everybody makes, by the real commands: what is said, and how it ends."""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import russet
from russet.association.policy import Policy
from russet.codec import encode_file_head
from tests.support.certificates import Authority
from tests.support.instances import CT, EXPLICIT, data_set
from tests.support.peers import RussetServe
from tests.support.processes import RUSSET, Listener, free_port, run
from tests.support.raw_scp import RawScp, accepting

MR = "1.2.840.10008.5.1.4.1.1.4"
JPEG_2000 = "1.2.840.10008.1.2.4.90"


def ended(*words: object, code: int) -> str:
    """What a command printed, which ends with a code and never with a traceback."""
    finished = run(RUSSET, *map(str, words))
    assert finished.returncode == code, finished.stdout
    assert "Traceback" not in finished.stdout
    return finished.stdout


def image(folder: Path, name: str, *, sop_class: str = CT, syntax: str = EXPLICIT) -> Path:
    path = folder / name
    uid = f"1.2.{len(list(folder.iterdir())) + 1}"
    head = encode_file_head(sop_class, uid, syntax, "1.2", "T", "ME")
    path.write_bytes(head + data_set(sop_class=sop_class, instance=uid))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for files that are sent."""
    made = tmp_path / "files"
    made.mkdir()
    return made


@pytest.fixture(params=[SimpleHTTPRequestHandler, BaseHTTPRequestHandler])
def http_port(request: pytest.FixtureRequest) -> Iterator[int]:
    """The port of a web server: it answers what it cannot parse with a page, or with a status."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(request.param))
    request.param.log_message = lambda *_: None
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


def test_1_a_port_that_is_closed(folder: Path) -> None:
    port = free_port()
    commands: list[tuple[object, ...]] = [
        ("echo", "localhost", port),
        ("find", "localhost", port, "PatientID=1"),
        ("send", "localhost", port, image(folder, "1.dcm")),
    ]
    for words in commands:
        said = ended(*words, code=60)
        assert f"nothing listens on localhost port {port}" in said
        assert "104, 11112, 4242" in said


def test_1_a_host_that_is_unknown() -> None:
    for host in ("no-such-host.invalid", "a..b"):
        said = ended("echo", host, 104, code=60)
        assert f"{host!r}" in said
        assert "IP address" in said


def test_2_a_port_of_http(http_port: int) -> None:
    said = ended("echo", "127.0.0.1", http_port, code=61)
    assert "does not speak plain DICOM" in said
    assert "web server" in said


def test_3_a_plain_client_of_a_tls_server(russet_serve: RussetServe, authority: Authority) -> None:
    pem = authority.issue()
    scp = russet_serve("--tls-cert", str(pem.certificate), "--tls-key", str(pem.key))
    assert "it expects TLS, add --tls" in ended("echo", "127.0.0.1", scp.port, code=61)


def test_4_a_tls_client_of_a_plain_server(russet_serve: RussetServe) -> None:
    scp = russet_serve()
    said = ended("echo", "127.0.0.1", scp.port, "--tls", code=60)
    assert "does not speak TLS but plain DICOM: leave out --tls" in said
    scp.process.wait_for("client spoke TLS on a plain port")


def test_5_a_wrong_called_title(russet_serve: RussetServe) -> None:
    scp = russet_serve("--check-called-aet")
    said = ended("echo", "127.0.0.1", scp.port, code=61)
    assert "called AE title not recognized" in said
    assert "we called it 'ANY-SCP'" in said
    assert "-aec" in said
    assert "'PACS'" in ended("echo", f"PACS@127.0.0.1:{scp.port}", code=61)


def test_5_a_wrong_calling_title(russet_serve: RussetServe) -> None:
    scp = russet_serve("--allow-aet", "CT1")
    said = ended("echo", "127.0.0.1", scp.port, "-aet", "ME", code=61)
    assert "ourselves 'ME': name a title that it knows as calling= (-aet)" in said


def test_5_a_peer_that_is_busy_is_worth_another_try(russet_serve: RussetServe) -> None:
    scp = russet_serve("--max-associations", "1")
    with russet.connect("127.0.0.1", scp.port):
        assert "for now" in ended("echo", "127.0.0.1", scp.port, code=75)


def test_6_a_title_that_may_not_query() -> None:
    with RawScp(accepting()) as scp:
        said = ended("find", "127.0.0.1", scp.port, "PatientID=1", "-aet", "ME", code=70)
    assert "it accepted the association, then aborted" in said
    assert "our AE title 'ME' or our address is not registered there" in said


def test_7_no_context_for_some_files(folder: Path) -> None:
    for number in range(2):
        image(folder, f"jpeg-{number}.dcm", syntax=JPEG_2000)
    image(folder, "mr.dcm", sop_class=MR)
    image(folder, "ct.dcm")
    policy = Policy(check_called=False, refused=[MR], transfer_syntaxes=(EXPLICIT,))
    received: list[str] = []
    handlers = {"store": lambda instance: received.append(instance.sop_instance_uid)}
    with russet.serve(0, handlers=handlers, policy=policy) as receiver:
        mixed = ended("send", "127.0.0.1", receiver.port, folder, code=2)
        refused = ended("send", "127.0.0.1", receiver.port, folder / "mr.dcm", code=66)
    assert len(received) == 1
    assert (
        f"{folder / 'jpeg-0.dcm'}: no accepted presentation context for CT Image Storage" in mixed
    )
    assert "2  CT Image Storage  in JPEG 2000" in mixed
    assert "(it takes Explicit VR Little Endian)" in mixed
    assert "1  MR Image Storage  in Explicit VR Little Endian  (it takes none)" in mixed
    assert "decompress those first" in mixed
    assert "sent 1  warned 0  failed 3" in mixed
    assert "decompress" not in refused


def test_8_a_file_that_is_missing_or_not_dicom(russet_serve: RussetServe, folder: Path) -> None:
    scp = russet_serve()
    text = folder / "notes.txt"
    text.write_text("Nothing in here is an image.\n" * 9)
    missing = folder / "missing.dcm"
    said = ended("send", "127.0.0.1", scp.port, missing, text, code=20)
    assert f"{missing}: cannot be read: No such file or directory" in said
    assert f"{text}: not DICOM: no preamble" in said
    good = image(folder, "good.dcm")
    assert "failed 1" in ended("send", "127.0.0.1", scp.port, missing, good, code=2)
    assert "skipped 1 not DICOM" in ended("send", "127.0.0.1", scp.port, folder, code=0)


def test_9_a_text_file_to_dump(folder: Path) -> None:
    text = folder / "notes.txt"
    text.write_text("Nothing in here is an image.\n" * 9)
    said = ended("dump", text, code=20)
    assert f"{text}: not DICOM: no preamble, and byte 0 is no element header" in said


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[tuple[Listener, Path]]:
    """`russet serve` on a disk of 4 MB that only it sees, and how to look at that."""
    unshare = shutil.which("unshare")
    enter = (str(unshare), "--map-root-user", "--mount")
    data = tmp_path / "data"
    data.mkdir()
    mount = ("sh", "-c", 'mount -t tmpfs -o size=4m none "$0" && exec "$@"', str(data))
    tried = unshare and subprocess.run([*enter, *mount, "true"], check=False, capture_output=True)
    if not tried or tried.returncode:
        pytest.skip("no small disk can be made here: unshare and mount are not allowed")
    serve = (RUSSET, "serve", "--port", "0", "--bind", "127.0.0.1", "--data", str(data))
    log = tmp_path / "serve.log"
    with Listener((*enter, *mount, *serve), log, None, r" on \S*:(\d+)") as process:
        yield process, Path(f"/proc/{process.pid}/root{data}")


def test_10_a_disk_that_is_full_at_the_peer(full_disk: tuple[Listener, Path], folder: Path) -> None:
    process, data = full_disk
    large, small = image(folder, "large.dcm"), image(folder, "small.dcm")
    pixels = b"\xe0\x7f\x10\x00OW\x00\x00" + (1 << 23).to_bytes(4, "little") + bytes(1 << 23)
    large.write_bytes(large.read_bytes() + pixels)
    said = ended("send", "127.0.0.1", process.port, large, code=69)
    assert "A700H (Failure: refused: out of resources)" in said
    assert [path for path in (data / "incoming").rglob("*") if path.is_file()] == []
    assert list((data / "instances").rglob("*.dcm")) == []
    ended("send", "127.0.0.1", process.port, small, code=0)
    assert len(list((data / "instances").rglob("*.dcm"))) == 1
    assert process.text.count("No space left") == 1
    assert "Traceback" not in process.text


def test_11_a_port_that_is_in_use(russet_serve: RussetServe, tmp_path: Path) -> None:
    scp = russet_serve()
    data = tmp_path / "other"
    words = ("serve", "--port", scp.port, "--bind", "127.0.0.1", "--data", data)
    said = ended(*words, code=60)
    assert f"port {scp.port} is in use by russet ({scp.process.pid})" in said
    assert "--port 0" in said


def test_12_a_destination_that_the_peer_does_not_know() -> None:
    def move(_: object) -> Iterator[Path]:
        yield from ()

    with russet.serve(0, handlers={"move": move}) as receiver:
        words = ("move", "127.0.0.1", receiver.port, "StudyInstanceUID=1.2", "-aem", "WHO")
        said = ended(*words, code=69)
    assert "A801H" in said
    assert "(WHO, its address, its port)" in said


def test_12_a_peer_that_aborts_a_move() -> None:
    with RawScp(accepting()) as scp:
        words = ("move", "127.0.0.1", scp.port, "StudyInstanceUID=1.2", "-aem", "WHO")
        said = ended(*words, code=70)
    assert "not registered there" in said


def test_13_an_output_folder_that_is_missing(russet_serve: RussetServe, tmp_path: Path) -> None:
    data = tmp_path / "not" / "yet"
    scp = russet_serve("--data", str(data))
    assert f"data {data} (new)" in scp.process.text
    assert (data / "instances").is_dir()


def test_13_an_output_folder_that_cannot_be(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("not a folder")
    words = ("serve", "--port", "0", "--data", file / "data")
    said = ended(*words, code=40)
    assert f"cannot use the data folder {file / 'data'}: Not a directory" in said
    unusable = tmp_path / ("x" * 300)
    said = ended(*words[:3], "-od", unusable, code=40)
    assert f"cannot use the data folder {unusable}: File name too long" in said
    said = ended(*words[:3], "--data", file, code=40)
    assert f"cannot use the data folder {file}: Not a directory" in said
