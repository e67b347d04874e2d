"""The contexts and roles of an association that retrieves by C-GET (PS3.4 C.4.3, PS3.7 D.3.3.4)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import chain, islice
from typing import Final, NamedTuple

from russet.association.contexts import DEFAULT_TRANSFER_SYNTAX, MAXIMUM, propose
from russet.codec import ContextRq, Role, uids

__all__ = ["NATIVE", "Retrieval", "plan_retrieval"]

NATIVE: Final = ("1.2.840.10008.1.2.1", DEFAULT_TRANSFER_SYNTAX)
"""Explicit and Implicit VR Little Endian, which every archive can give its instances in."""

_COMPRESSED: Final = (
    "1.2.840.10008.1.2.4.70",  # JPEG process 14, selection value 1
    "1.2.840.10008.1.2.4.90",  # JPEG 2000 without loss
    "1.2.840.10008.1.2.4.50",  # JPEG baseline
    "1.2.840.10008.1.2.4.80",  # JPEG-LS without loss
    "1.2.840.10008.1.2.4.91",  # JPEG 2000
    "1.2.840.10008.1.2.5",  # RLE
)

# By keywords of PS3.6 without "Storage".  What archives are full of comes first; the classes of
# the first line are compressed more often than not.
_COMMON: Final = """
CTImage MRImage ComputedRadiographyImage UltrasoundMultiFrameImage UltrasoundImage
SecondaryCaptureImage DigitalXRayImageForPresentation DigitalMammographyXRayImageForPresentation
PositronEmissionTomographyImage XRayAngiographicImage NuclearMedicineImage EnhancedCTImage
EnhancedMRImage BreastTomosynthesisImage XRayRadiofluoroscopicImage EncapsulatedPDF
XRayRadiationDoseSR BasicTextSR EnhancedSR ComprehensiveSR KeyObjectSelectionDocument
GrayscaleSoftcopyPresentationState RTStructureSet RTPlan RTDose RTImage Segmentation
MultiFrameGrayscaleByteSecondaryCaptureImage MultiFrameTrueColorSecondaryCaptureImage
MultiFrameGrayscaleWordSecondaryCaptureImage MultiFrameSingleBitSecondaryCaptureImage
TwelveLeadECGWaveform GeneralECGWaveform HemodynamicWaveform VLPhotographicImage
VLEndoscopicImage VideoEndoscopicImage VLMicroscopicImage VLWholeSlideMicroscopyImage
OphthalmicPhotography8BitImage OphthalmicTomographyImage EnhancedXAImage EnhancedXRFImage
XRay3DAngiographicImage EnhancedPETImage DigitalXRayImageForProcessing
DigitalMammographyXRayImageForProcessing RawData MRSpectroscopy ParametricMap
SpatialRegistration DeformableSpatialRegistration RealWorldValueMapping SurfaceSegmentation
RTIonPlan RTBeamsTreatmentRecord MammographyCADSR Comprehensive3DSR ProcedureLog
PatientRadiationDoseSR ColorSoftcopyPresentationState EncapsulatedCDA
"""
_OFTEN_COMPRESSED: Final = 8


class Retrieval(NamedTuple):
    """What to propose, for a `Proposal`.

    Attributes:
        contexts: Those of the information models, then those of the storage classes.
        roles: The SCP role for each storage class.
        left_out: Wanted classes that one association has no room for.
    """

    contexts: list[ContextRq]
    roles: list[Role]
    left_out: list[str]


def plan_retrieval(
    models: Sequence[str],
    wanted: Iterable[str] = (),
    *,
    fill: bool = True,
    compressed: Sequence[str] = _COMPRESSED,
    scu: bool = False,
) -> Retrieval:
    """Lay out one association for queries and C-GET together.

    Every storage class gets a context with the native transfer syntaxes. The wanted ones, or the
    most common when nothing is known, then get one for each compressed syntax, so that what is
    compressed comes as it is. What room is left goes to further storage classes.

    Args:
        models: The query and retrieve SOP classes.
        wanted: The SOP classes of what is to come, if known, repeated as often as they occur: the
            most frequent come first.
        fill: Whether to ask for classes that nobody named.
        compressed: Transfer syntaxes to ask for besides the native ones, most useful first.
        scu: Whether instances are also sent on this association.

    Raises:
        ValueError: If there are more than 128 models, or nothing to ask for.
    """
    known = [uid for uid, _ in Counter(wanted).most_common()]
    common = _common() if fill else ()
    offers = chain(
        ((uid, NATIVE) for uid in models),
        ((uid, NATIVE) for uid in known),
        _one_each(known or common[:_OFTEN_COMPRESSED], compressed),
        ((uid, NATIVE) for uid in common if uid not in known),
        ((uid, NATIVE) for uid in (_others() if fill else ()) if uid not in known),
    )
    contexts = propose(islice(offers, max(MAXIMUM, len(models))))
    classes = dict.fromkeys(each.abstract_syntax for each in contexts[len(models) :])
    roles = [Role(uid, scu=scu, scp=True) for uid in classes]
    return Retrieval(contexts, roles, [uid for uid in known if uid not in classes])


def _one_each(
    classes: Sequence[str], compressed: Sequence[str]
) -> Iterator[tuple[str, Sequence[str]]]:
    return ((uid, [transfer]) for transfer in compressed for uid in classes)


@cache
def _common() -> tuple[str, ...]:
    by_name = {each.keyword.replace("Storage", ""): each.uid for each in uids() if each.storage}
    return tuple(by_name[name] for name in _COMMON.split())


@cache
def _others() -> tuple[str, ...]:
    current = (each.uid for each in uids() if each.storage and not each.retired)
    return tuple(uid for uid in current if uid not in _common())
