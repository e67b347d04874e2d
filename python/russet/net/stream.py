"""The byte stream an association runs over: four methods, so that any transport fits."""

from typing import Protocol

__all__ = ["ByteStream"]


class ByteStream(Protocol):
    """A connected, ordered, reliable stream of bytes.

    One that has `receive_soon` as well, which fills a space with what is there already and gives
    None for nothing, lets several small answers leave together.

    Attributes:
        peer: The other side's address, as text.
        eager: Whether waiting may cost processor time, because nobody else needs it.
    """

    peer: str
    eager: bool

    def receive_into(self, space: memoryview, timeout: float) -> int | None:
        """Fill `space` with what has come, waiting up to `timeout` seconds for the first byte.

        Returns:
            How many bytes; 0 when the peer has closed, the connection broke, or `interrupt` was
            called; None when the time was up, or nearly.

        Raises:
            NetworkError: When a secure connection tells more than that it broke.
        """
        ...

    def send(self, data: bytes) -> None:
        """Send all of `data`, waiting for the peer to take it, but not for ever.

        Raises:
            DeadlineError: When the peer takes nothing more.
            AbortedError: When the connection broke.
        """
        ...

    def interrupt(self) -> None:
        """Make a `receive_into` of another thread return 0 once nothing is left to receive."""
        ...

    def close(self) -> None:
        """Close the connection; safe to call again."""
        ...
