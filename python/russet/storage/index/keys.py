"""The attributes that the index knows, by level: those of Query/Retrieve (PS3.4 C.6)."""

import enum
from typing import Final, NamedTuple

from russet import codec

__all__ = ["COMPUTED", "KEYS", "UNIQUE", "Key", "Level"]


class Level(enum.IntEnum):
    """A level of the information model, from the top (PS3.4 C.6.1.1)."""

    PATIENT = 0
    STUDY = 1
    SERIES = 2
    IMAGE = 3


class Key(NamedTuple):
    """An attribute that can be asked for.

    Attributes:
        tag: Group * 65536 + element.
        level: Where it belongs.
        kind: U unique, R required, O optional, C optional and computed from what is below.
        vr: The VR of the data dictionary.
    """

    tag: int
    level: Level
    kind: str
    vr: str


# PS3.4 C.6.1.1.2 to C.6.1.1.5; what is optional there is what archives are asked for in practice.
_TABLE: Final = """
PATIENT U PatientID
        R PatientName
        O IssuerOfPatientID TypeOfPatientID IssuerOfPatientIDQualifiersSequence
        O PatientBirthDate PatientBirthTime PatientSex OtherPatientIDs OtherPatientNames
        O OtherPatientIDsSequence EthnicGroup PatientComments
        C NumberOfPatientRelatedStudies NumberOfPatientRelatedSeries
        C NumberOfPatientRelatedInstances
STUDY   U StudyInstanceUID
        R StudyDate StudyTime AccessionNumber StudyID
        O IssuerOfAccessionNumberSequence ReferringPhysicianName StudyDescription
        O ProcedureCodeSequence NameOfPhysiciansReadingStudy AdmittingDiagnosesDescription
        O PatientAge PatientSize PatientWeight Occupation AdditionalPatientHistory
        O OtherStudyNumbers TimezoneOffsetFromUTC RequestingService
        C ModalitiesInStudy SOPClassesInStudy NumberOfStudyRelatedSeries
        C NumberOfStudyRelatedInstances
SERIES  U SeriesInstanceUID
        R Modality SeriesNumber
        O SeriesDate SeriesTime SeriesDescription SeriesDescriptionCodeSequence
        O InstitutionName StationName Manufacturer ManufacturerModelName
        O InstitutionalDepartmentName PerformingPhysicianName OperatorsName BodyPartExamined
        O ProtocolName PatientPosition Laterality FrameOfReferenceUID
        O PerformedProcedureStepStartDate PerformedProcedureStepStartTime
        O PerformedProcedureStepID PerformedProcedureStepDescription RequestAttributesSequence
        C NumberOfSeriesRelatedInstances
IMAGE   U SOPInstanceUID
        R InstanceNumber
        O SOPClassUID RelatedGeneralSOPClassUID OriginalSpecializedSOPClassUID ImageType
        O InstanceCreationDate InstanceCreationTime AcquisitionDate AcquisitionTime ContentDate
        O ContentTime AcquisitionDateTime AcquisitionNumber NumberOfFrames Rows Columns
        O BitsAllocated ConceptNameCodeSequence ContentTemplateSequence
        O ContainerIdentifier CompletionFlag VerificationFlag ContentLabel ContentDescription
        O PresentationCreationDate PresentationCreationTime DocumentTitle
"""


def _keys() -> dict[int, Key]:
    keys = {}
    level = Level.PATIENT
    for line in _TABLE.strip().splitlines():
        words = line.split()
        if words[0] in Level.__members__:
            level = Level[words.pop(0)]
        for keyword in words[1:]:
            tag = codec.tag_of(keyword)
            entry = None if tag is None else codec.dictionary_entry(tag)
            assert tag is not None
            assert entry is not None, keyword
            keys[tag] = Key(tag, level, words[0], entry.vr)
    return keys


KEYS: Final = _keys()
"""Every attribute by its tag."""

COMPUTED: Final = frozenset(key.tag for key in KEYS.values() if key.kind == "C")
"""What is counted or collected from the levels below."""

UNIQUE: Final = {key.level: key.tag for key in KEYS.values() if key.kind == "U"}
"""The unique key of each level (PS3.4 C.2.2.1.1)."""
