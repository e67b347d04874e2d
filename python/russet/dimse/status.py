"""The status of a response, (0000,0900): its category and its meaning, by ranges (PS3.7 C)."""

from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple, Self

__all__ = ["Category", "Status"]

# PS3.7 C for every service ("*"), then PS3.4 per service; the first row that fits a code has it.
# Ranges are inclusive.
_TABLE: Final = """
C-STORE  B000-B000  Warning  coercion of data elements
C-STORE  B006-B006  Warning  elements discarded
C-STORE  B007-B007  Warning  data set does not match SOP class
C-STORE  A700-A7FF  Failure  refused: out of resources
C-STORE  A900-A9FF  Failure  data set does not match SOP class
C-STORE  C000-CFFF  Failure  cannot understand

C-FIND   A700-A700  Failure  refused: out of resources
C-FIND   A710-A710  Failure  invalid prior record key
C-FIND   A900-A900  Failure  identifier does not match SOP class
C-FIND   C000-CFFF  Failure  unable to process
C-FIND   B001-B001  Warning  response limit reached
C-FIND   FE00-FE00  Cancel   matching terminated by cancel
C-FIND   FF00-FF00  Pending  match supplied
C-FIND   FF01-FF01  Pending  match supplied, some optional keys not supported

C-GET    A701-A701  Failure  out of resources: cannot count matches
C-GET    A702-A702  Failure  out of resources: cannot perform sub-operations
C-GET    A900-A900  Failure  identifier does not match SOP class
C-GET    AA00-AA00  Failure  none of the requested frames found
C-GET    AA01-AA01  Failure  cannot create new object for this SOP class
C-GET    AA02-AA02  Failure  cannot extract frames
C-GET    AA03-AA03  Failure  time-based request for an instance without time base
C-GET    AA04-AA04  Failure  invalid request
C-GET    C000-CFFF  Failure  unable to process
C-GET    B000-B000  Warning  sub-operations complete, with failures or warnings
C-GET    FE00-FE00  Cancel   sub-operations terminated by cancel
C-GET    FF00-FF00  Pending  sub-operations continue

C-MOVE   A701-A701  Failure  out of resources: cannot count matches
C-MOVE   A702-A702  Failure  out of resources: cannot perform sub-operations
C-MOVE   A801-A801  Failure  move destination unknown
C-MOVE   A900-A900  Failure  identifier does not match SOP class
C-MOVE   AA00-AA00  Failure  none of the requested frames found
C-MOVE   AA01-AA01  Failure  cannot create new object for this SOP class
C-MOVE   AA02-AA02  Failure  cannot extract frames
C-MOVE   AA03-AA03  Failure  time-based request for an instance without time base
C-MOVE   AA04-AA04  Failure  invalid request
C-MOVE   C000-CFFF  Failure  unable to process
C-MOVE   B000-B000  Warning  sub-operations complete, with failures or warnings
C-MOVE   FE00-FE00  Cancel   sub-operations terminated by cancel
C-MOVE   FF00-FF00  Pending  sub-operations continue

*        0000-0000  Success  success
*        0001-0001  Warning  warning
*        0105-0105  Failure  no such attribute
*        0106-0106  Failure  invalid attribute value
*        0107-0107  Warning  attribute list warning
*        0110-0110  Failure  processing failure
*        0111-0111  Failure  duplicate SOP instance
*        0112-0112  Failure  no such SOP instance
*        0113-0113  Failure  no such event type
*        0114-0114  Failure  no such argument
*        0115-0115  Failure  invalid argument value
*        0116-0116  Warning  attribute value out of range
*        0117-0117  Failure  invalid SOP instance
*        0118-0118  Failure  no such SOP class
*        0119-0119  Failure  class-instance conflict
*        0120-0120  Failure  missing attribute
*        0121-0121  Failure  missing attribute value
*        0122-0122  Failure  refused: SOP class not supported
*        0123-0123  Failure  no such action type
*        0124-0124  Failure  refused: not authorised
*        0210-0210  Failure  duplicate invocation
*        0211-0211  Failure  unrecognised operation
*        0212-0212  Failure  mistyped argument
*        0213-0213  Failure  resource limitation
*        A000-AFFF  Failure  failure
*        B000-BFFF  Warning  warning
*        C000-CFFF  Failure  failure
*        0100-02FF  Failure  failure
*        FE00-FE00  Cancel   cancelled
*        FF00-FF01  Pending  pending
*        0000-FFFF  Failure  unknown status, taken as failure
"""


class Category(StrEnum):
    """What a status says of its operation (PS3.7 C)."""

    SUCCESS = "Success"
    WARNING = "Warning"
    FAILURE = "Failure"
    CANCEL = "Cancel"
    PENDING = "Pending"


class _Row(NamedTuple):
    low: int
    high: int
    category: Category
    meaning: str


def _rows() -> dict[str, tuple[_Row, ...]]:
    found: dict[str, list[_Row]] = {}
    for line in filter(None, _TABLE.splitlines()):
        service, span, category, meaning = line.split(maxsplit=3)
        low, high = (int(end, 16) for end in span.split("-"))
        found.setdefault(service, []).append(_Row(low, high, Category(category), meaning))
    return {service: tuple(rows) for service, rows in found.items()}


_ROWS: Final = _rows()


class Status(int):
    """A status code with its category and meaning (PS3.7 C); an int everywhere else.

    Attributes:
        service: The DIMSE service whose codes are meant, such as "C-STORE"; "" for any.
        comment: What the peer said of it: the Error Comment (0000,0902), or "".
    """

    service: str
    comment: str

    def __new__(cls, code: int, service: str = "", comment: str = "") -> Self:
        """Take a code of 0 to FFFFH as `service` means it.

        Raises:
            ValueError: If the code does not fit 16 bits.
        """
        if not 0 <= code <= 0xFFFF:
            raise ValueError(f"status {code:#x} is not a 16-bit code")
        status = super().__new__(cls, code)
        status.service = service
        status.comment = comment
        return status

    @property
    def category(self) -> Category:
        """The category; codes outside every range of the standard count as failures."""
        return self._row().category

    @property
    def meaning(self) -> str:
        """The meaning in the words of the standard."""
        return self._row().meaning

    @property
    def is_pending(self) -> bool:
        """Whether more responses follow; every other category ends the operation."""
        return self.is_pending_code(self)

    @staticmethod
    def is_pending_code(code: int) -> bool:
        """Say of a code what `is_pending` says of a status: quicker than making one."""
        return 0xFF00 <= code <= 0xFF01

    def _row(self) -> _Row:
        return _row_of(int(self), self.service)

    def __repr__(self) -> str:
        return f"<Status {int(self):04X}H {self.category}: {self.meaning}>"

    def __str__(self) -> str:
        return f"{int(self):04X}H ({self.category}: {self.meaning})"


@lru_cache(maxsize=1024)
def _row_of(code: int, service: str) -> _Row:
    """The row of a code: that of its service, else that of all."""
    rows = (*_ROWS.get(service, ()), *_ROWS["*"])
    return next(row for row in rows if row.low <= code <= row.high)
