//! The data dictionary (PS3.6 6 to 9), read once from `dictionary.tsv`.

use std::sync::OnceLock;

use crate::tag::Tag;
use crate::vr::Vr;

/// One row of PS3.6: what an attribute is called and how its value is represented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The tag; of a repeating group, with zeros where the standard writes `x`.
    pub tag: Tag,
    /// The bits of the tag that identify the attribute: all of them but in repeating groups.
    pub mask: u32,
    /// The VR as written in PS3.6, such as `US or SS`; empty for items and their delimiters.
    pub vr: &'static str,
    /// The value multiplicity as written in PS3.6, such as `1-n`.
    pub vm: &'static str,
    /// The keyword; empty for a few retired rows.
    pub keyword: &'static str,
    /// The name; empty for a few retired rows.
    pub name: &'static str,
    /// Whether the standard retired it.
    pub retired: bool,
}

/// The row for `tag`; repeating groups (50xx, 60xx ...) by their mask (PS3.5 7.6). None for private
/// tags, group lengths but those of PS3.7 and PS3.10, and what PS3.6 does not know.
#[must_use]
pub fn entry(tag: Tag) -> Option<&'static Entry> {
    if tag.is_private() {
        return None;
    }
    let table = table();
    match table.row(tag) {
        Some(row) => table.exact.get(row),
        None => table.repeating.iter().find(|row| tag.0 & row.mask == row.tag.0),
    }
}

/// The VR to read `tag` with when the bytes do not say (PS3.5 A.1): UL for group lengths, LO for
/// private creators, UN for other private and unknown tags, one of several by PS3.5 A.1 c.
#[must_use]
pub fn vr_of(tag: Tag) -> Vr {
    if tag.is_group_length() {
        return Vr::UL;
    }
    if tag.is_private() {
        return if tag.is_private_creator() { Vr::LO } else { Vr::UN };
    }
    let table = table();
    match table.row(tag) {
        Some(row) => table.vrs.get(row).copied().unwrap_or(Vr::UN),
        None => entry(tag).map_or(Vr::UN, |row| one_of(row.vr)),
    }
}

/// As [`vr_of`], where Pixel Representation says that pixels are signed: what may be US or SS is SS
/// (PS3.5 A.1).
#[must_use]
pub fn signed_vr_of(tag: Tag) -> Vr {
    match vr_of(tag) {
        Vr::US if entry(tag).is_some_and(|row| row.vr == "US or SS") => Vr::SS,
        vr => vr,
    }
}

/// The tag of `keyword`. None for repeating groups, which have a tag for each plane.
#[must_use]
pub fn tag_of(keyword: &str) -> Option<Tag> {
    let keywords = &table().keywords;
    let at = keywords.binary_search_by_key(&keyword, |&(known, _)| known).ok()?;
    keywords.get(at).map(|&(_, tag)| tag)
}

/// Every keyword with its tag, sorted by keyword.
#[must_use]
pub fn keywords() -> &'static [(&'static str, Tag)] {
    &table().keywords
}

struct Table {
    exact: Vec<Entry>,
    // Where a row is, by a hash of its tag: the next free place when another has that one. A lookup
    // is two steps in 64 KB instead of twelve in the rows.
    places: Vec<u16>,
    // Beside `exact`, row by row.
    tags: Vec<Tag>,
    vrs: Vec<Vr>,
    repeating: Vec<Entry>,
    keywords: Vec<(&'static str, Tag)>,
}

impl Table {
    /// Half of the places are free.
    const PLACES: usize = 1 << 14;
    const FREE: u16 = u16::MAX;

    fn places(tags: &[Tag]) -> Vec<u16> {
        let mut places = vec![Self::FREE; Self::PLACES];
        for (row, &tag) in (0_u16..).zip(tags) {
            let free = Self::way(tag).find(|&at| places.get(at) == Some(&Self::FREE));
            if let Some(place) = free.and_then(|at| places.get_mut(at)) {
                *place = row;
            }
        }
        places
    }

    /// The row of `tag`.
    fn row(&self, tag: Tag) -> Option<usize> {
        let rows = Self::way(tag).map_while(|at| self.places.get(at)).map(|&row| usize::from(row));
        rows.take_while(|&row| row != usize::from(Self::FREE))
            .find(|&row| self.tags.get(row) == Some(&tag))
    }

    /// The places where `tag` may be, one after the other.
    fn way(tag: Tag) -> impl Iterator<Item = usize> {
        let first = usize::from(u16::try_from(tag.0.wrapping_mul(0x9e37_79b1) >> 18).unwrap_or(0));
        (0..Self::PLACES).map(move |step| first.wrapping_add(step) % Self::PLACES)
    }
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let rows = include_str!("dictionary.tsv").lines().skip(1).filter_map(row);
        let (exact, repeating): (Vec<_>, Vec<_>) = rows.partition(|row| row.mask == u32::MAX);
        let mut keywords: Vec<_> = exact
            .iter()
            .filter(|row| !row.keyword.is_empty())
            .map(|row| (row.keyword, row.tag))
            .collect();
        keywords.sort_unstable();
        let tags: Vec<Tag> = exact.iter().map(|row| row.tag).collect();
        let vrs = exact.iter().map(|row| one_of(row.vr)).collect();
        Table { places: Table::places(&tags), exact, tags, vrs, repeating, keywords }
    })
}

fn row(line: &'static str) -> Option<Entry> {
    let mut columns = line.split('\t');
    let tag = columns.next()?;
    let mask = tag.replace(|digit| digit != 'x', "F").replace('x', "0");
    Some(Entry {
        tag: Tag(u32::from_str_radix(&tag.replace('x', "0"), 16).ok()?),
        mask: u32::from_str_radix(&mask, 16).ok()?,
        vr: columns.next()?,
        vm: columns.next()?,
        keyword: columns.next()?,
        name: columns.next()?,
        retired: !columns.next()?.is_empty(),
    })
}

/// The VR for Implicit VR of what a dictionary writes as `OB or OW`, `US or SS`, `US or OW` ...
pub(crate) fn one_of(vr: &str) -> Vr {
    let choice = if vr.ends_with("or OW") { "OW" } else { vr.get(..2).unwrap_or_default() };
    <[u8; 2]>::try_from(choice.as_bytes()).ok().and_then(Vr::from_letters).unwrap_or(Vr::UN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_file_is_a_row() {
        let lines = include_str!("dictionary.tsv").lines().count() - 1;
        assert_eq!(table().exact.len() + table().repeating.len(), lines);
        for (row, &tag) in table().tags.iter().enumerate() {
            assert_eq!(table().row(tag), Some(row), "{tag}");
        }
    }

    #[test]
    fn an_attribute_is_found_by_tag_and_by_keyword() {
        let found = entry(Tag::new(0x0010, 0x0010)).unwrap();
        assert_eq!((found.vr, found.vm, found.keyword), ("PN", "1", "PatientName"));
        assert_eq!((found.name, found.retired), ("Patient's Name", false));
        assert_eq!(tag_of("PatientName"), Some(found.tag));
        assert_eq!(tag_of("Patientname"), None);
        for &(keyword, tag) in keywords() {
            assert_eq!(entry(tag).unwrap().keyword, keyword);
        }
    }

    #[test]
    fn implicit_vr_is_read_with_one_vr() {
        for (tag, vr) in [
            (0x0010_0010, Vr::PN),
            (0x0008_1140, Vr::SQ),
            (0x0008_0000, Vr::UL),
            (0x0009_0010, Vr::LO),
            (0x0009_1010, Vr::UN),
            (0x0008_ffff, Vr::UN),
            (0x7fe0_0010, Vr::OW),
            (0x0028_0106, Vr::US),
            (0x0028_3006, Vr::OW),
            (0x0028_1200, Vr::OW),
            (0x6002_3000, Vr::OW),
            (0x6003_3000, Vr::UN),
            (0x5004_2500, Vr::LO),
            (0x0020_3105, Vr::CS),
            (0x1000_0013, Vr::US),
            (0xfffe_e000, Vr::UN),
        ] {
            assert_eq!(vr_of(Tag(tag)), vr, "{}", Tag(tag));
        }
        assert_eq!(signed_vr_of(Tag(0x0028_0106)), Vr::SS);
        assert_eq!(signed_vr_of(Tag(0x0028_3006)), Vr::OW);
    }
}
