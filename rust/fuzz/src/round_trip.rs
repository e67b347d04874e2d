//! What is read is written: byte by byte where it conforms, with the same elements in any other transfer
//! syntax and back, and with an edit where the edit is and nowhere else.

use russet_codec::dataset::deep::{Met, Reader, View};
use russet_codec::dataset::encode::{
    GroupLengths, Lengths, Options, RecodeError, put_element, recode,
};
use russet_codec::dataset::index::{Index, Select};
use russet_codec::dataset::{Encoding, Rules};
use russet_codec::dictionary;
use russet_codec::endian::Endian;
use russet_codec::error::DecodeError;
use russet_codec::file;
use russet_codec::syntax::Syntax;
use russet_codec::tag::Tag;
use russet_codec::value::Context;
use russet_codec::vr::Vr;

use super::{SYNTAXES, chosen, rules, size};

const KEEP: Options = Options { lengths: Lengths::AsWritten, group_lengths: GroupLengths::Keep };

/// The first byte chooses the transfer syntax to read and the one to write; the second options, and an
/// element to edit.
pub fn round_trip(input: &[u8]) {
    let &[how, row, ref data @ ..] = input else { return };
    let ((uid, syntax), (to, _)) = (chosen(how), chosen(how / 5));
    let Some(read) = Bytes::read(data, syntax, rules(false)) else { return };
    twice(&read, uid, to, OPTIONS[usize::from(row >> 6)]);
    there_and_back(&read, uid, to);
    if let Some(strict) = Bytes::read(data, syntax, rules(true)).filter(Bytes::conforms) {
        identical(&strict, uid);
        edit(&strict, row.into());
    }
}

const OPTIONS: [Options; 4] = [
    KEEP,
    Options { lengths: Lengths::Defined, group_lengths: GroupLengths::Remove },
    Options { lengths: Lengths::Undefined, group_lengths: GroupLengths::Add },
    Options { lengths: Lengths::AsWritten, group_lengths: GroupLengths::Remove },
];

/// A data set with its bytes, inflated if they were deflated.
struct Bytes {
    index: Index,
    data: Vec<u8>,
    rules: Rules,
    encoding: Encoding,
}

impl Bytes {
    fn read(data: &[u8], syntax: Syntax, rules: Rules) -> Option<Self> {
        let (index, _, inflated) =
            file::read_dataset(data, 0, syntax, rules, &Select::default()).ok()?;
        let data = inflated.unwrap_or_else(|| data.to_vec());
        Some(Self { index, data, rules, encoding: syntax.into() })
    }

    fn view(&self) -> View<'_> {
        let context = self.index.context(&self.data, Context::default());
        View { index: &self.index, data: (&self.data).into(), context, rules: self.rules }
    }

    fn recoded(&self, from: &str, to: &str, options: Options) -> Result<Vec<u8>, RecodeError> {
        recode(&self.view(), from, to, options)
    }

    /// Every element in order, sequences and items as markers. Group lengths are made right by the
    /// headers that there are.
    fn elements(&self) -> Option<Rows> {
        let mut rows = Rows::default();
        self.view().read(&mut rows).ok()?;
        rows.found.retain(|row| !row.tag.is_group_length());
        Some(rows)
    }

    /// Whether only their VR, or their length, says of some bytes that they stay as they are, and it is
    /// lost on a way that leads through `syntaxes`: then they become items, whose elements are put in
    /// order, as those of a UN with a length are not, or that are nested too deep to be read.
    fn hides_items(&self, syntaxes: [&str; 2]) -> bool {
        self.elements().is_none_or(|rows| {
            rows.items_hidden && (rows.unknown || syntaxes.contains(&SYNTAXES[0]))
        })
    }

    /// Whether all of it, also what is in items, is as the standard says and nothing is ambiguous:
    /// items in the other VR mode and group lengths, which are made right, are not written as they are.
    fn conforms(&self) -> bool {
        let mut rows = Rows { mode: Some(self.encoding), ..Rows::default() };
        self.view().read(&mut rows).is_ok() && !rows.odd
    }
}

/// An element as a reader gets it; numbers in little endian.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    tag: Tag,
    depth: usize,
    value: Vec<u8>,
}

#[derive(Default)]
struct Rows {
    found: Vec<Row>,
    mode: Option<Encoding>,
    odd: bool,
    /// Whether a value has the bytes of items, and only its VR says that it has none, or that they are
    /// not looked into.
    items_hidden: bool,
    /// Whether there is a UN of undefined length: what is in it loses its VRs in any transfer syntax.
    unknown: bool,
}

impl Rows {
    fn push(&mut self, met: &Met<'_>, value: &[u8]) {
        let mut value = value.to_vec();
        if met.endian() == Endian::Big {
            value.chunks_exact_mut(met.vr.unit()).for_each(<[u8]>::reverse);
        }
        let tag = met.element.tag;
        self.odd |= self.mode.is_some_and(|mode| mode != met.encoding) || tag.is_group_length();
        self.found.push(Row { tag, depth: met.depth, value });
    }
}

impl Reader for Rows {
    fn element(&mut self, met: &Met<'_>) -> Result<(), DecodeError> {
        self.push(met, met.bytes);
        let tag = met.element.tag;
        let is_sequence = dictionary::vr_of(tag) == Vr::SQ || tag.creator().is_some();
        // In the order that numbers have in Implicit VR.
        let holds = self.found.last().is_some_and(|row| row.value.starts_with(b"\xfe\xff"));
        self.items_hidden |= is_sequence && holds;
        Ok(())
    }

    fn fragments(&mut self, met: &Met<'_>, fragments: &[(u64, u64)]) -> Result<(), DecodeError> {
        self.push(met, format!("{} fragments", fragments.len()).as_bytes());
        self.odd |= met.element.vr.is_some_and(|vr| vr != Vr::OB);
        Ok(())
    }

    fn sequence(&mut self, met: &Met<'_>) -> Result<(), DecodeError> {
        self.push(met, b"");
        // What is in a UN is in Implicit VR, whatever is around it.
        let is_unknown = met.element.vr == Some(Vr::UN);
        self.odd |= is_unknown;
        self.unknown |= is_unknown && met.element.undefined;
        self.items_hidden |= is_unknown && !met.element.undefined;
        Ok(())
    }

    fn item(&mut self, _: u64) {
        self.found.push(Row { tag: Tag::ITEM, depth: 0, value: Vec::new() });
    }

    fn item_end(&mut self, _: u64) {
        self.found.push(Row { tag: Tag::ITEM_DELIMITATION, depth: 0, value: Vec::new() });
    }

    fn sequence_end(&mut self, _: u64) {}
}

/// What was written once is written the same the second time.
fn twice(read: &Bytes, from: &str, to: &str, options: Options) {
    let Ok(mut once) = read.recoded(from, to, options) else { return };
    if read.hides_items([from, to]) {
        return;
    }
    let unknown = read.elements().is_some_and(|rows| rows.unknown);
    // Without its VR, what has the bytes of a sequence, or none, may be one, by the dictionary.
    if to == SYNTAXES[0] || unknown {
        once = again(&once, to, options);
    }
    assert!(once.len().is_multiple_of(2));
    assert_eq!(shown(&again(&once, to, options)), shown(&once));
}

fn again(once: &[u8], to: &str, options: Options) -> Vec<u8> {
    let read = Bytes::read(once, Syntax::of(to).unwrap(), rules(false));
    let read = read.unwrap_or_else(|| panic!("unreadable: {}", shown(once)));
    read.recoded(to, to, options).unwrap()
}

fn shown(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

/// Through another transfer syntax, and back, no element is lost or made up, and no value is changed.
fn there_and_back(read: &Bytes, uid: &str, to: &str) {
    let (from, rules) = (Syntax::of(uid).unwrap(), read.rules);
    let elements = |written: &[u8]| {
        let read = Bytes::read(written, from, rules).and_then(|read| read.elements());
        read.unwrap_or_else(|| panic!("unreadable: {}", shown(written)))
    };
    let Ok(plain) = read.recoded(uid, uid, KEEP) else { return };
    let Ok(there) = read.recoded(uid, to, KEEP) else { return };
    let there = Bytes::read(&there, Syntax::of(to).unwrap(), rules).unwrap();
    // Native pixel data are not encoded, also where they had no place to begin with.
    let Ok(back) = there.recoded(to, uid, KEEP) else { return };
    if !read.hides_items([uid, to]) {
        assert_eq!(elements(&back).found, elements(&plain).found);
    }
}

/// What conforms is written byte by byte as it was read.
fn identical(read: &Bytes, uid: &str) {
    if Syntax::of(uid).is_some_and(|syntax| syntax.deflated) {
        return;
    }
    let end = usize::try_from(read.index.end()).unwrap();
    let written = read.recoded(uid, uid, KEEP).unwrap();
    assert_eq!(shown(&written), shown(&read.data[..end]));
}

/// An element is replaced: it reads back, and everything else is what it was.
fn edit(read: &Bytes, row: usize) {
    let index = &read.index;
    let Some(old) = index.element(row % index.len().max(1)) else { return };
    let row = row % index.len();
    let (start, end) = index.span(row, row + 1);
    let (start, end) = (usize::try_from(start).unwrap(), usize::try_from(end).unwrap());
    let mut edited = read.data[..start].to_vec();
    let (vr, value) = (old.vr(), b"12345678");
    let vr = if vr == Vr::SQ { Vr::UN } else { vr };
    put_element(&mut edited, old.tag, vr, (value, read.encoding.endian), read.encoding).unwrap();
    edited.extend_from_slice(&read.data[end..]);
    let (found, _) = Index::read(&edited, 0, read.encoding, rules(false)).unwrap();
    assert_eq!(found.len(), index.len());
    for (at, (new, old)) in found.elements().iter().zip(index.elements()).enumerate() {
        assert_eq!(new.tag, old.tag);
        let (new, old) = (Index::value(new, &edited), Index::value(old, &read.data));
        assert_eq!(new, if at == row { value } else { old });
    }
    assert_eq!(found.end(), size(&edited));
}
