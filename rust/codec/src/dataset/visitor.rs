//! Who listens to a walk.

use crate::dataset::{Element, Encoding};

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

/// Who listens to a [`Walk`](crate::dataset::walk::Walk). `depth` counts the sequences around what is told of.
pub trait Visitor {
    /// The header of an element was read.
    fn element(&mut self, element: Element, depth: usize) -> Take;

    /// Bytes of the value of the last element that answered [`Take::Value`], as they arrive.
    fn value(&mut self, part: &[u8]) {
        let _ = part;
    }

    /// The sequence or the pixel data that were entered last at `depth` ended at `end`.
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
