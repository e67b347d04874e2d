//! Encapsulated pixel data (PS3.5 A.4): fragments of even length, and an offset table that knows.

use std::borrow::Cow;

use super::element::{defined, put_header};
use crate::dataset::Encoding;
use crate::error::EncodeError;
use crate::tag::Tag;
use crate::vr::Vr;

/// Appends `fragment` as an item, padded to even length.
///
/// # Errors
/// `TooLong` for one that no length field can tell.
pub(super) fn put_fragment(out: &mut Vec<u8>, fragment: &[u8]) -> Result<(), EncodeError> {
    let odd = fragment.len() & 1;
    let length = defined(fragment.len().saturating_add(odd))?;
    put_header(out, Tag::ITEM, Vr::UN, length, Encoding::EXPLICIT);
    out.extend_from_slice(fragment);
    out.extend(std::iter::repeat_n(0, odd));
    Ok(())
}

/// The Basic Offset Table `table`, right also when fragments are padded. `lengths` are those of the
/// items as they were, that of the table first.
pub(super) fn offset_table<'t>(table: &'t [u8], lengths: &[usize]) -> Cow<'t, [u8]> {
    let fragments = lengths.get(1..).unwrap_or_default();
    if fragments.iter().all(|length| length.is_multiple_of(2)) {
        return table.into();
    }
    let (offsets, rest) = table.as_chunks();
    let shifted = offsets.iter().flat_map(|&offset| {
        let offset = u32::from_le_bytes(offset);
        offset.saturating_add(padding_before(offset, fragments)).to_le_bytes()
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
