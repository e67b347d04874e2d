"""SOP class common extended negotiation (PS3.7 D.3.3.6): special classes and their general ones."""

from collections.abc import Collection, Iterable, Mapping
from functools import cache
from typing import Final

from russet.codec import CommonExtended, uids

__all__ = ["STORAGE_SERVICE", "common_extended", "general_classes", "named_general"]

STORAGE_SERVICE: Final = "1.2.840.10008.4.2"
"""The Storage service class (PS3.4 B), the only one that has related general classes."""

# PS3.4 Table B.3-3, by keywords of PS3.6 without "Storage": special, then what may stand for it.
_TABLE_B_3_3: Final = """
TwelveLeadECGWaveform: GeneralECGWaveform General32bitECGWaveform
GeneralECGWaveform: General32bitECGWaveform
DigitalMammographyXRayImageForPresentation: DigitalXRayImageForPresentation
DigitalMammographyXRayImageForProcessing: DigitalXRayImageForProcessing
DigitalIntraOralXRayImageForPresentation: DigitalXRayImageForPresentation
DigitalIntraOralXRayImageForProcessing: DigitalXRayImageForProcessing
BasicTextSR: EnhancedSR ComprehensiveSR Comprehensive3DSR ExtensibleSR
ProcedureLog: EnhancedSR ComprehensiveSR Comprehensive3DSR ExtensibleSR
SimplifiedAdultEchoSR: EnhancedSR ComprehensiveSR Comprehensive3DSR ExtensibleSR
XRayRadiationDoseSR: EnhancedSR ComprehensiveSR Comprehensive3DSR ExtensibleSR
RadiopharmaceuticalRadiationDoseSR: EnhancedSR ComprehensiveSR Comprehensive3DSR ExtensibleSR
PatientRadiationDoseSR: EnhancedSR ComprehensiveSR Comprehensive3DSR ExtensibleSR
EnhancedXRayRadiationDoseSR: EnhancedSR ComprehensiveSR Comprehensive3DSR ExtensibleSR
AcquisitionContextSR: EnhancedSR ComprehensiveSR Comprehensive3DSR ExtensibleSR
EnhancedSR: ComprehensiveSR Comprehensive3DSR ExtensibleSR
ComprehensiveSR: Comprehensive3DSR ExtensibleSR
Comprehensive3DSR: ExtensibleSR
SpectaclePrescriptionReport: EnhancedSR
MacularGridThicknessAndVolumeReport: EnhancedSR
EnhancedCTImage: LegacyConvertedEnhancedCTImage
EnhancedMRImage: LegacyConvertedEnhancedMRImage
EnhancedPETImage: LegacyConvertedEnhancedPETImage
"""


@cache
def _uid_by_name() -> dict[str, str]:
    return {entry.keyword.replace("Storage", ""): entry.uid for entry in uids() if entry.storage}


@cache
def _table() -> dict[str, tuple[str, ...]]:
    found = {}
    for line in _TABLE_B_3_3.split("\n")[1:-1]:
        special, _, general = line.partition(":")
        found[_uid_by_name()[special]] = tuple(_uid_by_name()[name] for name in general.split())
    return found


def general_classes(uid: str) -> tuple[str, ...]:
    """Give the classes whose receivers can take instances of a special class, nearest first."""
    return _table().get(uid, ())


def common_extended(sop_classes: Iterable[str]) -> list[CommonExtended]:
    """Build the sub-items that tell an acceptor of the general classes, one for each that has any.

    Args:
        sop_classes: What is proposed, repeated or not.
    """
    return [
        CommonExtended(uid, STORAGE_SERVICE, list(general_classes(uid)))
        for uid in dict.fromkeys(sop_classes)
        if general_classes(uid)
    ]


def named_general(proposed: Iterable[CommonExtended]) -> Mapping[str, Collection[str]]:
    """Give the general classes that a requestor names for each of its storage classes.

    The first sub-item of a SOP class counts; those of other services mean nothing (PS3.4 B.3.1.4).
    """
    found: dict[str, Collection[str]] = {}
    for item in proposed:
        if item.service_class_uid == STORAGE_SERVICE:
            found.setdefault(item.sop_class_uid, tuple(item.related))
    return found
