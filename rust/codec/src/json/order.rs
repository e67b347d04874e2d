//! Elements in ascending order of their tags, as PS3.18 F.2.2 and PS3.5 7.1 ask for, whatever order
//! they came in.

use std::ops::Range;

use crate::tag::Tag;

/// Where the elements of the data sets that are open stand in what is being written.
#[derive(Debug, Default)]
pub(super) struct Order {
    starts: Vec<(Tag, usize)>,
    open: Vec<Level>,
}

#[derive(Debug, Clone, Copy)]
struct Level {
    first: usize,
    last: Option<Tag>,
    sorted: bool,
}

impl Order {
    /// A data set or item starts.
    pub(super) fn open(&mut self) {
        self.open.push(Level { first: self.starts.len(), last: None, sorted: true });
    }

    /// An element of the innermost data set starts at `start`.
    pub(super) fn element(&mut self, tag: Tag, start: usize) {
        if let Some(level) = self.open.last_mut() {
            level.sorted &= level.last.is_none_or(|last| last < tag);
            level.last = Some(tag);
            self.starts.push((tag, start));
        }
    }

    /// The innermost data set ends at `end`: its elements in ascending order, those of one tag as
    /// they came; None if they came in ascending order, each tag once.
    pub(super) fn close(&mut self, end: usize) -> Option<Vec<(Tag, Range<usize>)>> {
        let level = self.open.pop()?;
        if level.sorted {
            self.starts.truncate(level.first);
            return None;
        }
        let starts: Vec<_> = self.starts.drain(level.first..).collect();
        let ends = starts.iter().skip(1).map(|&(_, start)| start).chain([end]);
        let mut found: Vec<_> =
            starts.iter().zip(ends).map(|(&(tag, start), end)| (tag, start..end)).collect();
        found.sort_by_key(|&(tag, _)| tag);
        Some(found)
    }
}
