"""Which transfer syntaxes are accepted for what, and who chooses among them (PS3.8 9.3.3.2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

__all__ = ["IMAGE_SYNTAXES", "UNCOMPRESSED", "TransferSyntaxes"]

UNCOMPRESSED: Final = ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2")
"""Explicit VR Little Endian, Explicit VR Big Endian, Implicit VR Little Endian."""

IMAGE_SYNTAXES: Final = (
    # without loss
    "1.2.840.10008.1.2.4.80",  # JPEG-LS
    "1.2.840.10008.1.2.4.90",  # JPEG 2000
    "1.2.840.10008.1.2.4.70",  # JPEG process 14, selection value 1
    "1.2.840.10008.1.2.4.57",  # JPEG process 14
    "1.2.840.10008.1.2.5",  # RLE
    # with loss
    "1.2.840.10008.1.2.4.81",  # JPEG-LS near-lossless
    "1.2.840.10008.1.2.4.91",  # JPEG 2000
    "1.2.840.10008.1.2.4.50",  # JPEG baseline
    "1.2.840.10008.1.2.4.51",  # JPEG extended
    *UNCOMPRESSED,
)
"""An order for images that prefers small and exact: lossless, then lossy, then uncompressed."""


@dataclass(frozen=True, slots=True)
class TransferSyntaxes:
    """The transfer syntaxes that an acceptor takes.

    Attributes:
        rest: For every SOP class that is not named, best first; None for all there are.
        by_class: For a SOP class, or for a whole service by the word of its `Right`, best first;
            a SOP class goes before its service.
        by_requestor: Choose in the order that the requestor offers them, not in ours. The order
            of an offer means nothing by itself (PS3.8 9.3.2.2), but many senders put their
            native one first.
    """

    rest: Sequence[str] | None = None
    by_class: Mapping[str, Sequence[str]] = field(default_factory=dict)
    by_requestor: bool = False

    def choices(self, uid: str, service: str, offered: Sequence[str]) -> list[str]:
        """Give what is acceptable of an offer, best first.

        Args:
            uid: The abstract syntax.
            service: The word of its right.
            offered: The transfer syntaxes as proposed.
        """
        preferred = self.by_class.get(uid, self.by_class.get(service, self.rest))
        if preferred is None:
            return list(offered)
        if self.by_requestor:
            return [transfer for transfer in offered if transfer in preferred]
        return [transfer for transfer in preferred if transfer in offered]
