"""`peers.toml`: who we are, whom we know and what they may; text in, rows of a policy out.

docs/peers.md describes the format.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_network
from types import MappingProxyType
from typing import Any, Final

from russet.association import settings
from russet.association.caller import LOOPBACK, Certificate, Network
from russet.association.policy import Policy
from russet.association.preference import TransferSyntaxes
from russet.association.rejection import Rejection
from russet.association.rights import EVERYTHING, OPEN_TO_STRANGERS, Right, Rights
from russet.association.row import Row
from russet.association.settings import Place, Read, section
from russet.errors import ConfigurationError

__all__ = ["ConfiguredPeer", "Peers", "Resolve", "read_peers"]

_LOCAL: Final[Mapping[str, tuple[str, Read]]] = {
    "titles": ("titles", settings.titles),
    "check_called": ("check_called", settings.flag),
    "networks": ("networks", settings.networks),
    "open_to_strangers": ("strangers", settings.rights),
    "associations": ("associations", settings.count),
}
_PEER: Final[Mapping[str, tuple[str, Read]]] = {
    "title": ("title", settings.title),
    "host": ("host", settings.host),
    "port": ("port", settings.port),
    "tls": ("tls", settings.flag),
    "networks": ("networks", settings.networks),
    "certificate": ("certificate", settings.certificate),
    "users": ("users", settings.users),
    "rights": ("rights", settings.rights),
    "sop_classes": ("sop_classes", settings.uid_set),
    "transfer_syntaxes": ("transfer_syntaxes", settings.uid_list),
    "associations": ("associations", settings.count),
    "window": ("window", settings.window),
    "requests_per_association": ("requests_per_association", settings.count),
}

_SHAPES: Final[Mapping[str, Callable[[Any], bool]]] = {
    "local": lambda value: isinstance(value, dict),
    "peer": lambda value: isinstance(value, list) and all(isinstance(x, dict) for x in value),
}

Resolve = Callable[[str], Iterable[str]]
"""Takes the name of a host and gives its addresses; none when there is no such host."""


@dataclass(frozen=True, slots=True)
class ConfiguredPeer:
    """One `[[peer]]`.

    Attributes:
        title: Its AE title.
        host: Where it listens, by name or address; empty when it only calls.
        port: Of what listens there.
        tls: It is called by TLS, and heard only by TLS.
        networks: Where it calls from; its host without.
        certificate: What its certificate shows.
        users: The users that it has to bring, verified.
        rights: The services it may use; none refuses it.
        sop_classes: The only SOP classes it may use.
        transfer_syntaxes: What is accepted from it, best first.
        associations: How many it may have open.
        window: Operations that it may have out, and that we may.
        requests_per_association: How many requests it bears on one association of ours.
    """

    title: str
    host: str = ""
    port: int = 0
    tls: bool = False
    networks: tuple[Network, ...] | None = None
    certificate: Certificate | None = None
    users: frozenset[str] | None = None
    rights: frozenset[Right] = frozenset(Right)
    sop_classes: frozenset[str] | None = None
    transfer_syntaxes: tuple[str, ...] | None = None
    associations: int | None = None
    window: tuple[int, int] | None = None
    requests_per_association: int | None = None

    def row(self, resolve: Resolve) -> Row:
        """Give the row of a policy that is about it.

        Args:
            resolve: Finds the addresses of its host, if that is a name.
        """
        syntaxes = self.transfer_syntaxes
        return Row(
            self.title,
            calling=(self.title,),
            networks=self._calls_from(resolve),
            certificates=None if self.certificate is None else (self.certificate,),
            users=self.users,
            encrypted=self.tls,
            rejection=None if self.rights else Rejection.CALLING_AE_TITLE,
            rights=Rights(
                self.rights,
                self.sop_classes,
                None if syntaxes is None else TransferSyntaxes(syntaxes),
                self.associations,
                self.window,
            ),
        )

    def _calls_from(self, resolve: Resolve) -> tuple[Network, ...] | None:
        """Its networks; else the host, unless a certificate or user tells it from others."""
        if self.networks is not None or self.certificate is not None or self.users is not None:
            return self.networks
        try:
            return (ip_network(self.host),)
        except ValueError:
            return tuple(ip_network(each.partition("%")[0]) for each in resolve(self.host))


@dataclass(frozen=True, slots=True)
class Peers:
    """What a `peers.toml` says.

    Attributes:
        titles: Our own AE titles, the first being the one that we call ourselves; none when the
            file does not say.
        check_called: Refuse who calls us by another title.
        networks: The only addresses that may connect; None for any.
        strangers: What everybody may who is no peer.
        associations: How many associations the address of a stranger may have open.
        peers: The peers, in their order.
        destinations: Where each title listens, for C-MOVE and for sending.
    """

    titles: tuple[str, ...] = ()
    check_called: bool = False
    networks: tuple[Network, ...] | None = None
    strangers: frozenset[Right] = frozenset(OPEN_TO_STRANGERS.services)
    associations: int | None = None
    peers: tuple[ConfiguredPeer, ...] = ()
    destinations: Mapping[str, ConfiguredPeer] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Look up by title those that listen."""
        listening = {peer.title: peer for peer in self.peers if peer.host}
        object.__setattr__(self, "destinations", MappingProxyType(listening))

    def rows(self, resolve: Resolve) -> tuple[Row, ...]:
        """Give the rows of a policy: the peers in their order, this machine, then strangers.

        Args:
            resolve: Finds the addresses of hosts that are names. A peer whose host is not found is
                a stranger.
        """
        strangers = Row("strangers", rights=Rights(self.strangers, associations=self.associations))
        return (
            *(peer.row(resolve) for peer in self.peers),
            Row("this machine", networks=LOOPBACK, rights=EVERYTHING),
            *([strangers] if self.strangers else []),
        )

    def policy(self, resolve: Resolve, rest: Policy | None = None) -> Policy:
        """Give the policy that the file describes.

        Args:
            resolve: Finds the addresses of hosts that are names.
            rest: What the file says nothing of, such as services and limits of the whole.
        """
        rest = rest or Policy()
        first, *others = self.titles or (rest.ae_title, *rest.titles)
        return replace(
            rest,
            ae_title=first,
            titles=tuple(others),
            check_called=self.check_called,
            networks=self.networks,
            rows=self.rows(resolve),
        )


def read_peers(text: str) -> Peers:
    """Read the text of a `peers.toml`.

    Raises:
        ConfigurationError: If it cannot be meant; it says which setting, and on which line.
    """
    import tomllib  # here: most who know of peers read no file

    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"this is not TOML: {error}") from None
    whole = Place(text)
    for name, value in tables.items():
        if name not in _SHAPES:
            raise whole.error(name, "there is no such section: only [local] and [[peer]]")
        if not _SHAPES[name](value):
            raise whole.error(name, "write [local] or [[peer]] above the settings")
    local = section(tables.get("local", {}), _LOCAL, Place(text, "local"))
    peers = tuple(
        _peer(table, Place(text, "peer", number))
        for number, table in enumerate(tables.get("peer", []), 1)
    )
    _distinct(peers, text)
    return Peers(**local, peers=peers)


def _peer(table: Mapping[str, Any], place: Place) -> ConfiguredPeer:
    read = section(table, _PEER, place)
    if "title" not in read:
        raise place.error("title", "a peer needs its AE title")
    if ("host" in read) != ("port" in read):
        raise place.error("port", "host and port come together")
    if not read.keys() & {"host", "networks", "certificate", "users"}:
        raise place.error(
            "host", "nothing tells it from others: give host and port, networks, certificate, users"
        )
    return ConfiguredPeer(**read)


def _distinct(peers: Iterable[ConfiguredPeer], text: str) -> None:
    seen: set[str] = set()
    for number, peer in enumerate(peers, 1):
        if peer.title in seen:
            raise Place(text, "peer", number).error("title", f"{peer.title} is there twice")
        seen.add(peer.title)
