//! Where a tag is among elements that are in no order.

use std::sync::OnceLock;

use crate::dataset::Element;
use crate::tag::Tag;

/// The rows of an index in the order of their tags, sorted when a tag is first looked for: many are
/// looked for, and each time to go through all would take as long as a hostile data set wants.
#[derive(Debug, Clone, Default)]
pub(super) struct Lookup(OnceLock<Vec<usize>>);

impl Lookup {
    /// The first of `elements`, which are always the same, with the tag `tag`.
    pub(super) fn find(&self, elements: &[Element], tag: Tag) -> Option<usize> {
        let of = |row: usize| elements.get(row).map(|element| element.tag);
        let rows = self.0.get_or_init(|| {
            let mut rows: Vec<usize> = (0..elements.len()).collect();
            rows.sort_by_key(|&row| of(row));
            rows
        });
        let first = rows.partition_point(|&row| of(row) < Some(tag));
        rows.get(first).copied().filter(|&row| of(row) == Some(tag))
    }
}

/// Two indexes are the same whether or not somebody has looked for something.
impl PartialEq for Lookup {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Lookup {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_a_tag_is_found_in_any_order() {
        let element = |tag| Element {
            tag: Tag(tag),
            vr: None,
            offset: 0,
            header_length: 8,
            length: 0,
            undefined: false,
        };
        let elements = [5, 3, 5, 9, 3].map(element);
        let lookup = Lookup::default();
        let found = [3, 4, 5, 9, 10].map(|tag| lookup.find(&elements, Tag(tag)));
        assert_eq!(found, [Some(1), None, Some(0), Some(3), None]);
    }
}
