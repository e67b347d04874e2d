"""Person names (PS3.5 6.2.1)."""

from __future__ import annotations

__all__ = ["PersonName"]

_GROUPS = 3
_COMPONENTS = 5


class PersonName(str):
    """A name as it is written: up to three groups between `=`, five components between `^`."""

    __slots__ = ()

    @property
    def groups(self) -> tuple[str, str, str]:
        """The alphabetic, the ideographic and the phonetic group (PS3.5 6.2.1.2)."""
        alphabetic, ideographic, phonetic = _padded(self.split("=", _GROUPS - 1), _GROUPS)
        return alphabetic, ideographic, phonetic

    @property
    def alphabetic(self) -> str:
        """The first group: the name in letters."""
        return self.groups[0]

    @property
    def ideographic(self) -> str:
        """The second group: the name in ideographs; empty when there is none."""
        return self.groups[1]

    @property
    def phonetic(self) -> str:
        """The third group: how it sounds; empty when there is none."""
        return self.groups[2]

    def components(self, group: int = 0) -> tuple[str, ...]:
        """Family, given and middle name, prefix and suffix (PS3.5 6.2.1.1), empty when absent.

        Args:
            group: 0 alphabetic, 1 ideographic, 2 phonetic.
        """
        return _padded(self.groups[group].split("^", _COMPONENTS - 1), _COMPONENTS)

    @property
    def family_name(self) -> str:
        """The family name complex of the alphabetic group."""
        return self.components()[0]

    @property
    def given_name(self) -> str:
        """The given name complex of the alphabetic group."""
        return self.components()[1]

    @property
    def middle_name(self) -> str:
        """The middle name of the alphabetic group."""
        return self.components()[2]

    @property
    def name_prefix(self) -> str:
        """What stands before the name in the alphabetic group."""
        return self.components()[3]

    @property
    def name_suffix(self) -> str:
        """What stands after the name in the alphabetic group."""
        return self.components()[4]


def _padded(parts: list[str], count: int) -> tuple[str, ...]:
    return (*parts, *[""] * (count - len(parts)))
