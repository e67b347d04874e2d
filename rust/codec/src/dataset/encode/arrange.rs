//! The elements of a data set or item in the order of their tags, with their group lengths.

use super::element::{defined, put_element};
use crate::dataset::Encoding;
use crate::endian::Endian;
use crate::tag::Tag;
use crate::vr::Vr;

/// Puts the elements that `out` holds from `start` on into ascending order (PS3.5 7.1): `rows` says
/// where each starts. Elements of the same tag keep theirs. Group lengths (PS3.5 7.2) that are there
/// are made right; `add` gives every group one that data sets have.
pub(super) fn arrange(
    out: &mut Vec<u8>,
    start: usize,
    rows: &[(Tag, usize)],
    add: bool,
    encoding: Encoding,
) {
    let written = out.split_off(start.min(out.len()));
    let mut rest = written.as_slice();
    let mut elements: Vec<(Tag, &[u8])> = Vec::with_capacity(rows.len());
    for &(tag, at) in rows.iter().rev() {
        let (before, element) = rest.split_at_checked(at.saturating_sub(start)).unwrap_or_default();
        elements.push((tag, element));
        rest = before;
    }
    elements.reverse();
    elements.sort_by_key(|&(tag, _)| tag);
    for group in elements.chunk_by(|(a, _), (b, _)| a.group() == b.group()) {
        let is_length = |&&(tag, _): &&(Tag, &[u8])| tag.is_group_length();
        let others = || group.iter().filter(|element| !is_length(element));
        let length = defined(others().map(|(_, element)| element.len()).sum());
        if let (Some(&(tag, _)), Ok(length)) = (group.first(), length)
            && (add && tag.group() != COMMAND || tag.is_group_length())
        {
            let (tag, value) = (Tag::new(tag.group(), 0), length.to_le_bytes());
            let _ = put_element(out, tag, Vr::UL, (&value, Endian::Little), encoding);
        }
        others().for_each(|(_, element)| out.extend_from_slice(element));
    }
}

/// The group of command sets (PS3.7 6.3.1), in which no data set has elements: amid them, its length
/// would look like padding.
const COMMAND: u16 = 0;
