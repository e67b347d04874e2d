//! A few values out of each of many files (PS3.10 7), reading as little of them as that takes.
//!
//! No I/O: a [`Scanner`] says which bytes it wants next and is fed with them. It walks to the last
//! element looked for and no further; large values on the way are passed over unread.

mod cell;
mod gather;
mod selection;

#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use self::cell::Cell;
use self::gather::Gather;
pub use self::gather::LONGEST;
pub use self::selection::{Kind, Path, Selection};
use crate::dataset::feed::Feed;
use crate::dataset::index::slice;
use crate::dataset::walk::{TRAILING, Walk};
use crate::dataset::{Element, Rules, wide};
use crate::endian::Endian;
use crate::error::{DecodeError, ErrorKind};
use crate::file::{self, OpenError};
use crate::syntax::Syntax;
use crate::value::{Context, Encoding};

/// The most bytes of file meta information that are read.
const LONGEST_META: u64 = 1 << 24;

/// Where a scanner is in a file.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "a box would be an allocation for each file")]
enum State {
    /// In front of it, or within the file meta, so many bytes of which were too few.
    Meta(u64),
    /// In the data set.
    Elements(Walk),
    /// In a deflated data set, the bytes of the file up to an offset used.
    Deflated(Box<Feed<Gather>>, u64),
    /// Behind everything that is looked for.
    Done,
}

/// Finds the values of a [`Selection`] in one file after another.
#[derive(Debug)]
pub struct Scanner {
    selection: Arc<Selection>,
    rules: Rules,
    state: State,
    gather: Gather,
    /// Bytes of the file that it took so far, those passed over unread included.
    used: u64,
    /// The context of the data set or item last asked for.
    context: Option<(usize, Context)>,
    scratch: String,
}

impl Scanner {
    /// A scanner for the values of `selection`.
    #[must_use]
    pub fn new(selection: Arc<Selection>, rules: Rules) -> Self {
        let gather = Gather::new(Arc::clone(&selection));
        let scratch = String::new();
        Self { selection, rules, state: State::Meta(0), gather, used: 0, context: None, scratch }
    }

    /// Forgets the last file; the next one is fed from offset 0.
    pub fn begin(&mut self) {
        self.state = State::Meta(0);
        self.gather.begin(Endian::Little);
        self.used = 0;
        self.context = None;
    }

    /// How far into the file it came: the next one of its kind will take about as much.
    #[must_use]
    pub fn used(&self) -> u64 {
        self.used
    }

    /// Takes `data`, the bytes at the offset asked for last, of a file of `length` bytes. The more
    /// there are, the less often it asks; fewer are only good where the file ends.
    ///
    /// Returns the offset from which on it wants bytes, if it wants any: more than at this call when
    /// the offset is the same.
    ///
    /// # Errors
    /// What is no DICOM file, or is cut or broken before the last element looked for. What was found
    /// until then is there.
    pub fn feed(&mut self, data: &[u8], length: u64) -> Result<Option<u64>, OpenError> {
        match std::mem::replace(&mut self.state, State::Done) {
            State::Done => Ok(None),
            State::Meta(before) => self.meta(data, before, length),
            State::Elements(walk) => Ok(self.elements(walk, data)?),
            State::Deflated(feed, at) => Ok(self.deflated(feed, data, at, length)?),
        }
    }

    /// The value for the column `column`.
    ///
    /// # Errors
    /// A value that has no place in its column.
    pub fn cell(&mut self, column: usize) -> Result<Cell<'_>, DecodeError> {
        let (Some(found), Some(&kind)) =
            (self.gather.column(column), self.selection.kinds().get(column))
        else {
            return Ok(Cell::Empty);
        };
        let element = found.element;
        if let Some(kind) = unfit(&element) {
            return Err(DecodeError::new(kind, element.offset).within(element.tag));
        }
        let Context { charset, signed } = match self.context {
            Some((around, context)) if around == found.around => context,
            _ => self.gather.context(found.around),
        };
        self.context = Some((found.around, Context { charset, signed }));
        let encoding = Encoding { endian: found.endian, charset };
        let vr = element.value_vr(Context { charset, signed });
        cell::cell(kind, element.tag, vr, self.gather.bytes(found), encoding, &mut self.scratch)
            .map_err(|error| DecodeError::new(error.kind, element.value()).within(element.tag))
    }

    /// Reads the file meta, and goes on into the data set.
    fn meta(&mut self, data: &[u8], before: u64, length: u64) -> Result<Option<u64>, OpenError> {
        let opened = file::open(data, self.rules)?;
        let (start, end) = (opened.dataset_offset, wide(data.len()));
        // The meta, and the first header, by which it is known how the data set is written.
        if start.saturating_add(16) > end && end < length {
            let (what, value, limit) = ("file meta", end, LONGEST_META);
            if value >= limit {
                return Err(
                    DecodeError::new(ErrorKind::AboveLimit { what, value, limit }, 0).into()
                );
            }
            if end <= before {
                return Err(DecodeError::new(ENDED, end).into());
            }
            self.state = State::Meta(end);
            return Ok(Some(0));
        }
        self.used = start;
        self.gather.begin(opened.syntax.endian);
        if let Some(meta) = &opened.meta {
            self.gather.take_meta(meta, data);
        }
        if self.selection.last(0).is_none_or(|last| last.group() <= 2) {
            return Ok(None);
        }
        let body = slice(data, start, end);
        if opened.syntax.deflated {
            return Ok(self.inflate(opened.syntax, body, start, length)?);
        }
        let walk = Walk::elements(opened.syntax.into(), start, 0, self.rules).until(length);
        Ok(self.elements(walk, body)?)
    }

    /// Walks on over `data`.
    fn elements(&mut self, mut walk: Walk, data: &[u8]) -> Result<Option<u64>, DecodeError> {
        let before = walk.offset();
        let outcome = walk.run(data, &mut self.gather);
        walk.step_over();
        self.used = walk.offset();
        outcome?;
        if walk.is_done() {
            return self.finish(&walk).map(|()| None);
        }
        let offset = walk.offset();
        if offset == before {
            return Err(DecodeError::new(ENDED, offset));
        }
        self.state = State::Elements(walk);
        Ok(Some(offset))
    }

    fn inflate(
        &mut self,
        syntax: Syntax,
        data: &[u8],
        start: u64,
        length: u64,
    ) -> Result<Option<u64>, DecodeError> {
        let spare = Gather::new(Arc::clone(&self.selection));
        let gather = std::mem::replace(&mut self.gather, spare);
        let feed = Box::new(Feed::new(syntax, gather, self.rules));
        self.deflated(feed, data, start, length)
    }

    /// Inflates `data`, the bytes of the file from offset `at` on, as far as is needed.
    fn deflated(
        &mut self,
        mut feed: Box<Feed<Gather>>,
        data: &[u8],
        at: u64,
        length: u64,
    ) -> Result<Option<u64>, DecodeError> {
        let mut outcome = feed.feed(data);
        let end = at.saturating_add(wide(data.len()));
        self.used = end;
        if outcome.is_ok() && !feed.is_done() {
            if end < length && !data.is_empty() {
                self.state = State::Deflated(feed, end);
                return Ok(Some(end));
            }
            outcome = feed.finish();
        }
        let (walk, gather) = feed.into_parts();
        self.gather = gather;
        outcome?;
        self.finish(&walk).map(|()| None)
    }

    /// The walk is over: whether because all was found, or because the data set was, or broke.
    fn finish(&mut self, walk: &Walk) -> Result<(), DecodeError> {
        if self.gather.complete {
            return Ok(());
        }
        if let Some(early) = walk.ended_early() {
            if let Some(tag) = early.tag {
                self.gather.forget(tag);
            }
            return Err(early);
        }
        let Some(offset) = walk.stopped() else { return Ok(()) };
        let why = walk.warnings().kept.iter().rev().find(|warning| warning.offset == offset);
        match why {
            Some(warning) if warning.kind == TRAILING => Ok(()),
            Some(&warning) => Err(warning),
            None => Err(DecodeError::new(LOST, offset)),
        }
    }
}

/// Why `element` has no value to give, if so.
fn unfit(element: &Element) -> Option<ErrorKind> {
    if element.undefined {
        return Some(NO_VALUE);
    }
    let (what, value, limit) = ("bytes of a value", element.length, LONGEST);
    (value > limit).then_some(ErrorKind::AboveLimit { what, value, limit })
}

/// A file that became shorter while it was read.
const ENDED: ErrorKind = ErrorKind::Truncated { needed: 1 };
const LOST: ErrorKind = ErrorKind::Invalid("no element header");
const NO_VALUE: ErrorKind = ErrorKind::Invalid("a sequence has items and no value");
