//! Indexing a data set of which not all bytes are at hand: large values and fragments are stepped over
//! unread.

use crate::dataset::index::{Fragments, Index, Rows, Select};
use crate::dataset::walk::Walk;
use crate::dataset::{Element, Encoding, Rules, Warnings};
use crate::error::DecodeError;

/// What a [`Skim`] needs to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Nothing: the index is complete.
    Nothing,
    /// The bytes from this offset on, as many as are convenient.
    From(u64),
    /// All of the input, read by [`Index::read`] or [`Index::fragments`]: it is too odd to be stepped over.
    Everything,
}

/// An index that grows with the bytes it is given.
#[derive(Debug)]
pub struct Skim {
    walk: Walk,
    index: Index,
    select: Select,
    end: u64,
}

impl Skim {
    /// Expects the data set that starts at offset `start` of an input that ends at offset `end`.
    #[must_use]
    pub fn new(start: u64, end: u64, encoding: Encoding, rules: Rules, select: Select) -> Self {
        let walk = Walk::elements(encoding, start, 0, rules).until(end);
        Self { walk, index: Index::new(encoding, start, 0, end.saturating_sub(start)), select, end }
    }

    /// Takes `data`, the bytes from the offset that was asked for, at first that of the start.
    ///
    /// # Errors
    /// What cannot be read; in strict rules any deviation.
    pub fn feed(&mut self, data: &[u8]) -> Result<Need, DecodeError> {
        let mut rows = Rows::new(&mut self.index, self.select.bound());
        let consumed = self.walk.run(data, &mut rows)?;
        if !self.walk.is_done() && consumed == data.len() {
            let at = self.walk.offset();
            if !self.walk.step_over() {
                return Ok(Need::Everything);
            }
            if self.walk.offset() > at {
                self.walk.run(&[], &mut rows)?;
            }
        }
        if self.walk.stopped().is_some() {
            return Ok(Need::Everything);
        }
        if !self.walk.is_done() && self.walk.offset() < self.end {
            return Ok(Need::From(self.walk.offset()));
        }
        self.walk.unwind(self.end, &mut rows);
        Ok(Need::Nothing)
    }

    /// The index, and what was odd.
    #[must_use]
    pub fn finish(self) -> (Index, Warnings) {
        let Self { walk, mut index, select, .. } = self;
        index.end_at(walk.offset());
        index.keep(&select);
        (index, walk.into_warnings())
    }
}

/// The fragments of encapsulated pixel data, found with the bytes it is given (PS3.5 A.4).
#[derive(Debug)]
pub struct FragmentSkim {
    walk: Walk,
    found: Fragments,
    end: u64,
}

impl FragmentSkim {
    /// Expects the value of `element`, which has fragments.
    #[must_use]
    pub fn new(element: &Element, encoding: Encoding, rules: Rules) -> Self {
        let end = element.end();
        let walk = Walk::fragments(element, encoding, rules).inside(end);
        Self { walk, found: Fragments(Vec::new()), end }
    }

    /// Takes `data`, the bytes from the offset that was asked for, at first those of the value; what is
    /// behind that counts for nothing.
    ///
    /// # Errors
    /// As [`Index::fragments`].
    pub fn feed(&mut self, data: &[u8]) -> Result<Need, DecodeError> {
        let room = self.end.saturating_sub(self.walk.offset());
        let room = usize::try_from(room).unwrap_or(usize::MAX).min(data.len());
        let consumed = self.walk.run(data.get(..room).unwrap_or_default(), &mut self.found)?;
        if consumed == room && !self.walk.step_over() {
            return Ok(Need::Everything);
        }
        let at = self.walk.offset();
        Ok(if self.walk.is_done() || at >= self.end { Need::Nothing } else { Need::From(at) })
    }

    /// What [`Index::fragments`] finds in the same.
    #[must_use]
    pub fn finish(self) -> Vec<(u64, u64)> {
        self.found.0
    }
}
