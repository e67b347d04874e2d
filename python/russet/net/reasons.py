"""Why a rung of the ladder fails: the likely cause, and what to try next.

Where one failure has several causes, another look at the peer tells which.
"""

import errno
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from russet.errors import (
    AbortedError,
    ConnectError,
    DeadlineError,
    NetworkError,
    NoContextError,
    RejectedError,
    StatusError,
    TlsError,
)
from russet.net import sniff
from russet.net.ladder_tls import TLS_ADVICE
from russet.net.outcome import Address
from russet.net.rung import Rung
from russet.net.titles import CALLED_UNKNOWN, CALLING_UNKNOWN, Tried, try_titles

__all__ = [
    "NO_HOST",
    "ONLY_ONE",
    "SILENT",
    "SLOW_ADDRESS",
    "cause_of",
    "delayed",
    "is_about_titles",
    "no_context",
    "no_echo",
    "no_find",
    "other_ports",
    "refused",
    "without_rights",
    "word",
    "wrong_protocol",
]

NO_HOST: Final[tuple[str, ...]] = (
    "check the spelling, or use the IP address",
    "`getent hosts NAME` asks this machine's resolver by itself",
)
SILENT: Final[tuple[str, ...]] = (
    "ping the host; when it answers, a firewall drops this port: ask for it to be opened",
    "check the address: machines that are off or moved are silent, too",
)
SLOW_ADDRESS: Final = "not every address answers: callers that try those first are slow"
ONLY_ONE: Final = (
    "the peer took the association only with Verification alone: it may not bear many contexts"
)
_HOLD: Final = 35.0  # Delayed acknowledgements take 40 ms or more.
_NEAR: Final = 10.0
_DELAYED: Final = (
    "each answer takes {:.0f} ms though the way takes {:.1f} ms: the peer probably waits for "
    "delayed acknowledgements; have it set TCP_NODELAY"
)
_REGISTER: Final = "have AE title {} registered at the peer, with our address {}"
_TRANSIENT: Final = 2


def word(error: OSError | None) -> str:
    """Say in one word how a connection attempt went."""
    if error is None:
        return "answers"
    if isinstance(error, ConnectionRefusedError):
        return "refuses"
    return "is silent" if isinstance(error, TimeoutError) else "is unreachable"


def cause_of(error: OSError) -> str:
    """Give the likely cause of a connection that failed."""
    if isinstance(error, ConnectionRefusedError):
        return "the machine is there, but nothing listens on this port, or a firewall refuses it"
    if isinstance(error, TimeoutError):
        return "a firewall drops what we send, or there is no machine at this address"
    if error.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH):
        return "this machine knows no way to that network: a VPN that is down, a missing route"
    return ""


def other_ports(host: str, others: Sequence[int]) -> tuple[str, ...]:
    """Say what to try when a port refuses, and which of the usual ones do not."""
    if others:
        return tuple(f"{host} answers on port {port}: try that one" for port in others)
    return (
        "start the peer, or ask its administrator for the port",
        "ports 104, 11112, 4242 and 2762, the usual ones, do not answer either",
    )


def is_about_titles(error: RejectedError) -> bool:
    """Say whether a rejection names the culprit (PS3.8 Table 9-21)."""
    return (error.source, error.reason) in (CALLED_UNKNOWN, CALLING_UNKNOWN)


def wrong_protocol(address: Address, error: NetworkError) -> Rung:
    """Look again at a port that does not answer as DICOM should."""
    found: list[str] = []
    try:
        if isinstance(error, ConnectError):
            raise error
        found.extend(sniff.sniff(address))
    except TlsError as refusal:  # By TLS 1.3 it comes after the handshake.
        advice = TLS_ADVICE.get(refusal.kind, ())
        return Rung.failed("protocol", error, cause=str(refusal), advice=advice)
    except NetworkError:
        pass  # What was found so far has to do.
    cause, advice = _spoken(found, late=isinstance(error, DeadlineError))
    if isinstance(error, DeadlineError) and found == [sniff.SILENCE]:
        told = address.timeouts.acse
        error = DeadlineError(f"{address} took the connection, and did not answer for {told:g} s")
    rung = Rung.failed("protocol", error, cause=cause, advice=advice)
    return replace(rung, facts={"speaks": found})


_Reason = tuple[str, tuple[str, ...]]
_ANOTHER_PORT: Final = ("ask for the DICOM port of the peer: often 104, 11112 or 4242",)
_SPOKEN: Final[dict[tuple[str, ...], _Reason]] = {
    (sniff.TLS, sniff.DICOM): ("the port expects TLS", ("add --tls, and its CA with --tls-ca",)),
    (sniff.TLS, sniff.HTTP): ("this is a port for HTTPS", _ANOTHER_PORT),
    (sniff.TLS,): (
        "the port expects TLS, and perhaps a certificate of ours",
        ("add --tls, --tls-cert and --tls-key",),
    ),
    (sniff.HTTP,): ("this is a port for HTTP, such as that of a web page", _ANOTHER_PORT),
    (sniff.DICOM,): (
        "it answered another time: it may be busy, or take one association at a time",
        ("try again",),
    ),
    (sniff.SILENCE,): (
        "it closes without a word: a filter by address does, and ports of other kinds",
        ("have our address admitted there", *_ANOTHER_PORT),
    ),
}
_HANGS: Final[_Reason] = (
    "it takes connections and says nothing: it hangs, or waits for something else",
    ("have the peer restarted", *_ANOTHER_PORT),
)


def _spoken(found: list[str], *, late: bool) -> _Reason:
    """Say what it means that a port speaks something; `late` when it was silent till the end."""
    if late and found == [sniff.SILENCE]:
        return _HANGS
    if not found:
        return "it takes no second connection", ("try again",)
    last = tuple(found[found.index(sniff.TLS) :] if sniff.TLS in found else found)
    if (known := _SPOKEN.get(last) or _SPOKEN.get(last[:1])) is not None:
        return known
    return f"the port speaks something else: it answers {last[0]}", _ANOTHER_PORT


def refused(address: Address, error: NetworkError, ours: str, *, probe: bool) -> Rung:
    """Say which title is likely wrong, when the peer rejects us or aborts at once."""
    register = _REGISTER.format(address.calling, ours)
    if not isinstance(error, RejectedError):
        return Rung.failed(
            "association", error, cause="the peer does not want us", advice=(register,)
        )
    if error.result == _TRANSIENT:
        cause = "the peer is busy: it has as many associations as it takes"
        return Rung.failed("association", error, cause=cause, advice=("try again later",))
    row = (error.source, error.reason)
    tried = try_titles(address, row) if probe else Tried()
    rung = Rung.failed(
        "association", error, cause=_culprit(row, tried), advice=_titles(row, tried, register)
    )
    return replace(rung, facts={"tried": tried.answers}) if probe else rung


def _culprit(row: tuple[int, int], tried: Tried) -> str:
    if row == CALLED_UNKNOWN:
        return "the called AE title is wrong: the peer has another"
    if row == CALLING_UNKNOWN:
        return "our own AE title is not known there"
    if tried.accepted:
        return "the called AE title is wrong"
    if tried.called_is_right:
        return "it knows the called AE title, so our own title or address is not registered there"
    if tried.answers and set(tried.answers.values()) == {"rejected"}:
        return "it rejects whatever title it is called by: our address is probably not admitted"
    return "one of the two AE titles, or our address; the peer does not say which"


def _titles(row: tuple[int, int], tried: Tried, register: str) -> tuple[str, ...]:
    if tried.accepted:
        return (f"call it {tried.accepted}: -aec {tried.accepted}",)
    called = "ask for the AE title of the peer, and give it with -aec or as AET@host:port"
    if row == CALLING_UNKNOWN or tried.called_is_right:
        return (register, "or give a title that it knows with -aet")
    probe = (f"not by these: {', '.join(tried.answers)}",)
    if not tried.answers:
        probe = ("--probe tries titles that are usual",)
    if row == CALLED_UNKNOWN:
        return (called, *probe)
    return (
        called,
        register,
        "have it admit that address: some refuse by it without a word",
        *probe,
    )


def no_context(address: Address) -> Rung:
    """Say what it means when no context at all is accepted."""
    error = NoContextError(f"{address} accepted the association, but no presentation context")
    return Rung.failed(
        "contexts",
        error,
        cause="it provides none of the usual services, or none of them to our AE title",
        advice=("ask what AE titles the peer has for storage and for queries",),
    )


def without_rights(rung: Rung, address: Address, refused: str) -> Rung:
    """Add to a rung what it means that a peer knows SOP classes and refuses them to us."""
    title = address.calling
    remark = f"the peer knows these and gives {title} no right to them: {refused}"
    advice = f"ask its administrator for the right, if {title} is to use them; or give a title "
    advice += "that has it with -aet"
    remarks = (*rung.remarks, remark)
    return replace(rung, remarks=remarks, advice=(*rung.advice, advice))


def no_echo(error: NetworkError) -> str:
    """Give the likely cause of a C-ECHO that is not answered."""
    if isinstance(error, NoContextError):
        return "the peer lacks Verification, which every application must have (PS3.4 A.5)"
    if isinstance(error, AbortedError):
        return "the peer accepted us, then aborted: our AE title or address may not be registered"
    return "the peer hangs" if isinstance(error, DeadlineError) else ""


def delayed(answer: float, connect: float) -> tuple[str, ...]:
    """Remark on answers that wait for a timer of TCP.

    Args:
        answer: Milliseconds of the quickest answer.
        connect: Milliseconds that the connection took: one way and back.
    """
    if answer > _HOLD and connect < _NEAR:
        return (_DELAYED.format(answer, connect),)
    return ()


def no_find(address: Address, error: NetworkError, ours: str) -> Rung:
    """Say why a query that was accepted is not answered."""
    register = _REGISTER.format(address.calling, ours) + ", for queries"
    cause = ""
    advice: tuple[str, ...] = (register,)
    if isinstance(error, AbortedError):
        cause = "accepted, then aborted: our AE title or address is often not registered there"
    elif isinstance(error, StatusError):
        cause = "the peer takes queries, and failed with this one: its log says why"
        advice = (register, "try `russet find` with other keys")
    elif isinstance(error, DeadlineError):
        cause, advice = "its database is slow, or hangs", ("try again with a longer -td",)
    return Rung.failed("find", error, cause=cause, advice=advice)
