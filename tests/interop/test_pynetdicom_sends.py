"""pynetdicom as the sender."""

import pytest

from tests.support import corpus, pynetdicom_peer
from tests.support.peers import RussetServe

pytestmark = pytest.mark.interop


def test_c_echo_is_answered(russet_serve: RussetServe) -> None:
    assert pynetdicom_peer.echo(russet_serve().port) == 0x0000


@pytest.mark.corpus
@pytest.mark.timeout(120)
def test_data_sets_land_byte_for_byte(russet_serve: RussetServe) -> None:
    first = [f for f in corpus.rounds()[0] if len(f.dataset) < 1 << 21 and _storage(f.sop_class)]
    kinds = {(f.sop_class, f.transfer_syntax): f for f in first if "broken" not in f.path.parts}
    files = list(kinds.values())[:100]
    scp = russet_serve()
    assert pynetdicom_peer.store(files, scp.port) == [0x0000] * len(files)
    arrived = scp.take()
    assert arrived.keys() == {file.sop_instance for file in files}
    for file in files:
        assert arrived[file.sop_instance].dataset == file.dataset, file.path
        assert arrived[file.sop_instance].sop_class == file.sop_class
        assert arrived[file.sop_instance].transfer_syntax == file.transfer_syntax


def _storage(sop_class: str) -> bool:
    return sop_class.startswith("1.2.840.10008.5.1.4.1.1.")
