"""TLS on asyncio: the descriptions of the threads, and the same words for what fails."""

import logging
from pathlib import Path

import pytest

import russet
from russet.errors import CertificateFileError, ProtocolError, TlsError
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
        with pytest.raises(ProtocolError):
            await russet.aio.connect("localhost", secured.port)
        with caplog.at_level(logging.INFO):
            async with russet.aio.connect("localhost", secured.port, tls=of(authority, "a")) as us:
                assert (await us.echo()).status == 0x0000


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
