"""The corpus of real files: sent from disk to disk as they are, and every one dumped."""

import pytest
from click.testing import CliRunner

from russet.cli import russet
from russet.cli.exit_codes import ExitCode
from tests.support import corpus
from tests.support.corpus import CorpusFile
from tests.support.part10 import Part10
from tests.support.peers import RussetServe
from tests.support.processes import RUSSET, run

pytestmark = [pytest.mark.interop, pytest.mark.corpus]

_DICOMDIR = "1.2.840.10008.1.3.10"  # no storage class: media only
_DEFLATED = "1.2.840.10008.1.2.1.99"


@pytest.mark.timeout(300)
def test_every_file_that_is_sent_arrives_byte_for_byte(russet_serve: RussetServe) -> None:
    scp = russet_serve()
    lost: list[str] = []
    for files in corpus.rounds():
        paths = [file.path for file in files]
        ended = run(RUSSET, "send", "-q", "127.0.0.1", str(scp.port), *paths, timeout=120)
        assert "Traceback" not in ended.stdout, ended.stdout
        arrived = scp.take()
        for file in files:
            # A sender may go by the file meta or by the data set, where the two do not agree.
            found = arrived.get(file.sop_instance) or arrived.get(corpus.named(file)[1])
            if found is not None:
                assert found.dataset == _even(file), file.path
                assert found.transfer_syntax == file.transfer_syntax
            elif corpus.whole(file) and file.sop_class != _DICOMDIR:
                lost.append(_name(file))
    assert lost == []


@pytest.mark.parametrize("file", corpus.files(), ids=lambda file: file.name)
def test_dump_reads_every_readable_file(file: CorpusFile) -> None:
    ended = CliRunner().invoke(russet, ["dump", str(file.path)], standalone_mode=False)
    assert ended.exception is None, repr(ended.exception)
    if not file.readable and ended.return_value:
        assert ended.return_value == ExitCode.INPUT
        return
    assert not ended.return_value
    if file.oracle["pydicom_elements"] not in ("", "0"):
        assert ended.output.count("\n") > 1


def _even(file: Part10) -> bytes:
    """The data set as it has to be sent: a deflated stream ends anywhere (PS3.5 A.5)."""
    pad = len(file.dataset) % 2 and file.transfer_syntax == _DEFLATED
    return file.dataset + bytes(pad)


def _name(file: Part10) -> str:
    return "/".join(file.path.parts[file.path.parts.index("dev") + 1 :])
