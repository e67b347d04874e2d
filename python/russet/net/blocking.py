"""Sockets for threads: connect, listen, and a `ByteStream` that waits without polling.

TCP_NODELAY is always on, and TCP_QUICKACK is armed again after each receive: a peer that leaves
Nagle's algorithm on waits for our acknowledgement with the second half of every message.
"""

import errno
import select
import socket
from typing import Final

from russet.errors import AbortedError, ConnectError, DeadlineError

__all__ = ["SocketStream", "connect", "listen"]

_QUICKACK: Final[int | None] = getattr(socket, "TCP_QUICKACK", None)
_LIKELY_PORTS: Final = "104, 11112 and 4242"


class SocketStream:
    """A TCP connection as a `ByteStream`, for one reading thread.

    Attributes:
        peer: The other side's address, as text.
    """

    def __init__(self, connection: socket.socket, peer: str, wake: int | None = None) -> None:
        """Take over a connected socket; a waiting receive also ends when `wake` is readable."""
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self.peer = peer
        self._socket = connection
        self._poll = select.poll()
        self._poll.register(connection, select.POLLIN)
        self._wake = wake
        if wake is not None:
            self._poll.register(wake, select.POLLIN)

    def receive_into(self, space: memoryview, timeout: float | None) -> int | None:
        """Fill `space` with what has come (see `ByteStream`)."""
        count = self.receive_ready(space)
        if count is None:
            ready = self._poll.poll(None if timeout is None else max(0.0, timeout) * 1000)
            for descriptor, _ in ready:
                if descriptor == self._wake:
                    self._poll.unregister(descriptor)  # It stays readable; once is enough.
                    return None
            return self.receive_ready(space) if ready else None
        return count

    def receive_ready(self, space: memoryview) -> int | None:
        """Fill `space` with what is there, without waiting; None when that is nothing."""
        try:
            count = self._socket.recv_into(space)
        except BlockingIOError:
            return None
        except OSError:
            return 0
        self._acknowledge()
        return count

    def send(self, data: bytes, timeout: float | None) -> None:
        """Send all of `data` (see `ByteStream`)."""
        try:
            sent = self._socket.send(data)
            if sent == len(data):
                return
        except BlockingIOError:
            sent = 0
        except OSError as error:
            raise _broken(self.peer, error) from error
        self._send_rest(memoryview(data)[sent:], timeout)

    def _send_rest(self, rest: memoryview, timeout: float | None) -> None:
        writable = select.poll()
        writable.register(self._socket, select.POLLOUT)
        while rest:
            if not writable.poll(None if timeout is None else timeout * 1000):
                raise DeadlineError(
                    f"{self.peer} takes no more data: nothing moved for {timeout:g} s"
                )
            try:
                rest = rest[self._socket.send(rest) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise _broken(self.peer, error) from error

    def close(self) -> None:
        """Close the connection (see `ByteStream`)."""
        self._socket.close()

    def fileno(self) -> int:
        """The socket's descriptor, for a selector."""
        return self._socket.fileno()

    def _acknowledge(self) -> None:
        if _QUICKACK is not None:
            try:
                self._socket.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)
            except OSError:  # The peer has just gone; the next receive says so.
                return


def connect(host: str, port: int, timeout: float) -> SocketStream:
    """Connect to `host` and `port` within `timeout` seconds.

    Raises:
        ConnectError: With the likely cause and what to try.
        DeadlineError: When nothing answered in time.
    """
    try:
        connection = socket.create_connection((host, port), timeout)
    except socket.gaierror as error:
        raise ConnectError(
            f"there is no host named {host!r}: check the spelling, or use its IP address"
        ) from error
    except TimeoutError as error:
        raise DeadlineError(
            f"{host} port {port} did not answer within {timeout:g} s: a firewall, or no such machine?"
        ) from error
    except ConnectionRefusedError as error:
        raise ConnectError(
            f"nothing listens on {host} port {port}: is the peer running? usual ports are {_LIKELY_PORTS}"
        ) from error
    except OSError as error:
        raise ConnectError(f"cannot reach {host} port {port}: {error.strerror or error}") from error
    return SocketStream(connection, host)


def listen(bind: str, port: int) -> socket.socket:
    """A listening socket on `bind`; port 0 lets the system choose.

    Raises:
        ConnectError: When the port is taken or may not be had.
    """
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    try:
        listener = socket.create_server((bind, port), family=family, backlog=1024)
    except OSError as error:
        raise ConnectError(_why_not(bind, port, error)) from error
    listener.setblocking(False)
    return listener


def _why_not(bind: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is in use by another program: choose another --port, or 0 for any free one"
    if error.errno == errno.EACCES:
        return f"port {port} needs privileges: choose one above 1023, such as 11112"
    return f"cannot listen on {bind} port {port}: {error.strerror or error}"


def _broken(peer: str, error: OSError) -> AbortedError:
    return AbortedError(f"the connection to {peer} broke: {error.strerror or error}")
