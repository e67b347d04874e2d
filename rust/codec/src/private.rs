//! The elements of vendors (PS3.5 7.8): what is known of them is read from `private.tsv` when the first
//! one is asked for.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{OnceLock, PoisonError, RwLock};

use crate::dictionary;
use crate::tag::Tag;
use crate::vr::Vr;

/// What is known of a private element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivateEntry {
    /// The VR, such as `LO` or `US or SS`.
    pub vr: Cow<'static, str>,
    /// The value multiplicity, such as `1-n`.
    pub vm: Cow<'static, str>,
    /// The name; empty when nobody told.
    pub name: Cow<'static, str>,
}

/// What `creator` means by `tag`, in whatever block it is: what was registered, else the table.
/// Spaces around the creator do not count.
#[must_use]
pub fn entry(creator: &str, tag: Tag) -> Option<PrivateEntry> {
    let (creator, element) = (trimmed(creator), tag.in_block()?);
    registered(creator, element).or_else(|| {
        let (_, line) = find(creator, element)?;
        let mut columns = line.split('\t').skip(1).map(Cow::Borrowed);
        Some(PrivateEntry { vr: columns.next()?, vm: columns.next()?, name: columns.next()? })
    })
}

/// The VR to read `tag` with when the bytes do not say, `creator` being the owner of its block.
#[must_use]
pub fn vr_of(creator: &[u8], tag: Tag) -> Option<Vr> {
    let found = entry(std::str::from_utf8(creator).ok()?, tag)?;
    Some(dictionary::one_of(&found.vr)).filter(|&vr| vr != Vr::UN)
}

/// Makes elements of `creator` known to the whole process, before those of the table; each by a tag
/// whose block does not count. What is not in a private block is ignored.
pub fn register(creator: &str, entries: impl IntoIterator<Item = (Tag, PrivateEntry)>) {
    let mut all = REGISTERED.write().unwrap_or_else(PoisonError::into_inner);
    let known = all.entry(trimmed(creator).to_owned()).or_default();
    known.extend(entries.into_iter().filter_map(|(tag, entry)| Some((tag.in_block()?, entry))));
}

type Registered = BTreeMap<String, BTreeMap<(u16, u8), PrivateEntry>>;

/// The one thing in this crate that changes while it runs: only [`register`] does that.
static REGISTERED: RwLock<Registered> = RwLock::new(BTreeMap::new());

fn registered(creator: &str, element: (u16, u8)) -> Option<PrivateEntry> {
    let all = REGISTERED.read().unwrap_or_else(PoisonError::into_inner);
    all.get(creator)?.get(&element).cloned()
}

fn trimmed(creator: &str) -> &str {
    creator.trim_matches([' ', '\0'])
}

/// A creator and one of its lines, which starts with the tag: `0029xx10`, or `70xxxx04` where the
/// group may be any.
type Row = (&'static str, &'static str);

fn find(creator: &str, (group, element): (u16, u8)) -> Option<Row> {
    let [high, low] = group.to_be_bytes().map(digits);
    let any = *b"xx";
    [low, any].iter().find_map(|&low| {
        let tag = [high, low, any, digits(element)];
        let key = (creator, tag.as_flattened());
        let at = rows().binary_search_by(|&(creator, line)| (creator, tag_of(line)).cmp(&key));
        rows().get(at.ok()?).copied()
    })
}

fn tag_of(line: &str) -> &[u8] {
    line.as_bytes().get(..8).unwrap_or_default()
}

/// A byte as two digits.
fn digits(byte: u8) -> [u8; 2] {
    [byte >> 4, byte & 0xf]
        .map(|half| if half < 10 { b'0' } else { b'A' - 10 }.saturating_add(half))
}

fn rows() -> &'static [Row] {
    static ROWS: OnceLock<Vec<Row>> = OnceLock::new();
    ROWS.get_or_init(|| {
        let mut owner = "";
        let lines = include_str!("private.tsv").lines().skip(1);
        lines
            .filter_map(|line| {
                let (creator, rest) = line.split_once('\t')?;
                owner = if creator.is_empty() { owner } else { creator };
                Some((owner, rest))
            })
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(vr: &'static str, vm: &'static str, name: &'static str) -> PrivateEntry {
        PrivateEntry { vr: vr.into(), vm: vm.into(), name: name.into() }
    }

    #[test]
    fn every_line_of_the_file_is_a_row_and_they_are_sorted() {
        let lines = include_str!("private.tsv").lines().count() - 1;
        assert_eq!(rows().len(), lines);
        let keys: Vec<_> = rows().iter().map(|&(creator, line)| (creator, tag_of(line))).collect();
        assert!(keys.is_sorted_by(|one, next| one < next), "the search needs tables.py's order");
        for &(creator, line) in rows() {
            assert_eq!(line.split('\t').count(), 4, "{creator} {line}");
            assert_eq!(creator, trimmed(creator));
        }
    }

    #[test]
    fn an_element_is_found_in_any_block_of_its_creator() {
        let found = named("OB", "1", "CSA Image Header Info");
        for tag in [0x0029_1010, 0x0029_1110, 0x0029_ff10] {
            assert_eq!(entry("SIEMENS CSA HEADER", Tag(tag)), Some(found.clone()));
            assert_eq!(entry(" SIEMENS CSA HEADER \0", Tag(tag)), Some(found.clone()));
        }
        for (creator, tag) in [
            ("SIEMENS CSA HEADE", 0x0029_1010),
            ("SIEMENS CSA HEADER", 0x0029_10fe),
            ("SIEMENS CSA HEADER", 0x0028_1010),
            ("SIEMENS CSA HEADER", 0x0029_0010),
            ("SIEMENS CSA HEADER", 0x0029_0f10),
        ] {
            assert_eq!(entry(creator, Tag(tag)), None, "{creator} {}", Tag(tag));
        }
    }

    #[test]
    fn a_group_may_repeat_and_a_vr_be_one_of_two() {
        assert_eq!(vr_of(b"DLX_ANNOT_01", Tag(0x7007_1104)), Some(Vr::ST));
        assert_eq!(vr_of(b"DLX_ANNOT_01", Tag(0x7107_1104)), None);
        assert_eq!(vr_of(b"FDMS 1.0", Tag(0x0027_10a3)), Some(Vr::US));
        assert_eq!(vr_of(b"TOSHIBA_MEC_OT3", Tag(0x7019_1080)), Some(Vr::OW));
    }

    #[test]
    fn what_is_registered_comes_before_the_table() {
        let own = named("UL", "1", "Own");
        register(
            "SIEMENS MED NM ",
            [(Tag(0x0009_1080), own.clone()), (Tag(0x0010_1080), own.clone())],
        );
        assert_eq!(entry("SIEMENS MED NM", Tag(0x0009_2080)), Some(own));
        assert_eq!(entry("SIEMENS MED NM", Tag(0x0010_1080)), None);
    }
}
