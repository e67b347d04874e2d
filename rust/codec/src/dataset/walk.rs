//! The one element loop (PS3.5 7): resumable over the parts of a stream, generic over who listens.

use crate::dataset::frame::{Frame, Kind, Part, Step};
use crate::dataset::header::{self, Header, Reading, UNDEFINED};
use crate::dataset::visitor::{Take, Visitor};
use crate::dataset::{Element, Encoding, Rules, Warnings, wide};
use crate::error::{DecodeError, ErrorKind};
use crate::tag::Tag;
use crate::vr::Vr;

/// How the value at hand is passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Passing {
    /// Nobody looks at it.
    Unseen,
    /// The visitor gets it.
    Taken,
    /// Its element has no VR where there should be one, and may be none.
    Doubtful,
}

/// A walk over a data set, a sequence or fragments, that remembers where it is.
#[derive(Debug)]
pub struct Walk {
    pub(super) top: Frame,
    pub(super) stack: Vec<Frame>,
    offset: u64,
    pub(super) start: u64,
    /// Where the input ends; the largest number until that is known.
    pub(super) end: u64,
    /// Bytes of the current value still to come.
    pub(super) remaining: u64,
    value: Passing,
    /// Of that value: whose it is, and where that starts.
    current: (Tag, u64),
    pub(super) depth: usize,
    /// How many more elements and items may come.
    pub(super) left: usize,
    pub(super) rules: Rules,
    /// The walk ends in front of the first element of another group.
    group: Option<u16>,
    /// A data set that ends too early is an error even to the tolerant.
    pub(super) whole: bool,
    pub(super) done: bool,
    pub(super) stopped: Option<u64>,
    pub(super) ended_early: Option<DecodeError>,
    pub(super) warnings: Warnings,
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
            value: Passing::Unseen,
            current: (Tag(0), start),
            depth,
            left: rules.limits.elements,
            rules,
            group: None,
            whole: rules.strict,
            done: false,
            stopped: None,
            ended_early: None,
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

    /// The same walk, over a value that ends at offset `end` while the input may go on: read as it is
    /// when it is met inside its data set.
    #[must_use]
    pub fn inside(mut self, end: u64) -> Self {
        let around = Frame { kind: Kind::Elements, fresh: false, ..self.top };
        self.top.end = end;
        self.stack.push(around);
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
    /// `Truncated` inside a value, item or sequence; but bytes that were no element from the start end the data set.
    pub fn finish(&mut self, end: u64) -> Result<(), DecodeError> {
        self.close_at(end);
        if self.done {
            return Ok(());
        }
        let (tag, offset) = self.current;
        if self.remaining == 0 {
            let open = self.stack.iter().chain([&self.top]).rev().find(|frame| frame.end > end);
            return open.map_or(Ok(()), |frame| {
                Err(truncated(frame.end.saturating_sub(end), end, frame.tag))
            });
        }
        if self.value == Passing::Doubtful && self.is_root() {
            self.remaining = 0;
            return self.stop(NO_ELEMENT, offset, tag).map(|_| ());
        }
        Err(truncated(self.remaining, offset, tag))
    }

    /// Steps over what remains of the value at hand, whose bytes nobody needs; false when somebody does.
    pub(crate) fn step_over(&mut self) -> bool {
        if self.remaining != 0 && self.value != Passing::Unseen {
            return false;
        }
        self.offset = self.offset.saturating_add(self.remaining);
        self.remaining = 0;
        true
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

    /// What the input ended in the middle of, if what was met so far does not end inside it.
    #[must_use]
    pub fn ended_early(&self) -> Option<DecodeError> {
        self.ended_early
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
        if self.value == Passing::Taken {
            visitor.value(rest.get(..count).unwrap_or_default());
        }
        part.at = part.at.saturating_add(count);
        self.remaining = self.remaining.saturating_sub(wide(count));
        self.remaining == 0
    }

    /// Elements of one data set: the ordinary ones, then one that is not, or that somebody wants.
    fn next_elements<V: Visitor>(
        &mut self,
        part: &mut Part<'_>,
        visitor: &mut V,
    ) -> Result<Step, DecodeError> {
        if self.top.fresh && !self.settle(part, visitor) {
            return Ok(Step::More);
        }
        // Encodings that the compiler knows: the loop has no branches for what they are not.
        let wanted = match self.top.encoding {
            Encoding::EXPLICIT => self.ordinary(Encoding::EXPLICIT, part, visitor),
            Encoding::IMPLICIT => self.ordinary(Encoding::IMPLICIT, part, visitor),
            other => self.ordinary(other, part, visitor),
        };
        match wanted {
            Some((element, take)) => self.enter(&element, take, part),
            None => self.irregular(part, visitor),
        }
    }

    /// The hot loop: ordinary elements whose values are at hand, until something is not, or somebody
    /// wants more of one.
    #[expect(clippy::inline_always, reason = "what is known of the encoding is to be known here")]
    #[inline(always)]
    fn ordinary<V: Visitor>(
        &mut self,
        encoding: Encoding,
        part: &mut Part<'_>,
        visitor: &mut V,
    ) -> Option<(Element, Take)> {
        let Frame { end, mut previous, .. } = self.top;
        let limit = usize::try_from(end.saturating_sub(part.base)).unwrap_or(usize::MAX);
        let stop = limit.min(part.data.len());
        let mut rest = part.data.get(part.at..stop)?;
        let (end, depth, mut left) = (part.base.saturating_add(wide(stop)), self.depth, self.left);
        let mut wanted = None;
        while left != 0 {
            let Some((header, next)) = header::whole(rest, encoding) else { break };
            if header.tag <= previous {
                break;
            }
            let element = element(&header, end.saturating_sub(wide(rest.len())));
            let take = visitor.element(element, depth);
            if take != Take::Skip {
                wanted = Some((element, take));
                break;
            }
            previous = header.tag;
            left = left.saturating_sub(1);
            rest = next;
        }
        self.top.previous = previous;
        self.left = left;
        part.at = stop.saturating_sub(rest.len());
        wanted
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
        let (rest, room) = part.before(self.top.end);
        let header = match header::read(rest, self.top.encoding, room, self.top.previous) {
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
        if header.tag.group() == Tag::ITEM.group() {
            return self.reserved(&header, part);
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
    pub(super) fn checked(&mut self, header: &Header, offset: u64) -> Result<Element, DecodeError> {
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
        if element.undefined {
            return self.enter_undefined(element);
        }
        if take == Take::Items {
            let encoding = self.content(element);
            let frame = Frame {
                kind: Kind::Items,
                end: element.end(),
                undefined: false,
                encoding,
                tag: element.tag,
                previous: Tag(0),
                fresh: true,
                stray: false,
            };
            self.push(element.offset, frame)?;
            return Ok(Step::Again);
        }
        self.at_value(element.tag, element.offset, element.length);
        if take == Take::Value {
            self.value = Passing::Taken;
        } else if element.vr.is_none() && self.top.encoding.explicit {
            self.value = Passing::Doubtful;
        }
        Ok(Step::Again)
    }

    /// The next `length` bytes are a value that belongs to `tag`.
    pub(super) fn at_value(&mut self, tag: Tag, offset: u64, length: u64) {
        self.current = (tag, offset);
        self.remaining = length;
        self.value = Passing::Unseen;
    }

    fn enter_undefined(&mut self, element: &Element) -> Result<Step, DecodeError> {
        let kind = match element.vr {
            _ if element.has_fragments() => Kind::Fragments,
            Some(Vr::SQ | Vr::UN) | None => Kind::Items,
            Some(_) => {
                let kind = ErrorKind::Invalid("undefined length for a VR that cannot have one");
                return Err(DecodeError::new(kind, element.offset).within(element.tag));
            }
        };
        let frame = Frame {
            kind,
            end: self.top.end,
            undefined: true,
            encoding: self.content(element),
            tag: element.tag,
            previous: Tag(0),
            fresh: true,
            stray: false,
        };
        self.push(element.offset, frame)?;
        Ok(Step::Again)
    }

    /// How the items of `element` are written: as it is, but Implicit VR in UN (PS3.5 6.2.2).
    fn content(&self, element: &Element) -> Encoding {
        content(element, self.top.encoding)
    }

    /// Finds out how the first element of an item is written; false when it has not arrived.
    fn settle<V: Visitor>(&mut self, part: &Part<'_>, visitor: &mut V) -> bool {
        let (rest, room) = part.before(self.top.end);
        if let Some(head) = rest.first_chunk() {
            self.top.encoding = header::settle(*head, self.top.encoding, room);
        } else if room >= wide(header::SHORT) {
            return false;
        }
        self.top.fresh = false;
        visitor.settled(self.top.encoding, self.depth);
        true
    }
}

fn truncated(needed: u64, offset: u64, tag: Tag) -> DecodeError {
    let needed = usize::try_from(needed).unwrap_or(usize::MAX);
    DecodeError::new(ErrorKind::Truncated { needed }, offset).within(tag)
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

const NO_ELEMENT: ErrorKind = ErrorKind::Invalid("no element header");
const REPEATED: ErrorKind = ErrorKind::Invalid("tag repeated");
/// Padding: nothing is lost with it.
pub(crate) const TRAILING: ErrorKind = ErrorKind::Invalid("zeros after the last element");
const UNORDERED: ErrorKind = ErrorKind::Invalid("tags not in ascending order");
