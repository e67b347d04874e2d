//! Where elements, items and the data set end, and their VR, order and length are known.

use super::{GIVEN_NO_ITEMS, Given, LONG_HEADER, Open, Reading, Reason, Set, TWICE};
use crate::charset::Charset;
use crate::dataset::Encoding;
use crate::dataset::encode::{defined, fragments_of, put_element, put_fragments, put_header};
use crate::dictionary;
use crate::endian::Endian;
use crate::json::value::{self, Scalar};
use crate::tag::Tag;
use crate::value::text;
use crate::vr::Vr;

impl Reading<'_, '_, '_> {
    /// Ends the element at hand.
    pub(super) fn end_element(&mut self) -> Result<(), Reason> {
        // It stays open until nothing can go wrong in it any more.
        let Some(open) = self.open.last_mut() else { return Ok(()) };
        let given = std::mem::replace(&mut open.given, Given::Nothing);
        let &mut Open { tag, vr, start, scalars, entries, .. } = open;
        let values = self.scalars.get(scalars..).unwrap_or_default();
        let items = entries.saturating_sub(values.len());
        let vr = vr.unwrap_or_else(|| vr_of(tag, values, items));
        // Items name no character set.
        let is_nothing = vr == Vr::SQ && tag == Tag::SPECIFIC_CHARACTER_SET;
        if tag.is_group_length() || is_nothing {
            self.out.truncate(start);
        } else if vr == Vr::SQ {
            self.end_sequence(&given)?;
            self.order.element(tag, start);
        } else if items > 0 {
            return Err(value::NO_SCALAR);
        } else {
            self.out.truncate(start);
            self.end_value(tag, vr, given)?;
        }
        self.scalars.truncate(scalars);
        self.open.pop();
        Ok(())
    }

    /// Gives the sequence at hand its header; its items are written.
    fn end_sequence(&mut self, given: &Given) -> Result<(), Reason> {
        let Some(&Open { tag, start, scalars, .. }) = self.open.last() else { return Ok(()) };
        let values = self.scalars.get(scalars..).unwrap_or_default();
        if !values.iter().all(|value| *value == Scalar::Empty) {
            return Err(value::NO_ITEM);
        }
        if !matches!(given, Given::Nothing | Given::Values) {
            return Err(Reason::Text(GIVEN_NO_ITEMS));
        }
        let content = start.saturating_add(LONG_HEADER);
        let length = defined(self.out.len().saturating_sub(content))?;
        let mut header = Vec::with_capacity(LONG_HEADER);
        put_header(&mut header, tag, Vr::SQ, length, Encoding::EXPLICIT);
        self.patch(start, &header);
        Ok(())
    }

    /// Writes the element at hand with its value.
    fn end_value(&mut self, tag: Tag, vr: Vr, given: Given) -> Result<(), Reason> {
        let mut bytes = std::mem::take(&mut self.value);
        bytes.clear();
        match given {
            Given::Nothing => {}
            Given::Values => self.encode(tag, vr, &mut bytes)?,
            Given::Inline(inline) => bytes = inline,
            Given::Uri(uri) => bytes = self.fetch(tag, &uri)?,
        }
        if tag == Tag::SPECIFIC_CHARACTER_SET && !self.name_charset(&bytes) {
            return Ok(());
        }
        let start = self.out.len();
        // The model does not tell fragments from pixels: what is written as such stays it (PS3.5 A.4).
        match fragments_of(&bytes)
            .filter(|_| tag == Tag::PIXEL_DATA && matches!(vr, Vr::OB | Vr::OW))
        {
            Some(fragments) => {
                put_fragments(&mut self.out, (tag, vr), &fragments, Encoding::EXPLICIT)?;
            }
            None => put(&mut self.out, tag, vr, &bytes)?,
        }
        self.order.element(tag, start);
        self.value = bytes;
        Ok(())
    }

    /// Appends the values of the element at hand to `bytes`.
    fn encode(&mut self, tag: Tag, vr: Vr, bytes: &mut Vec<u8>) -> Result<(), Reason> {
        let first = self.open.last().map(|open| open.scalars).unwrap_or_default();
        let values = self.scalars.get(first..).unwrap_or_default();
        let named = self.sets.last().and_then(|set| set.charset);
        value::put(bytes, (tag, vr), values, named.unwrap_or(Charset::UTF_8))?;
        if !self.is_ascii && text::follows_charset(vr) && !values.iter().all(Scalar::is_ascii) {
            self.unnamed |= named.is_none();
            self.sets.iter_mut().for_each(|set| set.wide = true);
        }
        Ok(())
    }

    /// The bytes of bulk data; none when nobody is asked for them.
    fn fetch(&mut self, tag: Tag, uri: &str) -> Result<Vec<u8>, Reason> {
        if let Some(fetch) = self.fetch.as_mut() {
            return Ok(fetch(uri).map_err(|_| Reason::BulkData)?.unwrap_or_default());
        }
        self.missing.push(self.path().to(tag));
        Ok(Vec::new())
    }

    /// Takes `term` as the character set of the innermost data set; false when it names none and one
    /// may be needed.
    fn name_charset(&mut self, term: &[u8]) -> bool {
        let Some(set) = self.sets.last_mut() else { return true };
        if term.is_empty() {
            return self.is_ascii;
        }
        let charset = Some(Charset::of(term));
        self.late |= set.wide && self.known.get(set.number) != Some(&charset);
        set.charset = charset;
        if let Some(met) = self.sets_met.get_mut(set.number) {
            *met = charset;
        }
        true
    }

    /// Ends the innermost data set or item.
    pub(super) fn end_set(&mut self) -> Result<(), Reason> {
        let is_outermost = self.sets.len() == 1;
        if is_outermost && self.unnamed && self.sets.iter().all(|set| set.charset.is_none()) {
            self.order.element(Tag::SPECIFIC_CHARACTER_SET, self.out.len());
            put(&mut self.out, Tag::SPECIFIC_CHARACTER_SET, Vr::CS, b"ISO_IR 192")?;
        }
        let Some(Set { start, .. }) = self.sets.pop() else { return Ok(()) };
        self.sort()?;
        if !is_outermost {
            let length = defined(self.out.len().saturating_sub(start))?;
            self.patch(start.saturating_sub(4), &length.to_le_bytes());
        }
        Ok(())
    }

    /// Brings the elements of the innermost data set into order.
    fn sort(&mut self) -> Result<(), Reason> {
        let Some(elements) = self.order.close(self.out.len()) else { return Ok(()) };
        if elements.windows(2).any(|pair| matches!(pair, [(a, _), (b, _)] if a == b)) {
            return Err(Reason::Text(TWICE));
        }
        let start = elements.iter().map(|(_, range)| range.start).min().unwrap_or_default();
        let sorted: Vec<u8> = elements
            .into_iter()
            .filter_map(|(_, range)| self.out.get(range))
            .flatten()
            .copied()
            .collect();
        self.patch(start, &sorted);
        Ok(())
    }

    fn patch(&mut self, start: usize, bytes: &[u8]) {
        let end = start.saturating_add(bytes.len());
        if let Some(place) = self.out.get_mut(start..end) {
            place.copy_from_slice(bytes);
        }
    }
}

/// The VR that the data dictionary has; what the values show where it has several, or none.
fn vr_of(tag: Tag, values: &[Scalar<'_>], items: usize) -> Vr {
    let negative = values.iter().any(Scalar::is_negative);
    let vr = if negative { dictionary::signed_vr_of(tag) } else { dictionary::vr_of(tag) };
    if vr == Vr::UN && items > 0 { Vr::SQ } else { vr }
}

/// Appends an element in Explicit VR Little Endian.
fn put(out: &mut Vec<u8>, tag: Tag, vr: Vr, value: &[u8]) -> Result<(), Reason> {
    Ok(put_element(out, tag, vr, (value, Endian::Little), Encoding::EXPLICIT)?)
}
