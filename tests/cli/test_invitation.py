"""What `russet serve` invites to can be done."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from russet.association.policy import Policy
from russet.cli.addresses import our_address
from russet.cli.invitation import invitation
from tests.support.processes import RUSSET, run
from tests.support.served import ServeData

OPEN = Policy("ARCHIVE", check_called=False)
TEN = ip_network("10.0.0.0/8")
HERE = ip_network("127.0.0.1")


@pytest.mark.parametrize(
    ("policy", "bind", "point", "attempt"),
    [
        (OPEN, "0.0.0.0", f"host {our_address()}, port 104.", "russet send localhost 104 FILES"),
        (OPEN, "10.0.0.5", "host 10.0.0.5, port 104.", "russet send 10.0.0.5 104 FILES"),
        (OPEN, "::1", "Only this machine can call, since ::1 is its own", "send localhost 104"),
        (Policy("ARCHIVE"), "::", "AE title ARCHIVE", "russet send ARCHIVE@localhost:104 FILES"),
        (Policy("A B"), "fe80::1", "AE title A B, host fe80::1", "send 'A B@[fe80::1]:104' FILES"),
        (
            Policy("ARCHIVE", check_called=False, calling=["CT1"], networks=[HERE]),
            "0.0.0.0",
            "Only this machine may call: [local] networks in --peers has 127.0.0.1/32 alone.",
            "russet send -aet CT1 localhost 104 FILES",
        ),
        (Policy("ARCHIVE", networks=[TEN]), "::", "Only 10.0.0.0/8 may call.", "Ctrl-C stops"),
    ],
)
def test_it_says_what_works(policy: Policy, bind: str, point: str, attempt: str) -> None:
    pointed, tried = invitation(policy, bind, 104)
    assert point in pointed
    assert attempt in tried
    assert ("Or try" in tried) is ("send" in attempt)


def test_what_a_receiver_that_checks_its_title_says_to_try_is_taken(
    serve_data: ServeData, tmp_path: Path
) -> None:
    peers = tmp_path / "peers.toml"
    local = '[local]\ntitles = ["ARCHIVE"]\ncheck_called = true\nnetworks = ["127.0.0.1"]\n'
    peers.write_text(local)
    process = serve_data(tmp_path / "data", "--peers", str(peers))
    process.wait_for("Ctrl-C")
    (line,) = (each for each in process.text.splitlines() if each.startswith("Or try:"))
    _russet, verb, peer, _files, *_ = line.removeprefix("Or try:").split()
    assert verb == "send"
    assert run(RUSSET, "echo", peer).returncode == 0
