//! The way to an element: tags of sequences and numbers of items, as in `00081115/0/00081150`.

use crate::tag::Tag;

/// The sequences that are open, outermost first, each with its items so far.
#[derive(Debug, Default)]
pub(super) struct Path(Vec<(Tag, usize)>);

impl Path {
    /// A sequence starts, of which `items` are already known.
    pub(super) fn sequence(&mut self, tag: Tag, items: usize) {
        self.0.push((tag, items));
    }

    /// An item of the innermost sequence starts.
    pub(super) fn item(&mut self) {
        if let Some((_, items)) = self.0.last_mut() {
            *items = items.saturating_add(1);
        }
    }

    /// The innermost sequence ends.
    pub(super) fn sequence_end(&mut self) {
        self.0.pop();
    }

    /// How many sequences are open.
    pub(super) fn depth(&self) -> usize {
        self.0.len()
    }

    /// The way to the innermost item.
    pub(super) fn here(&self) -> String {
        let steps = self.0.iter();
        let steps = steps.map(|&(tag, items)| format!("{:08X}/{}", tag.0, items.saturating_sub(1)));
        steps.collect::<Vec<_>>().join("/")
    }

    /// The way to the element `tag` of the innermost item.
    pub(super) fn to(&self, tag: Tag) -> String {
        let here = self.here();
        format!("{here}{}{:08X}", if here.is_empty() { "" } else { "/" }, tag.0)
    }
}
