"""Settings of TOML tables, read one by one, with errors that say where."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any, Final

from russet.association.caller import Certificate, Network, checked_title
from russet.association.rights import Right
from russet.codec import uids
from russet.dimse.commands import is_uid
from russet.errors import ConfigurationError

__all__ = [
    "Place",
    "Read",
    "certificate",
    "count",
    "flag",
    "host",
    "networks",
    "port",
    "rights",
    "section",
    "title",
    "titles",
    "uid_list",
    "uid_set",
    "users",
    "window",
]

Read = Callable[[Any], Any]
"""Takes the value of a setting and gives what it means; a ValueError says why it cannot."""

_LARGEST_PORT: Final = 65535
_LARGEST_WINDOW: Final = 65535
_FINGERPRINT: Final = re.compile(r"(?:[0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}\Z")


@dataclass(frozen=True, slots=True)
class Place:
    """A section of a file, to say where something is.

    Attributes:
        text: The file.
        name: Of the section; empty for the file as a whole.
        number: Which of several, from 1; 0 for a section that there is once.
    """

    text: str
    name: str = ""
    number: int = 0

    def error(self, key: str, message: str) -> ConfigurationError:
        """Build the error about a setting here."""
        section_ = f"{self.name}[{self.number}]" if self.number else self.name
        return ConfigurationError(message, f"{section_}.{key}".strip("."), self._line(key))

    def _line(self, key: str) -> int | None:
        """Find the line of a setting, else of the section; by the look of it, which may fail."""
        lines = self.text.splitlines()
        header = re.compile(rf"\s*\[+\s*\"?{re.escape(self.name)}\"?\s*\]+")
        heads = [number for number, line in enumerate(lines, 1) if header.match(line)]
        start = heads[max(self.number - 1, 0)] if self.name and self.number <= len(heads) else 0
        above = rf"(?:\s*{re.escape(self.name)}\s*\.)?" if self.name else ""
        setting = re.compile(rf"\s*\[*{above}\s*\"?{re.escape(key)}\"?\s*[=.\]]")
        for number, line in enumerate(lines[start:], start + 1):
            if setting.match(line):
                return number
            if self.name and line.lstrip().startswith("[") and f"{self.name}." not in line:
                break
        return start or None


def section(
    table: Mapping[str, Any], settings: Mapping[str, tuple[str, Read]], place: Place
) -> dict[str, Any]:
    """Read the settings of a section.

    Args:
        table: The section, as TOML has it.
        settings: For each key what to call it, and how to read it.
        place: Where it is.

    Raises:
        ConfigurationError: For a key that does not exist, or a value that cannot be meant.
    """
    read = {}
    for key, value in table.items():
        if key not in settings:
            raise place.error(key, f"there is no such setting: only {', '.join(settings)}")
        name, meaning = settings[key]
        try:
            read[name] = meaning(value)
        except ValueError as error:
            raise place.error(key, str(error)) from None
    return read


def flag(value: Any) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise ValueError("write true or false")
    return value


def count(value: Any) -> int:
    """Read a number that is 1 or more."""
    return _number(value, 1, 1 << 31)


def port(value: Any) -> int:
    """Read a TCP port."""
    return _number(value, 1, _LARGEST_PORT)


def window(value: Any) -> tuple[int, int]:
    """Read two numbers of operations, 0 for any number (PS3.7 D.3.3.3)."""
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError("write two numbers: operations invoked by the peer, and by us")
    invoked, performed = (_number(each, 0, _LARGEST_WINDOW) for each in value)
    return invoked, performed


def _number(value: Any, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ValueError(f"{value!r} is no number from {least} to {most}")
    return value


def title(value: Any) -> str:
    """Read an AE title."""
    return checked_title(_text(value)).decode()


def host(value: Any) -> str:
    """Read the name or address of a host."""
    text = _text(value)
    if not text or any(character.isspace() or character == "/" for character in text):
        raise ValueError(f"{text!r} is no host: a name, or one address")
    return text


def titles(value: Any) -> tuple[str, ...]:
    """Read AE titles, one at least."""
    found = tuple(map(title, _texts(value)))
    if not found:
        raise ValueError("write one title at least")
    return found


def users(value: Any) -> frozenset[str]:
    """Read the names of users."""
    return frozenset(_texts(value))


def networks(value: Any) -> tuple[Network, ...]:
    """Read addresses and ranges of them, as 10.0.0.9 and 10.0.0.0/8."""
    return tuple(map(_network, _texts(value)))


def _network(text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError as error:
        raise ValueError(f"{error}; write addresses as 10.0.0.9 or 10.0.0.0/8") from None


def rights(value: Any) -> frozenset[Right]:
    """Read the services of a peer: their words, or "all"."""
    words = _texts(value)
    known = {right.value: right for right in Right}
    if unknown := [word for word in words if word not in known and word != "all"]:
        raise ValueError(f"{unknown[0]!r} is no service: {', '.join(known)}, or all")
    return frozenset(Right) if "all" in words else frozenset(known[word] for word in words)


def uid_list(value: Any) -> tuple[str, ...]:
    """Read UIDs, or keywords of PS3.6 for them."""
    by_keyword = {entry.keyword: entry.uid for entry in uids()}
    found = tuple(by_keyword.get(word, word) for word in _texts(value))
    if wrong := [each for each in found if not is_uid(each)]:
        raise ValueError(f"{wrong[0]!r} is no UID, and no keyword of one")
    return found


def uid_set(value: Any) -> frozenset[str]:
    """Read UIDs whose order means nothing."""
    return frozenset(uid_list(value))


def certificate(value: Any) -> Certificate:
    """Read what a certificate has to show."""
    keys = {"subject", "names", "fingerprint"}
    if not isinstance(value, dict) or not value or value.keys() - keys:
        raise ValueError(f"write a table with one or more of {', '.join(sorted(keys))}")
    found = Certificate(
        _text(value.get("subject", "")),
        tuple(_texts(value.get("names", []))),
        _text(value.get("fingerprint", "")),
    )
    if found.fingerprint and not _FINGERPRINT.match(found.fingerprint):
        raise ValueError("a fingerprint is a SHA-256: 64 hexadecimal digits")
    if found == Certificate():
        raise ValueError("a certificate that shows nothing fits none")
    return found


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no text")
    return value


def _texts(value: Any) -> list[str]:
    if not isinstance(value, list):
        raise ValueError("write a list, in brackets")
    return [_text(each) for each in value]
