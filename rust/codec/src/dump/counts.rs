//! How much is in sequences and items, counted before any of it is shown.

use crate::dataset::deep::{Met, Reader, View};
use crate::error::DecodeError;

/// For each sequence the count of its items; for each item the count of its elements, and its length.
/// In the order in which they start.
#[derive(Default)]
pub(super) struct Counts {
    found: Vec<(usize, u64)>,
    /// What is open, by its place in `found`, and where it started.
    open: Vec<(usize, u64)>,
}

impl Counts {
    pub(super) fn of(view: &View<'_>, row: usize) -> Vec<(usize, u64)> {
        let mut counts = Self::default();
        // What cannot be read is told when it is shown.
        let _ = view.read_row(row, &mut counts);
        counts.found
    }

    /// One more in whatever is open.
    fn count(&mut self) {
        let innermost = self.open.last().and_then(|&(at, _)| self.found.get_mut(at));
        if let Some((count, _)) = innermost {
            *count = count.saturating_add(1);
        }
    }

    fn enter(&mut self, start: u64) {
        self.count();
        self.open.push((self.found.len(), start));
        self.found.push((0, 0));
    }

    fn leave(&mut self, end: u64) {
        let Some((at, start)) = self.open.pop() else { return };
        if let Some((_, length)) = self.found.get_mut(at) {
            *length = end.saturating_sub(start);
        }
    }
}

impl Reader for Counts {
    fn element(&mut self, _: &Met<'_>) -> Result<(), DecodeError> {
        self.count();
        Ok(())
    }

    fn fragments(&mut self, _: &Met<'_>, _: &[(u64, u64)]) -> Result<(), DecodeError> {
        self.count();
        Ok(())
    }

    fn sequence(&mut self, met: &Met<'_>) -> Result<(), DecodeError> {
        self.enter(met.element.value());
        Ok(())
    }

    fn item(&mut self, start: u64) {
        self.enter(start);
    }

    fn item_end(&mut self, end: u64) {
        self.leave(end);
    }

    fn sequence_end(&mut self, end: u64) {
        self.leave(end);
    }

    fn unreadable(&mut self, _: DecodeError) -> Result<(), DecodeError> {
        Ok(())
    }
}
