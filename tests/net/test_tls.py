"""TLS on both sides, on real sockets: what is taken, what is refused, and what is said of it."""

import asyncio
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

import russet
from russet.association import Certificate, Policy, Row
from russet.errors import (
    CertificateFileError,
    ProtocolError,
    RejectedError,
    RussetError,
    TlsError,
)
from russet.net.client import ClientAssociation
from russet.net.serving import Receiver
from russet.net.timeouts import Timeouts
from russet.net.tls import ClientTls, ServerTls, peer_certificate
from tests.support.certificates import Authority, Pem, encoded, self_signed
from tests.support.instances import data_set, element
from tests.support.raw_peer import associate_rq

Serve = Callable[..., Receiver]


@pytest.fixture
def serve(authority: Authority) -> Iterator[Serve]:
    """Start a server with a certificate, the authority's when none is given."""
    with ExitStack() as stack:

        def start(pem: Pem | None = None, **tls: Any) -> Receiver:
            pem = pem or authority.issue()
            description = ServerTls(pem.certificate, pem.key, **tls)
            return stack.enter_context(russet.serve(0, handlers={"store": print}, tls=description))

        yield start


def call(receiver: Receiver, tls: ClientTls | None) -> ClientAssociation:
    return russet.connect("localhost", receiver.port, tls=tls)


def refusal(receiver: Receiver, tls: ClientTls) -> TlsError:
    with pytest.raises(TlsError) as caught, call(receiver, tls) as association:
        association.echo()
    return caught.value


@pytest.mark.parametrize("key_type", list(trustme.KeyType))
@pytest.mark.parametrize("profile", ["bcp195", "modified"])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_an_echo_and_a_large_instance_go_through(
    authority: Authority,
    tmp_path: Path,
    key_type: trustme.KeyType,
    profile: Any,
    version: ssl.TLSVersion,
) -> None:
    pem = authority.issue(key_type=key_type)
    server = ServerTls(pem.certificate, pem.key, profile=profile)
    server.context().maximum_version = version
    arrived: list[bytes] = []
    data = data_set(*(element("0010 4000", "LT", "x" * 65000) for _ in range(50)))

    def keep(instance: Any) -> None:
        arrived.append(bytes(instance.data))

    with (
        russet.serve(0, handlers={"store": keep}, tls=server) as receiver,
        call(receiver, ClientTls(ca=authority.ca, profile=profile)) as association,
    ):
        assert association.echo().status == 0x0000
        file = tmp_path / "large.dcm"
        file.write_bytes(
            russet.codec.encode_file_head(
                "1.2.840.10008.5.1.4.1.1.2", "1.2.3.4", "1.2.840.10008.1.2.1", "1.2", "T", "ME"
            )
            + data
        )
        assert [stored.ok for stored in association.store([file] * 20)] == [True] * 20
    assert arrived == [data] * 20


def test_the_policy_can_know_who_a_client_is(authority: Authority) -> None:
    pem = authority.issue()
    ours = authority.issue("ct1.example.org", "10.0.0.7", common_name="CT1")
    server = ServerTls(
        pem.certificate, pem.key, ca=authority.ca, client_certificate="required"
    ).context()
    listener = socket.create_server(("127.0.0.1", 0))
    found = []

    def accept() -> None:
        connection, _ = listener.accept()
        with server.wrap_socket(connection, server_side=True) as secured:
            found.append(peer_certificate(secured))

    thread = threading.Thread(target=accept)
    thread.start()
    tls = ClientTls(ca=authority.ca, certificate=ours.certificate, key=ours.key)
    from russet.net import blocking

    stream = blocking.connect("localhost", listener.getsockname()[1], Timeouts(), tls)
    thread.join()
    stream.close()
    listener.close()
    (certificate,) = found
    assert certificate is not None
    assert certificate.names == ("ct1.example.org", "10.0.0.7")
    assert certificate.subject.startswith("CN=CT1, ")
    assert len(certificate.fingerprint) == 64
    assert stream.certificate is not None
    assert "127.0.0.1" in stream.certificate.names


def test_no_name_can_be_taken_for_another(authority: Authority, serve: Serve) -> None:
    pem = authority.issue("pacs", "localhost", common_name='A, O=B\\+C="D"\x07')
    with call(serve(pem), ClientTls(ca=authority.ca)) as association:
        certificate = association._channel._stream.certificate  # type: ignore[attr-defined]
    assert certificate.subject.startswith(r"""CN=A\, O\=B\\\+C\=\"D\"\07, OU=""")
    assert certificate.names == ("pacs", "localhost")


@pytest.mark.parametrize("user", ["ct1", "ct2", None])
def test_a_policy_goes_by_the_certificate(authority: Authority, user: str | None) -> None:
    pem = authority.issue()
    server = ServerTls(pem.certificate, pem.key, ca=authority.ca, client_certificate="optional")
    row = Row(certificates=[Certificate(names=("ct1",))])
    ours = None if user is None else authority.issue(user)
    tls = ClientTls(
        ca=authority.ca,
        certificate=None if ours is None else ours.certificate,
        key=None if ours is None else ours.key,
    )
    policy = Policy(check_called=False, rows=[row])
    with russet.serve(0, handlers={"store": print}, tls=server, policy=policy) as receiver:
        if user == "ct1":
            with call(receiver, tls) as association:
                assert association.echo().status == 0x0000
        else:
            with pytest.raises(RejectedError):
                call(receiver, tls)

    async def on_a_loop() -> None:
        how: dict[str, Any] = {"tls": server, "policy": policy, "handlers": {"store": print}}
        async with (
            russet.aio.serve(0, **how) as receiver,
            russet.aio.connect("localhost", receiver.port, tls=tls) as association,
        ):
            assert (await association.echo()).status == 0x0000

    if user == "ct1":
        asyncio.run(on_a_loop())
    else:
        with pytest.raises(RejectedError):
            asyncio.run(on_a_loop())


@pytest.mark.parametrize(
    ("asked", "shown", "kind"),
    [
        ("none", False, None),
        ("none", True, None),
        ("optional", False, None),
        ("optional", True, None),
        ("required", True, None),
        ("required", False, "certificate-missing"),
    ],
)
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_clients_show_a_certificate_where_they_must(
    authority: Authority,
    serve: Serve,
    asked: str,
    shown: bool,
    kind: str | None,
    version: ssl.TLSVersion,
) -> None:
    receiver = serve(ca=authority.ca, client_certificate=asked)
    pem = authority.issue("ct1.example.org")
    tls = ClientTls(
        ca=authority.ca,
        certificate=pem.certificate if shown else None,
        key=pem.key if shown else None,
    )
    tls.context().maximum_version = version
    if kind is None:
        with call(receiver, tls) as association:
            assert association.echo().status == 0x0000
    elif version is ssl.TLSVersion.TLSv1_3:
        error = refusal(receiver, tls)
        assert error.kind == kind
        assert "--tls-cert" in str(error)
    else:  # TLS 1.2 has no alert of its own for that.
        assert refusal(receiver, tls).kind in ("cipher", "refused-ours")


def test_a_client_certificate_of_a_stranger_is_refused(
    authority: Authority, serve: Serve, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    receiver = serve(ca=authority.ca, client_certificate="required")
    pem = Authority(tmp_path / "elsewhere").issue("ct1.example.org")
    error = refusal(receiver, ClientTls(ca=authority.ca, certificate=pem.certificate, key=pem.key))
    assert error.kind == "refused-ours"
    assert "its CA is unknown there" in str(error)
    receiver.close()  # Then what it has to say is said.
    assert (
        "no secure connection with 127.0.0.1: its certificate is not trusted, its CA is unknown"
        in caplog.text
    )


def test_a_server_that_is_not_who_it_should_be_is_refused(
    authority: Authority, serve: Serve, tmp_path: Path
) -> None:
    trusting = ClientTls(ca=authority.ca)
    stranger = Authority(tmp_path / "elsewhere")
    own = self_signed(tmp_path)
    for pem, tls, kind, said in [
        (stranger.issue(), trusting, "untrusted", "give the CA with --tls-ca"),
        (authority.issue(), ClientTls(), "untrusted", "give the CA with --tls-ca"),
        (own, trusting, "untrusted", "it is self-signed"),
        (authority.issue(expired=True), trusting, "expired", "it has expired"),
        (authority.issue("other.example"), trusting, "name", "not for 'localhost': connect by"),
    ]:
        error = refusal(serve(pem), tls)
        assert error.kind == kind
        assert said in str(error)


def test_what_a_client_may_make_of_a_certificate(
    authority: Authority, serve: Serve, tmp_path: Path
) -> None:
    own, other = self_signed(tmp_path), authority.issue("pacs.example")
    for pem, tls in [
        (own, ClientTls(ca=own.certificate)),
        (own, ClientTls(verify=False)),
        (authority.issue(expired=True), ClientTls(verify=False)),
        (other, ClientTls(ca=authority.ca, server_name="pacs.example")),
        (other, ClientTls(ca=[tmp_path / "certificates"], server_name="pacs.example")),
    ]:
        with call(serve(pem), tls) as association:
            assert association.echo().status == 0x0000


def test_what_a_ca_has_revoked_is_refused(
    authority: Authority, serve: Serve, tmp_path: Path
) -> None:
    pem, ours, another = authority.issue(), authority.issue("ct1"), authority.issue("ct2")
    revoked = authority.revoke(ours, pem)
    error = refusal(serve(pem), ClientTls(ca=authority.ca, crl=revoked))
    assert (error.kind, "it was revoked" in str(error)) == ("revoked", True)
    receiver = serve(ca=authority.ca, client_certificate="required", crl=revoked)
    tls = ClientTls(ca=authority.ca, certificate=ours.certificate, key=ours.key)
    assert "says that our certificate was revoked" in str(refusal(receiver, tls))
    tls = ClientTls(ca=authority.ca, certificate=another.certificate, key=another.key)
    with call(receiver, tls) as association:
        assert association.echo().status == 0x0000
    old = ClientTls(ca=authority.ca, crl=authority.revoke(expired=True))
    assert "the revocation list of its CA is out of date" in str(refusal(serve(), old))
    foreign = Authority(tmp_path / "elsewhere").revoke()
    missing = ClientTls(ca=authority.ca, crl=foreign)
    assert "there is no revocation list of its CA" in str(refusal(serve(), missing))


@pytest.mark.parametrize("key", [ec.SECP224R1(), 1024], ids=["P-224", "RSA-1024"])
def test_weak_keys_are_taken_on_neither_side(
    serve: Serve, tmp_path: Path, key: ec.EllipticCurve | int
) -> None:
    weak = self_signed(
        tmp_path,
        rsa.generate_private_key(65537, key)
        if isinstance(key, int)
        else ec.generate_private_key(key),
    )
    listener = socket.create_server(("127.0.0.1", 0))
    careless = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    careless.set_ciphers("ALL:@SECLEVEL=0")
    careless.load_cert_chain(weak.certificate, weak.key)

    def accept() -> None:
        connection, _ = listener.accept()
        with pytest.raises(OSError, match=r"ALERT|NO_SHARED|NO_SUITABLE|reset"):
            careless.wrap_socket(connection, server_side=True)
        connection.close()

    thread = threading.Thread(target=accept)
    thread.start()
    with pytest.raises(TlsError):
        russet.connect("localhost", listener.getsockname()[1], tls=ClientTls(ca=weak.certificate))
    thread.join()
    listener.close()
    if isinstance(key, int):
        with pytest.raises(CertificateFileError, match="too weak: RSA takes 2048"):
            ServerTls(weak.certificate, weak.key).context()


def test_old_versions_of_tls_are_refused(authority: Authority, serve: Serve) -> None:
    receiver = serve(minimum="1.3")
    tls = ClientTls(ca=authority.ca)
    tls.context().maximum_version = ssl.TLSVersion.TLSv1_2
    assert refusal(receiver, tls).kind == "version"


def test_suites_outside_of_the_profile_are_refused(authority: Authority, serve: Serve) -> None:
    tls = ClientTls(ca=authority.ca)
    tls.context().maximum_version = ssl.TLSVersion.TLSv1_2
    tls.context().set_ciphers("ECDHE-ECDSA-AES256-SHA384")  # CBC
    assert refusal(serve(), tls).kind == "cipher"


def test_a_renewed_certificate_serves_the_next_and_disturbs_nobody(
    authority: Authority, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ours, renewed = authority.issue(), Authority(tmp_path / "new").issue()
    new_ca = ClientTls(ca=tmp_path / "new" / "ca.pem")
    tls = ServerTls(ours.certificate, ours.key)
    with (
        russet.serve(0, handlers={"store": print}, tls=tls) as receiver,
        call(receiver, ClientTls(ca=authority.ca)) as before,
    ):
        assert refusal(receiver, new_ca).kind == "untrusted"
        ours.key.write_bytes(renewed.key.read_bytes())  # Half done.
        with caplog.at_level(logging.WARNING), call(receiver, ClientTls(ca=authority.ca)) as half:
            assert half.echo().status == 0x0000
        assert "stay in use" in caplog.text
        with pytest.raises(CertificateFileError):
            tls.reload()
        ours.become(renewed)
        with call(receiver, new_ca) as after:
            assert after.echo().status == before.echo().status == 0x0000
        tls.reload()


def test_wrong_files_are_named(authority: Authority, tmp_path: Path) -> None:
    good, other = authority.issue(), authority.issue()
    nowhere, text = tmp_path / "nowhere.pem", tmp_path / "text.pem"
    text.write_text("hello")
    der = tmp_path / "der.crt"
    der.write_bytes(ssl.PEM_cert_to_DER_cert(authority.ca.read_text()))
    empty = tmp_path / "empty"
    empty.mkdir()
    sealed = tmp_path / "sealed.key"
    private: Any = load_pem_private_key(good.key.read_bytes(), None)
    sealed.write_bytes(encoded(private, b"secret"))
    wrong: list[tuple[Callable[[], ServerTls | ClientTls], Path, str]] = [
        (lambda: ServerTls(nowhere, good.key), nowhere, "cannot read .*: No such file"),
        (lambda: ServerTls(text, good.key), text, "holds no certificate in PEM form"),
        (lambda: ServerTls(der, good.key), der, "in DER form"),
        (lambda: ServerTls(good.key, good.certificate), good.key, "mixed up"),
        (lambda: ServerTls(good.certificate), good.certificate, "holds no private key"),
        (lambda: ServerTls(good.certificate, other.key), other.key, "does not belong to"),
        (lambda: ServerTls(good.certificate, sealed), sealed, "encrypted: give its password"),
        (lambda: ServerTls(good.certificate, sealed, password="no"), sealed, "password .* wrong"),
        (lambda: ClientTls(ca=nowhere), nowhere, "cannot read"),
        (lambda: ClientTls(ca=empty), empty, "no file in .* holds a certificate"),
        (lambda: ClientTls(crl=text), text, "holds no revocation list"),
        (lambda: ClientTls(key=good.key), good.key, "takes the certificate"),
    ]
    for make, path, said in wrong:
        with pytest.raises(CertificateFileError, match=said) as caught:
            make().context()
        assert caught.value.path == str(path)
    ServerTls(good.certificate, sealed, password="secret").context()


def test_an_expired_certificate_of_ours_is_told_at_the_start(
    authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    pem = authority.issue(expired=True)
    ServerTls(pem.certificate, pem.key).context()
    assert f"the certificate {pem.certificate} has expired: renew it" in caplog.text


def test_words_that_mean_nothing_are_refused(authority: Authority) -> None:
    with pytest.raises(RussetError, match="'maybe' is no client_certificate: there are none, opt"):
        ServerTls("x", client_certificate="maybe")  # type: ignore[arg-type]
    with pytest.raises(RussetError, match="is no minimum: there are 1"):
        ClientTls(minimum="1.1")  # type: ignore[arg-type]


def test_a_plain_client_is_told_that_tls_is_expected(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ProtocolError, match="it expects TLS, add --tls"):
        call(serve(), None)
    assert "client spoke plain DICOM on a TLS port" in caplog.text


def test_a_secure_client_is_told_that_there_is_no_tls(caplog: pytest.LogCaptureFixture) -> None:
    with russet.serve(0, handlers={"store": print}) as receiver:
        error = refusal(receiver, ClientTls(verify=False))
    assert error.kind == "no-tls"
    assert "does not speak TLS but plain DICOM: leave out --tls" in str(error)
    assert "client spoke TLS on a plain port" in caplog.text


def test_a_server_that_says_something_else_is_named(tmp_path: Path) -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def answer(what: bytes) -> None:
        connection, _ = listener.accept()
        connection.recv(4096)
        connection.sendall(what)
        connection.close()

    for what, said in [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "does not speak TLS but HTTP"),
        (b"SSH-2.0-x\r\n", "but SSH"),
        (b"\x99" * 20, "but something unknown"),
        (b"", "it probably does not speak TLS there"),
        (b"\x16\x03\x03\x00\x04", "closed the connection within the TLS handshake"),
        (b"\x16\x03\x03\x00\x04\x02\x00\x00\x00", "no secure connection with"),
    ]:
        thread = threading.Thread(target=answer, args=(what,))
        thread.start()
        with pytest.raises(TlsError, match=said):
            russet.connect("127.0.0.1", listener.getsockname()[1], tls=ClientTls(verify=False))
        thread.join()
    listener.close()


def test_asyncio_takes_the_same_descriptions(authority: Authority, tmp_path: Path) -> None:
    ours, renewed = authority.issue(), Authority(tmp_path / "new").issue()
    tls = ServerTls(ours.certificate, ours.key)
    clients = [ClientTls(ca=authority.ca), ClientTls(ca=tmp_path / "new" / "ca.pem")]

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readexactly(4))
        writer.close()
        await writer.wait_closed()

    async def ask(port: int, client: ClientTls) -> bytes:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1",
            port,
            ssl=client.client_context(),
            server_hostname=client.name("localhost"),
        )
        writer.write(b"ping")
        answer = await reader.readexactly(4)
        writer.close()
        await writer.wait_closed()
        return answer

    async def run() -> None:
        server = await asyncio.start_server(echo, "127.0.0.1", 0, ssl=tls.server_context())
        port = server.sockets[0].getsockname()[1]
        assert await ask(port, clients[0]) == b"ping"
        ours.become(renewed)
        assert await ask(port, clients[1]) == b"ping"
        server.close()
        await server.wait_closed()

    asyncio.run(run())


def test_what_was_altered_on_its_way_aborts(authority: Authority, serve: Serve) -> None:
    receiver = serve()
    raw = socket.create_connection(("localhost", receiver.port), timeout=10)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = (
        ClientTls(ca=authority.ca)
        .context()
        .wrap_bio(incoming, outgoing, server_hostname="localhost")
    )
    while True:
        try:
            client.do_handshake()
            break
        except ssl.SSLWantReadError:
            raw.sendall(outgoing.read())
            incoming.write(raw.recv(1 << 16))
    raw.sendall(outgoing.read())
    client.write(associate_rq())
    record = bytearray(outgoing.read())
    record[-1] ^= 1
    raw.sendall(record)
    incoming.write(raw.recv(1 << 16))
    with pytest.raises(ssl.SSLError, match="BAD_RECORD_MAC"):
        client.read()
    raw.close()
    with call(receiver, ClientTls(ca=authority.ca)) as association:
        assert association.echo().status == 0x0000
