"""What `russet serve` invites to: only what its policy and its address let happen."""

from __future__ import annotations

import shlex
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from russet.association.caller import LOOPBACK, Caller
from russet.cli.addresses import our_address

if TYPE_CHECKING:
    from russet.association.policy import Policy

__all__ = ["invitation"]

_EVERYWHERE: Final = ("0.0.0.0", "::")  # noqa: S104 (compared with, not bound to)
_STOP: Final = "Ctrl-C stops cleanly."


def invitation(policy: Policy, bind: str, port: int, tls: str = "") -> tuple[str, str]:
    """Say how a modality is pointed at a receiver, and what to try from here.

    Args:
        policy: Whom it accepts.
        bind: The address that it listens on.
        port: Its port.
        tls: What a client of ours adds to its command line for TLS.
    """
    return _point(policy, bind, port), _attempt(policy, bind, port, tls)


def _point(policy: Policy, bind: str, port: int) -> str:
    if _is_loopback(bind):
        return f"Only this machine can call, since {bind} is its own; --bind 0.0.0.0 is for others."
    admitted = ", ".join(map(str, policy.networks or ()))
    if admitted and all(_is_loopback(str(each[0])) for each in policy.networks or ()):
        return f"Only this machine may call: [local] networks in --peers has {admitted} alone."
    host = our_address() if bind in _EVERYWHERE else bind
    only = f" Only {admitted} may call." if admitted else ""
    return f"Point your modality at: AE title {policy.ae_title}, host {host}, port {port}.{only}"


def _attempt(policy: Policy, bind: str, port: int, tls: str) -> str:
    """A command that works from here; none when this machine may not call."""
    here = bind in _EVERYWHERE or _is_loopback(bind)
    host = "localhost" if here else f"[{bind}]" if ":" in bind else bind
    caller = Caller("127.0.0.1" if here else bind)
    if policy.networks is not None and not caller.is_in(policy.networks):
        return _STOP
    called = shlex.quote(f"{policy.ae_title}@{host}:{port}")
    peer = called if policy.check_called else f"{host} {port}"
    title = f" -aet {shlex.quote(next(iter(policy.calling)))}" if policy.calling else ""
    return f"Or try:  russet send{title} {peer} FILES{tls}    {_STOP}"


def _is_loopback(address: str) -> bool:
    try:
        known = ip_address(address)
    except ValueError:
        return address == "localhost"
    return any(known in network for network in LOOPBACK)
