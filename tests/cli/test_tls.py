"""TLS on the command line: its options in our spelling and in DCMTK's, and what is said."""

import json
from typing import Any

import click
import pytest
from click.testing import CliRunner

import russet
from russet.cli import russet as command_line
from russet.cli.exit_codes import ExitCode, exit_code
from russet.cli.tls import client_tls, client_tls_options, server_tls, server_tls_options
from russet.errors import CertificateFileError, TlsError
from russet.net.serving import Receiver
from russet.net.tls import ClientTls, ServerTls
from tests.support.certificates import Authority
from tests.support.peers import RussetServe
from tests.support.processes import RUSSET, run


def understood(options: Any, make: Any, *words: str) -> Any:
    """What a command with such options makes of the words."""
    made: list[Any] = []

    def call(**given: Any) -> None:
        made.append(make(given))

    ended = CliRunner().invoke(click.command()(options(call)), words)
    return made[0] if made else ended.output


@pytest.mark.parametrize(
    ("words", "made"),
    [
        ((), None),
        (("--tls-profile", "modified"), None),
        (("--tls",), ClientTls()),
        (("+tla",), ClientTls()),
        (("--tls-name", "pacs"), ClientTls(server_name="pacs")),
        (("-ic",), ClientTls(verify=False)),
        (("--tls-cert", "c", "--tls-key", "k"), ClientTls(certificate="c", key="k")),
        (("+tls", "k", "c", "+cf", "a"), ClientTls(ca=["a"], certificate="c", key="k")),
        (("--tls", "--tls-profile", "modified"), ClientTls(profile="modified")),
    ],
)
def test_a_client_is_described(words: tuple[str, ...], made: ClientTls | None) -> None:
    found = understood(client_tls_options, client_tls, *words)
    assert repr(found) == repr(made).replace("'c'", "PosixPath('c')").replace(
        "'k'", "PosixPath('k')"
    ).replace("['a']", "(PosixPath('a'),)")


@pytest.mark.parametrize(
    ("words", "client_certificate"),
    [
        ((), "none"),
        (("--tls-ca", "a"), "required"),
        (("+cf", "a", "+cf", "b", "-vc"), "optional"),
        (("--tls-ca", "a", "-ic"), "none"),
        (("--tls-client", "required"), "required"),
        (("-rc",), "required"),
    ],
)
def test_a_server_is_described(words: tuple[str, ...], client_certificate: str) -> None:
    found = understood(server_tls_options, server_tls, "+tls", "k", "c", *words)
    assert isinstance(found, ServerTls)
    assert (str(found.certificate), str(found.key)) == ("c", "k")
    assert found.client_certificate == client_certificate


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--tls-key", "k"), "--tls-key takes the certificate it belongs to: give --tls-cert"),
        (("--tls-ca", "a"), "TLS takes a certificate of ours: give --tls-cert and --tls-key"),
        (("--tls-client", "optional"), "TLS takes a certificate of ours"),
    ],
)
def test_options_that_do_not_fit_are_explained(words: tuple[str, ...], said: str) -> None:
    assert said in understood(server_tls_options, server_tls, *words)
    assert understood(server_tls_options, server_tls) is None


def test_echo_and_send_go_through_what_serve_secures(
    authority: Authority, russet_serve: RussetServe
) -> None:
    pem, ours = authority.issue(), authority.issue("ct1.example.org")
    serve = ("--tls-cert", pem.certificate, "--tls-key", pem.key, "--tls-ca", authority.ca)
    scp = russet_serve(*map(str, serve))
    assert "TLS, client certificates required" in scp.process.text
    assert "FILES --tls --tls-ca CA --tls-cert FILE --tls-key FILE    Ctrl-C" in scp.process.text
    peer = ("127.0.0.1", str(scp.port))
    mutual = ("--tls-ca", authority.ca, "--tls-cert", ours.certificate, "--tls-key", ours.key)
    ended = run(RUSSET, "echo", *peer, *mutual)
    assert ended.returncode == 0, ended.stdout
    ended = run(RUSSET, "echo", *peer, "--tls-ca", authority.ca)
    assert ended.returncode == ExitCode.CANNOT_CONNECT
    assert "it wants a certificate of ours: give --tls-cert and --tls-key" in ended.stdout
    ended = run(RUSSET, "echo", *peer)
    assert ended.returncode == ExitCode.REJECTED
    assert "it expects TLS, add --tls" in ended.stdout
    ended = run(RUSSET, "echo", *peer, *mutual[2:], "-ic", "--json")
    assert "the certificate of the peer is not verified: it may be anybody" in ended.stdout
    assert json.loads(ended.stdout.splitlines()[-1])["ok"]


def test_what_is_wrong_with_files_and_peers_has_an_exit_code(authority: Authority) -> None:
    ended = CliRunner().invoke(command_line, ["echo", "localhost", "1", "--tls-ca", "nowhere"])
    assert isinstance(ended.exception, CertificateFileError)
    assert exit_code(ended.exception) is ExitCode.INPUT
    pem = authority.issue()
    tls = ServerTls(pem.certificate, pem.key)
    receiver: Receiver
    with russet.serve(0, handlers={"store": print}, tls=tls) as receiver:
        words = ["echo", "localhost", str(receiver.port), "--tls"]
        ended = CliRunner().invoke(command_line, words)
    assert isinstance(ended.exception, TlsError)
    assert exit_code(ended.exception) is ExitCode.CANNOT_CONNECT
    assert "give the CA with --tls-ca" in str(ended.exception)
