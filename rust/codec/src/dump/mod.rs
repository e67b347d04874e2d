//! Data sets as text in the layout of dcmdump: one line an element, items indented.

mod counts;
mod shown;

use std::fmt::Write;

use crate::dataset::deep::{Met, Reader, View};
use crate::dictionary;
use crate::error::DecodeError;
use crate::tag::Tag;

use self::counts::Counts;
pub use self::shown::escape;

/// Columns that a value takes, at least.
const COLUMN: usize = 40;
const EMPTY: &str = "(no value available)";
const DEEPER: usize = 2;

/// Appends the lines of the elements in `rows` of `view`, and of everything in them.
///
/// Nothing is refused: what cannot be read is said in its place. Values are cut after `longest`
/// characters.
pub fn dump(
    view: &View<'_>,
    rows: impl IntoIterator<Item = usize>,
    longest: usize,
    into: &mut String,
) {
    let mut lines = Lines { view, into, longest, indent: 0, counts: Vec::new().into_iter() };
    for row in rows {
        lines.counts = Counts::of(view, row).into_iter();
        // Whatever this reader meets it can do without.
        let _ = view.read_row(row, &mut lines);
    }
}

/// Writes lines.
struct Lines<'a, 's> {
    view: &'a View<'a>,
    into: &'s mut String,
    longest: usize,
    indent: usize,
    /// What is in each sequence and item, in the order in which they start.
    counts: std::vec::IntoIter<(usize, u64)>,
}

impl Lines<'_, '_> {
    /// A line: what stands in front of the value, the value, what is said about it.
    fn row(
        &mut self,
        head: std::fmt::Arguments<'_>,
        shown: impl FnOnce(&mut String),
        about: std::fmt::Arguments<'_>,
    ) {
        if !self.into.is_empty() {
            self.into.push('\n');
        }
        let into = &mut *self.into;
        into.extend(std::iter::repeat_n(' ', self.indent));
        // Writing to a string does not fail.
        let _ = write!(into, "{head} ");
        let start = into.len();
        shown(into);
        let value = into.get(start..).unwrap_or_default();
        let width = if value.is_ascii() { value.len() } else { value.chars().count() };
        into.extend(std::iter::repeat_n(' ', COLUMN.saturating_sub(width)));
        let _ = write!(into, " # {about}");
    }

    fn line(&mut self, met: &Met<'_>, vm: usize, shown: impl FnOnce(&mut String)) {
        let element = met.element;
        let (tag, vr) = (element.tag, element.vr());
        let name = name(tag);
        if element.undefined {
            self.row(format_args!("{tag} {vr}"), shown, format_args!("u/l, {vm} {name}"));
        } else {
            let length = element.length;
            self.row(format_args!("{tag} {vr}"), shown, format_args!("{length:3}, {vm} {name}"));
        }
    }

    fn say(&mut self, met: &Met<'_>, error: DecodeError) {
        self.line(met, 1, |into| {
            let _ = write!(into, "({error})");
        });
    }
}

/// The keyword of a tag, or what stands for one.
fn name(tag: Tag) -> &'static str {
    match dictionary::entry(tag).map_or("", |entry| entry.keyword) {
        "" if tag.is_private_creator() => "PrivateCreator",
        "" if tag.is_group_length() => "GroupLength",
        "" => "Unknown Tag & Data",
        keyword => keyword,
    }
}

impl Reader for Lines<'_, '_> {
    fn element(&mut self, met: &Met<'_>) -> Result<(), DecodeError> {
        match met.decode() {
            Ok(value) => {
                let longest = self.longest;
                let vm = shown::multiplicity(met, &value);
                self.line(met, vm, |into| shown::value(met, value, longest, into));
            }
            Err(error) => self.say(met, error),
        }
        Ok(())
    }

    fn fragments(&mut self, met: &Met<'_>, fragments: &[(u64, u64)]) -> Result<(), DecodeError> {
        self.line(met, 1, |into| {
            let _ = write!(into, "(PixelSequence #={})", fragments.len());
        });
        self.indent = self.indent.saturating_add(DEEPER);
        for &(offset, length) in fragments {
            let end = offset.saturating_add(length);
            let bytes = crate::dataset::index::slice(self.view.data, offset, end);
            let longest = self.longest;
            let about = format_args!("{length:3}, 1 Item");
            self.row(
                format_args!("{} pi", Tag::ITEM),
                |into| shown::bytes(bytes, longest, into),
                about,
            );
        }
        self.indent = self.indent.saturating_sub(DEEPER);
        Ok(())
    }

    fn sequence(&mut self, met: &Met<'_>) -> Result<(), DecodeError> {
        let (count, _) = self.counts.next().unwrap_or_default();
        let kind = if met.element.undefined { "undefined" } else { "explicit" };
        self.line(met, 1, |into| {
            let _ = write!(into, "(Sequence with {kind} length #={count})");
        });
        self.indent = self.indent.saturating_add(DEEPER);
        Ok(())
    }

    fn item(&mut self, _: u64) {
        let (count, length) = self.counts.next().unwrap_or_default();
        let about = format_args!("{length:3}, 1 Item");
        self.row(
            format_args!("{} na", Tag::ITEM),
            |into| {
                let _ = write!(into, "(Item #={count})");
            },
            about,
        );
        self.indent = self.indent.saturating_add(DEEPER);
    }

    fn item_end(&mut self, _: u64) {
        self.indent = self.indent.saturating_sub(DEEPER);
    }

    fn sequence_end(&mut self, _: u64) {
        self.indent = self.indent.saturating_sub(DEEPER);
    }

    fn unreadable(&mut self, error: DecodeError) -> Result<(), DecodeError> {
        let tag = error.tag.unwrap_or(Tag(0));
        self.row(
            format_args!("{tag} ??"),
            |into| {
                let _ = write!(into, "({error})");
            },
            format_args!("not read"),
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::index::Index;
    use crate::dataset::{Encoding, Rules};
    use crate::value::Context;

    fn dumped(data: &[u8], longest: usize) -> String {
        let rules = Rules::default();
        let (index, _) = Index::read(data, 0, Encoding::EXPLICIT, rules).unwrap();
        let context = index.context(data, Context::default());
        let view = View { index: &index, data, context, rules };
        let mut text = String::new();
        dump(&view, 0..index.len(), longest, &mut text);
        text
    }

    #[test]
    fn items_are_counted_and_indented() {
        let data = b"\x08\0\x15\x11SQ\0\0\x1a\0\0\0\xfe\xff\0\xe0\x0a\0\0\0\x08\0\x60\0CS\x02\0CT\xfe\xff\0\xe0\0\0\0\0\x08\0\x16\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\xdd\xe0\0\0\0\0";
        let lines = [
            "(0008,1115) SQ (Sequence with explicit length #=2)      #  26, 1 ReferencedSeriesSequence",
            "  (FFFE,E000) na (Item #=1)                               #  10, 1 Item",
            "    (0008,0060) CS [CT]                                     #   2, 1 Modality",
            "  (FFFE,E000) na (Item #=0)                               #   0, 1 Item",
            "(0008,1116) SQ (Sequence with undefined length #=0)     # u/l, 1 Unknown Tag & Data",
        ];
        assert_eq!(dumped(data, 64), lines.join("\n"));
    }

    #[test]
    fn long_values_are_cut_and_nothing_moves_a_cursor() {
        let data =
            b"\x10\0\x10\0PN\x06\0a\x1b[2Jb\xe0\x7f\x10\0OW\0\0\x06\0\0\0\x01\x02\x03\x04\x05\x06";
        let text = dumped(data, 9);
        assert!(text.starts_with("(0010,0010) PN [a\\x1b[2Jb] "), "{text}");
        assert!(text.contains("OW 0201\\0403... "), "{text}");
    }
}
