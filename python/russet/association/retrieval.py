"""The contexts and roles of an association that retrieves by C-GET (PS3.4 C.4.3, PS3.7 D.3.3.4)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import chain, islice
from typing import Final, NamedTuple

from russet.association.contexts import DEFAULT_TRANSFER_SYNTAX, MAXIMUM, propose
from russet.codec import ContextRq, Role, uids

__all__ = ["NATIVE", "Offer", "Retrieval", "all_offers", "lay_out", "offers_of", "plan_retrieval"]

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
_RARER: Final = (
    "1.2.840.10008.1.2.4.57",  # JPEG process 14
    "1.2.840.10008.1.2.4.81",  # JPEG-LS with loss
    "1.2.840.10008.1.2.4.51",  # JPEG extended
    "1.2.840.10008.1.2.4.201",  # HTJ2K without loss
    "1.2.840.10008.1.2.4.203",  # HTJ2K
    "1.2.840.10008.1.2.4.202",  # HTJ2K without loss, by resolution
    "1.2.840.10008.1.2.4.102",  # H.264 level 4.1
    "1.2.840.10008.1.2.4.103",  # H.264 as on discs
    "1.2.840.10008.1.2.4.100",  # MPEG2 main level
    "1.2.840.10008.1.2.4.101",  # MPEG2 high level
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
VLEndoscopicImage VideoEndoscopicImage VideoPhotographicImage VLMicroscopicImage
VLWholeSlideMicroscopyImage OphthalmicPhotography8BitImage OphthalmicTomographyImage
EnhancedXAImage EnhancedXRFImage
XRay3DAngiographicImage EnhancedPETImage DigitalXRayImageForProcessing
DigitalMammographyXRayImageForProcessing RawData MRSpectroscopy ParametricMap
SpatialRegistration DeformableSpatialRegistration RealWorldValueMapping SurfaceSegmentation
RTIonPlan RTBeamsTreatmentRecord MammographyCADSR Comprehensive3DSR ProcedureLog
PatientRadiationDoseSR ColorSoftcopyPresentationState EncapsulatedCDA
"""
_OFTEN_COMPRESSED: Final = 8
_IMAGES: Final = ("Image", "Photography", "Tomography", "Video", "Segmentation")
_NO_FILE: Final = ("1.2.840.10008.1.2.6.", "1.2.840.10008.1.2.7.", "1.2.840.10008.1.20")
"""Transfer syntaxes that no stored data set is in: MIME and XML, live video, Papyrus."""

Offer = tuple[str, Sequence[str]]
"""An abstract syntax, and the transfer syntaxes that one context offers it in."""


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
    roles = _roles(contexts[len(models) :], scu=scu)
    classes = {role.sop_class_uid for role in roles}
    return Retrieval(contexts, roles, [uid for uid in known if uid not in classes])


def lay_out(models: Sequence[str], offers: Sequence[Offer]) -> Retrieval:
    """Lay out one association for queries and a C-GET of what is offered, in that order.

    Args:
        models: The query and retrieve SOP classes.
        offers: At most as many as there is room for.

    Raises:
        ValueError: If there are more than 128 together.
    """
    contexts = propose([*((uid, NATIVE) for uid in models), *offers])
    return Retrieval(contexts, _roles(contexts[len(models) :], scu=False), [])


def offers_of(classes: Sequence[str], known: Sequence[str] = ()) -> Iterator[Offer]:
    """Give every context that instances of some classes may need.

    Args:
        classes: SOP classes, those of no standard too.
        known: Transfer syntaxes that are known to occur, which come first.
    """
    yield from ((uid, NATIVE) for uid in classes)
    further = [each for each in (*known, *_further()) if each not in NATIVE]
    yield from _one_each(classes, list(dict.fromkeys(further)))


def all_offers() -> Iterator[Offer]:
    """Give a context for each storage class there ever was, then those of compressed images."""
    names = {each.uid: each.keyword for each in uids() if each.storage}
    yield from ((uid, NATIVE) for uid in dict.fromkeys((*_common(), *names)))
    images = [uid for uid in _common() if any(word in names[uid] for word in _IMAGES)]
    yield from _one_each(images, _further())


def _roles(contexts: Iterable[ContextRq], *, scu: bool) -> list[Role]:
    classes = dict.fromkeys(each.abstract_syntax for each in contexts)
    return [Role(uid, scu=scu, scp=True) for uid in classes]


def _one_each(
    classes: Sequence[str], compressed: Sequence[str]
) -> Iterator[tuple[str, Sequence[str]]]:
    return ((uid, [transfer]) for transfer in compressed for uid in classes)


@cache
def _further() -> tuple[str, ...]:
    """Give the transfer syntaxes that are not native, retired ones last."""
    found = [each for each in uids() if each.kind == "Transfer Syntax"]
    found.sort(key=lambda each: each.retired)
    others = (each.uid for each in found if not each.uid.startswith(_NO_FILE))
    return tuple(
        dict.fromkeys(uid for uid in (*_COMPRESSED, *_RARER, *others) if uid not in NATIVE)
    )


@cache
def _common() -> tuple[str, ...]:
    by_name = {each.keyword.replace("Storage", ""): each.uid for each in uids() if each.storage}
    return tuple(by_name[name] for name in _COMMON.split())


@cache
def _others() -> tuple[str, ...]:
    current = (each.uid for each in uids() if each.storage and not each.retired)
    return tuple(uid for uid in current if uid not in _common())
