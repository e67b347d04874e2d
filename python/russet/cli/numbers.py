"""Numbers on the command line, that say in plain words which there may be."""

from collections.abc import Callable
from typing import Any, Final

import click

__all__ = ["PORT", "Number"]

_HIGHEST_PORT: Final = 65535


class Number(click.ParamType):  # type: ignore[type-arg]  # not generic in click 8.2
    """Reads a number between two others."""

    def __init__(
        self,
        least: float,
        most: float | None = None,
        *,
        name: str = "number",
        kind: Callable[[str], float] = int,
        above: bool = False,
    ) -> None:
        """Take numbers from `least` on.

        Args:
            least: The lowest that may be.
            most: The highest; None for any.
            name: What it is the number of.
            kind: Reads one.
            above: Whether it must be more than `least`.
        """
        self.name = name
        self._least = least
        self._most = most
        self._kind = kind
        self._above = above

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read one."""
        try:
            found = value if isinstance(value, int | float) else self._kind(value)
        except ValueError:
            found = None
        if found is None or not self._takes(found):
            self.fail(f"{value!r} is no {self.name}: {self._wanted()}", param, ctx)
        return found

    def _takes(self, found: float) -> bool:
        high_enough = found > self._least if self._above else found >= self._least
        return high_enough and (self._most is None or found <= self._most)

    def _wanted(self) -> str:
        if self._most is not None:
            return f"from {self._least} to {self._most}"
        return f"{'above' if self._above else 'at least'} {self._least}"


PORT: Final = Number(0, _HIGHEST_PORT, name="port")
"""A TCP port to listen on; 0 is any free one."""
