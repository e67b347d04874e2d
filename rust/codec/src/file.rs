//! Files (PS3.10 7): preamble, prefix, file meta information, and the data set after them.
//!
//! Written to the letter, read with an open mind: the preamble or the whole meta may be missing, the
//! group length may lie, the transfer syntax may be absent, unknown or wrong.

use std::borrow::Cow;

use crate::dataset::index::{Index, Select, slice};
use crate::dataset::wide;
use crate::dataset::{Encoding, Rules, Warnings, header, inflate};
use crate::endian::Endian;
use crate::error::{DecodeError, EncodeError, ErrorKind};
use crate::syntax::Syntax;
use crate::tag::Tag;
use crate::vr::Vr;

/// Bytes of the preamble (PS3.10 7.1).
pub const PREAMBLE: usize = 128;
/// What follows the preamble.
pub const PREFIX: [u8; 4] = *b"DICM";

const META: u16 = 0x0002;
const MEDIA_STORAGE_SOP_CLASS_UID: Tag = Tag::new(META, 0x0002);
const MEDIA_STORAGE_SOP_INSTANCE_UID: Tag = Tag::new(META, 0x0003);
const TRANSFER_SYNTAX_UID: Tag = Tag::new(META, 0x0010);

/// Where the parts of a file are.
#[derive(Debug)]
pub struct File {
    /// The elements of group 2, if there are any.
    pub meta: Option<Index>,
    /// The transfer syntax that the data set was read in: the one declared unless it lies.
    pub transfer_syntax: Cow<'static, str>,
    /// How the elements are written.
    pub syntax: Syntax,
    /// Where the data set starts.
    pub dataset_offset: u64,
    /// Whether there are a preamble and its prefix.
    pub preamble: bool,
    /// What was odd but readable.
    pub warnings: Warnings,
}

/// What file meta information says, where it says it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Meta {
    /// Media Storage SOP Class UID.
    pub sop_class_uid: Option<String>,
    /// Media Storage SOP Instance UID.
    pub sop_instance_uid: Option<String>,
    /// Transfer Syntax UID.
    pub transfer_syntax: Option<String>,
    /// Where the data set starts.
    pub dataset_offset: u64,
}

/// Why a file could not be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenError {
    /// It is no DICOM file at all.
    Unreadable,
    /// It is, but broken.
    Decode(DecodeError),
}

impl From<DecodeError> for OpenError {
    fn from(error: DecodeError) -> Self {
        Self::Decode(error)
    }
}

impl std::fmt::Display for OpenError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unreadable => {
                f.write_str("not DICOM: no preamble, and byte 0 is no element header")
            }
            Self::Decode(error) => error.fmt(f),
        }
    }
}

/// Opens a file: reads its meta and finds out how its data set is written.
///
/// # Errors
/// `Unreadable` for what is no DICOM file; a broken meta.
pub fn open(data: &[u8], rules: Rules) -> Result<File, OpenError> {
    let (start, preamble) = meta_start(data).ok_or(OpenError::Unreadable)?;
    let (meta, mut warnings) = Index::read_group(data, start, META, rules)?;
    let dataset_offset = meta.end();
    check_group_length(&meta, data, rules, &mut warnings)?;
    let declared = uid(&meta, TRANSFER_SYNTAX_UID, data);
    let body = slice(data, dataset_offset, u64::MAX);
    let (transfer_syntax, syntax, note) = settle(declared, body);
    if let Some(note) = note {
        let warning = DecodeError::new(note, dataset_offset).within(TRANSFER_SYNTAX_UID);
        if rules.strict {
            return Err(warning.into());
        }
        warnings.push(warning);
    }
    let meta = (!meta.is_empty()).then_some(meta);
    Ok(File { meta, transfer_syntax, syntax, dataset_offset, preamble, warnings })
}

/// Reads what `select` wants of the data set of a file; of a deflated one, also the bytes that it inflates to, to which its
/// offsets then refer.
///
/// # Errors
/// What cannot be read.
pub fn read_dataset(
    data: &[u8],
    start: u64,
    syntax: Syntax,
    rules: Rules,
    select: &Select,
) -> Result<(Index, Warnings, Option<Vec<u8>>), DecodeError> {
    if !syntax.deflated {
        let (index, warnings) = Index::read_some(data, start, syntax.into(), rules, select)?;
        return Ok((index, warnings, None));
    }
    let (inflated, whole) =
        inflate::inflate(slice(data, start, u64::MAX), rules.limits.inflated)
            .map_err(|error| DecodeError { offset: error.offset.saturating_add(start), ..error })?;
    let (index, mut warnings) = Index::read_some(&inflated, 0, syntax.into(), rules, select)?;
    if !whole {
        let kind = ErrorKind::Truncated { needed: 1 };
        let warning = DecodeError::new(kind, wide(data.len()));
        if rules.strict {
            return Err(warning);
        }
        warnings.push(warning);
    }
    Ok((index, warnings, Some(inflated)))
}

/// Reads the file meta information alone; the first bytes of a file are enough.
///
/// # Errors
/// `Truncated` when `data` end within it; `Unreadable` for what is no DICOM file.
pub fn read_meta(data: &[u8]) -> Result<Meta, OpenError> {
    let (start, _) = meta_start(data).ok_or(OpenError::Unreadable)?;
    let (meta, warnings) = Index::read_group(data, start, META, Rules::default())?;
    let cut = |warning: &&DecodeError| matches!(warning.kind, ErrorKind::Truncated { .. });
    if let Some(&error) = warnings.kept.iter().find(cut) {
        return Err(error.into());
    }
    Ok(Meta {
        sop_class_uid: uid(&meta, MEDIA_STORAGE_SOP_CLASS_UID, data).map(Cow::into_owned),
        sop_instance_uid: uid(&meta, MEDIA_STORAGE_SOP_INSTANCE_UID, data).map(Cow::into_owned),
        transfer_syntax: uid(&meta, TRANSFER_SYNTAX_UID, data).map(Cow::into_owned),
        dataset_offset: meta.end(),
    })
}

/// Where the meta, or a bare data set, starts; and whether there is a preamble. None for what has
/// neither a prefix nor an element where one could start: at byte 0, or after one byte too many.
fn meta_start(data: &[u8]) -> Option<(u64, bool)> {
    let prefix = |at: usize| data.get(at..).and_then(|rest| rest.first_chunk()) == Some(&PREFIX);
    if prefix(PREAMBLE) {
        return Some((132, true));
    } else if prefix(0) {
        return Some((4, false));
    }
    if sniff(data).is_some() {
        return Some((0, false));
    }
    let shifted = data.get(1..).and_then(sniff);
    (shifted == Some(Encoding::EXPLICIT)).then_some((1, false))
}

/// Notes a group length that does not lead to the end of the group (PS3.10 7.1).
fn check_group_length(
    meta: &Index,
    data: &[u8],
    rules: Rules,
    warnings: &mut Warnings,
) -> Result<(), DecodeError> {
    let Some(first) = meta.element(0) else { return Ok(()) };
    let kind = match Index::value(first, data).first_chunk() {
        Some(&bytes) if first.tag.is_group_length() => {
            let length = u64::from(u32::from_le_bytes(bytes));
            if first.end().saturating_add(length) == meta.end() {
                return Ok(());
            }
            ErrorKind::BadLength { length, expected: "the file meta has another" }
        }
        _ => ErrorKind::Invalid("file meta without its group length"),
    };
    let warning = DecodeError::new(kind, first.offset).within(Tag::new(META, 0));
    if rules.strict {
        return Err(warning);
    }
    warnings.push(warning);
    Ok(())
}

/// A UID of the meta, without its padding.
fn uid<'a>(meta: &Index, tag: Tag, data: &'a [u8]) -> Option<Cow<'a, str>> {
    let element = meta.element(meta.find(tag)?)?;
    let bytes = Index::value(element, data);
    let end = bytes
        .iter()
        .rposition(|byte| !matches!(byte, 0 | b' '))
        .map_or(0, |at| at.saturating_add(1));
    let uid = bytes.get(..end).filter(|uid| !uid.is_empty())?;
    Some(str::from_utf8(uid).map_or_else(|_| String::from_utf8_lossy(uid), Cow::Borrowed))
}

/// The transfer syntax of `body`: the one declared, unless the first element says otherwise.
fn settle(declared: Option<Cow<'_, str>>, body: &[u8]) -> Settled {
    let known = declared.as_deref().and_then(Syntax::named);
    let found = sniff(body);
    match (declared, known, found) {
        // A deflate stream may look like anything, but not like group 8: PS3.5 A.5, RFC 1951 3.2.4.
        (_, Some((_, syntax)), Some(found))
            if (Encoding::from(syntax) != found && !begins(body, syntax.into()))
                || (syntax.deflated && body.starts_with(&[8, 0])) =>
        {
            plain(found, LIES)
        }
        (_, Some((uid, syntax)), _) => (Cow::Borrowed(uid), syntax, None),
        (Some(uid), None, found) if found.is_none_or(|found| found == Encoding::EXPLICIT) => {
            (Cow::Owned(uid.into_owned()), Syntax::EXPLICIT, Some(UNKNOWN))
        }
        (Some(_), None, Some(found)) => plain(found, UNKNOWN),
        (_, _, found) => plain(found.unwrap_or(Encoding::EXPLICIT), MISSING),
    }
}

/// A UID, what it stands for, and what was odd.
type Settled = (Cow<'static, str>, Syntax, Option<ErrorKind>);

/// The transfer syntax that does no more than encode as `encoding`.
fn plain(encoding: Encoding, note: ErrorKind) -> Settled {
    let (uid, syntax) = match encoding {
        Encoding { endian: Endian::Big, .. } => ("1.2.840.10008.1.2.2", Syntax::BIG_ENDIAN),
        Encoding { explicit: true, .. } => ("1.2.840.10008.1.2.1", Syntax::EXPLICIT),
        Encoding { explicit: false, .. } => ("1.2.840.10008.1.2", Syntax::IMPLICIT),
    };
    (Cow::Borrowed(uid), syntax, Some(note))
}

/// Whether the first element, and the tag after it, can be of a data set in `encoding`: then what the
/// meta says counts, whatever else the bytes look like. Groups of some are small numbers both ways.
fn begins(body: &[u8], encoding: Encoding) -> bool {
    let Some(header) = header::ordinary(body, encoding).filter(|_| encoding.explicit) else {
        return false;
    };
    let length = usize::try_from(header.length).unwrap_or(usize::MAX);
    let next = body.get(usize::from(header.size).saturating_add(length)..);
    match next.map(|rest| header::ordinary(rest, encoding)) {
        Some(Some(next)) => next.tag > header.tag,
        Some(None) => next.is_some_and(<[u8]>::is_empty),
        None => false,
    }
}

/// How the data set at the start of `body` is written, by its first element; None when that cannot
/// be one. Groups are small numbers, so the byte order shows; a VR is two letters, so it shows too.
#[must_use]
pub fn sniff(body: &[u8]) -> Option<Encoding> {
    let (group, rest) = body.split_first_chunk()?;
    let field = rest.get(2..)?.first_chunk::<4>()?;
    let (little, big) = (u16::from_le_bytes(*group), u16::from_be_bytes(*group));
    let endian = if big < little { Endian::Big } else { Endian::Little };
    if little.min(big) > 0x7fe0 || body.starts_with(&[0; header::SHORT]) {
        return None;
    }
    let letters = field.first_chunk()?;
    if Vr::from_letters(*letters).is_some() {
        return Some(Encoding { explicit: true, endian });
    }
    let length = u32::from_le_bytes(*field);
    (endian == Endian::Little && is_implicit(body, little, length)).then_some(Encoding::IMPLICIT)
}

/// Whether after `length` bytes another element could follow one of `group` in Implicit VR, or an
/// item a length that is undefined.
fn is_implicit(body: &[u8], group: u16, length: u32) -> bool {
    let defined = if length == header::UNDEFINED { 0 } else { length };
    let next = usize::try_from(defined).unwrap_or(usize::MAX).saturating_add(header::SHORT);
    let Some(tail) = body.get(next..) else { return false };
    tail.is_empty() || tail.first_chunk().is_some_and(|&next| u16::from_le_bytes(next) >= group)
}

const LIES: ErrorKind = ErrorKind::Invalid("the data set is not in the transfer syntax declared");
const MISSING: ErrorKind = ErrorKind::Invalid("no transfer syntax: found by the first element");
const UNKNOWN: ErrorKind =
    ErrorKind::Invalid("unknown transfer syntax: found by the first element");

/// What [`encode_head`] writes into file meta information (PS3.10 7.1).
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// Media Storage SOP Class UID.
    pub sop_class_uid: &'a str,
    /// Media Storage SOP Instance UID.
    pub sop_instance_uid: &'a str,
    /// Transfer Syntax UID.
    pub transfer_syntax: &'a str,
    /// Implementation Class UID.
    pub implementation_class_uid: &'a str,
    /// Implementation Version Name; left out when empty.
    pub implementation_version: &'a str,
    /// Source Application Entity Title; left out when empty.
    pub source_ae: &'a str,
}

impl Head<'_> {
    /// A preamble of zeros, the prefix and group 2 (PS3.10 7.1).
    ///
    /// # Errors
    /// `TooLong` for a UID above 64 bytes or a name above 16; `Invalid` for what is not ASCII, and for
    /// an empty UID.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        let mut group = vec![2, 0, 1, 0, b'O', b'B', 0, 0, 2, 0, 0, 0, 0, 1];
        for (element, vr, value) in [
            (0x02, Vr::UI, self.sop_class_uid),
            (0x03, Vr::UI, self.sop_instance_uid),
            (0x10, Vr::UI, self.transfer_syntax),
            (0x12, Vr::UI, self.implementation_class_uid),
            (0x13, Vr::SH, self.implementation_version),
            (0x16, Vr::AE, self.source_ae),
        ] {
            let (length, limit) = (value.len(), if vr == Vr::UI { 64 } else { 16 });
            if wide(length) > limit {
                return Err(EncodeError::TooLong { length, limit });
            }
            if !value.is_ascii() || (vr == Vr::UI && value.is_empty()) {
                return Err(EncodeError::Invalid(
                    "file meta takes ASCII, and UIDs that are not empty",
                ));
            }
            if !value.is_empty() {
                put(&mut group, element, vr, value.as_bytes());
            }
        }
        let mut head = vec![0; PREAMBLE];
        head.extend_from_slice(&PREFIX);
        let length = u32::try_from(group.len()).unwrap_or(u32::MAX);
        put(&mut head, 0, Vr::UL, &length.to_le_bytes());
        head.extend_from_slice(&group);
        Ok(head)
    }
}

/// Appends an element of group 2 with a 16-bit length.
fn put(into: &mut Vec<u8>, element: u8, vr: Vr, value: &[u8]) {
    let odd = value.len() & 1;
    let length = u16::try_from(value.len().saturating_add(odd)).unwrap_or(u16::MAX);
    into.extend_from_slice(&[2, 0, element, 0]);
    into.extend_from_slice(&vr.letters());
    into.extend_from_slice(&length.to_le_bytes());
    into.extend_from_slice(value);
    into.extend(std::iter::repeat_n(vr.padding(), odd));
}
