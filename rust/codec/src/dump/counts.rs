//! What the line of a sequence or item tells of what comes after it: counted before it is written.

use crate::dataset::deep::{Met, Reader, View};
use crate::error::DecodeError;

/// What is in a sequence or item.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Count {
    /// Items of a sequence, elements of an item.
    pub(super) members: usize,
    /// Bytes of an item, without its delimiter.
    pub(super) length: u64,
}

/// The counts of the sequences and items in row `row`, in the order they start.
pub(super) fn count(view: &View<'_>, row: usize) -> Vec<Count> {
    let mut counts = Counts::default();
    // What cannot be read is not counted; the reading proper comes upon it again, and says so.
    let _ = view.read_row(row, &mut counts);
    counts.found
}

#[derive(Default)]
struct Counts {
    found: Vec<Count>,
    /// Which of them have not ended, with the offset where they started.
    open: Vec<(usize, u64)>,
}

impl Counts {
    fn member(&mut self) {
        if let Some(&(at, _)) = self.open.last()
            && let Some(count) = self.found.get_mut(at)
        {
            count.members = count.members.saturating_add(1);
        }
    }

    fn open(&mut self, start: u64) {
        self.open.push((self.found.len(), start));
        self.found.push(Count::default());
    }

    fn close(&mut self, end: u64) {
        if let Some((at, start)) = self.open.pop()
            && let Some(count) = self.found.get_mut(at)
        {
            count.length = end.saturating_sub(start);
        }
    }
}

impl Reader for Counts {
    fn element(&mut self, _: &Met<'_>) -> Result<(), DecodeError> {
        self.member();
        Ok(())
    }

    fn fragments(&mut self, _: &Met<'_>, _: &[(u64, u64)]) -> Result<(), DecodeError> {
        self.member();
        Ok(())
    }

    fn sequence(&mut self, met: &Met<'_>) -> Result<(), DecodeError> {
        self.member();
        self.open(met.element.value());
        Ok(())
    }

    fn item(&mut self, start: u64) {
        self.member();
        self.open(start);
    }

    fn item_end(&mut self, end: u64) {
        self.close(end);
    }

    fn sequence_end(&mut self, end: u64) {
        self.close(end);
    }
}
