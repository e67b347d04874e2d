//! Where everything is in a data set: one entry for each element, no value touched.

use crate::dataset::extract::Extract;
pub(crate) use crate::dataset::extract::slice;
use crate::dataset::lookup::Lookup;
use crate::dataset::nesting::too_deep;
use crate::dataset::visitor::{Take, Visitor};
use crate::dataset::walk::{Walk, content};
use crate::dataset::{Element, Encoding, Rules, Warnings};
use crate::dataset::{header, wide};
use crate::error::{DecodeError, ErrorKind};
use crate::tag::Tag;
use crate::value::Context;
use crate::vr::Vr;

/// The elements of one data set or item, in the order they are written. Those inside sequences
/// are not among them: [`Index::items`] finds them when they are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    elements: Vec<Element>,
    encoding: Encoding,
    start: u64,
    end: u64,
    depth: usize,
    sorted: bool,
    /// Nothing that was met is left out.
    complete: bool,
    /// Of elements in no order: where each tag is.
    lookup: Lookup,
}

impl Index {
    /// Reads the data set that is the rest of `data` from offset `start` on.
    ///
    /// # Errors
    /// What cannot be read; in strict rules any deviation.
    pub fn read(
        data: &[u8],
        start: u64,
        encoding: Encoding,
        rules: Rules,
    ) -> Result<(Self, Warnings), DecodeError> {
        Self::read_some(data, start, encoding, rules, &Select::default())
    }

    /// Reads only what `select` wants of the data set that is the rest of `data`.
    ///
    /// # Errors
    /// As [`Index::read`].
    pub fn read_some(
        data: &[u8],
        start: u64,
        encoding: Encoding,
        rules: Rules,
        select: &Select,
    ) -> Result<(Self, Warnings), DecodeError> {
        let end = wide(data.len());
        let mut index = Self::new(encoding, start, 0, end.saturating_sub(start));
        index.end = end.max(start);
        let mut warnings = Warnings::default();
        let mut next = Some(start);
        while let Some(at) = next {
            next = index.extend(data, at, rules, select, &mut warnings)?;
        }
        index.keep(select);
        Ok((index, warnings))
    }

    /// Reads elements from offset `start` while they are of `group`.
    ///
    /// # Errors
    /// As [`Index::read`].
    pub fn read_group(
        data: &[u8],
        start: u64,
        group: u16,
        rules: Rules,
    ) -> Result<(Self, Warnings), DecodeError> {
        let end = wide(data.len());
        let mut rows = Group { index: Self::new(Encoding::EXPLICIT, start, 0, 512), group };
        let mut walk =
            Walk::elements(Encoding::EXPLICIT, start, 0, rules).until(end).within_group(group);
        walk.run(slice(data, start, end), &mut rows)?;
        rows.index.end = walk.stopped().unwrap_or(walk.offset());
        walk.unwind(rows.index.end, &mut rows);
        Ok((rows.index, walk.into_warnings()))
    }

    /// How many elements there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.elements.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.elements.is_empty()
    }

    /// The elements, in the order they are written.
    #[must_use]
    pub fn elements(&self) -> &[Element] {
        &self.elements
    }

    /// The element in row `row`.
    #[must_use]
    pub fn element(&self, row: usize) -> Option<&Element> {
        self.elements.get(row)
    }

    /// The row of `tag`; of a tag that is repeated, the first.
    #[must_use]
    pub fn find(&self, tag: Tag) -> Option<usize> {
        if self.sorted {
            return self.elements.binary_search_by_key(&tag, |element| element.tag).ok();
        }
        self.lookup.find(&self.elements, tag)
    }

    /// What it says of its values; what it does not say is as `around` it.
    #[must_use]
    pub fn context<'a>(&self, data: impl Into<Extract<'a>>, around: Context) -> Context {
        let data = data.into();
        self.said()
            .fold(around, |context, element| context.with(element.tag, Self::value(element, data)))
    }

    /// The elements that say how to read others: what [`Index::context`] looks at.
    pub fn said(&self) -> impl Iterator<Item = &Element> {
        let tags = [Tag::SPECIFIC_CHARACTER_SET, Tag::PIXEL_REPRESENTATION];
        tags.into_iter().filter_map(|tag| self.element(self.find(tag)?))
    }

    /// How its elements are written.
    #[must_use]
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Where its first element starts.
    #[must_use]
    pub fn start(&self) -> u64 {
        self.start
    }

    /// Where its last element ends.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.end
    }

    /// Whether each tag is greater than the one before (PS3.5 7.1).
    #[must_use]
    pub fn is_sorted(&self) -> bool {
        self.sorted
    }

    /// Whether nothing was left out by a [`Select`].
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// From where to where the elements in rows `first` to `last`, that one not included, stand: with
    /// their headers and delimiters, and with whatever is between them.
    #[must_use]
    pub fn span(&self, first: usize, last: usize) -> (u64, u64) {
        let start = self.element(first).map_or(self.end, |element| element.offset);
        if self.complete {
            let start = if first == 0 { self.start } else { start };
            return (start, self.element(last).map_or(self.end, |next| next.offset));
        }
        let end = last.checked_sub(1).and_then(|row| self.element(row)).map_or(start, |element| {
            let delimiter = if element.undefined { header::SHORT } else { 0 };
            element.end().saturating_add(wide(delimiter)).min(self.end)
        });
        (start, end)
    }

    /// How many sequences are around it.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// The bytes of the value of `element`.
    #[must_use]
    pub fn value<'a>(element: &Element, data: impl Into<Extract<'a>>) -> &'a [u8] {
        slice(data, element.value(), element.end())
    }

    /// The items of the sequence in row `row`; also of a UN that is one (PS3.5 6.2.2).
    ///
    /// # Errors
    /// `Invalid` when the element is no sequence; what cannot be read in it.
    pub fn items<'a>(
        &self,
        row: usize,
        data: impl Into<Extract<'a>>,
        rules: Rules,
    ) -> Result<(Vec<Self>, Warnings), DecodeError> {
        let element = self.elements.get(row).ok_or(DecodeError::new(NO_ROW, self.start))?;
        let may_be = element.undefined || matches!(element.vr(), Vr::SQ | Vr::UN);
        if !may_be || element.has_fragments() {
            return Err(DecodeError::new(NO_SEQUENCE, element.offset).within(element.tag));
        }
        let encoding = content(element, self.encoding);
        let depth = self.depth.saturating_add(1);
        if depth > rules.limits.depth {
            return Err(too_deep(depth, rules.limits.depth, element.offset, element.tag));
        }
        let mut items = Items { found: Vec::new(), encoding, depth };
        let mut walk = Walk::items(element, encoding, self.depth, rules).inside(element.end());
        walk.run(Self::value(element, data), &mut items)?;
        walk.unwind(element.end(), &mut items);
        Ok((items.found, walk.into_warnings()))
    }

    /// The fragments of the encapsulated pixel data in row `row` as offset and length, the offset
    /// table first (PS3.5 A.4). None of native pixel data.
    ///
    /// # Errors
    /// What cannot be read in it.
    pub fn fragments<'a>(
        &self,
        row: usize,
        data: impl Into<Extract<'a>>,
        rules: Rules,
    ) -> Result<Vec<(u64, u64)>, DecodeError> {
        let element = self.elements.get(row).ok_or(DecodeError::new(NO_ROW, self.start))?;
        let mut fragments = Fragments(Vec::new());
        if !element.has_fragments() {
            return Ok(fragments.0);
        }
        let mut walk = Walk::fragments(element, self.encoding, rules).inside(element.end());
        walk.run(Self::value(element, data), &mut fragments)?;
        Ok(fragments.0)
    }

    /// An index with room for what `length` bytes may hold; for no more than a few hundred.
    pub(super) fn new(encoding: Encoding, start: u64, depth: usize, length: u64) -> Self {
        let room = usize::try_from(length >> 5).unwrap_or(usize::MAX).min(288);
        let (elements, lookup) = (Vec::with_capacity(room), Lookup::default());
        Self { elements, encoding, start, end: start, depth, sorted: true, complete: true, lookup }
    }

    /// The data set ends at offset `end`.
    pub(super) fn end_at(&mut self, end: u64) {
        self.end = end;
    }

    /// Forgets what `select` does not want.
    pub(super) fn keep(&mut self, select: &Select) {
        self.complete = *select == Select::default();
        if let Some(only) = &select.only {
            let charset = Tag::SPECIFIC_CHARACTER_SET;
            self.elements.retain(|row| row.tag == charset || only.contains(&row.tag));
        }
    }

    fn push(&mut self, element: Element) {
        self.sorted &= self.elements.last().is_none_or(|last| last.tag < element.tag);
        self.elements.push(element);
    }

    /// The last element, which is of undefined length, ends at `end`.
    fn close(&mut self, end: u64) {
        if let Some(last) = self.elements.last_mut() {
            last.length = end.saturating_sub(last.value());
        }
    }

    /// Reads elements from offset `at` on; where to go on when the walk got lost after a sequence
    /// whose length lied.
    fn extend(
        &mut self,
        data: &[u8],
        at: u64,
        rules: Rules,
        select: &Select,
        warnings: &mut Warnings,
    ) -> Result<Option<u64>, DecodeError> {
        let end = wide(data.len());
        let known = self.elements.len();
        let mut walk = Walk::elements(self.encoding, at, 0, rules).until(end);
        let mut rows = Rows::new(self, select.bound());
        walk.run(slice(data, at, end), &mut rows)?;
        let stopped = walk.stopped();
        let reached = if walk.is_done() { stopped.unwrap_or(walk.offset()) } else { end };
        walk.unwind(reached, &mut rows);
        self.end = reached;
        let next = stopped.and_then(|lost| self.resume(data, lost, known, warnings));
        if next.is_none() {
            warnings.extend(walk.into_warnings());
        }
        Ok(next)
    }

    /// If the walk got lost at `lost`, right after a sequence of defined length: measures that
    /// sequence by its items and says where it really ends.
    fn resume(
        &mut self,
        data: &[u8],
        lost: u64,
        known: usize,
        warnings: &mut Warnings,
    ) -> Option<u64> {
        let encoding = self.encoding;
        let fresh = self.elements.len() > known;
        let row = self.elements.last_mut().filter(|row| fresh && row.end() == lost)?;
        if row.undefined || row.vr() != Vr::SQ {
            return None;
        }
        let mut nobody = Fragments(Vec::new());
        let mut walk = Walk::items(row, encoding, 0, Rules::default()).until(wide(data.len()));
        walk.run(slice(data, row.value(), wide(data.len())), &mut nobody).ok()?;
        let end = walk.stopped().filter(|&end| end != lost && end > row.value())?;
        let kind = ErrorKind::BadLength { length: row.length, expected: "its items end elsewhere" };
        warnings.push(DecodeError::new(kind, row.offset).within(row.tag));
        row.length = end.saturating_sub(row.value());
        Some(end)
    }
}

/// Which elements of the outermost data set are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Select {
    /// Reading ends in front of the first element with this tag or a greater one.
    pub until: Option<Tag>,
    /// Only these are kept, and Specific Character Set; reading ends after the greatest.
    pub only: Option<Vec<Tag>>,
}

impl Select {
    /// The least tag that is not wanted, and nothing after it either; None where there is none such.
    pub(super) fn bound(&self) -> Option<Tag> {
        let greatest = |only: &Vec<Tag>| only.iter().max().map_or(Tag(0), |tag| *tag);
        let after = |only| greatest(only).0.checked_add(1).map(|tag| Tag(tag).max(AFTER_CHARSET));
        let after = self.only.as_ref().and_then(after);
        after.into_iter().chain(self.until).min()
    }
}

const AFTER_CHARSET: Tag = Tag::new(0x0008, 0x0006);

/// Keeps the elements that are in no sequence.
pub(super) struct Rows<'a> {
    index: &'a mut Index,
    bound: Option<Tag>,
}

impl<'a> Rows<'a> {
    /// Adds to `index` whatever comes before the tag `bound`, if there is one.
    pub(super) fn new(index: &'a mut Index, bound: Option<Tag>) -> Self {
        Self { index, bound }
    }
}

impl Visitor for Rows<'_> {
    #[inline]
    fn element(&mut self, element: Element, depth: usize) -> Take {
        if depth == 0 {
            if self.bound.is_some_and(|bound| element.tag >= bound) {
                return Take::Stop;
            }
            self.index.push(element);
        }
        Take::Skip
    }

    fn closed(&mut self, end: u64, depth: usize) {
        if depth == 0 {
            self.index.close(end);
        }
    }
}

/// Keeps the elements of one group.
struct Group {
    index: Index,
    group: u16,
}

impl Visitor for Group {
    fn element(&mut self, element: Element, depth: usize) -> Take {
        if depth == 0 {
            if element.tag.group() != self.group {
                return Take::Stop;
            }
            self.index.push(element);
        }
        Take::Skip
    }

    fn closed(&mut self, end: u64, depth: usize) {
        if depth == 0 {
            self.index.close(end);
        }
    }
}

/// Keeps the elements of each item of one sequence.
struct Items {
    found: Vec<Index>,
    encoding: Encoding,
    depth: usize,
}

impl Visitor for Items {
    #[inline]
    fn element(&mut self, element: Element, depth: usize) -> Take {
        if depth == self.depth
            && let Some(item) = self.found.last_mut()
        {
            item.push(element);
        }
        Take::Skip
    }

    fn closed(&mut self, end: u64, depth: usize) {
        if depth == self.depth
            && let Some(item) = self.found.last_mut()
        {
            item.close(end);
        }
    }

    fn item(&mut self, start: u64, depth: usize) {
        if depth == self.depth {
            self.found.push(Index::new(self.encoding, start, depth, 0));
        }
    }

    fn settled(&mut self, encoding: Encoding, depth: usize) {
        if depth == self.depth
            && let Some(item) = self.found.last_mut()
        {
            item.encoding = encoding;
        }
    }

    fn item_closed(&mut self, end: u64, depth: usize) {
        if depth == self.depth
            && let Some(item) = self.found.last_mut()
        {
            item.end = end;
        }
    }
}

/// Keeps where fragments are: their offsets and lengths.
#[derive(Debug)]
pub(super) struct Fragments(pub(super) Vec<(u64, u64)>);

impl Visitor for Fragments {
    fn element(&mut self, _: Element, _: usize) -> Take {
        Take::Skip
    }

    fn fragment(&mut self, offset: u64, length: u64) {
        self.0.push((offset, length));
    }
}

const NO_ROW: ErrorKind = ErrorKind::Invalid("no such row");
const NO_SEQUENCE: ErrorKind = ErrorKind::Invalid("not a sequence");
