"""The SOP classes of C-FIND, C-MOVE and C-GET as one table (PS3.4 C.6, K, Q, U, V, X to JJ)."""

from typing import Final, NamedTuple

__all__ = ["MODELS", "Level", "Model", "model_of", "named"]

_ROOT: Final = "1.2.840.10008."

# The root is left out of each UID.  Levels are those of (0008,0052), top first; - where there are
# none and the identifier has no Query/Retrieve Level.
_TABLE: Final = """
model              FIND             MOVE             GET              levels
patient            5.1.4.1.2.1.1    5.1.4.1.2.1.2    5.1.4.1.2.1.3    PATIENT,STUDY,SERIES,IMAGE
study              5.1.4.1.2.2.1    5.1.4.1.2.2.2    5.1.4.1.2.2.3    STUDY,SERIES,IMAGE
patient-study      5.1.4.1.2.3.1    5.1.4.1.2.3.2    5.1.4.1.2.3.3    PATIENT,STUDY
composite          -                5.1.4.1.2.4.2    5.1.4.1.2.4.3    IMAGE,FRAME
without-bulk-data  -                -                5.1.4.1.2.5.3    IMAGE
repository         5.1.4.1.1.201.6  -                -                STUDY,SERIES,IMAGE
worklist           5.1.4.31         -                -                -
relevant-patient   5.1.4.37.1       -                -                -
breast-patient     5.1.4.37.2       -                -                -
cardiac-patient    5.1.4.37.3       -                -                -
product            5.1.4.41         -                -                -
substance-approval 5.1.4.42         -                -                -
hanging-protocol   5.1.4.38.2       5.1.4.38.3       5.1.4.38.4       -
color-palette      5.1.4.39.2       5.1.4.39.3       5.1.4.39.4       -
implant            5.1.4.43.2       5.1.4.43.3       5.1.4.43.4       -
implant-assembly   5.1.4.44.2       5.1.4.44.3       5.1.4.44.4       -
implant-group      5.1.4.45.2       5.1.4.45.3       5.1.4.45.4       -
defined-procedure  5.1.4.20.1       5.1.4.20.2       5.1.4.20.3       -
protocol-approval  5.1.4.1.1.200.4  5.1.4.1.1.200.5  5.1.4.1.1.200.6  -
inventory          5.1.4.1.1.201.2  5.1.4.1.1.201.3  5.1.4.1.1.201.4  -
"""


class Level(NamedTuple):
    """A query/retrieve level: its value in (0008,0052), and the keyword of its unique key."""

    name: str
    unique_key: str


_UNIQUE_KEYS: Final = {
    "PATIENT": "PatientID",
    "STUDY": "StudyInstanceUID",
    "SERIES": "SeriesInstanceUID",
    "IMAGE": "SOPInstanceUID",
    "FRAME": "SOPInstanceUID",
}


class Model(NamedTuple):
    """An information model: what can be asked of it, and by which SOP class.

    Attributes:
        name: Its word, as commands and functions take it.
        find: The SOP class of its C-FIND; None without one.
        move: That of its C-MOVE.
        get: That of its C-GET.
        levels: Its query/retrieve levels, top first; none for models without.
    """

    name: str
    find: str | None
    move: str | None
    get: str | None
    levels: tuple[Level, ...]


def _models() -> dict[str, Model]:
    found = {}
    for line in list(filter(None, _TABLE.splitlines()))[1:]:
        name, *uids, levels = line.split()
        find, move, get = (None if uid == "-" else _ROOT + uid for uid in uids)
        named = () if levels == "-" else levels.split(",")
        keyed = tuple(Level(each, _UNIQUE_KEYS[each]) for each in named)
        found[name] = Model(name, find, move, get, keyed)
    return found


MODELS: Final = _models()
"""Every information model by its name."""

_BY_UID: Final = {
    uid: model for model in MODELS.values() for uid in (model.find, model.move, model.get) if uid
}


def model_of(sop_class_uid: str) -> Model | None:
    """Find the information model of a SOP class; None when it has none."""
    return _BY_UID.get(sop_class_uid)


def named(name: str) -> Model:
    """Find an information model by its name.

    Raises:
        ValueError: If there is none; it says which there are.
    """
    model = MODELS.get(name)
    if model is None:
        raise ValueError(f"{name!r} is no information model: there is {', '.join(MODELS)}")
    return model
