"""The shared corpus of real files: what is in it, and what other readers say of it."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.support import part10
from tests.support.places import CI, CORPUS

__all__ = ["CorpusFile", "files", "rounds"]


@dataclass(frozen=True)
class CorpusFile:
    """One row of the manifest with its row of the oracle."""

    name: str
    transfer_syntax: str
    sop_class: str
    notes: str
    oracle: dict[str, str]

    @property
    def path(self) -> Path:
        """Where it is."""
        return CORPUS / self.name

    @property
    def kind(self) -> str:
        """The folder that it is sorted into: native, compressed, broken ..."""
        return self.name.partition("/")[0]

    @property
    def rejected(self) -> bool:
        """Whether a clear error is the right answer to this file."""
        return "[reject]" in self.notes

    @property
    def readable(self) -> bool:
        """Whether another reader gets through it, and it is not one to reject."""
        known = self.oracle["pydicom_read"] == "ok" or self.oracle["dcmdump_rc"] == "0"
        return known and not self.rejected


@cache
def files() -> tuple[CorpusFile, ...]:
    """Every file of the corpus, in the manifest's order; none where there is no corpus."""
    if not CORPUS.is_dir():
        if CI:
            message = f"no corpus at {CORPUS}, and CI must have it"
            raise FileNotFoundError(message)
        return ()
    oracle = {row["path"]: row for row in _table("oracle.tsv")}
    return tuple(
        CorpusFile(
            row["path"],
            row["transfer_syntax"].partition(" ")[0],
            row["sop_class"].partition(" ")[0],
            row["notes"],
            oracle[row["path"]],
        )
        for row in _table("manifest.tsv")
    )


@cache
def rounds() -> tuple[tuple[part10.Part10, ...], ...]:
    """The sendable files, dealt into rounds in which no SOP Instance UID comes twice.

    Several files of the corpus are variations of one instance. A receiver may keep only one of
    them, so each round is sent to an empty folder.
    """
    seen: dict[str, int] = {}
    dealt: list[list[part10.Part10]] = []
    for file in files():
        content = part10.read(file.path)
        if content is None or not content.sendable:
            continue
        number = seen.get(content.sop_instance, 0)
        seen[content.sop_instance] = number + 1
        if number == len(dealt):
            dealt.append([])
        dealt[number].append(content)
    return tuple(tuple(round_) for round_ in dealt)


def _table(name: str) -> list[dict[str, str]]:
    with (CORPUS / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))
