//! Headers of elements (PS3.5 7.1): the ordinary ones fast, the odd ones with care.
//!
//! What is written in the field instead of a VR: lower-case letters, blanks, NULs, `??`, letters that
//! no standard knows, and nothing at all (an implicit element amid explicit ones). A header is read
//! for what fits: the first reading whose value ends inside what encloses it.

use crate::dataset::Encoding;
use crate::dictionary;
use crate::endian::Endian;
use crate::error::ErrorKind;
use crate::tag::Tag;
use crate::vr::Vr;

/// FFFFFFFFH, the length that a delimiter ends (PS3.5 7.5.1).
pub const UNDEFINED: u32 = u32::MAX;

/// Bytes of the shortest header.
pub const SHORT: usize = 8;
/// Bytes of a header in the 32-bit form of Explicit VR.
pub const LONG: usize = 12;

/// The fields of a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Its tag.
    pub tag: Tag,
    /// The VR as written, if the standard knows it.
    pub vr: Option<Vr>,
    /// Bytes of the header.
    pub size: u8,
    /// The length field.
    pub length: u32,
    /// What was odd about it.
    pub note: Option<ErrorKind>,
}

/// What bytes say about the start of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// A header.
    Header(Header),
    /// A header of at least this many bytes.
    Needs(usize),
    /// No reading gives a value that fits: this is no element.
    Garbage(Tag),
}

/// The first eight bytes of a header.
#[derive(Clone, Copy)]
pub(super) struct Fields {
    pub(super) tag: [u8; 4],
    /// The VR, or half a length.
    letters: [u8; 2],
    /// A length, reserved, or the other half.
    short: [u8; 2],
}

impl Fields {
    #[inline]
    pub(super) fn of(head: [u8; SHORT]) -> Self {
        let [t0, t1, t2, t3, v0, v1, l0, l1] = head;
        Self { tag: [t0, t1, t2, t3], letters: [v0, v1], short: [l0, l1] }
    }

    /// The length of Implicit VR, and of items.
    #[inline]
    pub(super) fn implicit(self) -> [u8; 4] {
        let ([v0, v1], [l0, l1]) = (self.letters, self.short);
        [v0, v1, l0, l1]
    }
}

/// The length of the 32-bit form, if it is there.
#[inline]
fn long(rest: &[u8], endian: Endian) -> Option<u32> {
    let (_, length) = rest.first_chunk::<LONG>()?.split_last_chunk::<4>()?;
    Some(endian.u32(*length))
}

/// The tag in the first four bytes of a header.
#[inline]
pub(super) fn tag(bytes: [u8; 4], endian: Endian) -> Tag {
    let [a, b, c, d] = bytes;
    match endian {
        Endian::Little => Tag(u32::from_le_bytes([c, d, a, b])),
        Endian::Big => Tag(u32::from_be_bytes([a, b, c, d])),
    }
}

/// The header at the start of `rest` when nothing is odd about it: a known VR, no item, a defined
/// length. The hot path: one bounds check for eight bytes.
#[inline]
pub(crate) fn ordinary(rest: &[u8], encoding: Encoding) -> Option<Header> {
    let fields = Fields::of(*rest.first_chunk::<SHORT>()?);
    let endian = encoding.endian;
    let tag = tag(fields.tag, endian);
    if !encoding.explicit {
        let length = endian.u32(fields.implicit());
        let plain = length != UNDEFINED && tag.group() != Tag::ITEM.group();
        return plain.then_some(Header { tag, vr: None, size: 8, length, note: None });
    }
    let vr = Vr::from_letters(fields.letters).filter(|_| tag.group() != Tag::ITEM.group())?;
    if !vr.has_long_length() {
        let length = endian.u16(fields.short).into();
        return Some(Header { tag, vr: Some(vr), size: 8, length, note: None });
    }
    let length = long(rest, endian)?;
    let plain = length != UNDEFINED && fields.short == [0, 0];
    plain.then_some(Header { tag, vr: Some(vr), size: 12, length, note: None })
}

/// The header of an ordinary element at the start of `rest`, and the bytes after its value, if the value
/// is there to its end and of even length.
#[inline]
pub(super) fn whole(rest: &[u8], encoding: Encoding) -> Option<(Header, &[u8])> {
    let header = ordinary(rest, encoding)?;
    let length = usize::try_from(header.length).unwrap_or(usize::MAX);
    let next = rest.get(usize::from(header.size).saturating_add(length)..)?;
    (header.length & 1 == 0).then_some((header, next))
}

/// Reads any header. `room` is how many bytes remain in what encloses it, if that is known;
/// `previous` the tag before it.
pub(super) fn read(rest: &[u8], encoding: Encoding, room: u64, previous: Tag) -> Reading {
    let Some(fields) = rest.first_chunk::<SHORT>().copied().map(Fields::of) else {
        return Reading::Needs(SHORT);
    };
    let endian = encoding.endian;
    let odd = Odd {
        tag: tag(fields.tag, endian),
        letters: fields.letters,
        short: endian.u16(fields.short).into(),
        implicit: endian.u32(fields.implicit()),
        long: long(rest, endian),
        room,
        previous,
    };
    if odd.tag.group() == Tag::ITEM.group() {
        return odd.found(None, 8, odd.implicit, None);
    }
    if encoding.explicit { odd.explicit() } else { odd.implicit() }
}

/// Every way to read twelve bytes.
struct Odd {
    tag: Tag,
    letters: [u8; 2],
    /// The length of the 16-bit form; of the 32-bit form these bytes are reserved.
    short: u32,
    implicit: u32,
    /// The length of the 32-bit form, if it has arrived.
    long: Option<u32>,
    room: u64,
    previous: Tag,
}

impl Odd {
    fn explicit(&self) -> Reading {
        match (Vr::from_letters(self.letters), upper(self.letters)) {
            (Some(vr), _) if !vr.has_long_length() => self.found(Some(vr), 8, self.short, None),
            (Some(vr), _) => self.long_form(vr, None),
            (None, Some(vr)) if vr.has_long_length() => self.long_form(vr, Some(LOWER_CASE)),
            (None, Some(vr)) => self.found(Some(vr), 8, self.short, Some(LOWER_CASE)),
            (None, None) if is_placeholder(self.letters) => self.unknown(),
            (None, None) if self.fits(8, self.implicit) => {
                self.found(None, 8, self.implicit, Some(NO_VR))
            }
            (None, None) => Reading::Garbage(self.tag),
        }
    }

    /// A VR with the 32-bit form. Some writers use the 16-bit form: then the two bytes that should
    /// be zero are a length that fits, and the four after them are none that does, or are not there
    /// because what encloses the element ends before them.
    fn long_form(&self, vr: Vr, note: Option<ErrorKind>) -> Reading {
        let is_short = self.short != 0 && self.fits(8, self.short);
        let Some(length) = self.long else {
            // An item read by itself ends here; amid what follows it, it has the same element.
            let ends_before = is_short && !self.fits(12, 0);
            return if ends_before { self.short_form(vr) } else { Reading::Needs(LONG) };
        };
        let delimited = length == UNDEFINED && matches!(vr, Vr::OB | Vr::OW | Vr::SQ | Vr::UN);
        if is_short && !delimited && !self.fits(12, length) {
            return self.short_form(vr);
        }
        let note = note.or((self.short != 0).then_some(RESERVED));
        self.found(Some(vr), 12, length, note)
    }

    fn short_form(&self, vr: Vr) -> Reading {
        self.found(Some(vr), 8, self.short, Some(SHORT_FORM))
    }

    /// Blanks, NULs, question marks or unknown letters where the VR should be. A VR of the future
    /// has the 32-bit form (PS3.5 6.2); writers who leave it blank use either, or none.
    fn unknown(&self) -> Reading {
        let blank = self.letters == [0, 0];
        if self.short != 0 {
            return if self.fits(8, self.short) {
                self.found(None, 8, self.short, Some(UNKNOWN_VR))
            } else if blank && self.fits(8, self.implicit) {
                self.found(None, 8, self.implicit, Some(NO_VR))
            } else {
                Reading::Garbage(self.tag)
            };
        }
        if self.room < 12 {
            return self.found(None, 8, 0, Some(UNKNOWN_VR));
        }
        let Some(length) = self.long else { return Reading::Needs(LONG) };
        // Empty in either form when what follows is a tag and not a length.
        let next = Tag(length.rotate_left(16));
        let empty = !self.fits(12, length) || (blank && next > self.tag);
        if empty && length != UNDEFINED {
            return self.found(None, 8, 0, Some(UNKNOWN_VR));
        }
        self.found(None, 12, length, Some(UNKNOWN_VR))
    }

    /// No VR expected; but one that is there counts when the length makes no sense without it.
    fn implicit(&self) -> Reading {
        if self.implicit == UNDEFINED || self.fits(8, self.implicit) {
            return self.found(None, 8, self.implicit, None);
        }
        match Vr::from_letters(self.letters) {
            Some(vr) if !vr.has_long_length() && self.fits(8, self.short) => {
                self.found(Some(vr), 8, self.short, Some(VR_WRITTEN))
            }
            Some(vr) if vr.has_long_length() && self.short == 0 => match self.long {
                None => Reading::Needs(LONG),
                Some(length) => self.found(Some(vr), 12, length, Some(VR_WRITTEN)),
            },
            // Too long, but an element by its place: the last value, cut short.
            _ if self.tag > self.previous => self.found(None, 8, self.implicit, None),
            _ => Reading::Garbage(self.tag),
        }
    }

    /// Whether a value of `length` bytes ends inside what encloses it, of however many bytes that is.
    fn fits(&self, size: u32, length: u32) -> bool {
        length != UNDEFINED && u64::from(size).saturating_add(length.into()) <= self.room
    }

    fn found(&self, vr: Option<Vr>, size: u8, length: u32, note: Option<ErrorKind>) -> Reading {
        Reading::Header(Header { tag: self.tag, vr, size, length, note })
    }
}

const LOWER_CASE: ErrorKind = ErrorKind::Invalid("VR in lower case");
const NO_VR: ErrorKind = ErrorKind::Invalid("no VR: read as Implicit VR");
const RESERVED: ErrorKind = ErrorKind::Invalid("reserved bytes after the VR are not zero");
const SHORT_FORM: ErrorKind = ErrorKind::Invalid("16-bit length for a VR with the 32-bit form");
const UNKNOWN_VR: ErrorKind = ErrorKind::Invalid("unknown VR: read by the dictionary");
const VR_WRITTEN: ErrorKind = ErrorKind::Invalid("a VR in Implicit VR: read as Explicit VR");

/// The VR that lower-case letters mean.
fn upper(letters: [u8; 2]) -> Option<Vr> {
    Vr::from_letters(letters.map(|letter| letter.to_ascii_uppercase()))
}

/// What stands for a VR without being one: letters, blanks, NULs, question marks.
fn is_placeholder(letters: [u8; 2]) -> bool {
    let [v, w] = letters;
    (v.is_ascii_uppercase() && w.is_ascii_uppercase()) || (v == w && b"\0 ?-*".contains(&v))
}

/// Whether the first element of an item is written as the item's sequence is. Items are met in
/// the other VR mode: a UN of undefined length with Explicit VR inside, an SQ in an explicit data
/// set with Implicit VR inside. `head` is that element's first bytes.
pub(super) fn settle(head: [u8; SHORT], encoding: Encoding, room: u64) -> Encoding {
    let fields = Fields::of(head);
    let endian = encoding.endian;
    let tag = tag(fields.tag, endian);
    if tag.group() == Tag::ITEM.group() {
        return encoding;
    }
    let value_room = room.saturating_sub(8);
    let implicit = endian.u32(fields.implicit());
    let explicit = match Vr::from_letters(fields.letters) {
        Some(_) if encoding.explicit => true,
        Some(vr) => {
            let known = dictionary::vr_of(tag);
            let fits = vr.has_long_length() || u64::from(endian.u16(fields.short)) <= value_room;
            let agrees = known == vr || known == Vr::UN || u64::from(implicit) > value_room;
            fits && agrees
        }
        None => {
            let odd = is_placeholder(fields.letters) || upper(fields.letters).is_some();
            let fits = implicit == UNDEFINED || u64::from(implicit) <= value_room;
            encoding.explicit && (odd || !fits)
        }
    };
    Encoding { explicit, endian }
}

#[cfg(test)]
mod tests {
    use super::*;

    const E: Encoding = Encoding::EXPLICIT;

    fn un(size: u8, length: u32, note: Option<ErrorKind>) -> Reading {
        Reading::Header(Header { tag: Tag(0x0009_1001), vr: Some(Vr::UN), size, length, note })
    }

    #[test]
    fn a_header_of_eight_bytes_counts_where_one_of_twelve_has_no_room() {
        let element = b"\x09\0\x01\x10UN\x02\0ab";
        let short = un(8, 2, Some(SHORT_FORM));
        assert_eq!(read(element, E, 10, Tag(0)), short);
        // The same when a delimiter follows, or anything else that makes no length that fits.
        let followed = [&element[..], b"\xfe\xff\xdd\xe0\0\0\0\0"].concat();
        assert_eq!(read(&followed, E, 18, Tag(0)), short);
        // As long as more bytes may be in it, they are waited for.
        assert_eq!(read(element, E, 12, Tag(0)), Reading::Needs(LONG));
        assert_eq!(read(element, E, u64::MAX, Tag(0)), Reading::Needs(LONG));
        // No value, or one that has no room either: a header cut short.
        for cut in [b"\x09\0\x01\x10UN\0\0ab", b"\x09\0\x01\x10UN\x04\0ab"] {
            assert_eq!(read(cut, E, 10, Tag(0)), Reading::Needs(LONG));
        }
    }
}
