"""The DICOM JSON Model (PS3.18 F.2)."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from russet import codec
from russet.errors import DecodeError

if TYPE_CHECKING:
    from russet.data.dataset import Dataset
    from russet.data.element import Element

__all__ = ["FetchBulkData", "NameBulkData", "Source", "elements_text", "model", "read", "text"]

_INLINE: Final = 1024
_PIXEL_DATA: Final = 0x7FE0_0010

Source = str | bytes | bytearray | Mapping[str, Any]
"""The model as JSON, or as the Python objects that `json.loads` makes of it."""

FetchBulkData = Callable[[str], bytes | None]
"""Gives the bytes of a BulkDataURI, or None when there are none."""

NameBulkData = str | Callable[[codec.LargeValue], str | None]
"""The BulkDataURI of a large value: a template, or a function of what and where it is."""


def text(
    dataset: Dataset,
    *,
    tags: Iterable[int] | None = None,
    indent: int | None = None,
    bulk_data_threshold: int = _INLINE,
    bulk_data_uri: NameBulkData | None = None,
) -> str:
    """The model of a data set: without group lengths and file meta, tags in ascending order.

    Args:
        dataset: What to encode.
        tags: Only these elements, as far as they are there; None for all.
        indent: Spaces for each level; None for one line.
        bulk_data_threshold: How many characters of base64 a binary value may have to be inline, as
            in pydicom.
        bulk_data_uri: The BulkDataURI of those above (PS3.18 F.2.6): a text in which `{path}`,
            `{tag}`, `{vr}`, `{offset}` and `{length}` are filled in, or a function of a value with
            these attributes, whose None leaves the value inline. Without it all are inline.

    Raises:
        DecodeError: A value that cannot be read.
    """
    from russet.data.text import as_shown

    index = as_shown(dataset).index
    rows = None if tags is None else [row for tag in tags if (row := index.find(tag)) >= 0]
    return codec.encode_json(index, rows, indent, bulk_data_threshold, bulk_data_uri)


def elements_text(elements: Iterable[Element]) -> str:
    """The model of some elements, from wherever in data sets, as JSON; bulk data inline.

    Raises:
        DecodeError: A value that cannot be read.
    """
    objects = (
        codec.encode_json(element.index, [element.row], None, _INLINE, None) for element in elements
    )
    return "{" + ",".join(filter(None, (found[1:-1] for found in objects))) + "}"


def model(dataset: Dataset, **options: Any) -> dict[str, Any]:
    """The same as Python objects.

    Args:
        dataset: What to encode.
        options: As for `text`.

    Raises:
        DecodeError: A value that cannot be read.
    """
    made: dict[str, Any] = json.loads(text(dataset, **options))
    return made


def read(source: Source, bulk_data: FetchBulkData | None = None) -> Dataset:
    """The data set of a model, encoded in Explicit VR Little Endian.

    Args:
        source: The model of one data set, or an array of one. Text is encoded in its Specific
            Character Set, in ISO_IR 192 if it names none and needs one.
        bulk_data: Gives the bytes of a BulkDataURI (PS3.18 F.2.6). Without it such elements stay
            empty, with a warning.

    Raises:
        DecodeError: What is no JSON, or not the model.
        EncodeError: A value that its VR or character set cannot hold.
    """
    from russet.data.dataset import EXPLICIT, Dataset, Given

    data, missing = codec.decode_json(_json(source), bulk_data)
    if missing:
        count = f"{len(missing)} elements" if len(missing) > 1 else "an element"
        message = f"no bulk_data to ask for the value of {count}, {missing[0]}: left empty"
        warnings.warn(message, stacklevel=3)
    index = codec.read_dataset(data, EXPLICIT)
    row = index.find(_PIXEL_DATA)
    # The model does not tell the transfer syntax of fragments: whoever writes them has to.
    fragments = row >= 0 and index.undefined(row)
    return Dataset.over(index, None if fragments else Given(EXPLICIT, data))


def _json(source: Source) -> str:
    if isinstance(source, Mapping):
        return json.dumps(source, ensure_ascii=False)
    try:
        text = source if isinstance(source, str) else source.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DecodeError(f"JSON that is not UTF-8: {error}", "Invalid", error.start) from None
    # Whose byte order mark was not taken for one when it was read.
    return text.removeprefix("\ufeff")
