//! One element as bytes: header and value (PS3.5 7.1).

use crate::dataset::Encoding;
use crate::dataset::header::UNDEFINED;
use crate::endian::Endian;
use crate::error::EncodeError;
use crate::tag::Tag;
use crate::vr::Vr;

/// Appends the header of an element, an item or a delimiter; `length` may be [`UNDEFINED`]. In
/// Explicit VR, `vr` has to be one that the length fits: see [`written_vr`].
pub fn put_header(out: &mut Vec<u8>, tag: Tag, vr: Vr, length: u32, encoding: Encoding) {
    let endian = encoding.endian;
    out.extend_from_slice(&endian.bytes16(tag.group()));
    out.extend_from_slice(&endian.bytes16(tag.element()));
    if !encoding.explicit || tag.group() == Tag::ITEM.group() {
        out.extend_from_slice(&endian.bytes32(length));
        return;
    }
    out.extend_from_slice(&vr.letters());
    if vr.has_long_length() {
        out.extend_from_slice(&[0, 0]);
        out.extend_from_slice(&endian.bytes32(length));
    } else {
        out.extend_from_slice(&endian.bytes16(u16::try_from(length).unwrap_or(u16::MAX)));
    }
}

/// The VR that an element of `vr` with a value of `length` bytes is written with: UN when the length
/// does not fit the 16-bit form (PS3.5 6.2.2).
#[must_use]
pub fn written_vr(vr: Vr, length: u32, encoding: Encoding) -> Vr {
    let fits = vr.has_long_length() || length < u16::MAX.into();
    if fits || !encoding.explicit { vr } else { Vr::UN }
}

/// Appends an element with the value `bytes`, whose numbers are in the byte order `from`, and pads
/// it to even length (PS3.5 6.2). The value of a UN is in little endian (PS3.5 6.2.2).
///
/// # Errors
/// `TooLong` for a value that no length field can tell.
pub fn put_element(
    out: &mut Vec<u8>,
    tag: Tag,
    vr: Vr,
    (bytes, from): (&[u8], Endian),
    encoding: Encoding,
) -> Result<(), EncodeError> {
    let odd = bytes.len() & 1;
    let length = defined(bytes.len().saturating_add(odd))?;
    let written = written_vr(vr, length, encoding);
    put_header(out, tag, written, length, encoding);
    let to = if written == Vr::UN { Endian::Little } else { encoding.endian };
    let start = out.len();
    out.extend_from_slice(bytes);
    out.extend(std::iter::repeat_n(vr.padding(), odd));
    let value = out.get_mut(start..).unwrap_or_default();
    match vr.unit() {
        2 if from != to => swap::<2>(value),
        4 if from != to => swap::<4>(value),
        8 if from != to => swap::<8>(value),
        _ => {}
    }
    Ok(())
}

/// `length` as a length field tells it.
///
/// # Errors
/// `TooLong` from FFFFFFFFH on, which means undefined.
pub(crate) fn defined(length: usize) -> Result<u32, EncodeError> {
    let limit = UNDEFINED.saturating_sub(1);
    let known = u32::try_from(length).ok().filter(|&length| length <= limit);
    known.ok_or(EncodeError::TooLong { length, limit: limit.into() })
}

/// Reverses every `N` bytes of `value`; what is left at the end stays as it is.
fn swap<const N: usize>(value: &mut [u8]) {
    value.as_chunks_mut::<N>().0.iter_mut().for_each(|word| word.reverse());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(tag: u32, vr: Vr, value: &[u8], encoding: Encoding) -> Vec<u8> {
        let mut out = Vec::new();
        put_element(&mut out, Tag(tag), vr, (value, Endian::Little), encoding).unwrap();
        out
    }

    #[test]
    fn every_form_of_a_header() {
        for (encoding, vr, expected) in [
            (Encoding::IMPLICIT, Vr::US, &b"\x28\0\x10\0\x02\0\0\0\x01\x02"[..]),
            (Encoding::EXPLICIT, Vr::US, b"\x28\0\x10\0US\x02\0\x01\x02"),
            (Encoding::EXPLICIT, Vr::OW, b"\x28\0\x10\0OW\0\0\x02\0\0\0\x01\x02"),
            (Encoding::BIG_ENDIAN, Vr::US, b"\0\x28\0\x10US\0\x02\x02\x01"),
            (Encoding::BIG_ENDIAN, Vr::OW, b"\0\x28\0\x10OW\0\0\0\0\0\x02\x02\x01"),
            (Encoding::BIG_ENDIAN, Vr::UN, b"\0\x28\0\x10UN\0\0\0\0\0\x02\x01\x02"),
        ] {
            assert_eq!(element(0x0028_0010, vr, b"\x01\x02", encoding), expected);
        }
        let mut item = Vec::new();
        put_header(&mut item, Tag::ITEM, Vr::UN, UNDEFINED, Encoding::EXPLICIT);
        assert_eq!(item, b"\xfe\xff\0\xe0\xff\xff\xff\xff");
    }

    #[test]
    fn numbers_swap_by_their_unit_and_text_does_not() {
        let eight = b"\x01\x02\x03\x04\x05\x06\x07\x08";
        for (vr, swapped) in [
            (Vr::AT, b"\x02\x01\x04\x03\x06\x05\x08\x07"),
            (Vr::FL, b"\x04\x03\x02\x01\x08\x07\x06\x05"),
            (Vr::FD, b"\x08\x07\x06\x05\x04\x03\x02\x01"),
            (Vr::LO, eight),
        ] {
            assert!(element(0x0009_1001, vr, eight, Encoding::BIG_ENDIAN).ends_with(swapped));
        }
    }

    #[test]
    fn values_are_padded_by_their_vr() {
        assert_eq!(element(0x0008_0018, Vr::UI, b"1", Encoding::EXPLICIT)[6..], *b"\x02\x001\0");
        assert_eq!(element(0x0008_0060, Vr::CS, b"1", Encoding::EXPLICIT)[6..], *b"\x02\x001 ");
    }

    #[test]
    fn a_value_too_long_for_its_vr_becomes_un_in_little_endian() {
        let long = b"\x01\x02".repeat(0x7fff);
        assert_eq!(element(0x0028_3006, Vr::US, &long, Encoding::EXPLICIT)[4..6], *b"US");
        let longer = b"\x01\x02".repeat(0x8000);
        let written = element(0x0028_3006, Vr::US, &longer, Encoding::BIG_ENDIAN);
        assert_eq!(written[..14], *b"\0\x28\x30\x06UN\0\0\0\x01\0\0\x01\x02");
        let implicit = element(0x0028_3006, Vr::US, &longer, Encoding::IMPLICIT);
        assert_eq!(implicit[..8], *b"\x28\0\x06\x30\0\0\x01\0");
    }
}
