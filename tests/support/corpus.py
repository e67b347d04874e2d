"""The shared corpus of real files: what is in it, and what other readers say of it."""

import csv
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import pydicom

from tests.support import part10
from tests.support.places import CI, CORPUS

__all__ = ["CorpusFile", "few", "files", "named", "placed", "rounds", "whole"]

# Known to every peer that the tests talk to.
_OLD_SYNTAXES: Final = tuple(
    "1.2.840.10008.1.2" + rest
    for rest in ("", ".1", ".2", ".5", ".4.50", ".4.70", ".4.80", ".4.81", ".4.90", ".4.91")
)


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
    dealt: list[tuple[list[part10.Part10], set[str]]] = []
    for entry in files():
        file = part10.read(entry.path)
        if file is None or not file.sendable:
            continue
        uids = {file.sop_instance, named(file)[1]}
        room = next((round_ for round_ in dealt if not uids & round_[1]), None)
        if room is None:
            room = ([], set())
            dealt.append(room)
        room[0].append(file)
        room[1].update(uids)
    return tuple(tuple(members) for members, _ in dealt)


@cache
def few() -> tuple[part10.Part10, ...]:
    """Ordinary files of up to 1 MiB that any peer takes: one for each class and old syntax."""
    kinds = {
        (file.sop_class, file.transfer_syntax): file
        for file in rounds()[0]
        if {"native", "compressed", "enhanced", "sr", "rt"} & set(file.path.parts)
        and file.sop_class.startswith("1.2.840.10008.5.1.4.1.1.")
        and file.transfer_syntax in _OLD_SYNTAXES
        and len(file.dataset) < 1 << 20
        and whole(file)
    }
    return tuple(kinds.values())


@cache
def placed() -> tuple[part10.Part10, ...]:
    """Those of `few()` that say which patient, study and series they are of: archives want that."""
    keywords = ["PatientID", "StudyInstanceUID", "SeriesInstanceUID"]
    tags: list[int | str] = [*keywords]
    read = ((file, pydicom.dcmread(file.path, specific_tags=tags)) for file in few())
    return tuple(file for file, found in read if all(found.get(word) for word in keywords))


@cache
def named(file: part10.Part10) -> tuple[str, str]:
    """SOP class and instance as the data set has them, read by pydicom; else as the meta does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tags: list[int | str] = ["SOPClassUID", "SOPInstanceUID"]
            found = pydicom.dcmread(file.path, specific_tags=list(tags), force=True)
            sop_class, instance = (str(found.get(tag, "")) for tag in tags)
        except Exception:  # noqa: BLE001 (whatever pydicom says of a broken file)
            return file.sop_class, file.sop_instance
    return sop_class or file.sop_class, instance or file.sop_instance


def whole(file: part10.Part10) -> bool:
    """Whether nothing is wrong with this file: any receiver of its class and syntax takes it.

    The data set is the one that the file meta names, and has an even length. A receiver may refuse
    anything else: the request would not describe what it brings.
    """
    if "broken" in file.path.parts or len(file.dataset) % 2:
        return False
    return named(file) == (file.sop_class, file.sop_instance)


def _table(name: str) -> list[dict[str, str]]:
    with (CORPUS / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))
