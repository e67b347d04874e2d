"""What a query may be told, beside its identifier."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

from russet.data.tag import Key

__all__ = ["Options"]


class Options(TypedDict, total=False):
    """Options of a query; those that are negotiated are off unless they were (PS3.4 C.5.1.1).

    Attributes:
        fuzzy: Names match by their words, and by how they sound (PS3.4 C.2.2.2.1.1).
        combined_datetime: A range of dates and one of the times that go with them are one range
            (PS3.4 C.2.2.2.5). For the start of a scheduled procedure step that is always so
            (PS3.4 K.6.1.2.2).
        empty_value: `""` as a key finds what has no value (PS3.4 C.2.2.2.7).
        multiple_value: Of several values of a key all must be there (PS3.4 C.2.2.2.8); otherwise
            one is enough.
        timezone: Of data sets without Timezone Offset From UTC (0008,0201), and of keys in DT when
            the identifier has none. When it has one, dates and times are matched and answered in
            the zone that it names (PS3.4 C.2.2.2.5).
        universal_unknown: Whether what has no value matches every key. True for queries with a
            Query/Retrieve Level (PS3.4 C.2.2.1.2), False for all others (PS3.4 K.2.2.1.1.1).
        unique: The unique keys, of the level that is asked for and of those above it: whatever
            `universal_unknown` says, what has no value matches none of them (PS3.4 C.2.2.1.1).
            Without it the UIDs of studies, series and instances.
        fold_names: Whether case and accents of names do not count; True (PS3.4 C.2.2.2.1).
        fallback_charset: Specific Character Set of an identifier that has none, "ISO_IR 100" say.
        supported: The keys that are supported: keywords or tags, of items as
            `ScheduledProcedureStepSequence.Modality`; a sequence alone is all that is in it. All if
            it is None. Others are neither matched nor answered (PS3.4 C.2.2.1.3).
        answer: What every response has besides the keys, by keyword or tag: RetrieveAETitle,
            InstanceAvailability.
    """

    fuzzy: bool
    combined_datetime: bool
    empty_value: bool
    multiple_value: bool
    timezone: datetime.tzinfo | None
    universal_unknown: bool | None
    unique: Iterable[Key]
    fold_names: bool
    fallback_charset: str
    supported: Iterable[Key] | None
    answer: Mapping[Any, Any]
