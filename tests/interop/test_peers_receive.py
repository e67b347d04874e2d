"""`russet echo` and `russet send` to every other implementation: what it has stored."""

import io

import pydicom
import pytest

from tests.support import corpus
from tests.support.interop_table import each
from tests.support.orthanc import Start
from tests.support.part10 import Part10
from tests.support.processes import RUSSET, run
from tests.support.receivers import RECEIVERS, Receiver, StartReceiver, missing

pytestmark = pytest.mark.interop


@pytest.mark.parametrize("program", each(RECEIVERS, "Verification", "peer answers", "the answer"))
def test_it_answers_our_c_echo(receiver: StartReceiver, program: Receiver) -> None:
    scp = receiver(program)
    ended = run(RUSSET, "echo", "-aec", scp.aet, "127.0.0.1", str(scp.port))
    assert ended.returncode == 0, ended.stdout


@pytest.mark.corpus
@pytest.mark.parametrize(
    "program", each(RECEIVERS, "Storage", "peer receives", "data sets byte for byte")
)
def test_it_stores_our_data_sets_as_they_are(receiver: StartReceiver, program: Receiver) -> None:
    files = [file for file in corpus.few() if program.takes(file)]
    scp = receiver(program)
    paths = [file.path for file in files]
    ended = run(RUSSET, "send", "-aec", scp.aet, "127.0.0.1", str(scp.port), *paths)
    assert ended.returncode == 0, ended.stdout + scp.process.text
    assert missing(scp.folder, files) == []


@pytest.mark.corpus
@pytest.mark.interop_row(
    peer="Orthanc", service="Verification", direction="peer answers", judged="the answer"
)
@pytest.mark.interop_row(
    peer="Orthanc", service="Storage", direction="peer receives", judged="values"
)
def test_orthanc_stores_our_data_sets_by_value(orthanc: Start) -> None:
    files = corpus.placed()
    scp = orthanc()
    target = ("-aec", scp.aet, "127.0.0.1", str(scp.port))
    assert run(RUSSET, "echo", *target).returncode == 0
    ended = run(RUSSET, "send", *target, *(file.path for file in files))
    assert ended.returncode == 0, ended.stdout + scp.process.text
    held = scp.held()
    differ = {
        file.path.name: tags
        for file in files
        if (tags := _differing(file, held[file.sop_instance]))
    }
    assert differ == {}


def _differing(file: Part10, held: bytes) -> list[str]:
    """The tags whose values are not the same in what a peer holds."""
    # Of values: DCMTK corrects the VR of fragments to OB (PS3.5 A.4).
    ours, theirs = (
        {element.tag: element.value for element in dataset}
        for dataset in (pydicom.dcmread(file.path), pydicom.dcmread(io.BytesIO(held)))
    )
    return [str(tag) for tag in ours.keys() | theirs.keys() if ours.get(tag) != theirs.get(tag)]
