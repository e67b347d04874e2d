//! The part of the walk that goes into things and out of them, and sees to it that they end where
//! they should (PS3.5 7.5).

use crate::dataset::frame::{Frame, Kind, Part, Step};
use crate::dataset::visitor::Visitor;
use crate::dataset::walk::Walk;
use crate::dataset::{header, wide};
use crate::error::{DecodeError, ErrorKind};
use crate::tag::Tag;

impl Walk {
    /// Counts an element or item against the limit.
    pub(super) fn count(&mut self, offset: u64, tag: Tag) -> Result<(), DecodeError> {
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

    /// Descends into `frame`, which is that of what starts at `offset`.
    pub(super) fn push(&mut self, offset: u64, frame: Frame) -> Result<(), DecodeError> {
        if frame.kind == Kind::Items {
            self.depth = self.depth.saturating_add(1);
            let limit = self.rules.limits.depth;
            if self.depth > limit {
                return Err(too_deep(self.depth, limit, offset, frame.tag));
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
        if !frame.stray && frame.kind != Kind::Elements {
            visitor.closed(end, self.depth);
        }
    }

    /// Whether the frame at hand is the outermost.
    pub(super) fn is_root(&self) -> bool {
        self.stack.is_empty()
    }

    /// Whether the frame at hand, or one around it, has an end of its own.
    fn is_in_defined(&self) -> bool {
        let inner = self.stack.iter().skip(1).chain([&self.top]);
        !self.is_root() && inner.rev().any(|frame| !frame.undefined)
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
        let mut error = DecodeError::new(kind, offset);
        error.tag = (tag != Tag(0)).then_some(tag);
        if self.whole {
            return Err(error);
        }
        self.ended_early.get_or_insert(error);
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
        if self.is_root() {
            self.stopped = Some(offset);
            self.done = true;
        } else {
            self.at_value(self.top.tag, offset, room);
        }
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

    /// There is no element at `offset`. What is in something of defined length is passed over up to its
    /// end, as it is when that is skipped; else whatever follows is none of ours.
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
        if self.is_in_defined() {
            self.at_value(tag, offset, self.top.end.saturating_sub(offset));
            return Ok(Step::Again);
        }
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

    /// Says that the input ends at offset `end`.
    pub(super) fn close_at(&mut self, end: u64) {
        let unknown = self.end;
        for frame in self.stack.iter_mut().chain([&mut self.top]) {
            if frame.end == unknown {
                frame.end = end;
            }
        }
        self.end = end;
    }
}

const NO_DELIMITER: ErrorKind = ErrorKind::Invalid("delimiter missing");

/// Sequences in sequences above the limit.
pub(super) fn too_deep(depth: usize, limit: usize, offset: u64, tag: Tag) -> DecodeError {
    let (what, value, limit) = ("nested sequences", wide(depth), wide(limit));
    DecodeError::new(ErrorKind::AboveLimit { what, value, limit }, offset).within(tag)
}
