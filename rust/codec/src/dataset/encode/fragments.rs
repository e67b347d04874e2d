//! Encapsulated pixel data (PS3.5 A.4): fragments of even length, and an offset table that knows.

use std::borrow::Cow;

use super::element::{defined, put_header};
use crate::cursor::Cursor;
use crate::dataset::Encoding;
use crate::dataset::header::UNDEFINED;
use crate::endian::Endian;
use crate::error::EncodeError;
use crate::tag::Tag;
use crate::vr::Vr;

/// Appends `fragments`, the offset table first, as an element of undefined length.
///
/// # Errors
/// `TooLong` for one that no length field can tell.
pub(crate) fn put_fragments(
    out: &mut Vec<u8>,
    (tag, vr): (Tag, Vr),
    fragments: &[&[u8]],
    encoding: Encoding,
) -> Result<(), EncodeError> {
    put_header(out, tag, vr, UNDEFINED, encoding);
    let lengths = fragments.iter().map(|fragment| fragment.len()).collect::<Vec<_>>();
    let table = fragments.first().map(|table| offset_table(table, &lengths, encoding.endian));
    let rest = fragments.iter().skip(1).map(|&fragment| Cow::Borrowed(fragment));
    let mut all = table.into_iter().chain(rest);
    all.try_for_each(|fragment| put_fragment(out, &fragment, encoding))?;
    put_header(out, Tag::SEQUENCE_DELIMITATION, Vr::UN, 0, encoding);
    Ok(())
}

/// The fragments that `value` is, the offset table first, if all of it is; else it is native pixels.
pub(crate) fn fragments_of(value: &[u8]) -> Option<Vec<&[u8]>> {
    let mut rest = Cursor::new(value.strip_suffix(&SEQUENCE_END).unwrap_or(value), 0);
    let mut found = Vec::new();
    while !rest.is_empty() {
        if rest.array().ok()? != ITEM {
            return None;
        }
        let length = rest.u32(Endian::Little).ok()?;
        found.push(rest.take(usize::try_from(length).ok()?).ok()?);
    }
    (!found.is_empty()).then_some(found)
}

/// Appends `fragment` as an item, padded to even length.
///
/// # Errors
/// `TooLong` for one that no length field can tell.
fn put_fragment(out: &mut Vec<u8>, fragment: &[u8], encoding: Encoding) -> Result<(), EncodeError> {
    let odd = fragment.len() & 1;
    let length = defined(fragment.len().saturating_add(odd))?;
    put_header(out, Tag::ITEM, Vr::UN, length, encoding);
    out.extend_from_slice(fragment);
    out.extend(std::iter::repeat_n(0, odd));
    Ok(())
}

/// The Basic Offset Table `table`, right also when fragments are padded. `lengths` are those of the
/// items as they were, that of the table first.
fn offset_table<'t>(table: &'t [u8], lengths: &[usize], endian: Endian) -> Cow<'t, [u8]> {
    let fragments = lengths.get(1..).unwrap_or_default();
    if fragments.iter().all(|length| length.is_multiple_of(2)) {
        return table.into();
    }
    let (offsets, rest) = table.as_chunks();
    let shifted = offsets.iter().flat_map(|&offset| {
        let offset = endian.u32(offset);
        endian.bytes32(offset.saturating_add(padding_before(offset, fragments)))
    });
    shifted.chain(rest.iter().copied()).collect()
}

/// How many bytes of padding the fragments in front of `offset` get.
fn padding_before(offset: u32, fragments: &[usize]) -> u32 {
    let (mut at, mut padding) = (0_usize, 0_u32);
    for length in fragments {
        at = at.saturating_add(*length).saturating_add(8);
        if u32::try_from(at).is_ok_and(|end| end <= offset) && !length.is_multiple_of(2) {
            padding = padding.saturating_add(1);
        }
    }
    padding
}

const ITEM: [u8; 4] = [0xfe, 0xff, 0x00, 0xe0];
const SEQUENCE_END: [u8; 8] = [0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_fragments_if_all_of_it_is() {
        let table = b"\xfe\xff\0\xe0\0\0\0\0";
        let fragment = b"\xfe\xff\0\xe0\x02\0\0\0\xff\xd8";
        let whole = [&table[..], fragment].concat();
        let closed = [&whole[..], &SEQUENCE_END].concat();
        for (value, expected) in [
            (&whole[..], Some(vec![&b""[..], b"\xff\xd8"])),
            (&closed, Some(vec![b"", b"\xff\xd8"])),
            (table, Some(vec![b""])),
            (b"", None),
            (&whole[..17], None),
            (b"\xfe\xff\0\xe1\0\0\0\0", None),
            (b"\xfe\xff\0\xe0\xff\xff\xff\xff", None),
        ] {
            assert_eq!(fragments_of(value), expected, "{value:02x?}");
        }
    }
}
