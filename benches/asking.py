"""russet as a client for the network benches: it asks, and prints how long the answers took.

Usage: asking.py send|move|get|find|store|echo PORT [--body threads|asyncio] [--files FOLDER]
       [--study UID] [--into FOLDER] [--window N]
"""

import argparse
import asyncio
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import russet
from russet import aio
from russet.net.client import send
from russet.storage.source import InstanceSource, examine

__all__ = ["KEYS", "STUDY", "main"]

STUDY: Final = "1.2.826.0.1.3680043.9.9999.1"
KEYS: Final[dict[str, str]] = {
    "SOPInstanceUID": "",
    "StudyInstanceUID": STUDY,
    "SeriesInstanceUID": f"{STUDY}.1",
    "InstanceNumber": "",
}
_FIND: Final = ("1.2.840.10008.5.1.4.1.2.2.1", ["1.2.840.10008.1.2"])
_ECHOES: Final = 500


def _files(options: argparse.Namespace) -> list[Path]:
    return sorted(path for path in options.files.rglob("*") if path.is_file())


def _send(options: argparse.Namespace) -> int:
    return sum(stored.ok for stored in send(_files(options), "127.0.0.1", options.port))


def _move(options: argparse.Namespace) -> int:
    with russet.connect("127.0.0.1", options.port) as association:
        *_, last = association.move("SINK", level="STUDY", StudyInstanceUID=options.study)
    return last.completed or 0


def _get(options: argparse.Namespace) -> int:
    with russet.connect("127.0.0.1", options.port) as association:
        *_, last = association.get(options.into, level="STUDY", StudyInstanceUID=options.study)
    return last.completed or 0


def _sources(options: argparse.Namespace) -> tuple[list[InstanceSource], list[tuple[str, Any]]]:
    sources = [
        found for path in _files(options) if isinstance(found := examine(path), InstanceSource)
    ]
    return sources, [(sources[0].sop_class_uid, [sources[0].transfer_syntax])]


def _timed(count: int, began: float) -> dict[str, float]:
    return {"count": count, "seconds": time.perf_counter() - began}


def _store(options: argparse.Namespace) -> dict[str, float]:
    sources, contexts = _sources(options)
    how: dict[str, Any] = {"contexts": contexts, "window": (options.window, 1)}
    with russet.connect("127.0.0.1", options.port, **how) as association:
        began = time.perf_counter()
        return _timed(sum(stored.ok for stored in association.store(sources)), began)


async def _store_on_loop(options: argparse.Namespace) -> dict[str, float]:
    sources, contexts = _sources(options)
    how: dict[str, Any] = {"contexts": contexts, "window": (options.window, 1)}
    async with aio.connect("127.0.0.1", options.port, **how) as association:
        began, count = time.perf_counter(), 0
        async for stored in association.store(sources):
            count += stored.ok
        return _timed(count, began)


def _find(options: argparse.Namespace) -> dict[str, float]:
    with russet.connect("127.0.0.1", options.port, contexts=[_FIND]) as association:
        began = time.perf_counter()
        return _timed(len(list(association.find(KEYS, level="IMAGE"))), began)


async def _find_on_loop(options: argparse.Namespace) -> dict[str, float]:
    async with aio.connect("127.0.0.1", options.port, contexts=[_FIND]) as association:
        began, count = time.perf_counter(), 0
        async for _ in association.find(KEYS, level="IMAGE"):
            count += 1
        return _timed(count, began)


def _echo(options: argparse.Namespace) -> dict[str, float]:
    with russet.connect("127.0.0.1", options.port) as association:
        seconds = [association.echo().seconds for _ in range(_ECHOES)]
    return {"count": len(seconds), "seconds": statistics.median(seconds)}


_WHOLE: Final[dict[str, Callable[[argparse.Namespace], int]]] = {
    "get": _get,
    "move": _move,
    "send": _send,
}
_PART: Final[dict[str, Callable[[argparse.Namespace], dict[str, float]]]] = {
    "echo": _echo,
    "find": _find,
    "store": _store,
}
_ON_LOOP: Final[dict[str, Callable[[argparse.Namespace], Any]]] = {
    "find": _find_on_loop,
    "store": _store_on_loop,
}


def main() -> None:
    """Ask, and print the seconds as JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("kind", choices=(*_WHOLE, *_PART))
    parser.add_argument("port", type=int)
    parser.add_argument("--body", choices=("threads", "asyncio"), default="threads")
    parser.add_argument("--files", type=Path)
    parser.add_argument("--study")
    parser.add_argument("--into", type=Path)
    parser.add_argument("--window", type=int, default=8)
    options = parser.parse_args()
    if options.kind in _WHOLE:
        began = time.perf_counter()
        figures = _timed(_WHOLE[options.kind](options), began)
    elif options.body == "asyncio":
        figures = asyncio.run(_ON_LOOP[options.kind](options))
    else:
        figures = _PART[options.kind](options)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
