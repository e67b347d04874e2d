"""TLS on asyncio: the descriptions of the threads, and the same words for what fails."""

import asyncio
import logging
from pathlib import Path

import pytest

import russet
from russet.errors import CertificateFileError, ProtocolError, TlsError
from russet.net.timeouts import Timeouts
from russet.net.tls import ClientTls, ServerTls
from tests.net.test_aio import on_a_loop
from tests.net.test_serving import instance_file
from tests.support.certificates import Authority
from tests.support.instances import INSTANCE


def of(authority: Authority, *names: str) -> ClientTls:
    pem = authority.issue(*names)
    return ClientTls(ca=authority.ca, certificate=pem.certificate, key=pem.key)


@on_a_loop
async def test_both_bodies_talk_to_each_other(authority: Authority, tmp_path: Path) -> None:
    image = instance_file(tmp_path / "image.dcm")
    pem = authority.issue()
    tls = ServerTls(pem.certificate, pem.key, ca=authority.ca, client_certificate="required")
    client = of(authority, "ct1.example.org")
    arrived: list[str] = []

    def take(instance: russet.Instance) -> None:
        arrived.append(instance.sop_instance_uid)

    with russet.serve(0, handlers={"store": take}, tls=tls) as threads:
        async with (
            russet.aio.serve(0, handlers={"store": take}, tls=tls) as loop,
            russet.aio.connect("localhost", threads.port, tls=client) as first,
            russet.aio.connect("localhost", loop.port, tls=client) as second,
        ):
            assert (await first.store(image)).ok
            assert (await second.store(image)).ok
    assert arrived == [INSTANCE, INSTANCE]


@on_a_loop
async def test_what_fails_is_said_in_the_same_words(
    authority: Authority, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pem = authority.issue()
    tls = ServerTls(pem.certificate, pem.key, ca=authority.ca, client_certificate="required")
    stranger = Authority(tmp_path / "elsewhere").issue("ct1.example.org")
    unknown = ClientTls(ca=authority.ca, certificate=stranger.certificate, key=stranger.key)
    async with (
        russet.aio.serve(0, handlers={"store": print}, tls=tls) as secured,
        russet.aio.serve(0, handlers={"store": print}) as plain,
    ):
        for port, client, kind in [
            (secured.port, ClientTls(), "untrusted"),
            (secured.port, ClientTls(ca=authority.ca, server_name="other"), "name"),
            (secured.port, ClientTls(ca=authority.ca), "certificate-missing"),
            (secured.port, unknown, "refused-ours"),
            (plain.port, ClientTls(verify=False), "no-tls"),
        ]:
            with pytest.raises(TlsError) as caught:
                await russet.aio.connect("localhost", port, tls=client)
            assert caught.value.kind == kind, caught.value
        with pytest.raises(ProtocolError, match="it expects TLS, add --tls"):
            await russet.aio.connect("localhost", secured.port)
        async with russet.aio.connect("localhost", secured.port, tls=of(authority, "a")) as us:
            assert (await us.echo()).status == 0x0000
    for said in (
        "it does not trust our certificate",
        "it showed no certificate, and must",
        "its certificate is not trusted, its CA is unknown here",
        "client spoke plain DICOM on a TLS port",
        "client spoke TLS on a plain port",
    ):
        assert said in caplog.text


@on_a_loop
async def test_a_renewed_certificate_is_taken_up(authority: Authority, tmp_path: Path) -> None:
    ours, renewed = authority.issue(), Authority(tmp_path / "new").issue()
    tls = ServerTls(ours.certificate, ours.key)
    client = ClientTls(ca=tmp_path / "new" / "ca.pem")
    async with russet.aio.serve(0, handlers={"store": print}, tls=tls) as receiver:
        ours.become(renewed)
        async with russet.aio.connect("localhost", receiver.port, tls=client) as association:
            assert (await association.echo()).status == 0x0000
    with pytest.raises(CertificateFileError):
        await russet.aio.serve(0, tls=ServerTls(tmp_path / "nowhere.pem"))


@on_a_loop
async def test_silent_clients_of_a_loop_keep_nobody_out(
    authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="russet.scp")
    pem = authority.issue()
    tls, quick = ServerTls(pem.certificate, pem.key), Timeouts(handshake=1.5)
    async with russet.aio.serve(0, handlers={"store": print}, tls=tls, timeouts=quick) as receiver:
        silent = [await asyncio.open_connection("localhost", receiver.port) for _ in range(200)]
        for number, (_, writer) in enumerate(silent):
            writer.write((b"", b"\x16\x03", b"GET / HTTP/1.1\r\n")[number % 3])
        client = ClientTls(ca=authority.ca)
        async with russet.aio.connect("localhost", receiver.port, tls=client) as association:
            assert (await association.echo()).status == 0x0000
        for reader, writer in silent:
            await reader.read()
            writer.close()
    assert "client spoke HTTP on a TLS port" in caplog.text
    assert "did not finish the TLS handshake in time" in caplog.text
