//! What the owners of private blocks say of the elements in them (PS3.5 7.8).

use crate::dataset::extract::Extract;
use crate::dataset::index::Index;
use crate::dataset::{Element, Encoding};
use crate::endian::Endian;
use crate::private;
use crate::tag::Tag;
use crate::value::{self, Context};
use crate::vr::Vr;

impl Element {
    /// The VR to take `bytes`, its value, by in a data set written in `encoding`: as [`Element::value_vr`]
    /// says, but UN where only the data dictionary says that it is a sequence, and it does not start
    /// with an item (PS3.5 6.2.2 and 7.5).
    #[must_use]
    pub fn known_vr(&self, bytes: &[u8], encoding: Encoding, context: Context) -> Vr {
        let is_none = self.is_said_to_have_items() && !fits(Vr::SQ, bytes, self.endian(encoding));
        if is_none { Vr::UN } else { self.value_vr(context) }
    }

    /// Whether it is the data dictionary alone that says that it is a sequence.
    fn is_said_to_have_items(&self) -> bool {
        let unsaid = matches!(self.vr, None | Some(Vr::UN)) && !self.undefined;
        unsaid && self.value_vr(Context::default()) == Vr::SQ
    }

    /// The byte order of its value: what a UN holds is in little endian (PS3.5 6.2.2).
    fn endian(&self, encoding: Encoding) -> Endian {
        if self.vr == Some(Vr::UN) { Endian::Little } else { encoding.endian }
    }

    /// The VR to take the value of an unknown element by that is in a private block of `creator`: what
    /// is known of that vendor's, if `bytes`, its value in a data set written in `encoding`, can be that.
    #[must_use]
    pub fn private_vr(&self, creator: &[u8], bytes: &[u8], encoding: Encoding) -> Vr {
        let fitting = |&vr: &Vr| fits(vr, bytes, self.endian(encoding));
        private::vr_of(creator, self.tag).filter(fitting).unwrap_or(Vr::UN)
    }
}

impl Index {
    /// The VR to take the value of row `row` by: as [`Element::value_vr`] says, and of a private element
    /// that is still unknown, as the owner of its block means it (PS3.5 7.8).
    #[must_use]
    pub fn value_vr<'a>(
        &self,
        row: usize,
        data: impl Into<Extract<'a>>,
        context: Context,
    ) -> Option<Vr> {
        let data = data.into();
        let element = self.element(row)?;
        let bytes = Self::value(element, data);
        let Some(creator) = self.unknown_of(element) else {
            return Some(element.known_vr(bytes, self.encoding(), context));
        };
        Some(element.private_vr(Self::value(creator, data), bytes, self.encoding()))
    }

    /// Between which offsets bytes are needed for [`Index::value_vr`].
    #[must_use]
    pub fn value_vr_range(&self, row: usize) -> Option<(u64, u64)> {
        let element = self.element(row)?;
        let start = element.value();
        match self.unknown_of(element) {
            Some(creator) => Some((start.min(creator.value()), creator.end().max(element.end()))),
            // Its first bytes are those of an item, or not.
            None => element.is_said_to_have_items().then(|| (start, start.saturating_add(2))),
        }
    }

    /// The creator of the block of `element`, if only that can tell what it is.
    fn unknown_of(&self, element: &Element) -> Option<&Element> {
        let creator =
            element.tag.creator().filter(|_| element.value_vr(Context::default()) == Vr::UN)?;
        self.element(self.find(creator)?)
    }
}

/// Whether `bytes` can be a value of `vr`: a dictionary may be about another version of a product.
fn fits(vr: Vr, bytes: &[u8], endian: Endian) -> bool {
    match vr {
        Vr::SQ if bytes.is_empty() => true,
        Vr::SQ => bytes.first_chunk().is_some_and(|&group| endian.u16(group) == Tag::ITEM.group()),
        // Nobody could write it in Explicit VR.
        _ if !vr.has_long_length() && bytes.len() >= u16::MAX.into() => false,
        Vr::AT | Vr::DS | Vr::IS => value::decode(vr, bytes, value::Encoding::default(), 0).is_ok(),
        _ => bytes.len().checked_rem(vr.unit()) == Some(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Rules;

    const CSA: &[u8] = b"\x29\0\x11\0\x12\0\0\0SIEMENS CSA HEADER";

    fn index(data: &[u8]) -> Index {
        Index::read(data, 0, Encoding::IMPLICIT, Rules::default()).unwrap().0
    }

    fn vrs(data: &[u8]) -> Vec<Vr> {
        let index = index(data);
        (0..index.len())
            .map(|row| {
                let (_, end) = index.value_vr_range(row).unwrap_or_default();
                let end = usize::try_from(end).unwrap();
                index.value_vr(row, &data[..end], Context::default()).unwrap()
            })
            .collect()
    }

    #[test]
    fn a_private_element_is_what_the_owner_of_its_block_says() {
        let found = vrs(&[CSA, b"\x29\0\x08\x11\x04\0\0\0IMA \x29\0\x08\x12\0\0\0\0"].concat());
        assert_eq!(found, [Vr::LO, Vr::CS, Vr::UN]);
        assert_eq!(vrs(b"\x29\0\x08\x11\x04\0\0\0IMA "), [Vr::UN]);
    }

    #[test]
    fn pixel_data_of_undefined_length_are_ob_where_no_vr_is_written() {
        let native = b"\xe0\x7f\x10\0\x02\0\0\0\x01\x02";
        let fragments =
            b"\xe0\x7f\x10\0\xff\xff\xff\xff\xfe\xff\0\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0";
        assert_eq!(vrs(native), [Vr::OW]);
        assert_eq!(vrs(fragments), [Vr::OB]);
    }

    #[test]
    fn a_value_that_cannot_be_what_the_dictionary_says_stays_unknown() {
        let long = vec![b' '; 0xffff];
        for (vr, bytes, can) in [
            (Vr::US, &b"\x01\0"[..], true),
            (Vr::US, b"\x01\0\0", false),
            (Vr::AT, b"\x10\0\x10\0", true),
            (Vr::AT, b"\x10\0", false),
            (Vr::OW, b"\x10", false),
            (Vr::DS, b"1.5\\2 ", true),
            (Vr::DS, b"1.5\0\x07 ", false),
            (Vr::IS, b"", true),
            (Vr::LO, b"abc", true),
            (Vr::LO, &long, false),
            (Vr::UT, &long, true),
            (Vr::SQ, b"", true),
            (Vr::SQ, b"\xfe\xff\0\xe0\0\0\0\0", true),
            (Vr::SQ, b"\x01", false),
            (Vr::SQ, b"SV10", false),
        ] {
            assert_eq!(fits(vr, bytes, Endian::Little), can, "{vr} {}", bytes.len());
        }
    }
}
