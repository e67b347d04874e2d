//! However a data set is read, it has one structure: item by item when it is asked for, in order as a
//! whole, and while it arrives in parts.

use russet_codec::dataset::deep::{Met, Reader, View};
use russet_codec::dataset::feed::Feed;
use russet_codec::dataset::index::{Index, Select};
use russet_codec::dataset::visitor::{Take, Visitor};
use russet_codec::dataset::{Element, Encoding, Rules, Warnings};
use russet_codec::error::{DecodeError, ErrorKind};
use russet_codec::file;
use russet_codec::syntax::Syntax;
use russet_codec::value::Context;
use russet_codec::vr::Vr;

use super::{chosen, rules, wide_rules};

/// The first byte chooses the transfer syntax, the second how what arrives is cut.
pub fn index_vs_full(input: &[u8]) {
    let &[how, cuts, ref data @ ..] = input else { return };
    let (_, syntax) = chosen(how);
    split(data, syntax, cuts);
    let rules = wide_rules(false);
    let read = file::read_dataset(data, 0, syntax, rules, &Select::default());
    let Ok((index, warnings, inflated)) = read else { return };
    let bytes = inflated.as_deref().unwrap_or(data);
    same(&lazily(&index, bytes, rules), &in_order(&index, bytes, rules));
    let mended = |it: &DecodeError| {
        matches!(it.kind, ErrorKind::BadLength { expected: "its items end elsewhere", .. })
    };
    // Only who has all the bytes can measure a sequence whose length lies.
    if !warnings.kept.iter().any(mended) {
        arrive(data, syntax, &index, bytes);
    }
}

/// One line for everything that is met, and for what cannot be read.
type Lines = Vec<Line>;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Line {
    Element(Element, Vr, Encoding, usize),
    Fragments(Vec<(u64, u64)>),
    Item(u64),
    ItemEnd(u64),
    SequenceEnd(u64),
    /// The row of the outermost data set ends here, whatever is open.
    Unreadable(DecodeError),
}

/// Row by row; what is in a row ends with what cannot be read in it.
fn lazily(index: &Index, data: &[u8], rules: Rules) -> Vec<Lines> {
    let context = index.context(data, Context::default());
    let row = |row| {
        let mut lines = Vec::new();
        if let Err(error) = look(index, row, data, context, rules, &mut lines) {
            lines.push(Line::Unreadable(error));
        }
        lines
    };
    (0..index.len()).map(row).collect()
}

fn look(
    index: &Index,
    row: usize,
    data: &[u8],
    context: Context,
    rules: Rules,
    lines: &mut Lines,
) -> Result<(), DecodeError> {
    let element = *index.element(row).unwrap();
    let vr = index.value_vr(row, data, context).unwrap();
    lines.push(Line::Element(element, vr, index.encoding(), index.depth()));
    if vr == Vr::SQ {
        let (items, _) = index.items(row, data, rules)?;
        for item in &items {
            lines.push(Line::Item(item.start()));
            let context = item.context(data, context);
            (0..item.len()).try_for_each(|row| look(item, row, data, context, rules, lines))?;
            lines.push(Line::ItemEnd(item.end()));
        }
        lines.push(Line::SequenceEnd(element.end()));
    } else if element.has_fragments() && !element.tag.is_group_length() {
        lines.push(Line::Fragments(index.fragments(row, data, rules)?));
    }
    Ok(())
}

fn in_order(index: &Index, data: &[u8], rules: Rules) -> Vec<Lines> {
    let context = index.context(data, Context::default());
    let view = View { index, data: data.into(), context, rules };
    let row = |row| {
        let mut told = Told::default();
        view.read_row(row, &mut told).unwrap();
        told.0
    };
    (0..index.len()).map(row).collect()
}

#[derive(Default)]
struct Told(Lines);

impl Reader for Told {
    fn element(&mut self, met: &Met<'_>) -> Result<(), DecodeError> {
        self.0.push(Line::Element(met.element, met.vr, met.encoding, met.depth));
        Ok(())
    }

    fn fragments(&mut self, met: &Met<'_>, found: &[(u64, u64)]) -> Result<(), DecodeError> {
        self.element(met)?;
        self.0.push(Line::Fragments(found.to_vec()));
        Ok(())
    }

    fn sequence(&mut self, met: &Met<'_>) -> Result<(), DecodeError> {
        self.element(met)
    }

    fn item(&mut self, start: u64) {
        self.0.push(Line::Item(start));
    }

    fn item_end(&mut self, end: u64) {
        self.0.push(Line::ItemEnd(end));
    }

    fn sequence_end(&mut self, end: u64) {
        self.0.push(Line::SequenceEnd(end));
    }

    fn unreadable(&mut self, error: DecodeError) -> Result<(), DecodeError> {
        self.0.push(Line::Unreadable(error));
        Ok(())
    }
}

fn is_unreadable(row: &Lines) -> bool {
    matches!(row.last(), Some(Line::Unreadable(_)))
}

/// The length of what ends later is not known to who reads in order, nor is the Pixel Representation of
/// an item that comes after a sequence in it, by which what is in that may be US or SS.
fn plain(row: &Lines) -> Lines {
    let plain = |line: &Line| match line.clone() {
        Line::Element(mut element, vr, encoding, depth) => {
            element.length = if element.undefined { 0 } else { element.length };
            let vr = if vr == Vr::SS { Vr::US } else { vr };
            Line::Element(element, vr, encoding, depth)
        }
        line => line,
    };
    row.iter().map(plain).collect()
}

fn same(lazy: &[Lines], full: &[Lines]) {
    assert_eq!(lazy.len(), full.len());
    for (lazy, full) in lazy.iter().zip(full) {
        assert_eq!(is_unreadable(lazy), is_unreadable(full), "{lazy:#?}\n{full:#?}");
        if !is_unreadable(lazy) {
            assert_eq!(plain(lazy), plain(full));
        }
    }
}

/// Writes down all that a visitor is told.
#[derive(Debug, Default)]
struct Witness {
    told: Vec<String>,
    values: Vec<u8>,
}

impl Visitor for Witness {
    fn element(&mut self, element: Element, depth: usize) -> Take {
        self.told.push(format!("{depth} {element:?} after {}", self.values.len()));
        match element.vr() {
            Vr::SQ => Take::Items,
            _ if element.tag.0 & 0x10 != 0 => Take::Value,
            _ => Take::Skip,
        }
    }

    fn value(&mut self, part: &[u8]) {
        self.values.extend_from_slice(part);
    }

    fn closed(&mut self, end: u64, depth: usize) {
        self.told.push(format!("{depth} closed {end}"));
    }

    fn item(&mut self, start: u64, depth: usize) {
        self.told.push(format!("{depth} item {start}"));
    }

    fn settled(&mut self, encoding: Encoding, depth: usize) {
        self.told.push(format!("{depth} settled {encoding:?}"));
    }

    fn item_closed(&mut self, end: u64, depth: usize) {
        self.told.push(format!("{depth} item closed {end}"));
    }

    fn fragment(&mut self, offset: u64, length: u64) {
        self.told.push(format!("fragment {offset} {length}"));
    }
}

type Outcome = (Vec<String>, Vec<u8>, Warnings, Option<DecodeError>);

fn fed<'a>(syntax: Syntax, rules: Rules, mut parts: impl Iterator<Item = &'a [u8]>) -> Outcome {
    let mut feed = Feed::new(syntax, Witness::default(), rules);
    let outcome = parts.try_for_each(|part| feed.feed(part)).and_then(|()| feed.finish());
    let warnings = feed.warnings().clone();
    let (_, Witness { told, values }) = feed.into_parts();
    (told, values, warnings, outcome.err())
}

/// However the bytes are cut, the same is told of them.
fn split(data: &[u8], syntax: Syntax, cuts: u8) {
    for strict in [false, true] {
        let whole = fed(syntax, rules(strict), [data].into_iter());
        assert_eq!(fed(syntax, rules(strict), pieces(data, cuts)), whole, "cut by {cuts}");
        assert_eq!(fed(syntax, rules(strict), data.chunks(1)), whole, "byte by byte");
    }
}

/// Pieces of lengths that look drawn by lot, by `cuts`.
fn pieces(mut rest: &[u8], cuts: u8) -> impl Iterator<Item = &[u8]> {
    let mut lot = u32::from(cuts);
    std::iter::from_fn(move || {
        lot = lot.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let length = usize::try_from(lot >> 28).unwrap().max(1);
        let (piece, tail) = rest.split_at(length.min(rest.len()));
        rest = tail;
        (!piece.is_empty()).then_some(piece)
    })
}

/// What arrives, in the words of [`Line`]; what is in stray items is nobody's.
#[derive(Debug, Default)]
struct Arriving {
    lines: Lines,
    /// How many sequences are open.
    depth: usize,
    fragments: Option<Vec<(u64, u64)>>,
}

impl Visitor for Arriving {
    fn element(&mut self, element: Element, depth: usize) -> Take {
        if depth != self.depth {
            return Take::Skip;
        }
        self.lines.push(Line::Element(element, element.vr(), Encoding::EXPLICIT, depth));
        let is_sequence = is_sequence(&element);
        if is_sequence {
            self.depth += 1;
        } else if element.undefined {
            self.fragments = Some(Vec::new());
        }
        if is_sequence { Take::Items } else { Take::Skip }
    }

    fn closed(&mut self, end: u64, depth: usize) {
        if let Some(fragments) = self.fragments.take() {
            self.lines.push(Line::Fragments(fragments));
        } else if depth + 1 == self.depth {
            self.depth = depth;
            self.lines.push(Line::SequenceEnd(end));
        }
    }

    fn item(&mut self, start: u64, depth: usize) {
        if depth == self.depth {
            self.lines.push(Line::Item(start));
        }
    }

    fn item_closed(&mut self, end: u64, depth: usize) {
        if depth == self.depth {
            self.lines.push(Line::ItemEnd(end));
        }
    }

    fn fragment(&mut self, offset: u64, length: u64) {
        if let Some(fragments) = &mut self.fragments {
            fragments.push((offset, length));
        }
    }
}

/// Whether its bytes alone say that it is a sequence.
fn is_sequence(element: &Element) -> bool {
    let content = if element.undefined { !element.has_fragments() } else { true };
    content && (element.undefined || element.vr() == Vr::SQ)
}

/// What is found item by item, with no more known of each element than its bytes say.
fn found(index: &Index, data: &[u8], lines: &mut Lines) -> Result<(), DecodeError> {
    let rules = wide_rules(false);
    for (row, &element) in index.elements().iter().enumerate() {
        lines.push(Line::Element(element, element.vr(), Encoding::EXPLICIT, index.depth()));
        if is_sequence(&element) {
            for item in &index.items(row, data, rules)?.0 {
                lines.push(Line::Item(item.start()));
                found(item, data, lines)?;
                lines.push(Line::ItemEnd(item.end()));
            }
            lines.push(Line::SequenceEnd(element.end()));
        } else if element.undefined {
            lines.push(Line::Fragments(index.fragments(row, data, rules)?));
        }
    }
    Ok(())
}

/// If what arrives is whole, it is what the index says.
fn arrive(data: &[u8], syntax: Syntax, index: &Index, bytes: &[u8]) {
    let mut feed = Feed::new(syntax, Arriving::default(), wide_rules(false));
    if feed.feed(data).and_then(|()| feed.finish()).is_err() {
        return;
    }
    let (mut walk, mut arriving) = feed.into_parts();
    let mut lines = Vec::new();
    let outcome = found(index, bytes, &mut lines);
    // Who knows the end sees what is behind the stop, and may not be able to read that.
    if walk.stopped().is_some_and(|stopped| outcome.is_err_and(|error| error.offset >= stopped)) {
        return;
    }
    assert_eq!(outcome, Ok(()));
    if let Some(stopped) = walk.stopped() {
        walk.unwind(stopped, &mut arriving);
        // What looked like an element at first, and then was none: who knows the end may find more.
        if matches!(arriving.lines.last(), Some(Line::Element(it, ..)) if it.offset == stopped) {
            arriving.lines.pop();
            lines.truncate(arriving.lines.len());
        }
    }
    assert_eq!(plain(&lines), plain(&arriving.lines));
}
