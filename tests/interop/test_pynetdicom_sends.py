"""pynetdicom as the sender."""

import pytest

from tests.support import corpus, pynetdicom_peer
from tests.support.peers import RussetServe

pytestmark = pytest.mark.interop


@pytest.mark.interop_row(
    peer="pynetdicom", service="Verification", direction="peer asks", judged="the answer"
)
def test_c_echo_is_answered(russet_serve: RussetServe) -> None:
    assert pynetdicom_peer.echo(russet_serve().port) == 0x0000


@pytest.mark.corpus
@pytest.mark.timeout(120)
@pytest.mark.interop_row(
    peer="pynetdicom", service="Storage", direction="peer sends", judged="data sets byte for byte"
)
def test_data_sets_land_byte_for_byte(russet_serve: RussetServe) -> None:
    files = corpus.few()
    scp = russet_serve()
    assert pynetdicom_peer.store(files, scp.port) == [0x0000] * len(files)
    arrived = scp.take()
    assert arrived.keys() == {file.sop_instance for file in files}
    for file in files:
        assert arrived[file.sop_instance].dataset == file.dataset, file.path
        assert arrived[file.sop_instance].sop_class == file.sop_class
        assert arrived[file.sop_instance].transfer_syntax == file.transfer_syntax
