"""The asynchronous operations window (PS3.7 D.3.3.3): how many operations are out at once."""

from typing import Final, NamedTuple

__all__ = ["SYNCHRONOUS", "Window", "agreed_window", "answer_window"]

SYNCHRONOUS: Final = (1, 1)
"""What holds where nothing is negotiated."""


class Window(NamedTuple):
    """How many operations may be out at once, as one side sees it; 0 is any number.

    Attributes:
        invoked: Those that this side asks for.
        performed: Those that the peer asks for.
    """

    invoked: int = 1
    performed: int = 1


def answer_window(asked: tuple[int, int] | None, ours: tuple[int, int]) -> tuple[int, int] | None:
    """Bound what is asked by what we offer; nothing is answered to who does not ask.

    Args:
        asked: Operations invoked and performed by the requestor, 0 for any number.
        ours: As many as we allow of each, 0 for any number.
    """
    if asked is None:
        return None
    return _smaller(asked[0], ours[0]), _smaller(asked[1], ours[1])


def agreed_window(
    asked: tuple[int, int] | None, answered: tuple[int, int] | None, *, requestor: bool
) -> Window:
    """Give what holds after a request and its answer, as one side sees it.

    An answer to what nobody asked means nothing, and one above what was asked no more than that.

    Args:
        asked: The window of the request, which both count as the requestor sees it.
        answered: The window of the answer.
        requestor: Whether this side sent the request.
    """
    if asked is None or answered is None:
        return Window(*SYNCHRONOUS)
    invoked, performed = _smaller(asked[0], answered[0]), _smaller(asked[1], answered[1])
    return Window(invoked, performed) if requestor else Window(performed, invoked)


def _smaller(one: int, other: int) -> int:
    """Give the smaller of two numbers of operations, where 0 is more than any."""
    return min(one, other) or max(one, other)
