"""From a host name to an answered query, one rung after the other, each with what it tells.

Nothing of a patient is sent, shown or asked for: a query counts the studies of today by their UIDs.
"""

import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, Final

from russet.association.events import Peer
from russet.errors import AbortedError, NetworkError, ProtocolError, RejectedError, RussetError
from russet.net import reasons
from russet.net.client import ClientAssociation
from russet.net.outcome import Address
from russet.net.reach import USUAL_PORTS, no_connection
from russet.net.rung import Outcome, Rung
from russet.net.survey import FIND, ONE, SURVEY, accepted, names, table

__all__ = ["Ladder", "climb"]

_MATCHES: Final = 10
_ECHOES: Final = 5
_PORT_PATIENCE: Final = 1.0


def climb(address: Address, *, probe: bool = False) -> Iterator[Rung]:
    """Diagnose the way to a peer, and the peer.

    Args:
        address: Whom to call, as whom, and how.
        probe: When the peer rejects us, try other titles that are usual, one association for each.

    Returns:
        An iterator of rungs, each given as soon as it is known; after one that cannot be climbed
        the rest is skipped.
    """
    return Ladder(address, probe=probe).climb()


class Ladder:
    """The rungs, and what the lower ones found for those above.

    Attributes:
        address: Whom to call.
    """

    def __init__(self, address: Address, *, probe: bool = False) -> None:
        """Be ready to `climb`."""
        self.address = address
        self._probe = probe
        self._addresses: list[tuple[Any, ...]] = []
        self._association: ClientAssociation | None = None
        self._refused: NetworkError | None = None
        self._ours = ""
        self._connect_seconds = 0.0
        self._associating = 0.0

    def climb(self) -> Iterator[Rung]:
        """Climb as far as it goes, leaving nothing open."""
        below = ""
        try:
            for name, step in self._rungs():
                if below:
                    yield Rung.skipped(name, f"{below} failed")
                    continue
                rung = self._timed(name, step)
                yield rung
                if rung.outcome is Outcome.FAILED and name not in _PASSED:
                    below = name
        finally:
            if self._association is not None:
                self._association.abort()

    def _rungs(self) -> Sequence[tuple[str, Callable[[], Rung]]]:
        return (
            ("name", self._name),
            ("tcp", self._tcp),
            ("tls", self._tls),
            ("protocol", self._protocol),
            ("association", self._associated),
            ("contexts", self._contexts),
            ("echo", self._echo),
            ("find", self._find),
            ("release", self._release),
        )

    def _timed(self, name: str, step: Callable[[], Rung]) -> Rung:
        began = time.perf_counter()
        try:
            rung = step()
        except RussetError as error:
            rung = Rung.failed(name, error)
        untimed = rung.outcome is Outcome.SKIPPED or name in _UNTIMED
        if rung.seconds is not None or (untimed and rung.outcome is not Outcome.FAILED):
            return rung
        return replace(rung, seconds=time.perf_counter() - began)

    def _name(self) -> Rung:
        host, port = self.address.host.strip("[]"), self.address.port
        try:
            self._addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            failure = no_connection(host, port, 0.0, error)
            return Rung.failed("name", failure, advice=reasons.NO_HOST)
        found = list(dict.fromkeys(str(each[4][0]) for each in self._addresses))
        return Rung("name", Outcome.OK, ", ".join(found), facts={"addresses": found})

    def _tcp(self) -> Rung:
        """Try every address; one that answers is enough."""
        tried: list[dict[str, Any]] = []
        failures: list[OSError] = []
        for family, kind, _, _, to in self._addresses:
            began = time.perf_counter()
            answer = self._connect(family, kind, to)
            seconds = time.perf_counter() - began
            if isinstance(answer, OSError):
                failures.append(answer)
            tried.append({"address": to[0], "outcome": reasons.word(answer), "ms": seconds * 1e3})
        detail = ", ".join(f"{each['address']} {each['outcome']}" for each in tried)
        facts = {"addresses": tried, "our_address": self._ours}
        if not self._ours:
            return self._unreachable(failures, facts)
        remarks = (reasons.SLOW_ADDRESS,) if failures else ()
        detail += f", called from {self._ours}"
        return Rung("tcp", Outcome.OK, detail, remarks=remarks, facts=facts)

    def _connect(self, family: int, kind: int, to: Any) -> OSError | None:
        """Connect to one address and hang up; the error, if any."""
        began = time.perf_counter()
        try:
            with socket.socket(family, kind) as connection:
                connection.settimeout(self.address.timeouts.connect)
                connection.connect(to)
                self._ours = self._ours or str(connection.getsockname()[0])
        except OSError as error:
            return error
        self._connect_seconds = time.perf_counter() - began
        return None

    def _unreachable(self, failures: list[OSError], facts: dict[str, Any]) -> Rung:
        host, port, patience = (
            self.address.host,
            self.address.port,
            self.address.timeouts.connect,
        )
        error = no_connection(host, port, patience, failures[0])
        advice = reasons.SILENT
        if isinstance(failures[0], ConnectionRefusedError):
            others = [each for each in USUAL_PORTS if each != port and self._answers(each)]
            facts["ports_that_answer"] = others
            advice = reasons.other_ports(host, others)
        rung = Rung.failed("tcp", error, cause=reasons.cause_of(failures[0]), advice=advice)
        return replace(rung, facts=facts)

    def _answers(self, port: int) -> bool:
        try:
            with socket.create_connection((self._addresses[0][4][0], port), _PORT_PATIENCE):
                return True
        except OSError:
            return False

    def _tls(self) -> Rung:
        from russet.net.ladder_tls import tls_rung

        return tls_rung(self.address)

    def _protocol(self) -> Rung:
        """Ask for the association, which tells what is spoken there."""
        how = "DICOM, in clear" if self.address.tls is None else "DICOM within TLS"
        began = time.perf_counter()
        try:
            self._association = self._associate()
        except RejectedError as error:
            self._refused = error
        except NetworkError as error:
            if isinstance(error, AbortedError) and error.source is not None:
                self._refused = error  # An A-ABORT is DICOM, too.
            else:
                # The time is that of the try, not of the further look at what is there.
                seconds = time.perf_counter() - began
                return replace(reasons.wrong_protocol(self.address, error), seconds=seconds)
        self._associating = time.perf_counter() - began
        return Rung("protocol", Outcome.OK, how)

    def _associate(self) -> ClientAssociation:
        """Ask for all the contexts; when that goes wrong, for one, to see whether they are why.

        Raises:
            NetworkError: When neither is accepted.
        """
        try:
            return ClientAssociation(self.address, SURVEY)
        except (AbortedError, ProtocolError, RejectedError) as error:
            if isinstance(error, RejectedError) and reasons.is_about_titles(error):
                raise
            return ClientAssociation(self.address, ONE)

    def _associated(self) -> Rung:
        association = self._association
        if association is None:
            assert self._refused is not None
            rung = reasons.refused(self.address, self._refused, self._ours, probe=self._probe)
            return replace(rung, seconds=self._associating)
        facts = _about(association.peer)
        length = facts["max_pdu"] or "any number of"
        detail = (
            f"accepted {self.address.calling} as caller of {self.address.called}; "
            f"{facts['implementation'] or 'unnamed software'}, takes PDUs of {length} bytes, "
            f"{facts['window'][0] or 'any number of'} requests at once"
        )
        return Rung("association", Outcome.OK, detail, facts=facts, seconds=self._associating)

    def _contexts(self) -> Rung:
        assert self._association is not None
        terms = self._association.terms
        answer = accepted(self._association.peer.agreement, terms)
        taken = sum(map(bool, answer.values()))
        facts = {"accepted": answer}
        detail = f"{taken} of {len(answer)} SOP classes accepted"
        if not taken:
            return replace(reasons.no_context(self.address), facts=facts)
        remarks = (reasons.ONLY_ONE,) if len(terms.contexts) == len(ONE.contexts) else ()
        rung = Rung(
            "contexts", Outcome.OK, detail, remarks=remarks, lines=table(answer), facts=facts
        )
        unwelcome = self._association.peer.agreement.unwelcome()
        return reasons.without_rights(rung, self.address, names(unwelcome)) if unwelcome else rung

    def _echo(self) -> Rung:
        assert self._association is not None
        try:
            times = [self._association.echo().seconds * 1e3 for _ in range(_ECHOES)]
        except NetworkError as error:
            return Rung.failed("echo", error, cause=reasons.no_echo(error))
        shown = " ".join(f"{each:.1f}" for each in times)
        slow = reasons.delayed(min(times), self._connect_seconds * 1e3)
        facts = {"echo_ms": times}
        return Rung("echo", Outcome.OK, f"{shown} ms", remarks=slow, facts=facts)

    def _find(self) -> Rung:
        association = self._association
        assert association is not None
        if association.is_over:
            return Rung.skipped("find", "the association is over")
        if not accepted(association.peer.agreement, association.terms).get(FIND):
            return Rung.skipped("find", "the peer accepted no query by study")
        today = time.strftime("%Y%m%d")
        matches = association.find(level="STUDY", StudyDate=today, StudyInstanceUID="")
        try:
            dates = [str(each.get("StudyDate") or "") for each in islice(matches, _MATCHES)]
            matches.close()  # Which cancels the rest.
        except NetworkError as error:
            return reasons.no_find(self.address, error, self._ours)
        # What has no date matches, too (PS3.4 C.2.2.1.2).
        found, others = dates.count(today), len(dates) - dates.count(today)
        more = " or more" if len(dates) == _MATCHES else ""
        studies = "study" if found == 1 and not more else "studies"
        detail = f"answered; {found}{more} {studies} of today"
        detail += f", {others} with another date or none" if others else ""
        return Rung("find", Outcome.OK, detail, facts={"matches": found, "others": others})

    def _release(self) -> Rung:
        association = self._association
        assert association is not None
        if association.is_over:
            return Rung.skipped("release", "the association is over")
        association.release()
        return Rung("release", Outcome.OK)


_UNTIMED: Final = frozenset({"protocol", "contexts"})
"""Rungs that tell of what others did."""
_PASSED: Final = frozenset({"echo", "find", "release"})
"""Rungs that those above can do without."""


def _about(peer: Peer) -> dict[str, Any]:
    return {
        "implementation": peer.implementation_version,
        "implementation_class_uid": peer.implementation_class_uid,
        "max_pdu": peer.max_length,
        "window": [peer.agreement.window.invoked, peer.agreement.window.performed],
    }
