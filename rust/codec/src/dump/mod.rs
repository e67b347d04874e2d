//! Data sets as text in the layout of dcmdump: one line an element, items indented, safe to print.

mod counts;
pub mod escape;
mod float;
mod shown;

use std::fmt::{self, Write};
use std::iter;

use crate::dataset::deep::{Met, Reader, View};
use crate::dataset::index::slice;
use crate::dictionary;
use crate::dump::counts::{Count, count};
use crate::endian::Endian;
use crate::error::{DecodeError, ErrorKind};
use crate::tag::Tag;
use crate::vr::Vr;

const CHUNK: usize = 1 << 16;
const COLUMN: usize = 40;
const INDENT: usize = 2;
const ENOUGH: ErrorKind = ErrorKind::Invalid("nobody reads on");

/// The value of one element as its line shows it, cut after `longest` characters.
///
/// # Errors
/// As [`Met::decode`].
pub fn value(met: &Met<'_>, longest: Option<usize>) -> Result<String, DecodeError> {
    let mut text = String::new();
    shown::value(met, longest.unwrap_or(usize::MAX), &mut text)?;
    Ok(text)
}

/// Writes lines, and hands them on many at a time: it holds no more for a large data set than for a
/// small one.
pub struct Dump<S> {
    sink: S,
    /// What the sink answered last: whether it wants more.
    more: bool,
    text: String,
    longest: usize,
    indent: usize,
    /// Those of the sequences and items that have not started.
    counts: std::vec::IntoIter<Count>,
}

impl<S: FnMut(&str) -> bool> Dump<S> {
    /// A dump into `sink`, which gets whole lines and answers whether it wants more. Values are cut
    /// after `longest` characters, if that is a number.
    pub fn new(longest: Option<usize>, sink: S) -> Self {
        let longest = longest.unwrap_or(usize::MAX);
        let counts = Vec::new().into_iter();
        Self { sink, more: true, text: String::new(), longest, indent: 0, counts }
    }

    /// Writes the element in row `row` of `view` and everything in it; false when the sink wants no
    /// more.
    pub fn row(&mut self, view: &View<'_>, row: usize) -> bool {
        let is_sequence = view.met(row).is_some_and(|met| met.vr == Vr::SQ);
        self.counts = if is_sequence { count(view, row) } else { Vec::new() }.into_iter();
        self.indent = 0;
        view.read_row(row, self).is_ok() && self.more
    }

    /// Hands on the last lines.
    pub fn finish(mut self) {
        if self.more && !self.text.is_empty() {
            (self.sink)(&self.text);
        }
    }

    /// Writes the line of an element.
    fn line(
        &mut self,
        met: &Met<'_>,
        write: impl FnOnce(&mut String) -> fmt::Result,
    ) -> Result<(), DecodeError> {
        let Met { element, .. } = met;
        let values = shown::multiplicity(met);
        let about = About { values, name: name(element.tag) };
        let length = (!element.undefined).then_some(element.length);
        // As written; where nothing is written, as the value was taken.
        let vr = element.vr.unwrap_or(met.vr);
        self.put(element.tag, vr.as_str(), length, about, write)
    }

    /// Writes the line of an item or fragment of `length` bytes.
    fn item_line(
        &mut self,
        kind: &str,
        length: u64,
        write: impl FnOnce(&mut String) -> fmt::Result,
    ) -> Result<(), DecodeError> {
        let about = About { values: 1, name: "Item" };
        self.put(Tag::ITEM, kind, Some(length), about, write)
    }

    fn put(
        &mut self,
        tag: Tag,
        vr: &str,
        length: Option<u64>,
        About { values, name }: About,
        write: impl FnOnce(&mut String) -> fmt::Result,
    ) -> Result<(), DecodeError> {
        let text = &mut self.text;
        text.extend(iter::repeat_n(' ', self.indent));
        // A string takes whatever is written.
        let _ = write!(text, "{tag} {vr} ");
        let start = text.len();
        let _ = write(text);
        let width = text.get(start..).map_or(0, |shown| shown.chars().count());
        text.extend(iter::repeat_n(' ', COLUMN.saturating_sub(width)));
        let _ = match length {
            Some(length) => writeln!(text, " # {length:3}, {values} {name}"),
            None => writeln!(text, " # u/l, {values} {name}"),
        };
        self.hand_on()
    }

    fn hand_on(&mut self) -> Result<(), DecodeError> {
        if self.more && self.text.len() >= CHUNK {
            self.more = (self.sink)(&self.text);
            self.text.clear();
        }
        if self.more { Ok(()) } else { Err(DecodeError::new(ENOUGH, 0)) }
    }

    fn inside(&mut self) {
        self.indent = self.indent.saturating_add(INDENT);
    }

    fn outside(&mut self) {
        self.indent = self.indent.saturating_sub(INDENT);
    }
}

impl<S: FnMut(&str) -> bool> Reader for Dump<S> {
    fn element(&mut self, met: &Met<'_>) -> Result<(), DecodeError> {
        let longest = self.longest;
        self.line(met, |text| match shown::value(met, longest, text) {
            Ok(()) => Ok(()),
            Err(error) => write!(text, "({error})"),
        })
    }

    fn fragments(&mut self, met: &Met<'_>, found: &[(u64, u64)]) -> Result<(), DecodeError> {
        self.line(met, |text| write!(text, "(PixelSequence #={})", found.len()))?;
        self.inside();
        let longest = self.longest;
        for &(offset, length) in found {
            let start = offset.saturating_sub(met.element.value());
            let bytes = slice(met.bytes, start, start.saturating_add(length));
            self.item_line("pi", length, |text| {
                if bytes.is_empty() {
                    return text.write_str(shown::EMPTY);
                }
                shown::words(Vr::OB, bytes, Endian::Little, longest, text);
                Ok(())
            })?;
        }
        self.outside();
        Ok(())
    }

    fn sequence(&mut self, met: &Met<'_>) -> Result<(), DecodeError> {
        let Count { members, .. } = self.counts.next().unwrap_or_default();
        let kind = if met.element.undefined { "undefined" } else { "explicit" };
        self.line(met, |text| write!(text, "(Sequence with {kind} length #={members})"))?;
        self.inside();
        Ok(())
    }

    fn item(&mut self, _: u64) {
        let Count { members, length } = self.counts.next().unwrap_or_default();
        // A sink that wants no more ends the reading with the next element.
        let _ = self.item_line("na", length, |text| write!(text, "(Item #={members})"));
        self.inside();
    }

    fn item_end(&mut self, _: u64) {
        self.outside();
    }

    fn sequence_end(&mut self, _: u64) {
        self.outside();
    }

    fn unreadable(&mut self, error: DecodeError) -> Result<(), DecodeError> {
        let _ = writeln!(self.text, "# not readable: {error}");
        self.hand_on()
    }
}

/// What stands at the end of a line.
struct About {
    values: usize,
    name: &'static str,
}

/// The keyword, or what the tag alone tells (PS3.5 7.2 and 7.8.1).
fn name(tag: Tag) -> &'static str {
    match dictionary::entry(tag) {
        Some(entry) if !entry.keyword.is_empty() => entry.keyword,
        _ if tag.is_private_creator() => "PrivateCreator",
        _ if tag.is_group_length() => "GroupLength",
        _ => "Unknown Tag & Data",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::index::Index;
    use crate::dataset::{Encoding, Rules};
    use crate::limits::Limits;
    use crate::value::Context;

    fn dumped(data: &[u8], rules: Rules, sink: impl FnMut(&str) -> bool) {
        let (index, _) = Index::read(data, 0, Encoding::EXPLICIT, rules).unwrap();
        let context = index.context(data, Context::default());
        let view = View { index: &index, data: data.into(), context, rules };
        let mut dump = Dump::new(Some(64), sink);
        if (0..index.len()).all(|row| dump.row(&view, row)) {
            dump.finish();
        }
    }

    fn text(data: &[u8], rules: Rules) -> String {
        let mut text = String::new();
        dumped(data, rules, |lines| {
            text.push_str(lines);
            true
        });
        text
    }

    #[test]
    fn a_line_tells_tag_vr_value_length_multiplicity_and_keyword() {
        let data =
            b"\x08\0\x08\0CS\x06\0A\\B\\C \x09\0\x10\0LO\x04\0ACME\x28\0\x10\0US\x03\0\0\x02\0";
        let expected = r"
(0008,0008) CS [A\B\C]                                  #   6, 3 ImageType
(0009,0010) LO [ACME]                                   #   4, 1 PrivateCreator
(0028,0010) US (length 0x3 where a multiple of 2 is due at offset 0x22 in (0028,0010)) #   3, 1 Rows
";
        assert_eq!(text(data, Rules::default()), expected.trim_start());
    }

    #[test]
    fn sequences_and_items_tell_what_is_in_them_before_it_comes() {
        let concepts = b"\x40\0\x43\xa0SQ\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff\x10\0\x20\0LO\x02\0id\xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\0\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0";
        let pixels = b"\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\0\0\0\0\xfe\xff\0\xe0\x02\0\0\0\xff\xd8\xfe\xff\xdd\xe0\0\0\0\0";
        let expected = r"
(0040,A043) SQ (Sequence with undefined length #=2)     # u/l, 1 ConceptNameCodeSequence
  (FFFE,E000) na (Item #=1)                               #  10, 1 Item
    (0010,0020) LO [id]                                     #   2, 1 PatientID
  (FFFE,E000) na (Item #=0)                               #   0, 1 Item
(7FE0,0010) OB (PixelSequence #=2)                      # u/l, 1 PixelData
  (FFFE,E000) pi (no value available)                     #   0, 1 Item
  (FFFE,E000) pi ff\d8                                    #   2, 1 Item
";
        let data = [&concepts[..], pixels].concat();
        assert_eq!(text(&data, Rules::default()), expected.trim_start());
    }

    #[test]
    fn what_cannot_be_read_is_said_and_the_rest_is_shown() {
        let limits = Limits { depth: 1, ..Limits::default() };
        let inner = b"\x40\0\0\xa7SQ\0\0\x08\0\0\0\xfe\xff\0\xe0\0\0\0\0";
        let outer = b"\x08\0\x15\x11SQ\0\0\x1c\0\0\0\xfe\xff\0\xe0\x14\0\0\0";
        let data = [&outer[..], inner, b"\x50\0\x10\0CS\x02\0NO"].concat();
        let shown = text(&data, Rules { limits, ..Rules::default() });
        let starts: Vec<&str> = shown.lines().map(|line| line.get(..20).unwrap()).collect();
        let expected = [
            "(0008,1115) SQ (Sequ",
            "  (FFFE,E000) na (It",
            "    (0040,A700) SQ (",
            "# not readable: nest",
            "(0050,0010) CS [NO] ",
        ];
        assert_eq!(starts, expected);
    }

    #[test]
    fn lines_come_in_parts_until_nobody_wants_more() {
        let items = b"\xfe\xff\0\xe0\0\0\0\0".repeat(10_000);
        let data = [b"\x08\0\x15\x11SQ\0\0\x80\x38\x01\0", &items[..]].concat();
        let mut parts = Vec::new();
        dumped(&data, Rules::default(), |lines| {
            assert!(lines.ends_with('\n') && lines.len() < CHUNK + 200);
            parts.push(lines.len());
            true
        });
        assert!(parts.len() > 5, "{parts:?}");
        let mut asked = 0;
        dumped(&data, Rules::default(), |_| {
            asked += 1;
            asked < 2
        });
        assert_eq!(asked, 2);
    }
}
