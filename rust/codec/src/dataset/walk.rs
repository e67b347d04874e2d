//! The one element loop (PS3.5 7): resumable over the parts of a stream, generic over who listens.

use crate::dataset::header::{self, Header, Reading, UNDEFINED};
use crate::dataset::{Element, Encoding, Rules, Warnings};
use crate::error::{DecodeError, ErrorKind};
use crate::tag::Tag;
use crate::vr::Vr;

/// What a visitor wants of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Take {
    /// Nothing more: the value is skipped, which costs the same for any length.
    Skip,
    /// The bytes of the value, in [`Visitor::value`].
    Value,
    /// The items of a sequence of defined length. Those of undefined length are always walked.
    Items,
    /// The walk ends in front of this element.
    Stop,
}

/// Who listens to a [`Walk`]. `depth` counts the sequences around what is told of.
pub trait Visitor {
    /// The header of an element was read.
    fn element(&mut self, element: Element, depth: usize) -> Take;

    /// Bytes of the value of the last element that answered [`Take::Value`], as they arrive.
    fn value(&mut self, part: &[u8]) {
        let _ = part;
    }

    /// The value of the last element of undefined length at `depth` ended at `end`.
    fn closed(&mut self, end: u64, depth: usize) {
        let _ = (end, depth);
    }

    /// An item starts; its elements follow in `encoding`, from offset `start`.
    fn item(&mut self, start: u64, depth: usize) {
        let _ = (start, depth);
    }

    /// What the bytes of the item at `depth` turned out to be: its encoding, known only once its
    /// first element was met.
    fn settled(&mut self, encoding: Encoding, depth: usize) {
        let _ = (encoding, depth);
    }

    /// The last item at `depth` ended at `end`.
    fn item_closed(&mut self, end: u64, depth: usize) {
        let _ = (end, depth);
    }

    /// A fragment of encapsulated pixel data, the offset table first (PS3.5 A.4).
    fn fragment(&mut self, offset: u64, length: u64) {
        let _ = (offset, length);
    }
}

/// What a frame of the stack holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Elements: a data set, or the content of an item.
    Elements,
    /// Items (PS3.5 7.5).
    Items,
    /// Fragments of pixel data (PS3.5 A.4).
    Fragments,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub(super) kind: Kind,
    /// No byte at or after this offset belongs to it; of an undefined length, its parent's end.
    pub(super) end: u64,
    pub(super) undefined: bool,
    pub(super) encoding: Encoding,
    /// The sequence or pixel data whose content this is, for messages.
    pub(super) tag: Tag,
    /// Of elements: the last tag. Tags ascend (PS3.5 7.1).
    pub(super) previous: Tag,
    /// Of elements: the first one has not been met. Of items: none has.
    pub(super) fresh: bool,
    /// Of items: there is no sequence around them, so that its end is nobody's.
    pub(super) stray: bool,
}

/// Why a loop over one frame came to rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Something changed: look again.
    Again,
    /// The next header has not arrived.
    More,
}

/// The bytes at hand and how far into them we are.
pub(super) struct Part<'a> {
    pub(super) data: &'a [u8],
    pub(super) base: u64,
    pub(super) at: usize,
}

impl<'a> Part<'a> {
    pub(super) fn offset(&self) -> u64 {
        self.base.saturating_add(wide(self.at))
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.data.get(self.at..).unwrap_or_default()
    }

    /// Steps over `count` bytes of the header at hand.
    pub(super) fn skip(&mut self, count: u8) {
        self.at = self.at.saturating_add(count.into()).min(self.data.len());
    }
}

/// A walk over a data set, a sequence or fragments, that remembers where it is.
#[derive(Debug)]
pub struct Walk {
    pub(super) top: Frame,
    stack: Vec<Frame>,
    offset: u64,
    start: u64,
    /// Where the input ends; the largest number until that is known.
    pub(super) end: u64,
    /// Bytes of the current value still to come.
    pub(super) remaining: u64,
    taken: bool,
    /// The value at hand belongs to an element without a VR where there should be one.
    doubtful: bool,
    current: (Tag, u64),
    pub(super) depth: usize,
    /// How many more elements and items may come.
    left: usize,
    rules: Rules,
    /// The walk ends in front of the first element of another group.
    group: Option<u16>,
    /// A data set that ends too early is an error even to the tolerant.
    whole: bool,
    done: bool,
    stopped: Option<u64>,
    warnings: Warnings,
}

impl Walk {
    /// A walk over the elements that start at offset `start`, inside `depth` sequences.
    #[must_use]
    pub fn elements(encoding: Encoding, start: u64, depth: usize, rules: Rules) -> Self {
        let top = Frame {
            kind: Kind::Elements,
            end: u64::MAX,
            undefined: false,
            encoding,
            tag: Tag(0),
            previous: Tag(0),
            fresh: false,
            stray: false,
        };
        Self {
            top,
            stack: Vec::new(),
            offset: start,
            start,
            end: u64::MAX,
            remaining: 0,
            taken: false,
            doubtful: false,
            current: (Tag(0), start),
            depth,
            left: rules.limits.elements,
            rules,
            group: None,
            whole: rules.strict,
            done: false,
            stopped: None,
            warnings: Warnings::default(),
        }
    }

    /// A walk over the items of the sequence `element`; its own depth is `depth`.
    #[must_use]
    pub fn items(element: &Element, encoding: Encoding, depth: usize, rules: Rules) -> Self {
        let mut walk = Self::elements(encoding, element.value(), depth.saturating_add(1), rules);
        walk.top = Frame { kind: Kind::Items, tag: element.tag, fresh: true, ..walk.top };
        walk
    }

    /// A walk over the fragments of the pixel data `element`.
    #[must_use]
    pub fn fragments(element: &Element, encoding: Encoding, rules: Rules) -> Self {
        let mut walk = Self::elements(encoding, element.value(), 0, rules);
        walk.top = Frame { kind: Kind::Fragments, tag: element.tag, ..walk.top };
        walk
    }

    /// The same walk, for input that ends at offset `end`. Lengths are then checked as they are met.
    #[must_use]
    pub fn until(mut self, end: u64) -> Self {
        self.close_at(end);
        self
    }

    /// The same walk, over a value that ends at offset `end` while the input may go on.
    #[must_use]
    pub fn inside(mut self, end: u64) -> Self {
        self.top.end = end;
        self
    }

    /// The same walk, ending in front of the first element that is not of `group`.
    #[must_use]
    pub fn within_group(mut self, group: u16) -> Self {
        self.group = Some(group);
        self
    }

    /// The same walk, for which a data set that ends early is always an error.
    #[must_use]
    pub fn whole(mut self) -> Self {
        self.whole = true;
        self
    }

    /// Walks on over `data`, the bytes that follow those consumed so far, and returns how many of
    /// them it consumed: all but a header that has not arrived whole.
    ///
    /// # Errors
    /// What cannot be read: nesting or element limits, lengths that lie; in strict rules, any
    /// deviation.
    pub fn run<V: Visitor>(&mut self, data: &[u8], visitor: &mut V) -> Result<usize, DecodeError> {
        let mut part = Part { data, base: self.offset, at: 0 };
        let outcome = self.advance(&mut part, visitor);
        self.offset = part.offset();
        outcome.map(|()| part.at)
    }

    /// Says that the input ends here or at `end`, and checks that this is no place to stop.
    ///
    /// # Errors
    /// `Truncated` inside a value; but bytes that were no element from the start end the data set.
    pub fn finish(&mut self, end: u64) -> Result<(), DecodeError> {
        self.close_at(end);
        if self.remaining == 0 || self.done {
            return Ok(());
        }
        let (tag, offset) = self.current;
        if self.doubtful && self.is_root() {
            self.remaining = 0;
            return self.stop(NO_ELEMENT, offset, tag).map(|_| ());
        }
        let needed = usize::try_from(self.remaining).unwrap_or(usize::MAX);
        Err(DecodeError::new(ErrorKind::Truncated { needed }, offset).within(tag))
    }

    /// What was odd but readable.
    #[must_use]
    pub fn into_warnings(self) -> Warnings {
        self.warnings
    }

    /// What was odd but readable, so far.
    #[must_use]
    pub fn warnings(&self) -> &Warnings {
        &self.warnings
    }

    /// Where the elements ended although more bytes follow: there is no element there.
    #[must_use]
    pub fn stopped(&self) -> Option<u64> {
        self.stopped
    }

    /// Offset of the next byte.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether there is nothing more to read, whatever bytes may come.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.done
    }

    fn advance<V: Visitor>(
        &mut self,
        part: &mut Part<'_>,
        visitor: &mut V,
    ) -> Result<(), DecodeError> {
        while self.pass_value(part, visitor) && !self.done {
            let step = match self.top.kind {
                Kind::Elements => self.next_elements(part, visitor)?,
                Kind::Items => self.next_item(part, visitor)?,
                Kind::Fragments => self.next_fragment(part, visitor)?,
            };
            if step == Step::More {
                break;
            }
        }
        if self.done && self.stopped.is_some() {
            part.at = part.data.len();
        }
        Ok(())
    }

    /// Passes over the value at hand; false when its end has not arrived.
    fn pass_value<V: Visitor>(&mut self, part: &mut Part<'_>, visitor: &mut V) -> bool {
        if self.remaining == 0 {
            return true;
        }
        let rest = part.rest();
        let count = usize::try_from(self.remaining).unwrap_or(usize::MAX).min(rest.len());
        if self.taken {
            visitor.value(rest.get(..count).unwrap_or_default());
        }
        part.at = part.at.saturating_add(count);
        self.remaining = self.remaining.saturating_sub(wide(count));
        self.taken &= self.remaining != 0;
        self.remaining == 0
    }

    /// The hot loop: ordinary elements of one data set, until something is not.
    fn next_elements<V: Visitor>(
        &mut self,
        part: &mut Part<'_>,
        visitor: &mut V,
    ) -> Result<Step, DecodeError> {
        if self.top.fresh && !self.settle(part, visitor) {
            return Ok(Step::More);
        }
        let Frame { encoding, end, mut previous, .. } = self.top;
        let limit = usize::try_from(end.saturating_sub(part.base)).unwrap_or(usize::MAX);
        let (data, base, depth, mut left) = (part.data, part.base, self.depth, self.left);
        let mut at = part.at;
        let mut wanted = None;
        while left != 0 {
            let Some(header) = data.get(at..).and_then(|rest| header::ordinary(rest, encoding))
            else {
                break;
            };
            let value = at.saturating_add(header.size.into());
            let next = value.saturating_add(usize::try_from(header.length).unwrap_or(usize::MAX));
            if next > limit || header.length & 1 != 0 || header.tag <= previous {
                break;
            }
            let element = element(&header, base.saturating_add(wide(at)));
            let take = visitor.element(element, depth);
            if take == Take::Skip && next <= data.len() {
                previous = header.tag;
                left = left.saturating_sub(1);
                at = next;
                continue;
            }
            wanted = Some((element, take));
            break;
        }
        self.top.previous = previous;
        self.left = left;
        part.at = at;
        match wanted {
            Some((element, take)) => self.enter(&element, take, part),
            None => self.irregular(part, visitor),
        }
    }

    /// One element that is not ordinary, or the end of this data set.
    #[inline(never)]
    fn irregular<V: Visitor>(
        &mut self,
        part: &mut Part<'_>,
        visitor: &mut V,
    ) -> Result<Step, DecodeError> {
        let offset = part.offset();
        if offset >= self.top.end {
            return self.reached_end(part, visitor);
        }
        if self.leaves_group(part) {
            self.done = true;
            return Ok(Step::Again);
        }
        let room = self.top.end.saturating_sub(offset);
        let header = match header::read(part.rest(), self.top.encoding, room, self.top.previous) {
            Reading::Header(header) => header,
            Reading::Needs(size) if wide(size) <= room => return Ok(Step::More),
            Reading::Needs(size) => return self.cut_header(size, room, offset),
            Reading::Garbage(tag) => return self.stop(NO_ELEMENT, offset, tag),
        };
        if header.tag == Tag(0) && offset != self.start {
            return self.stop(TRAILING, offset, header.tag);
        }
        if is_marker(header.tag) {
            return self.marker(&header, part, visitor);
        }
        let element = self.checked(&header, offset)?;
        let take = visitor.element(element, self.depth);
        self.enter(&element, take, part)
    }

    /// Whether the next element is of another group than the one this walk keeps to.
    fn leaves_group(&self, part: &Part<'_>) -> bool {
        let Some(group) = self.group.filter(|_| self.is_root()) else { return false };
        let next = part.rest().first_chunk().map(|&tag| header::tag(tag, self.top.encoding.endian));
        next.is_some_and(|tag| tag.group() != group)
    }

    /// Counts an odd element, notes what is odd about it and cuts it at the end of what encloses it.
    fn checked(&mut self, header: &Header, offset: u64) -> Result<Element, DecodeError> {
        let mut element = element(header, offset);
        let tag = header.tag;
        if let Some(note) = header.note {
            self.warn(note, offset, tag)?;
        }
        if tag <= self.top.previous && self.top.previous != Tag(0) {
            let repeated = tag == self.top.previous;
            self.warn(if repeated { REPEATED } else { UNORDERED }, offset, tag)?;
        }
        if element.undefined {
            return Ok(element);
        }
        if header.length & 1 != 0 {
            let expected = "an even length belongs";
            let length = header.length.into();
            self.warn(ErrorKind::BadLength { length, expected }, offset, tag)?;
        }
        if element.end() > self.top.end {
            self.cut(element.length, element.end(), offset, tag)?;
            element.length = self.top.end.saturating_sub(element.value());
        }
        Ok(element)
    }

    /// Goes on after the header of `element`, told of and answered with `take`.
    fn enter(
        &mut self,
        element: &Element,
        take: Take,
        part: &mut Part<'_>,
    ) -> Result<Step, DecodeError> {
        if take == Take::Stop {
            self.done = true;
            return Ok(Step::Again);
        }
        self.count(element.offset, element.tag)?;
        self.top.previous = element.tag;
        part.skip(element.header_length);
        let vr = element.vr.unwrap_or(Vr::UN);
        if element.undefined {
            return self.enter_undefined(element, vr);
        }
        if take == Take::Items {
            let encoding = self.content(element);
            self.push(Frame {
                kind: Kind::Items,
                end: element.end(),
                undefined: false,
                encoding,
                tag: element.tag,
                previous: Tag(0),
                fresh: true,
                stray: false,
            })?;
            return Ok(Step::Again);
        }
        self.at_value(element.tag, element.offset, element.length);
        self.taken = take == Take::Value && element.length != 0;
        self.doubtful = element.vr.is_none() && self.top.encoding.explicit;
        Ok(Step::Again)
    }

    /// The next `length` bytes are a value that belongs to `tag`.
    pub(super) fn at_value(&mut self, tag: Tag, offset: u64, length: u64) {
        self.current = (tag, offset);
        self.remaining = length;
    }

    fn enter_undefined(&mut self, element: &Element, vr: Vr) -> Result<Step, DecodeError> {
        let kind = match vr {
            _ if element.tag == Tag::PIXEL_DATA => Kind::Fragments,
            Vr::OB | Vr::OW => Kind::Fragments,
            Vr::SQ | Vr::UN => Kind::Items,
            _ => {
                let kind = ErrorKind::Invalid("undefined length for a VR that cannot have one");
                return Err(DecodeError::new(kind, element.offset).within(element.tag));
            }
        };
        self.push(Frame {
            kind,
            end: self.top.end,
            undefined: true,
            encoding: self.content(element),
            tag: element.tag,
            previous: Tag(0),
            fresh: true,
            stray: false,
        })?;
        Ok(Step::Again)
    }

    /// How the items of `element` are written: as it is, but Implicit VR in UN (PS3.5 6.2.2).
    fn content(&self, element: &Element) -> Encoding {
        content(element, self.top.encoding)
    }

    /// Finds out how the first element of an item is written; false when it has not arrived.
    fn settle<V: Visitor>(&mut self, part: &Part<'_>, visitor: &mut V) -> bool {
        let room = self.top.end.saturating_sub(part.offset());
        let Some(head) = part.rest().first_chunk() else {
            let empty = room < wide(header::SHORT);
            self.top.fresh &= !empty;
            return empty;
        };
        if room >= wide(header::SHORT) {
            self.top.encoding = header::settle(*head, self.top.encoding, room);
        }
        self.top.fresh = false;
        visitor.settled(self.top.encoding, self.depth);
        true
    }

    fn count(&mut self, offset: u64, tag: Tag) -> Result<(), DecodeError> {
        if let Some(left) = self.left.checked_sub(1) {
            self.left = left;
            return Ok(());
        }
        let limit = wide(self.rules.limits.elements);
        let kind =
            ErrorKind::AboveLimit { what: "elements", value: limit.saturating_add(1), limit };
        Err(DecodeError::new(kind, offset).within(tag))
    }

    /// Counts an item that starts at `offset`.
    pub(super) fn count_item(&mut self, offset: u64) -> Result<(), DecodeError> {
        self.count(offset, self.top.tag)
    }

    /// Descends into `frame`.
    pub(super) fn push(&mut self, frame: Frame) -> Result<(), DecodeError> {
        if frame.kind == Kind::Items {
            self.depth = self.depth.saturating_add(1);
            let limit = wide(self.rules.limits.depth);
            if wide(self.depth) > limit {
                let what = "nested sequences";
                let kind = ErrorKind::AboveLimit { what, value: wide(self.depth), limit };
                return Err(DecodeError::new(kind, self.current.1).within(frame.tag));
            }
        }
        self.stack.push(std::mem::replace(&mut self.top, frame));
        Ok(())
    }

    /// Leaves the frame at hand, whose content ended at `end`.
    pub(super) fn pop<V: Visitor>(&mut self, end: u64, visitor: &mut V) {
        let frame = self.top;
        let Some(parent) = self.stack.pop() else {
            self.done = true;
            return;
        };
        self.top = parent;
        match frame.kind {
            Kind::Elements => visitor.item_closed(end, self.depth),
            Kind::Items => self.depth = self.depth.saturating_sub(1),
            Kind::Fragments => {}
        }
        if frame.undefined && !frame.stray && frame.kind != Kind::Elements {
            visitor.closed(end, self.depth);
        }
    }

    /// Whether the frame at hand is the outermost.
    pub(super) fn is_root(&self) -> bool {
        self.stack.is_empty()
    }

    /// Whether the frame around the one at hand ends with a delimiter.
    pub(super) fn is_parent_undefined(&self) -> bool {
        self.stack.last().is_some_and(|frame| frame.undefined)
    }

    /// Notes something odd.
    pub(super) fn warn(
        &mut self,
        kind: ErrorKind,
        offset: u64,
        tag: Tag,
    ) -> Result<(), DecodeError> {
        let mut warning = DecodeError::new(kind, offset);
        warning.tag = (tag != Tag(0)).then_some(tag);
        if self.rules.strict {
            return Err(warning);
        }
        self.warnings.push(warning);
        Ok(())
    }

    /// Notes a length that runs past the end at hand, to `end`.
    pub(super) fn cut(
        &mut self,
        length: u64,
        end: u64,
        offset: u64,
        tag: Tag,
    ) -> Result<(), DecodeError> {
        if self.top.end != self.end {
            return self.warn(ErrorKind::PastEnd { length }, offset, tag);
        }
        let needed = usize::try_from(end.saturating_sub(self.end)).unwrap_or(usize::MAX);
        self.truncated(needed, offset, tag)
    }

    /// Notes that the input ends too early.
    pub(super) fn truncated(
        &mut self,
        needed: usize,
        offset: u64,
        tag: Tag,
    ) -> Result<(), DecodeError> {
        let kind = ErrorKind::Truncated { needed };
        if self.whole {
            return Err(DecodeError::new(kind, offset).within(tag));
        }
        self.warn(kind, offset, tag)
    }

    /// Fewer bytes than a header are left in the frame at hand: they are passed over.
    pub(super) fn cut_header(
        &mut self,
        size: usize,
        room: u64,
        offset: u64,
    ) -> Result<Step, DecodeError> {
        self.cut(wide(size), offset.saturating_add(wide(size)), offset, self.top.tag)?;
        self.remaining = room;
        Ok(Step::Again)
    }

    /// The end of the frame at hand was reached. If it should have had a delimiter, that is noted
    /// once, for the innermost.
    pub(super) fn reached_end<V: Visitor>(
        &mut self,
        part: &Part<'_>,
        visitor: &mut V,
    ) -> Result<Step, DecodeError> {
        let (offset, tag) = (part.offset(), self.top.tag);
        if self.top.undefined && !self.top.stray {
            if self.top.end == self.end {
                self.truncated(header::SHORT, offset, tag)?;
            } else {
                self.warn(NO_DELIMITER, offset, tag)?;
            }
            while self.top.undefined && self.top.end <= offset && !self.is_root() {
                self.pop(offset, visitor);
            }
            return Ok(Step::Again);
        }
        self.pop(offset, visitor);
        Ok(Step::Again)
    }

    /// There is no element at `offset`: whatever follows is none of ours.
    pub(super) fn stop(
        &mut self,
        kind: ErrorKind,
        offset: u64,
        tag: Tag,
    ) -> Result<Step, DecodeError> {
        if offset == self.start && self.is_root() {
            return Err(DecodeError::new(kind, offset).within(tag));
        }
        self.warn(kind, offset, tag)?;
        self.stopped = Some(offset);
        self.done = true;
        Ok(Step::Again)
    }

    /// Ends every open frame at `end`, so that whoever listens knows all lengths.
    pub fn unwind<V: Visitor>(&mut self, end: u64, visitor: &mut V) {
        while !self.is_root() {
            self.pop(end, visitor);
        }
    }

    fn close_at(&mut self, end: u64) {
        let unknown = self.end;
        for frame in self.stack.iter_mut().chain([&mut self.top]) {
            if frame.end == unknown {
                frame.end = end;
            }
        }
        self.end = end;
    }
}

/// How the items of `element` are written: as it is, but Implicit VR in UN (PS3.5 6.2.2).
pub(super) fn content(element: &Element, encoding: Encoding) -> Encoding {
    if element.vr == Some(Vr::UN) { Encoding::IMPLICIT } else { encoding }
}

fn element(header: &Header, offset: u64) -> Element {
    let undefined = header.length == UNDEFINED;
    Element {
        tag: header.tag,
        vr: header.vr,
        offset,
        header_length: header.size,
        length: if undefined { 0 } else { header.length.into() },
        undefined,
    }
}

/// Whether `tag` starts or ends an item, or ends a sequence (PS3.5 7.5).
pub(super) fn is_marker(tag: Tag) -> bool {
    matches!(tag, Tag::ITEM | Tag::ITEM_DELIMITATION | Tag::SEQUENCE_DELIMITATION)
}

/// A count as an offset.
pub(crate) fn wide(count: usize) -> u64 {
    count.try_into().unwrap_or(u64::MAX)
}

const NO_DELIMITER: ErrorKind = ErrorKind::Invalid("delimiter missing");
const NO_ELEMENT: ErrorKind = ErrorKind::Invalid("no element header");
const REPEATED: ErrorKind = ErrorKind::Invalid("tag repeated");
const TRAILING: ErrorKind = ErrorKind::Invalid("zeros after the last element");
const UNORDERED: ErrorKind = ErrorKind::Invalid("tags not in ascending order");
