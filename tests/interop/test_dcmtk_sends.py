"""DCMTK as the sender: what its tools say, and what lands on disk."""

import pytest

from tests.support import corpus, part10
from tests.support.peers import Dcmtk, RussetServe, Scp
from tests.support.processes import run

pytestmark = pytest.mark.interop

_BY_SYNTAX = {
    "-xi": "1.2.840.10008.1.2",
    "-xe": "1.2.840.10008.1.2.1",
    "-xb": "1.2.840.10008.1.2.2",
    "-xd": "1.2.840.10008.1.2.1.99",
    "-xs": "1.2.840.10008.1.2.4.70",
    "-xy": "1.2.840.10008.1.2.4.50",
    "-xv": "1.2.840.10008.1.2.4.90",
    "-xw": "1.2.840.10008.1.2.4.91",
    "-xr": "1.2.840.10008.1.2.5",
    "-xt": "1.2.840.10008.1.2.4.80",
}


@pytest.mark.interop_row(
    peer="DCMTK echoscu", service="Verification", direction="peer asks", judged="the answer"
)
@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--repeat", "5"),
        ("-ppc", "128", "-pts", "38"),
        ("-aet", "A", "-aec", "SOMEBODY ELSE"),
        ("-pdu", "4096"),
        ("-pdu", "131072"),
        ("--abort",),
    ],
)
def test_echoscu_is_answered(
    dcmtk: Dcmtk, russet_serve: RussetServe, options: tuple[str, ...]
) -> None:
    ended = run(dcmtk.echoscu, "-v", *options, "127.0.0.1", str(russet_serve().port))
    assert ended.returncode == 0, ended.stdout


@pytest.mark.parametrize(
    ("serve", "call", "said"),
    [
        (("--check-called-aet", "-aet", "US"), ("-aec", "US"), ""),
        (("--check-called-aet",), ("-aec", "OTHER"), "Called AE Title Not Recognized"),
        (("--allow-aet", "CT1", "--allow-aet", "MR2"), ("-aet", "MR2"), ""),
        (("--allow-aet", "CT1"), ("-aet", "OTHER"), "Calling AE Title Not Recognized"),
    ],
)
def test_titles_are_checked_when_asked_for(
    dcmtk: Dcmtk,
    russet_serve: RussetServe,
    serve: tuple[str, ...],
    call: tuple[str, ...],
    said: str,
) -> None:
    ended = run(dcmtk.echoscu, *call, "127.0.0.1", str(russet_serve(*serve).port))
    assert said in ended.stdout
    assert ended.returncode == bool(said), ended.stdout


@pytest.mark.corpus
@pytest.mark.parametrize(("option", "syntax"), _BY_SYNTAX.items())
@pytest.mark.interop_row(
    peer="DCMTK storescu",
    service="Storage",
    direction="peer sends",
    judged="data sets byte for byte",
)
def test_storescu_sends_what_the_bit_preserving_storescp_gets(
    dcmtk: Dcmtk,
    russet_serve: RussetServe,
    storescp: RussetServe,
    option: str,
    syntax: str,
) -> None:
    file = next(
        content
        for entry in corpus.files()
        if entry.kind in ("native", "compressed", "structure")
        and entry.transfer_syntax == syntax
        and (content := part10.read(entry.path)) is not None
        and content.sendable
        and corpus.whole(content)
    )
    arrived = []
    for scp in (russet_serve(), storescp()):
        ended = run(dcmtk.storescu, option, "-R", "127.0.0.1", str(scp.port), file.path)
        assert ended.returncode == 0, ended.stdout
        arrived.append(_content(scp))
    ours, theirs = arrived
    assert ours == theirs
    assert [content[1] for content in ours.values()] == [syntax]


@pytest.mark.corpus
@pytest.mark.timeout(300)
@pytest.mark.interop_row(
    peer="DCMTK dcmsend",
    service="Storage",
    direction="peer sends",
    judged="data sets byte for byte",
)
def test_whatever_dcmsend_sends_arrives_as_the_bit_preserving_storescp_gets_it(
    dcmtk: Dcmtk, russet_serve: RussetServe, storescp: RussetServe
) -> None:
    ours, theirs = russet_serve(), storescp()
    total = 0
    for files in corpus.rounds():
        arrived = []
        for scp in (ours, theirs):
            paths = [file.path for file in files if file.path.stat().st_size < 1 << 26]
            run(dcmtk.dcmsend, "-nh", "-dn", "127.0.0.1", str(scp.port), *paths, timeout=120)
            arrived.append(_content(scp))
        ours_now, theirs_now = arrived
        both = ours_now.keys() & theirs_now.keys()
        assert [uid for uid in both if ours_now[uid] != theirs_now[uid]] == []
        due = {f.sop_instance for f in files if corpus.whole(f) and "broken" not in f.path.parts}
        assert due & theirs_now.keys() <= ours_now.keys()
        total += len(both)
    assert total > 250


@pytest.mark.corpus
def test_a_stock_storescu_with_nagle_left_on_is_served(
    dcmtk: Dcmtk, russet_serve: RussetServe
) -> None:
    files = [file for file in corpus.rounds()[0] if "native" in file.path.parts][:10]
    scp = russet_serve()
    for file in files:
        command = (dcmtk.storescu, "-R", "127.0.0.1", str(scp.port), file.path)
        assert run(*command, nodelay=False).returncode == 0
    assert len(scp.take()) == len(files)


def _content(scp: Scp) -> dict[str, tuple[str, str, bytes]]:
    return {
        uid: (file.sop_class, file.transfer_syntax, file.dataset)
        for uid, file in scp.take().items()
    }
