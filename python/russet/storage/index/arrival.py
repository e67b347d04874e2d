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
from russet.storage.index.record import TAGS, Entity, File, Record, read_record
from russet.storage.receiver import Published

__all__ = ["Arrivals"]

_SOP_CLASS_UID: Final = 0x0008_0016
_SOP_INSTANCE_UID: Final = 0x0008_0018
_INSTANCE_NUMBER: Final = 0x0020_0013
_MOST: Final = 256
_OF_INSTANCE: Final = {tag for tag, key in KEYS.items() if key.level is Level.IMAGE}
_IMAGE: Final = codec.Tags([*_OF_INSTANCE])
_ABOVE: Final = codec.Tags([tag for tag in TAGS if tag not in _OF_INSTANCE])

Above = tuple[Entity, Entity, Entity]
_Key = tuple[bytes | int, ...]


class Arrivals:
    """Makes records; safe to use from many threads."""

    def __init__(self, root: str) -> None:
        """Begin with nothing known of the data folder `root`."""
        self._root = root
        self._start = len(root.rstrip(os.sep)) + 1
        self._known: dict[_Key, Above] = {}

    def record(self, published: Published, digest: str) -> Record:
        """The record of an instance that was just published.

        Raises:
            OSError: Its file cannot be read.
            DecodeError: It cannot be decoded.
        """
        key = _key(published.walk)
        known = self._known.get(key)
        path = published.path[self._start :].replace(os.sep, "/")
        request = published.request
        image = None if known is None else _instance(published)
        if known is None or image is None:
            record = read_record(
                self._root, path, digest=digest, calling=request.calling, received=time.time()
            )
            # What has no UID of its own is named after this instance.
            if forms.ODD not in record.study.uid + record.series.uid:
                self._remember(key, (record.patient, record.study, record.series))
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

    def _remember(self, key: _Key, above: Above) -> None:
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[key] = above


def _key(walk: codec.Walk) -> _Key:
    """What is above the level of instances; of what was left out, that it is there."""
    above, _ = walk.elements(_ABOVE)
    return above, *walk.left_out


def _instance(published: Published) -> Entity | None:
    """The instance itself; None when only its file can tell what its elements mean."""
    walk = published.walk
    attributes, whole = walk.elements(_IMAGE)
    if not whole or not (walk.value(_SOP_CLASS_UID) and walk.value(_SOP_INSTANCE_UID)):
        return None
    number = forms.number(codec.decode_texts("IS", walk.value(_INSTANCE_NUMBER) or b""))
    return Entity(published.request.sop_instance_uid, (number,), attributes)
