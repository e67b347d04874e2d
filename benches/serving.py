"""russet as a server for the network benches, one kind of work each, on threads or on asyncio.

Usage: serving.py KIND threads|asyncio FOLDER [--window N] [--seconds N]
"""

import argparse
import asyncio
import contextlib
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import russet
from russet import aio
from russet.association.policy import Policy
from russet.data import Dataset
from russet.data.matching import select
from russet.services.query import FindRequest
from russet.storage import DataFolder
from russet.storage.index import Answering, Index

__all__ = ["main"]


def _datasets(folder: Path) -> list[Dataset]:
    return [russet.dcmread(path) for path in sorted(folder.iterdir())]


def _select(options: argparse.Namespace) -> dict[str, Any]:
    datasets = _datasets(options.folder)

    def find(asked: FindRequest) -> Iterator[Dataset]:
        return select(asked.identifier, datasets)

    return {"handlers": {"find": find}}


def _index(options: argparse.Namespace) -> dict[str, Any]:
    folder = DataFolder(options.folder)
    return {"services": Answering(Index(folder), "RUSSET").services({})}


def _slow(options: argparse.Namespace) -> dict[str, Any]:
    def take(_: Any) -> None:
        time.sleep(options.seconds)

    async def take_on_loop(_: Any) -> None:
        await asyncio.sleep(options.seconds)

    return {"handlers": {"store": take if options.body == "threads" else take_on_loop}}


def _null(_: argparse.Namespace) -> dict[str, Any]:
    return {"handlers": {"store": lambda _: None}}


def _everything(options: argparse.Namespace) -> dict[str, Any]:
    """Store and find, for very many associations."""
    one = Dataset(PatientName="DOE^JANE", PatientID="1", StudyInstanceUID="1.2.3")

    async def find(asked: FindRequest) -> Any:
        return select(asked.identifier, [one])

    async def take(_: Any) -> None:
        pass

    def find_now(asked: FindRequest) -> Any:
        return select(asked.identifier, [one])

    def take_now(_: Any) -> None:
        pass

    on_threads = options.body == "threads"
    return {
        "handlers": {
            "find": find_now if on_threads else find,
            "store": take_now if on_threads else take,
        }
    }


_KINDS: Final[dict[str, Callable[[argparse.Namespace], dict[str, Any]]]] = {
    "everything": _everything,
    "index": _index,
    "null": _null,
    "select": _select,
    "slow": _slow,
}


def _figures(*_: Any) -> None:
    """On SIGUSR1: memory and processor time so far."""
    status = Path("/proc/self/statm").read_text().split()
    used = resource.getrusage(resource.RUSAGE_SELF)
    rss = int(status[1]) * os.sysconf("SC_PAGE_SIZE")
    print(json.dumps({"rss": rss, "cpu": used.ru_utime + used.ru_stime}), flush=True)


async def _serve_on_loop(options: dict[str, Any]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGUSR1, _figures)
    async with aio.serve(0, **options) as receiver:
        print(f"listening on :{receiver.port}", flush=True)
        await stop.wait()


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("kind", choices=_KINDS)
    parser.add_argument("body", choices=("threads", "asyncio"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--window", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=0.005)
    options = parser.parse_args()
    made = _KINDS[options.kind](options)
    made["policy"] = Policy(
        check_called=False, window=(options.window, options.window), max_associations=2000
    )
    if options.body == "asyncio":
        asyncio.run(_serve_on_loop(made))
        return
    signal.signal(signal.SIGUSR1, _figures)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with russet.serve(0, **made) as receiver, contextlib.suppress(SystemExit):
        print(f"listening on :{receiver.port}", flush=True)
        while True:
            signal.pause()


if __name__ == "__main__":
    main()
