"""`peers.toml`: what it means, and what it says when it means nothing."""

import json
import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from russet.association.caller import Caller, Certificate
from russet.association.contexts import propose
from russet.association.peers import ConfiguredPeer, Peers, read_peers
from russet.association.policy import Policy, Rejection
from russet.association.rights import EVERYTHING, NOTHING, OPEN_TO_STRANGERS, Right
from russet.codec import AssociateRq, UserInformation
from russet.errors import ConfigurationError
from tests.support.pair import CT, IMPLICIT
from tests.support.places import ROOT

EXPLICIT = "1.2.840.10008.1.2.1"


def no_names(_name: str) -> list[str]:
    return []


def rq(calling: str, called: str = "ARCHIVE") -> AssociateRq:
    user = UserInformation(max_length=0)
    contexts = propose([(CT, [IMPLICIT])])
    return AssociateRq(called.encode(), calling.encode(), contexts, user)


@pytest.fixture
def documented() -> Peers:
    page = (ROOT / "docs/peers.md").read_text()
    (example,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    return read_peers(example)


def test_the_example_of_the_documentation_says_what_it_says(documented: Peers) -> None:
    assert documented.titles == ("ARCHIVE", "RUSSET")
    assert documented.strangers == {Right.ECHO, Right.STORE}
    assert [peer.title for peer in documented.peers] == ["CTSCAN", "PACS", "REMOTE", "OLDSCAN"]
    _, pacs, remote, _ = documented.peers
    assert pacs.transfer_syntaxes == ("1.2.840.10008.1.2.4.80", EXPLICIT, IMPLICIT)
    assert (pacs.window, pacs.requests_per_association) == ((8, 1), 500)
    assert remote.tls
    assert remote.users == frozenset({"eva"})


def test_the_example_in_python_runs(capsys: pytest.CaptureFixture[str]) -> None:
    page = (ROOT / "docs/peers.md").read_text()
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    names: dict[str, object] = {}
    exec(compile(example, "peers.md", "exec"), names)  # noqa: S102 (our own text)
    assert capsys.readouterr().out == "localhost 104\n"
    policy = names["policy"]
    assert isinstance(policy, Policy)
    assert policy.rows[0].name == "PACS"


def test_destinations_are_the_peers_that_listen(documented: Peers) -> None:
    where = {title: (peer.host, peer.port) for title, peer in documented.destinations.items()}
    assert where == {"PACS": ("10.0.0.2", 104), "REMOTE": ("images.example.org", 2762)}


def test_every_key_is_documented(documented: Peers) -> None:
    page = (ROOT / "docs/peers.md").read_text()
    with pytest.raises(ConfigurationError) as local:
        read_peers("[local]\nno = 1")
    with pytest.raises(ConfigurationError) as peer:
        read_peers("[[peer]]\nno = 1")
    for error in (local, peer):
        for key in str(error.value).split("only ")[1].split(", "):
            assert re.search(rf"^\| .*`{key}`", page, re.MULTILINE), key
    for right in Right:
        assert f"`{right.value}`" in page


def test_the_example_lets_in_whom_it_says(documented: Peers) -> None:
    policy = documented.policy(no_names)
    certificate = Certificate(names=("IMAGES.example.org",))
    for calling, caller, rejection, rights in [
        ("CTSCAN", Caller("10.0.1.77"), None, {"echo", "store", "worklist", "mpps", "commit"}),
        ("CTSCAN", Caller("10.0.2.77"), None, {"echo", "store"}),
        ("CTSCAN", Caller("10.0.0.9", active=4), Rejection.LOCAL_LIMIT_EXCEEDED, None),
        ("PACS", Caller("10.0.0.2"), None, {right.value for right in Right}),
        ("PACS", Caller("10.0.0.3"), None, {"echo", "store"}),
        ("ANY", Caller("10.0.0.3", active=20), Rejection.LOCAL_LIMIT_EXCEEDED, None),
        ("ANY", Caller("127.0.0.1"), None, {right.value for right in Right}),
        ("ANY", Caller("192.168.0.1"), Rejection.ADDRESS, None),
        ("ANY", Caller(), Rejection.ADDRESS, None),
        ("OLDSCAN", Caller("10.0.0.1"), Rejection.CALLING_AE_TITLE, set()),
        (
            "REMOTE",
            Caller("10.9.9.9", certificate=certificate, encrypted=True, user="eva"),
            None,
            {"echo", "find", "get"},
        ),
        (
            "REMOTE",
            Caller("10.9.9.9", certificate=certificate, user="eva"),
            None,
            {"echo", "store"},
        ),
        ("REMOTE", Caller("10.9.9.9", encrypted=True, user="eva"), None, {"echo", "store"}),
    ]:
        assert policy.rejection(rq(calling), caller=caller) is rejection, (calling, caller)
        if rights is not None:
            found = {right.value for right in policy.rights(rq(calling), caller).services}
            assert found == rights, (calling, caller)


def test_an_empty_file_is_a_receiver_without_settings() -> None:
    peers = read_peers("")
    assert peers == Peers()
    rows = {row.name: row.rights for row in peers.rows(no_names)}
    assert rows == {"this machine": EVERYTHING, "strangers": OPEN_TO_STRANGERS}
    assert rows == {row.name: row.rights for row in Policy().rows}


def test_strangers_may_be_kept_out() -> None:
    policy = read_peers("[local]\nopen_to_strangers = []").policy(no_names)
    assert policy.rejection(rq("X"), caller=Caller("10.0.0.1")) is Rejection.CALLING_AE_TITLE
    assert policy.rejection(rq("X"), caller=Caller("::1")) is None


def test_a_host_that_is_a_name_is_resolved_and_one_that_is_not_found_is_a_stranger() -> None:
    peers = read_peers('[[peer]]\ntitle = "PACS"\nhost = "pacs.example"\nport = 104')
    addresses = {"pacs.example": ["10.0.0.2", "fe80::1%eth0"]}
    policy = peers.policy(addresses.__getitem__)
    for address in ("10.0.0.2", "::ffff:10.0.0.2", "fe80::1%eth7"):
        assert policy.rights(rq("PACS"), Caller(address)) == EVERYTHING
    assert policy.rights(rq("PACS"), Caller("10.0.0.3")) == OPEN_TO_STRANGERS
    assert peers.policy(no_names).rights(rq("PACS"), Caller("10.0.0.2")) == OPEN_TO_STRANGERS


def test_what_the_file_says_nothing_of_is_left_as_it_was() -> None:
    rest = Policy(ae_title="OTHER", max_associations=7, also={"1.2.3"})
    policy = read_peers('[local]\ntitles = ["A", "B"]').policy(no_names, rest)
    assert (policy.ae_title, policy.titles) == ("A", ("B",))
    assert (policy.max_associations, policy.also) == (7, {"1.2.3"})


PEER = '[[peer]]\ntitle = "A"\nhost = "a"\nport = 104\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[local\n", "this is not TOML: .*line 1"),
        ("a = 1\n\n[oops]\n", r"line 1: a: there is no such section"),
        ("\n\n[oops]\n", r"line 3: oops: there is no such section"),
        ("peer = [1]", r"line 1: peer: write \[local\] or"),
        ("\n[peer]\ntitle = 'A'\n", r"line 2: peer: write \[local\] or \[\[peer\]\]"),
        ("[local]\n\nport = 1\n", r"line 3: local.port: there is no such setting: only titles"),
        ("[local]\ntitles = []\n", "line 2: local.titles: write one title at least"),
        ("[local]\ntitles = 'A'\n", "line 2: local.titles: write a list"),
        ("[local]\ntitles = ['" + "A" * 17 + "']", "line 2: local.titles: .* is no AE title"),
        ("[local]\ntitles = ['A\\B']", "line 2: local.titles: .* backslash"),
        ("[local]\ntitles = [1]", "line 2: local.titles: 1 is no text"),
        ("[local]\ncheck_called = 1", "line 2: local.check_called: write true or false"),
        ("[local]\nopen_to_strangers = ['fly']", "line 2: .*: 'fly' is no service: echo, store"),
        ("[local]\nnetworks = ['10.0.0.9/8']", "line 2: local.networks: .* host bits set"),
        ("[local]\nnetworks = ['ct.example']", "line 2: local.networks: .*write addresses as"),
        ("[[peer]]\nhost = 'a'\nport = 1", r"line 1: peer\[1\].title: a peer needs"),
        ("[[peer]]\ntitle = 'A'\nhost = 'a'", r"line 1: peer\[1\].port: host and port come"),
        ("[[peer]]\ntitle = 'A'", r"line 1: peer\[1\].host: nothing tells it from others"),
        ("[[peer]]\ntitle = 'A'\nhost = 'a b'\nport = 1", r"line 3: peer\[1\].host: 'a b' is no"),
        (PEER + "\n" + PEER, r"line 7: peer\[2\].title: A is there twice"),
        (PEER + "# no\n[[peer]]\ntitle='B'\nport = 0", r"line 8: peer\[2\].port: 0 is no number"),
        (PEER + "associations = true", r"line 5: peer\[1\].associations: True is no number"),
        (PEER + "window = [1]", r"line 5: peer\[1\].window: write two numbers"),
        (PEER + "window = [1, 65536]", r"line 5: peer\[1\].window: 65536 is no number"),
        (PEER + "sop_classes = ['CT']", r"line 5: peer\[1\].sop_classes: 'CT' is no UID"),
        (PEER + "certificate = {}", r"line 5: peer\[1\].certificate: write a table"),
        (PEER + "certificate = {name='x'}", r"line 5: peer\[1\].certificate: write a table"),
        (PEER + "certificate = {names=[]}", r"line 5: .*certificate that shows nothing"),
        (PEER + "certificate = {fingerprint='ab'}", r"line 5: .*64 hexadecimal digits"),
        (PEER + "[peer.certificate]\nname = 1", r"line 5: peer\[1\].certificate: write a table"),
    ],
)
def test_what_cannot_be_meant_is_named_with_its_line(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        read_peers(text)


def test_an_error_can_be_taken_apart() -> None:
    with pytest.raises(ConfigurationError) as raised:
        read_peers(PEER + "window = 5")
    assert (raised.value.key, raised.value.line) == ("peer[1].window", 5)


def test_a_certificate_may_be_named_by_its_fingerprint() -> None:
    text = PEER + f"certificate = {{fingerprint = '{':'.join(['AB'] * 32)}'}}"
    (peer,) = read_peers(text).peers
    shown = Certificate("CN=a", ("a",), "ab" * 32)
    row = peer.row(no_names)
    assert row.fits(b"ARCHIVE", b"A", Caller("10.0.0.1", certificate=shown))
    assert not row.fits(b"ARCHIVE", b"A", Caller("10.0.0.1"))


def test_no_right_at_all_refuses() -> None:
    row = ConfiguredPeer("A", "10.0.0.1", 104, rights=frozenset()).row(no_names)
    policy = Policy(check_called=False, rows=[row])
    assert policy.rejection(rq("A"), caller=Caller("10.0.0.1")) is Rejection.CALLING_AE_TITLE
    assert policy.rights(rq("A"), Caller("10.0.0.1")) == NOTHING


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(ConfigurationError):
        read_peers(text)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(key=st.sampled_from(["title", "port", "networks", "certificate", "window"]), value=_VALUES)
def test_any_value_is_read_or_refused(key: str, value: object) -> None:
    with suppress(ConfigurationError):
        read_peers(f"[[peer]]\n{key} = {json.dumps(value).replace('null', '[]')}")
