"""Records of what arrives, out of the values that its check has seen anyway.

The instances of a series differ in little. What was read once from a file is kept, and taken for
every other instance with the same values above the level of instances; so hardly any is read.
"""

import os
import time
from typing import Final

from russet import codec
from russet.storage.index import forms
from russet.storage.index.keys import KEYS, Level
from russet.storage.index.record import CODED, Entity, File, Record, is_plain, read_record
from russet.storage.receiver import Published

__all__ = ["Arrivals"]

_SPECIFIC_CHARACTER_SET: Final = 0x0008_0005
_SOP_CLASS_UID: Final = 0x0008_0016
_INSTANCE_NUMBER: Final = 0x0020_0013
_BIG_ENDIAN: Final = "1.2.840.10008.1.2.2"
# Documents have sequences among their own attributes, which no check collects (PS3.3 A.35).
_DOCUMENTS: Final = ("1.2.840.10008.5.1.4.1.1.88.", "1.2.840.10008.5.1.4.1.1.104.")
_SHORT: Final = 2  # bytes of a US
_MOST: Final = 1024
_ALWAYS_NEW: Final = (0x0008_0018, _INSTANCE_NUMBER)

Above = tuple[Entity, Entity, Entity]


class Arrivals:
    """Makes records; safe to use from many threads."""

    def __init__(self, root: str) -> None:
        """Begin with nothing known of the data folder `root`."""
        self._root = root
        self._start = len(root.rstrip(os.sep)) + 1
        self._known: dict[_Key, Above] = {}
        self._encoded: dict[tuple[int, bytes], bytes] = {}

    def record(self, published: Published, digest: str) -> Record:
        """The record of an instance that was just published.

        Raises:
            OSError: Its file cannot be read.
            DecodeError: It cannot be decoded.
        """
        above, instance = _sorted(published.values)
        known = self._known.get(above)
        path = published.path[self._start :].replace(os.sep, "/")
        request = published.request
        image = None if known is None else self._instance(published, instance)
        if known is None or image is None:
            record = read_record(
                self._root, path, digest=digest, calling=request.calling, received=time.time()
            )
            if not record.study.uid.startswith(forms.ODD):
                self._remember(above, (record.patient, record.study, record.series))
            return record
        status = published.status or os.stat(published.path)
        file = File(
            path,
            request.transfer_syntax,
            status.st_size,
            status.st_mtime_ns,
            digest,
            request.calling,
            time.time(),
        )
        return Record(request.sop_class_uid, *known, image, file)

    def _remember(self, key: "_Key", above: Above) -> None:
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[key] = above

    def _instance(self, published: Published, found: list[tuple[int, bytes]]) -> Entity | None:
        """The instance itself; None when its file must be asked."""
        request = published.request
        if request.transfer_syntax == _BIG_ENDIAN or request.sop_class_uid.startswith(_DOCUMENTS):
            return None
        # Most values are those of the instance before: they are encoded once.
        encoded, parts, number = self._encoded, [], b""
        for element in found:
            part = encoded.get(element) or self._encode(*element)
            if not part:
                return None
            parts.append(part)
            if element[0] == _INSTANCE_NUMBER:
                number = element[1]
        columns = (forms.number(codec.decode_texts("IS", number)),)
        return Entity(request.sop_instance_uid, columns, b"".join(parts))

    def _encode(self, tag: int, value: bytes) -> bytes:
        """An element; empty when only its file can tell what it means."""
        vr = _OF_INSTANCE[tag]
        if vr == "SQ" or (vr == "US" and len(value) != _SHORT):
            return b""
        if vr in CODED and not is_plain(value):
            return b""
        part = codec.encode_element(tag, vr, value)
        if tag not in _ALWAYS_NEW:
            if len(self._encoded) >= _MOST:
                self._encoded.clear()
            self._encoded[tag, value] = part
        return part


def _sorted(values: dict[int, bytes]) -> tuple["_Key", list[tuple[int, bytes]]]:
    """What is above the level of instances, as a key, and what is of the instance itself."""
    above = dict(values)
    instance = [(tag, above.pop(tag)) for tag in _OF_INSTANCE if tag in above]
    return (tuple(above), tuple(above.values())), instance


_Key = tuple[tuple[int, ...], tuple[bytes, ...]]
_OF_INSTANCE: Final = {tag: KEYS[tag].vr for tag in sorted(KEYS) if KEYS[tag].level is Level.IMAGE}
