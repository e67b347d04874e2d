//! The data dictionary (PS3.6 6 to 9).

use pyo3::prelude::*;
use russet_codec::dictionary;
use russet_codec::tag::Tag;

/// A row of the data dictionary (PS3.6 6 to 9).
#[pyclass(frozen, get_all, module = "russet._core")]
pub(crate) struct DictionaryEntry {
    /// The VR as written in PS3.6, such as "US or SS"; empty for items and their delimiters.
    vr: &'static str,
    /// The value multiplicity as written in PS3.6, such as "1-n".
    vm: &'static str,
    /// The keyword; empty for a few retired rows.
    keyword: &'static str,
    /// The name; empty for a few retired rows.
    name: &'static str,
    /// Whether the standard retired it.
    retired: bool,
}

/// The row for a tag, group * 65536 + element; repeating groups by their mask (PS3.5 7.6).
#[pyfunction]
pub(crate) fn dictionary_entry(tag: u32) -> Option<DictionaryEntry> {
    let &dictionary::Entry { vr, vm, keyword, name, retired, .. } = dictionary::entry(Tag(tag))?;
    Some(DictionaryEntry { vr, vm, keyword, name, retired })
}

/// The keyword of a tag (PS3.6 6 to 9); empty when it has none.
#[pyfunction]
pub(crate) fn keyword_of(tag: u32) -> &'static str {
    dictionary::entry(Tag(tag)).map_or("", |row| row.keyword)
}

/// The tag of a keyword (PS3.6 6 to 9); None for repeating groups and unknown words.
#[pyfunction]
pub(crate) fn tag_of(keyword: &str) -> Option<u32> {
    dictionary::tag_of(keyword).map(|tag| tag.0)
}

/// Every keyword that has one tag (PS3.6 6 to 9), in alphabetical order.
#[pyfunction]
pub(crate) fn keywords() -> Vec<&'static str> {
    dictionary::keywords().iter().map(|&(keyword, _)| keyword).collect()
}
