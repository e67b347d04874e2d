//! Where a reading in order stands: a data set or item, with what it has said of its values.

use crate::dataset::extract::{Extract, slice};
use crate::dataset::{Encoding, header};
use crate::tag::Tag;
use crate::value::Context;

/// A data set or item that is being read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Level {
    pub(super) context: Context,
    pub(super) encoding: Encoding,
    /// Of an item: where its first element starts.
    start: u64,
    /// An item outside any sequence: nobody is told of what is in it.
    pub(super) stray: bool,
    /// Whether it has said its character set, and whether its pixels are signed.
    said: (bool, bool),
}

impl Level {
    pub(super) fn new(context: Context, encoding: Encoding) -> Self {
        Self { context, encoding, start: 0, stray: false, said: (false, false) }
    }

    /// An item in it; `start` is where its first element starts.
    pub(super) fn item(self, start: u64, stray: bool) -> Self {
        Self { start, stray, ..Self::new(self.context, self.encoding) }
    }

    /// Takes the character set of an item, which is also that of the few elements in front of it.
    pub(super) fn look_ahead(&mut self, data: Extract<'_>) {
        let mut at = slice(data, self.start, u64::MAX);
        while let Some(header) = header::ordinary(at, self.encoding)
            && header.tag <= Tag::SPECIFIC_CHARACTER_SET
        {
            let value = at.get(header.size.into()..).unwrap_or_default();
            let length = usize::try_from(header.length).unwrap_or(usize::MAX);
            let Some((bytes, rest)) = value.split_at_checked(length) else { return };
            self.learn(header.tag, bytes);
            at = rest;
        }
    }

    /// Takes what an element says of the values of others; of one that is repeated, the first counts.
    pub(super) fn learn(&mut self, tag: Tag, bytes: &[u8]) {
        let said = match tag {
            Tag::SPECIFIC_CHARACTER_SET => &mut self.said.0,
            Tag::PIXEL_REPRESENTATION => &mut self.said.1,
            _ => return,
        };
        if !std::mem::replace(said, true) {
            self.context = self.context.with(tag, bytes);
        }
    }
}
