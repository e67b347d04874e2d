"""The page of measured figures: tables made from the JSON that the benches leave."""

import json
import os
import platform
import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import Any, Final

from benches import network_report

__all__ = ["bridge", "codec", "datasets", "index", "machine", "page", "receivers", "scan"]

_INTRODUCTION: Final = """\
# Benchmarks

`make bench` wrote this page. Figures of one run on one machine, peers beside russet: trust the
ratios, and only those. Every bench checks what it computed; every stored file was compared byte for
byte with what was sent.

"""

_METHOD: Final = """\
One association, the neutral sender (its messages are encoded before the clock starts), data folders
in memory (tmpfs), no durability on any side, receivers taking turns within each round, medians over
the rounds. The ratio is the median of the ratios within each round.
Without `--no-index` russet makes a digest and a row of its index of each file before it says
Success: a row of its own here. Each peer is at its best: DCMTK storescp with `+B`, `TCP_NODELAY=1`
and PDUs of 128 KiB (its maximum); pynetdicom with PDUs of any length, TCP_NODELAY, and a handler
that writes the raw bytes and decodes nothing. The floor copies the same bytes from a socket into
files without any protocol.
"""


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    return {
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def page(measured: dict[str, Any], results: Path) -> str:
    """The whole page, as Markdown."""
    about = measured["machine"]
    lines = [
        f"Measured on {about['cores']} cores, {about['system']}, Python {about['python']}.",
        "",
        "## Receiving",
        "",
        _METHOD,
        *receivers(measured),
    ]
    network = results / "network.json"
    if network.is_file():
        lines += ["", *network_report.sections(json.loads(network.read_text()))]
    for title, name, table in (
        ("Archive", "index.json", index),
        ("Data sets", "datasets.json", datasets),
        ("Bridge to pydicom", "bridge.json", bridge),
        ("Scan", "scan.json", scan),
        ("Codec", "codec.json", codec),
    ):
        found = results / name
        if found.is_file():
            lines += ["", f"## {title}", "", *table(json.loads(found.read_text()))]
    return _INTRODUCTION + "\n".join(lines) + "\n"


def receivers(measured: dict[str, Any]) -> Iterator[str]:
    """A table per series, and what an untuned storescu takes."""
    for series in measured["series"].values():
        yield f"{series['title']} ({series['megabytes']:.0f} MB), {measured['rounds']} rounds:"
        yield ""
        yield "| receiver | MB/s | lowest to highest | files/s | p50 ms | p99 ms | russet to this |"
        yield "|---|---:|---:|---:|---:|---:|---:|"
        for name, row in series["receivers"].items():
            latencies = " | ".join(
                f"{row[key]:.2f}" if key in row else "" for key in ("p50_ms", "p99_ms")
            )
            yield (
                f"| {name} | {row['mb_s']:.0f} "
                f"| {row['lowest_mb_s']:.0f} to {row['highest_mb_s']:.0f} "
                f"| {row['files_s']:.0f} | {latencies} | {row['russet_to_this']:.2f} |"
            )
        yield ""
    stock = measured["stock_storescu"]
    yield (
        f"{stock['files']} of the MR files from a stock DCMTK storescu (no environment variable, "
        "so that its Nagle algorithm waits for the receiver's acknowledgements), start included:"
    )
    yield ""
    yield "| receiver | seconds |"
    yield "|---|---:|"
    for name, seconds in stock["seconds"].items():
        yield f"| {name} | {seconds:.2f} |"


def codec(found: dict[str, Any]) -> Iterator[str]:
    """One table: per group of benches the median of each side, and how many times it takes."""
    yield "Medians, PDU and data set decode and encode on the same bytes in memory:"
    yield ""
    yield "| what | who | median us | times russet's fastest |"
    yield "|---|---|---:|---:|"
    benches = sorted(found["benchmarks"], key=lambda bench: bench["group"] or "")
    for group, members in groupby(benches, key=lambda bench: bench["group"] or ""):
        rows = [(_who(bench["name"]), bench["stats"]["median"] * 1e6) for bench in members]
        ours = [us for who, us in rows if who.startswith("russet")]
        fastest = min(ours or (us for _, us in rows))  # Some benches have no peer, and no names.
        for who, us in sorted(rows, key=lambda row: row[1]):
            yield f"| {group} | {who} | {us:.2f} | {us / fastest:.1f} |"


def _who(name: str) -> str:
    """`test_x[ct_128-_russet_index]` -> `russet index`."""
    found = re.search(r"(russet|pynetdicom|pydicom)\w*", name)
    return found[0].replace("_", " ") if found else name


def index(measured: dict[str, Any]) -> Iterator[str]:
    """What an index costs a receiver, and how long its queries take."""
    yield (
        f"{measured['files']} MR of 64 x 64 from the neutral sender, nothing synced, "
        f"{measured['rounds']} rounds, receivers taking turns:"
    )
    yield ""
    yield "| what is kept | files/s | p50 ms | of files alone |"
    yield "|---|---:|---:|---:|"
    for name, row in measured["receivers"].items():
        yield f"| {name} | {row['files_s']:.0f} | {row['p50_ms']:.3f} | {row['of_files']:.2f} |"
    yield ""
    yield (
        f"C-FIND of level STUDY over {measured['rows']} instances ({measured['rows_s']:.0f} rows/s "
        "when written by themselves), until the last response:"
    )
    yield ""
    yield "| which studies | found | ms |"
    yield "|---|---:|---:|"
    for name, row in measured["finds"].items():
        yield f"| {name} | {row['studies']} | {row['ms']:.2f} |"


def datasets(measured: dict[str, Any]) -> Iterator[str]:
    """A table per task, and what large files cost russet alone."""
    yield (
        f"Medians of {measured['rounds']} rounds, readers taking turns; the ratio is the median of "
        "the ratios within each round. `read alone` is Python's `os.open`, `os.read`, `os.close` "
        "of the file: what any reader has to do at least."
    )
    yield ""
    yield ("| what | file | russet us | pydicom us | times | dicomsdl us | times | read alone us |")
    yield "|---|---|---:|---:|---:|---:|---:|---:|"
    for task, files in measured["tasks"].items():
        for name, who in files.items():
            peers = " | ".join(
                f"{who[peer]['us']:.0f} | {who[peer]['ratio']:.1f}" if peer in who else " | "
                for peer in ("pydicom", "dicomsdl")
            )
            alone = f"{who['read alone']['us']:.1f}" if "read alone" in who else ""
            yield f"| {task} | {name} | {who['russet']['us']:.1f} | {peers} | {alone} |"
    yield ""
    yield (
        "russet alone, from memory. Held is what an open file takes beyond its bytes; indexed with "
        "the arrays of tags, VRs, offsets, lengths and depths of every element beside it:"
    )
    yield ""
    yield (
        "| file | elements | with items | MB | open us | every element indexed us "
        "| held, bytes | for each | indexed, bytes | for each |"
    )
    yield "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
    for name, row in measured["alone"].items():
        yield (
            f"| {name} | {row['elements']:.0f} | {row['entries']:.0f} | {row['bytes'] / 1e6:.1f} "
            f"| {row['open_us']:.1f} | {row['index_us']:.0f} | {row['held']:.0f} "
            f"| {row['held_each']:.1f} | {row['indexed']:.0f} | {row['indexed_each']:.1f} |"
        )


def bridge(measured: dict[str, Any]) -> Iterator[str]:
    """How many files are equal, and how much faster they are there; the slowest by name."""
    files, unequal = measured["files"], measured["unequal"]
    yield (
        f"`russet.dcmread(path).to_pydicom()` beside `pydicom.dcmread(path)`: {files} files of "
        f"pydicom's own and of the corpus; {measured['equal']} are equal. In the median "
        f"{measured['median']:.1f} times as fast, at least {measured['least']:.1f} times; "
        f"{measured['below']} below 8 times."
    )
    yield ""
    yield "| the slowest | russet us | pydicom us | times |"
    yield "|---|---:|---:|---:|"
    for name, row in measured["slowest"].items():
        yield f"| {name} | {row['us']:.1f} | {row['pydicom_us']:.0f} | {row['times']:.1f} |"
    if unequal:
        yield ""
        yield f"Not equal, each for a reason in `tests/data`: {', '.join(unequal)}."
    if measured["refused"]:
        yield ""
        yield f"Refused, and not measured: {', '.join(measured['refused'])}."


def scan(measured: dict[str, Any]) -> Iterator[str]:
    """A table: what each reader takes for a file; and what a second thread brings."""
    files, runs = measured["files"], measured["runs"]
    ours = [run["us"] for run in runs["russet, 1 thread"]]
    size = measured["octets"] / files / 1e3
    yield f"{files} MR files of {size:.1f} KB in memory, {measured['values']} values of each:"
    yield ""
    yield "| reader | us per file | least | processor us | files/s | times russet's 1 thread |"
    yield "|---|---:|---:|---:|---:|---:|"
    for name, figures in runs.items():
        us, cpu = (median(run[key] for run in figures) for key in ("us", "cpu_us"))
        ratio = median(run["us"] / our for run, our in zip(figures, ours, strict=True))
        least = min(run["us"] for run in figures)
        yield f"| {name} | {us:.1f} | {least:.1f} | {cpu:.1f} | {1e6 / us:.0f} | {ratio:.2f} |"
    yield ""
    gains = (
        f"{_gain(runs, kind):.2f} ({_gain(runs, kind, least=True):.2f} by the least) {what}"
        for kind, what in (("", "for a folder"), (", list of paths", "for a list of paths"))
    )
    yield f"Two threads are as fast as one times {', '.join(gains)}."


def _gain(runs: dict[str, Any], kind: str, *, least: bool = False) -> float:
    """How many times faster two threads are than one."""
    one, two = (
        [run["us"] for run in runs[f"russet, {n}{kind}"]] for n in ("1 thread", "2 threads")
    )
    if least:
        return float(min(one) / min(two))
    return float(median(a / b for a, b in zip(one, two, strict=True)))
