"""What each profile of PS3.15 offers, as OpenSSL sees it."""

import ssl
from typing import Any, Final

import pytest

from russet.net.tls import ClientTls, ServerTls
from tests.support.certificates import Authority

_BCP_195: Final = {
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES256-GCM-SHA384",
}
_CCM: Final = {f"ECDHE-ECDSA-AES{bits}-CCM{tag}" for bits in (128, 256) for tag in ("", "8")}
_DHE: Final = {f"DHE-RSA-AES{suite}" for suite in ("128-GCM-SHA256", "256-GCM-SHA384")} | {
    f"DHE-RSA-AES{bits}-CCM" for bits in (128, 256)
}
_CHACHA: Final = {f"{key}-CHACHA20-POLY1305" for key in ("ECDHE-ECDSA", "ECDHE-RSA", "DHE-RSA")}
_SHORT_TAGS: Final = {name for name in _CCM if name.endswith("8")}  # too weak for OpenSSL from 3.2


@pytest.fixture(params=["server", "client"])
def side(request: pytest.FixtureRequest, authority: Authority) -> Any:
    """Make a context of either side, in a profile."""

    def context(**how: Any) -> ssl.SSLContext:
        if request.param == "client":
            return ClientTls(verify=False, **how).context()
        pem = authority.issue()
        return ServerTls(pem.certificate, pem.key, **how).context()

    return context


def suites(context: ssl.SSLContext, version: str) -> set[str]:
    return {each["name"] for each in context.get_ciphers() if each["protocol"] == version}


@pytest.mark.parametrize(
    ("profile", "expected"),
    [("bcp195", _BCP_195), ("modified", _BCP_195 | _CCM | _CHACHA | _DHE)],
)
def test_a_profile_has_its_suites_and_no_other(side: Any, profile: str, expected: set[str]) -> None:
    context = side(profile=profile)
    assert expected - _SHORT_TAGS <= suites(context, "TLSv1.2") <= expected
    assert suites(context, "TLSv1.3") >= {"TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"}


def test_nothing_is_older_than_it_may_be(side: Any) -> None:
    assert side().minimum_version is ssl.TLSVersion.TLSv1_2
    assert side(minimum="1.3").minimum_version is ssl.TLSVersion.TLSv1_3
    for option in (ssl.OP_NO_RENEGOTIATION, ssl.OP_NO_COMPRESSION):
        assert side().options & option
