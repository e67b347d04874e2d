"""A table of what a peer takes in no presentation context, and what helps."""

from collections import Counter
from collections.abc import Iterator, Mapping

from russet.errors import NoContextError, RussetError

__all__ = ["Refusal", "refusal", "table"]

Refusal = tuple[str, str, tuple[str, ...]]
"""A SOP class, the transfer syntax of its instances, and those in which the peer would take it."""

_COMPRESSED = "1.2.840.10008.1.2.4."
_RLE = "1.2.840.10008.1.2.5"
_DECOMPRESS = (
    "decompress those first, with `gdcmconv --raw` or DCMTK's dcmdjpeg, or have the peer accept "
    "their transfer syntax"
)
_CLASS = "have the peer accept these SOP classes from our AE title, or name another one with -aet"


def refusal(error: RussetError | None) -> Refusal | None:
    """Give what was refused; None when it failed in another way."""
    if not isinstance(error, NoContextError) or error.wanted is None:
        return None
    sop_class, syntax = error.wanted
    return sop_class, syntax or "", error.transfer_syntaxes


def table(refusals: Mapping[Refusal, int]) -> Iterator[str]:
    """Give the lines of the table, most frequent first; none when nothing was refused."""
    from russet.data import Uid

    for (sop_class, syntax, taken), count in Counter(refusals).most_common():
        instead = ", ".join(Uid(each).name for each in taken)
        what = f"{count:>6}  {Uid(sop_class).name}  in {Uid(syntax).name}"
        yield f"{what}  (it takes {instead})" if instead else f"{what}  (it takes none)"
    if any(taken and syntax.startswith((_COMPRESSED, _RLE)) for _, syntax, taken in refusals):
        yield _DECOMPRESS
    if any(not taken for _, _, taken in refusals):
        yield _CLASS
