//! Where a walk stands: in which bytes, inside what.

use crate::dataset::{Encoding, wide};
use crate::tag::Tag;

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

    /// The bytes at hand that come before offset `end`, and how many there may be up to it.
    pub(super) fn before(&self, end: u64) -> (&'a [u8], u64) {
        let (rest, room) = (self.rest(), end.saturating_sub(self.offset()));
        let count = usize::try_from(room).unwrap_or(usize::MAX).min(rest.len());
        (rest.get(..count).unwrap_or_default(), room)
    }

    /// Steps over `count` bytes of the header at hand.
    pub(super) fn skip(&mut self, count: u8) {
        self.at = self.at.saturating_add(count.into()).min(self.data.len());
    }
}
