"""The byte stream an association runs over: so little that any transport fits."""

from typing import Protocol

__all__ = ["ByteStream"]


class ByteStream(Protocol):
    """A connected, ordered, reliable stream of bytes.

    Attributes:
        peer: The other side's address, as text.
    """

    peer: str

    def receive_into(self, space: memoryview, timeout: float | None) -> int | None:
        """Fill `space` with what has come, waiting up to `timeout` seconds for the first byte.

        Returns:
            How many bytes; 0 when the peer has closed or the connection broke; None when the
            time was up, or when something on our side asks for attention first.
        """
        ...

    def send(self, data: bytes, timeout: float | None) -> None:
        """Send all of `data`, waiting at most `timeout` seconds each time nothing moves.

        Raises:
            DeadlineError: When the peer takes nothing more.
            AbortedError: When the connection broke.
        """
        ...

    def close(self) -> None:
        """Close the connection; safe to call again."""
        ...
