"""The bridge to pydicom: the same bytes in its own classes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

from russet import codec
from russet.data.dataset import Dataset

if TYPE_CHECKING:
    from pydicom import FileDataset

__all__ = ["convert"]

_PREAMBLE_LENGTH: Final = 128
_UNDEFINED_LENGTH: Final = 0xFFFFFFFF
_CHARSET: Final = 0x00080005


def convert(dataset: Dataset) -> FileDataset:
    """A pydicom data set of raw elements over the bytes of `dataset`; no value is decoded.

    Raises:
        ImportError: pydicom is not installed.
    """
    try:
        from pydicom.charset import convert_encodings, default_encoding
        from pydicom.dataset import FileDataset, FileMetaDataset
    except ImportError:
        raise ImportError('pydicom is not installed: pip install "russet[pydicom]"') from None
    index = dataset.index
    meta = dataset.file_meta
    found = FileDataset(
        dataset.filename or io.BytesIO(),
        _raw_elements(index),
        _preamble(dataset),
        FileMetaDataset(_raw_elements(meta.index) if meta is not None else {}),
        is_implicit_VR=not index.explicit,
        is_little_endian=index.little,
    )
    row = index.find(_CHARSET)
    charset = convert_encodings(index.value(row)) if row >= 0 else default_encoding
    found.set_original_encoding(not index.explicit, index.little, charset)
    return found


def _raw_elements(index: codec.DatasetIndex) -> dict[Any, Any]:
    from pydicom.dataelem import RawDataElement
    from pydicom.tag import BaseTag

    elements = {}
    for row, number in enumerate(index.tags()):
        undefined = index.undefined(row)
        vr: str | None = index.vr(row) if index.explicit else None
        # A UN of undefined length is in Implicit VR Little Endian (PS3.5 6.2.2), or should be.
        in_un = undefined and vr == "UN"
        implicit = not any(item.explicit for item in index.items(row)) if in_un else False
        elements[BaseTag(number)] = RawDataElement(
            tag=BaseTag(number),
            # What has no length is a sequence or pixel data, even where nobody knows the tag.
            VR="SQ" if undefined and index.value_vr(row) == "SQ" else vr,
            length=_UNDEFINED_LENGTH if undefined else index.length(row),
            # None would tell pydicom to look for a sequence in the file again.
            value=bytes(index.raw(row)) or (b"" if undefined else None),
            value_tell=index.offset(row),
            is_implicit_VR=implicit or not index.explicit,
            is_little_endian=in_un or index.little,
            is_raw=True,
        )
    return elements


def _preamble(dataset: Dataset) -> bytes | None:
    origin = dataset.origin
    return origin.preamble if isinstance(origin, codec.FileIndex) else None
