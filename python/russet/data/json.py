"""The DICOM JSON Model (PS3.18 F.2)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from russet import codec

if TYPE_CHECKING:
    from russet.data.dataset import Dataset

__all__ = ["NameBulkData", "model", "text"]

NameBulkData = str | Callable[[codec.LargeValue], str | None]
"""The BulkDataURI of a large value: a template, or a function of what and where it is."""


def text(
    dataset: Dataset,
    *,
    tags: Iterable[int] | None = None,
    indent: int | None = None,
    bulk_data_threshold: int = 1024,
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
    index = dataset.index
    rows = None if tags is None else [row for tag in tags if (row := index.find(tag)) >= 0]
    return codec.encode_json(index, rows, indent, bulk_data_threshold, bulk_data_uri)


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
