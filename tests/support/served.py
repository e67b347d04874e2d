"""`russet serve` in a process of its own, over a data folder that may be there already."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.processes import RUSSET, Listener, free_port

__all__ = ["ServeData", "serve_data"]

ServeData = Callable[..., Listener]


@pytest.fixture
def serve_data(tmp_path: Path) -> Iterator[ServeData]:
    """Serve a data folder on loopback; what still runs at the end must stop at once, with 0."""
    with ExitStack() as stack:

        def start(data: Path, *options: str) -> Listener:
            log = tmp_path / f"serve-{free_port()}.log"
            fixed = ("--port", "0", "--bind", "127.0.0.1", "--data", str(data))
            process = Listener((RUSSET, "serve", *fixed, *options), log, None, r" on \S*:(\d+)")
            stack.callback(_stop, process)
            return process

        yield start


def _stop(process: Listener) -> None:
    if process.code is None:
        code = process.stop()
        assert code == 0, f"russet serve ended with {code}:\n{process.text}"
    assert "Traceback" not in process.text, process.text
