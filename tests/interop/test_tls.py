"""TLS with DCMTK, each side in turn; its default profile of 3.6.7 offers what PS3.15 B.12 takes."""

from collections.abc import Callable
from pathlib import Path

import pytest
import trustme

import russet
from russet.codec import encode_file_head
from russet.errors import AbortedError, TlsError
from russet.net.tls import ClientTls
from tests.support.certificates import Authority, Pem, self_signed
from tests.support.instances import CT, EXPLICIT, data_set, element
from tests.support.peers import Dcmtk, RussetServe, Scp
from tests.support.processes import RUSSET, run

pytestmark = pytest.mark.interop

Start = Callable[..., Scp]
_KEYS = [trustme.KeyType.RSA, trustme.KeyType.ECDSA]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """An instance of some size."""
    path = tmp_path / "large.dcm"
    head = encode_file_head(CT, "1.2.3.4", EXPLICIT, "1.2", "T", "ME")
    pixels = (
        b"\x28\x00\x10\x00US\x02\x00\x00\x02" + b"\x28\x00\x11\x00US\x02\x00\x00\x02"
        b"\xe0\x7f\x10\x00OW\x00\x00\x00\x00\x08\x00" + bytes(1 << 19)
    )
    path.write_bytes(head + data_set(element("0010 0010", "PN", "DOE^JANE")) + pixels)
    return path


def shown(pem: Pem) -> tuple[str, str, str]:
    """A key and a certificate as DCMTK wants them."""
    return "+tls", str(pem.key), str(pem.certificate)


def serving(pem: Pem, *more: str | Path) -> list[str]:
    return [str(word) for word in ("--tls-cert", pem.certificate, "--tls-key", pem.key, *more)]


@pytest.mark.interop_row(
    peer="DCMTK echoscu", service="Verification", direction="peer asks", judged="over TLS"
)
@pytest.mark.interop_row(
    peer="DCMTK storescu", service="Storage", direction="peer sends", judged="over TLS"
)
@pytest.mark.parametrize("key_type", _KEYS)
@pytest.mark.parametrize("profile", ["bcp195", "modified"])
def test_echoscu_and_storescu_are_served(
    dcmtk: Dcmtk,
    russet_serve: RussetServe,
    authority: Authority,
    file: Path,
    key_type: trustme.KeyType,
    profile: str,
) -> None:
    pem = authority.issue(key_type=key_type)
    scp = russet_serve(*serving(pem, "--tls-profile", profile))
    trust = ("+tla", "+cf", str(authority.ca))
    for command in ([dcmtk.echoscu], [dcmtk.storescu]):
        files = [str(file)] if command[0] == dcmtk.storescu else []
        ended = run(*command, "-v", *trust, "127.0.0.1", str(scp.port), *files)
        assert ended.returncode == 0, ended.stdout
    assert list(scp.take()) == ["1.2.3.4"]


def test_both_sides_show_a_certificate(
    dcmtk: Dcmtk, russet_serve: RussetServe, authority: Authority, file: Path, tmp_path: Path
) -> None:
    scp = russet_serve(*serving(authority.issue(), "--tls-ca", authority.ca))
    port = str(scp.port)
    known = (*shown(authority.issue("ct1.example.org")), "+cf", str(authority.ca))
    ended = run(dcmtk.storescu, *known, "127.0.0.1", port, file)
    assert ended.returncode == 0, ended.stdout
    assert list(scp.take()) == ["1.2.3.4"]
    stranger = Authority(tmp_path / "elsewhere").issue("ct1.example.org")
    for who in (("+tla",), shown(stranger), shown(self_signed(tmp_path, name="ct1"))):
        ended = run(dcmtk.echoscu, *who, "+cf", str(authority.ca), "127.0.0.1", port)
        assert ended.returncode != 0, ended.stdout
    scp.process.wait_for("it showed no certificate, and must")
    scp.process.wait_for("its certificate is not trusted, its CA is unknown here")
    scp.process.wait_for("its certificate is not trusted, it is self-signed")


def test_echoscu_refuses_who_it_does_not_trust(
    dcmtk: Dcmtk, russet_serve: RussetServe, authority: Authority, tmp_path: Path
) -> None:
    scp = russet_serve(*serving(Authority(tmp_path / "elsewhere").issue()))
    address = ("127.0.0.1", str(scp.port))
    ended = run(dcmtk.echoscu, "+tla", "+cf", str(authority.ca), *address)
    assert "certificate verify failed" in ended.stdout
    assert ended.returncode != 0
    scp.process.wait_for("it does not trust our certificate")
    assert run(dcmtk.echoscu, "+tla", "-ic", *address).returncode == 0


def test_plain_and_secure_are_told_apart(
    dcmtk: Dcmtk, russet_serve: RussetServe, authority: Authority
) -> None:
    secured, plain = russet_serve(*serving(authority.issue())), russet_serve()
    assert run(dcmtk.echoscu, "127.0.0.1", str(secured.port)).returncode != 0
    secured.process.wait_for("client spoke plain DICOM on a TLS port")
    assert run(dcmtk.echoscu, "+tla", "-ic", "127.0.0.1", str(plain.port)).returncode != 0
    plain.process.wait_for("client spoke TLS on a plain port")


@pytest.mark.interop_row(
    peer="DCMTK storescp", service="Storage", direction="peer receives", judged="over TLS"
)
@pytest.mark.parametrize("key_type", _KEYS)
@pytest.mark.parametrize("profile", ["bcp195", "modified"])
def test_storescp_takes_what_we_send(
    storescp: Start,
    authority: Authority,
    file: Path,
    key_type: trustme.KeyType,
    profile: str,
) -> None:
    pem = authority.issue(key_type=key_type)
    scp = storescp(*shown(pem), "+cf", str(authority.ca), "-ic")
    trust = ("--tls-ca", str(authority.ca), "--tls-profile", profile)
    ended = run(RUSSET, "send", "127.0.0.1", str(scp.port), file, *trust)
    assert ended.returncode == 0, ended.stdout
    assert list(scp.take()) == ["1.2.3.4"]


def test_storescp_that_wants_a_certificate_gets_ours(
    storescp: Start, authority: Authority, tmp_path: Path
) -> None:
    scp = storescp(*shown(authority.issue()), "+cf", str(authority.ca))
    address = ("127.0.0.1", scp.port)
    ours = authority.issue("ct1.example.org")
    tls = ClientTls(ca=authority.ca, certificate=ours.certificate, key=ours.key)
    with russet.connect(*address, tls=tls) as association:
        assert association.echo().status == 0x0000
    stranger = Authority(tmp_path / "elsewhere").issue("ct1.example.org")
    unknown = ClientTls(ca=authority.ca, certificate=stranger.certificate, key=stranger.key)
    for refused, said in [
        (ClientTls(ca=authority.ca), "it wants a certificate of ours"),
        (unknown, "it does not trust our certificate"),
    ]:
        with pytest.raises((TlsError, AbortedError), match=said):
            russet.connect(*address, tls=refused)


def test_storescp_is_refused_where_it_is_not_trusted_or_plain(
    storescp: Start, authority: Authority, tmp_path: Path
) -> None:
    scp = storescp(*shown(Authority(tmp_path / "elsewhere").issue()), "-ic")
    with pytest.raises(TlsError, match="its CA is unknown here: give the CA with --tls-ca"):
        russet.connect("127.0.0.1", scp.port, tls=ClientTls(ca=authority.ca))
    with pytest.raises(TlsError, match="does not speak TLS"):
        russet.connect("127.0.0.1", storescp().port, tls=ClientTls(verify=False))
    with pytest.raises(Exception, match=r"add --tls|closed"):
        russet.connect("127.0.0.1", scp.port)
