//! Everything in a data set, in order, sequences entered: for whoever turns all of it into something
//! else. [`Reader`]s are told of values; how the bytes nest is dealt with here.

use std::collections::HashMap;

use crate::dataset::extract::{Extract, slice};
use crate::dataset::index::Index;
use crate::dataset::level::Level;
use crate::dataset::visitor::{Take, Visitor};
use crate::dataset::walk::{Walk, content};
use crate::dataset::{Element, Encoding, Rules};
use crate::endian::Endian;
use crate::error::DecodeError;
use crate::tag::Tag;
use crate::value::{self, Context, Value};
use crate::vr::Vr;

/// An element with all that is needed to take its value.
#[derive(Debug, Clone, Copy)]
pub struct Met<'a> {
    /// Where it stands in the bytes.
    pub element: Element,
    /// The VR to take its value by.
    pub vr: Vr,
    /// The bytes of its value; of a sequence of undefined length, none.
    pub bytes: &'a [u8],
    /// How the data set or item that it is in is written.
    pub encoding: Encoding,
    /// What the data set or item that it is in says of its values.
    pub context: Context,
    /// How many sequences are around it.
    pub depth: usize,
}

impl<'a> Met<'a> {
    /// Whether its value is told of in parts, as items or fragments.
    fn is_entered(&self) -> bool {
        let fragments = self.element.has_fragments() && !self.element.tag.is_group_length();
        fragments || self.vr == Vr::SQ
    }

    /// The byte order of its numbers: what a UN holds is in little endian, whatever is around it
    /// (PS3.5 6.2.2).
    #[must_use]
    pub fn endian(&self) -> Endian {
        if self.element.vr == Some(Vr::UN) { Endian::Little } else { self.encoding.endian }
    }

    /// Its value.
    ///
    /// # Errors
    /// As [`value::decode`].
    pub fn decode(&self) -> Result<Value<'a>, DecodeError> {
        let encoding = value::Encoding { endian: self.endian(), charset: self.context.charset };
        value::decode(self.vr, self.bytes, encoding, self.element.value())
            .map(|value| value.of(self.element.tag))
            .map_err(|error| error.within(self.element.tag))
    }
}

/// Who is told of everything in a data set. An error ends the reading.
pub trait Reader {
    /// An element that is neither a sequence nor encapsulated pixel data.
    ///
    /// # Errors
    /// Whatever the reader finds wrong with it.
    fn element(&mut self, met: &Met<'_>) -> Result<(), DecodeError>;

    /// Encapsulated pixel data with the offset and length of each fragment, the offset table first
    /// (PS3.5 A.4).
    ///
    /// # Errors
    /// Whatever the reader finds wrong with it.
    fn fragments(&mut self, met: &Met<'_>, fragments: &[(u64, u64)]) -> Result<(), DecodeError>;

    /// Whether it takes what can be read as a sequence as the bytes that it is, by
    /// [`Reader::element`].
    fn takes_whole(&self, met: &Met<'_>) -> bool {
        let _ = met;
        false
    }

    /// A sequence; its items follow, then its end.
    ///
    /// # Errors
    /// Whatever the reader finds wrong with it.
    fn sequence(&mut self, met: &Met<'_>) -> Result<(), DecodeError>;

    /// An item; its elements follow, from offset `start`, then its end.
    fn item(&mut self, start: u64);

    /// The last item that has not ended does, at offset `end`.
    fn item_end(&mut self, end: u64);

    /// The last sequence that has not ended does, at offset `end`.
    fn sequence_end(&mut self, end: u64);

    /// What could not be read; every item and sequence that was open has been ended. The reading goes
    /// on with the next element of the outermost data set if the reader can do without.
    ///
    /// # Errors
    /// The same error, unless the reader can.
    fn unreadable(&mut self, error: DecodeError) -> Result<(), DecodeError> {
        Err(error)
    }
}

/// A data set: its bytes, and where everything is in them.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// Its elements.
    pub index: &'a Index,
    /// The bytes that offsets refer to.
    pub data: Extract<'a>,
    /// What it says of its values.
    pub context: Context,
    /// What is accepted of what is in sequences.
    pub rules: Rules,
}

impl<'a> View<'a> {
    /// Tells `reader` of everything.
    ///
    /// # Errors
    /// What cannot be read, if the reader cannot do without; what the reader finds wrong.
    pub fn read(&self, reader: &mut impl Reader) -> Result<(), DecodeError> {
        (0..self.index.len()).try_for_each(|row| self.read_row(row, reader))
    }

    /// Tells `reader` of the element in row `row`, and of everything in it.
    ///
    /// # Errors
    /// As [`View::read`].
    pub fn read_row(&self, row: usize, reader: &mut impl Reader) -> Result<(), DecodeError> {
        let Some(met) = self.met(row) else { return Ok(()) };
        if !met.is_entered() || reader.takes_whole(&met) {
            return reader.element(&met);
        }
        let Met { element, vr, .. } = met;
        let rules = self.rules;
        let (encoding, depth) = (self.index.encoding(), self.index.depth());
        let walk = if vr == Vr::SQ {
            Walk::items(&element, content(&element, encoding), depth, rules)
        } else {
            Walk::fragments(&element, encoding, rules)
        };
        let mut deep = Deep {
            reader,
            data: self.data,
            levels: vec![Level::new(self.context, encoding)],
            open: Vec::new(),
            top: depth,
            fragments: Vec::new(),
            creators: HashMap::new(),
            owned: Vec::new(),
            failed: None,
        };
        deep.enter(met)?;
        let outcome = deep.run(walk, &element);
        deep.end_all(element.end(), outcome)
    }

    /// The element in row `row`.
    #[must_use]
    pub fn met(&self, row: usize) -> Option<Met<'a>> {
        let &element = self.index.element(row)?;
        Some(Met {
            element,
            vr: self.index.value_vr(row, self.data, self.context)?,
            bytes: Index::value(&element, self.data),
            encoding: self.index.encoding(),
            context: self.context,
            depth: self.index.depth(),
        })
    }
}

/// Passes what a walk meets on to a reader, with values.
struct Deep<'a, 'r, R> {
    reader: &'r mut R,
    data: Extract<'a>,
    /// The outermost data set, and the items that are open.
    levels: Vec<Level>,
    /// The sequences and pixel data that are open.
    open: Vec<Met<'a>>,
    /// How many sequences are around the outermost data set.
    top: usize,
    fragments: Vec<(u64, u64)>,
    /// The private creators, by how many levels there were.
    creators: HashMap<(usize, Tag), &'a [u8]>,
    /// The same in the order they were met.
    owned: Vec<(usize, Tag)>,
    failed: Option<DecodeError>,
}

impl<'a, R: Reader> Deep<'a, '_, R> {
    /// Walks the content of `element`.
    fn run(&mut self, mut walk: Walk, element: &Element) -> Result<(), DecodeError> {
        walk = walk.inside(element.end());
        walk.run(Index::value(element, self.data), self)?;
        if self.failed.is_none() {
            walk.unwind(element.end(), self);
        }
        Ok(())
    }

    /// Ends whatever is open; `outcome` is how the walk ended.
    fn end_all(&mut self, end: u64, outcome: Result<(), DecodeError>) -> Result<(), DecodeError> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        while !self.open.is_empty() {
            self.end_item(end);
            self.end_sequence(end)?;
        }
        outcome.or_else(|error| self.reader.unreadable(error))
    }

    /// How many levels there are when an element inside `depth` sequences is met.
    fn height(&self, depth: usize) -> usize {
        depth.saturating_sub(self.top).saturating_add(1)
    }

    fn enter(&mut self, met: Met<'a>) -> Result<(), DecodeError> {
        if met.vr == Vr::SQ {
            self.reader.sequence(&met)?;
        }
        self.open.push(met);
        Ok(())
    }

    fn meet(&mut self, element: Element, depth: usize) -> Result<Take, DecodeError> {
        let level = self.levels.last().filter(|level| !level.stray);
        let Some(&Level { context, encoding, .. }) = level else { return Ok(Take::Skip) };
        let bytes = Index::value(&element, self.data);
        let mut vr = element.known_vr(bytes, encoding, context);
        if vr == Vr::UN
            && let Some(creator) = self.creator(element.tag)
        {
            vr = element.private_vr(creator, bytes, encoding);
        }
        if element.tag.is_private_creator() {
            let place = (self.levels.len(), element.tag);
            self.creators.entry(place).or_insert(bytes);
            self.owned.push(place);
        }
        let met = Met { element, vr, bytes, encoding, context, depth };
        if met.is_entered() && !self.reader.takes_whole(&met) {
            self.enter(met)?;
            return Ok(Take::Items);
        }
        if let Some(level) = self.levels.last_mut() {
            level.learn(element.tag, bytes);
        }
        self.reader.element(&met)?;
        Ok(Take::Skip)
    }

    /// Who owns the block of `tag` in the item at hand.
    fn creator(&self, tag: Tag) -> Option<&'a [u8]> {
        self.creators.get(&(self.levels.len(), tag.creator()?)).copied()
    }

    /// Ends the item at hand, if the last sequence has one.
    fn end_item(&mut self, end: u64) {
        while self.levels.pop_if(|level| level.stray).is_some() {}
        if self.levels.len() > self.open.len() {
            self.levels.pop();
            self.reader.item_end(end);
        }
    }

    fn end_sequence(&mut self, end: u64) -> Result<(), DecodeError> {
        let Some(mut met) = self.open.pop() else { return Ok(()) };
        if met.vr == Vr::SQ {
            self.reader.sequence_end(end);
            return Ok(());
        }
        met.element.length = end.saturating_sub(met.element.value());
        met.bytes = slice(self.data, met.element.value(), end);
        let fragments = std::mem::take(&mut self.fragments);
        self.reader.fragments(&met, &fragments)
    }
}

impl<R: Reader> Visitor for Deep<'_, '_, R> {
    fn element(&mut self, element: Element, depth: usize) -> Take {
        self.meet(element, depth).unwrap_or_else(|error| {
            self.failed = Some(error);
            Take::Stop
        })
    }

    fn closed(&mut self, end: u64, depth: usize) {
        // An item that is not in a sequence of ours has none to close.
        if self.levels.last().is_some_and(|level| level.stray)
            || self.open.len() != self.height(depth)
        {
            return;
        }
        if let Err(error) = self.end_sequence(end) {
            self.failed.get_or_insert(error);
        }
    }

    fn item(&mut self, start: u64, depth: usize) {
        let Some(&level) = self.levels.last() else { return };
        let stray = level.stray || self.height(depth) != self.open.len().saturating_add(1);
        self.levels.push(level.item(start, stray));
        // Those of an item before this one.
        while let Some(place) = self.owned.pop_if(|(level, _)| *level >= self.levels.len()) {
            self.creators.remove(&place);
        }
        if !stray {
            self.reader.item(start);
        }
    }

    fn settled(&mut self, encoding: Encoding, _: usize) {
        if let Some(level) = self.levels.last_mut() {
            level.encoding = encoding;
            level.look_ahead(self.data);
        }
    }

    fn item_closed(&mut self, end: u64, _: usize) {
        if self.levels.len() > 1 && self.levels.pop().is_some_and(|level| !level.stray) {
            self.reader.item_end(end);
        }
    }

    fn fragment(&mut self, offset: u64, length: u64) {
        if self.open.last().is_some_and(|met| met.vr != Vr::SQ) {
            self.fragments.push((offset, length));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    /// Writes down what it is told.
    #[derive(Default)]
    struct Told {
        lines: Vec<String>,
        tolerant: bool,
    }

    impl Reader for Told {
        fn element(&mut self, met: &Met<'_>) -> Result<(), DecodeError> {
            let line = format!("{} {} {}", met.element.tag, met.vr, met.bytes.escape_ascii());
            self.lines.push(line);
            Ok(())
        }

        fn fragments(&mut self, met: &Met<'_>, found: &[(u64, u64)]) -> Result<(), DecodeError> {
            self.lines.push(format!("{} {found:?} of {}", met.element.tag, met.bytes.len()));
            Ok(())
        }

        fn sequence(&mut self, met: &Met<'_>) -> Result<(), DecodeError> {
            self.lines.push(format!("{} [", met.element.tag));
            Ok(())
        }

        fn item(&mut self, _: u64) {
            self.lines.push("{".into());
        }

        fn item_end(&mut self, _: u64) {
            self.lines.push("}".into());
        }

        fn sequence_end(&mut self, _: u64) {
            self.lines.push("]".into());
        }

        fn unreadable(&mut self, error: DecodeError) -> Result<(), DecodeError> {
            self.lines.push(error.to_string());
            if self.tolerant { Ok(()) } else { Err(error) }
        }
    }

    fn told(data: &[u8], rules: Rules) -> Vec<String> {
        let (index, _) = Index::read(data, 0, Encoding::EXPLICIT, rules).unwrap();
        let context = index.context(data, Context::default());
        let mut reader = Told { tolerant: true, ..Told::default() };
        View { index: &index, data: data.into(), context, rules }.read(&mut reader).unwrap();
        reader.lines
    }

    #[test]
    fn sequences_of_any_length_are_entered_and_left() {
        let sequence =
            b"\x08\0\x15\x11SQ\0\0\x12\0\0\0\xfe\xff\0\xe0\x0a\0\0\0\x08\0\x60\0CS\x02\0CT";
        let undefined = b"\x40\0\0\xa7SQ\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff\x10\0\x20\0LO\x02\0id\xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\0\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0";
        let last = b"\x50\0\x10\0CS\x02\0NO";
        let data = [&sequence[..], undefined, last].concat();
        assert_eq!(
            told(&data, Rules::default()),
            [
                "(0008,1115) [",
                "{",
                "(0008,0060) CS CT",
                "}",
                "]",
                "(0040,A700) [",
                "{",
                "(0010,0020) LO id",
                "}",
                "{",
                "}",
                "]",
                "(0050,0010) CS NO",
            ]
        );
    }

    #[test]
    fn pixel_data_come_with_their_fragments_also_inside_an_item() {
        let pixels = b"\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\0\0\0\0\xfe\xff\0\xe0\x02\0\0\0ab\xfe\xff\xdd\xe0\0\0\0\0";
        let icon = b"\x88\0\0\x02SQ\0\0\x2e\0\0\0\xfe\xff\0\xe0\x26\0\0\0";
        let data = [&icon[..], pixels, pixels].concat();
        let lines = ["(0088,0200) [", "{", "(7FE0,0010) [(40, 0), (48, 2)] of 18", "}", "]"];
        let found = told(&data, Rules::default());
        assert_eq!(found[..5], lines);
        assert_eq!(found[5], "(7FE0,0010) [(78, 0), (86, 2)] of 18");
    }

    #[test]
    fn private_elements_are_what_the_owner_in_the_same_item_says() {
        let creator = b"\x29\0\x11\0LO\x12\0SIEMENS CSA HEADER";
        let element = b"\x29\0\x08\x11UN\0\0\x04\0\0\0IMA ";
        let item = |content: &[u8]| [b"\xfe\xff\0\xe0\xff\xff\xff\xff", content, END].concat();
        let owned = item(&[&creator[..], element].concat());
        let data = [&b"\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff"[..], &owned, &item(element), OVER];
        let lines = told(&data.concat(), Rules::default());
        assert_eq!(lines[2], "(0029,0011) LO SIEMENS CSA HEADER");
        assert_eq!(lines[3], "(0029,1108) CS IMA ");
        assert_eq!(lines[6], "(0029,1108) UN IMA ");
    }

    const END: &[u8] = b"\xfe\xff\x0d\xe0\0\0\0\0";
    const OVER: &[u8] = b"\xfe\xff\xdd\xe0\0\0\0\0";

    #[test]
    fn what_cannot_be_read_ends_what_is_open_and_the_reading_goes_on() {
        let limits = crate::limits::Limits { depth: 1, ..Default::default() };
        let inner = b"\x40\0\0\xa7SQ\0\0\x08\0\0\0\xfe\xff\0\xe0\0\0\0\0";
        let outer =
            [b"\x08\0\x15\x11SQ\0\0\x1c\0\0\0\xfe\xff\0\xe0\x14\0\0\0", &inner[..]].concat();
        let data = [&outer[..], b"\x50\0\x10\0CS\x02\0NO"].concat();
        let found = told(&data, Rules { limits, ..Rules::default() });
        let kind = ErrorKind::AboveLimit { what: "nested sequences", value: 2, limit: 1 };
        let error = DecodeError::new(kind, 20).within(Tag(0x0040_a700)).to_string();
        let expected = ["(0008,1115) [", "{", "(0040,A700) [", "]", "}", "]", &error];
        assert_eq!(found[..7], expected);
        assert_eq!(found[7], "(0050,0010) CS NO");
    }

    #[test]
    fn an_item_without_delimiter_keeps_its_last_element_in_order_and_by_itself() {
        let open = b"\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff";
        // Its length is in 16 bits where 32 belong, and fewer than 32 bits follow in its item.
        let short = b"\x09\0\x01\x10UN\x02\0ab";
        let data = [&open[..], open, short, OVER, OVER].concat();
        let rules = Rules::default();
        let lines = told(&data, rules);
        let expected = ["(0008,1140) [", "{", "(0008,1140) [", "{", "(0009,1001) UN ab", "}", "]"];
        assert_eq!(lines[..7], expected);
        let (index, _) = Index::read(&data, 0, Encoding::EXPLICIT, rules).unwrap();
        let (outer, _) = index.items(0, &data, rules).unwrap();
        let (inner, _) = outer[0].items(0, &data, rules).unwrap();
        assert_eq!(inner[0].elements().iter().map(|it| it.length).collect::<Vec<_>>(), [2]);
    }
}
