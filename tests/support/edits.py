"""Edits that fit any data set: each says which paths it changes, or None where it has no place."""

from collections.abc import Callable, Iterator
from typing import Final

from russet.data import Dataset, Element

__all__ = ["EDITS", "Edit"]

Edit = Callable[[Dataset], set[str] | None]


def set_name(dataset: Dataset) -> set[str]:
    """A value in the place of another, or a new one."""
    dataset.PatientName = "DOE^Jane"
    return {"(0010,0010)"}


def add_element(dataset: Dataset) -> set[str] | None:
    """An element that was not there."""
    if "PatientComments" in dataset:
        return None
    dataset.PatientComments = "a comment"
    return {"(0010,4000)"}


def delete_element(dataset: Dataset) -> set[str] | None:
    """An element that was there."""
    for element in dataset:
        if 0x0010_0000 < element.tag < 0x0028_0000 and element.tag.element > 0xFF:
            del dataset[element.tag]
            tag = str(element.tag)
            return {tag, f"{tag}["} if element.vr == "SQ" and len(element.value) else {tag}
    return None


def set_nested(dataset: Dataset) -> set[str] | None:
    """A value at the greatest depth."""
    found = max(_nested(dataset, "", 0), key=lambda place: place[0], default=None)
    if found is None:
        return None
    _depth, item, element, path = found
    item[element.tag] = "1.2.3"
    return {path}


def add_nested(dataset: Dataset) -> set[str] | None:
    """An element in an item."""
    for element in _sequences(dataset):
        if "PatientComments" not in element.value[0]:
            element.value[0].PatientComments = "a comment"
            return {f"{element.tag}[0](0010,4000)"}
    return None


def append_item(dataset: Dataset) -> set[str] | None:
    """An item at the end."""
    for element in _sequences(dataset):
        element.value.append(Dataset(PatientID="1"))
        return {str(element.tag), f"{element.tag}[{len(element.value) - 1}]"}
    return None


def remove_item(dataset: Dataset) -> set[str] | None:
    """The item at the end taken out."""
    for element in _sequences(dataset):
        del element.value[-1]
        return {str(element.tag), f"{element.tag}[{len(element.value)}]"}
    return None


def add_sequence(dataset: Dataset) -> set[str] | None:
    """A sequence with a sequence in it."""
    if "OtherPatientIDsSequence" in dataset:
        return None
    code = Dataset(CodeValue="1", CodeMeaning="one")
    dataset.OtherPatientIDsSequence = [Dataset(PatientID="1", PatientSizeCodeSequence=[code])]
    return {"(0010,1002)", "(0010,1002)[0]"}


def add_block(dataset: Dataset) -> set[str]:
    """A private block."""
    block = dataset.private_block(0x0013, "RUSSET TEST", create=True)
    block.add(0x01, "LO", "x")
    return {f"(0013,00{block.number:02X})", f"(0013,{block.number:02X}01)"}


EDITS: Final[tuple[Edit, ...]] = (
    set_name,
    add_element,
    delete_element,
    set_nested,
    add_nested,
    append_item,
    remove_item,
    add_sequence,
    add_block,
)


def _sequences(dataset: Dataset) -> Iterator[Element]:
    return (e for e in dataset if e.vr == "SQ" and len(e.value) > 0)


def _nested(dataset: Dataset, path: str, depth: int) -> Iterator[tuple[int, Dataset, Element, str]]:
    for element in dataset:
        if element.vr == "SQ":
            for at, item in enumerate(element.value):
                yield from _nested(item, f"{path}{element.tag}[{at}]", depth + 1)
        elif depth and element.vr in {"LO", "SH", "UI"} and not element.tag.is_private_creator:
            yield depth, dataset, element, f"{path}{element.tag}"
