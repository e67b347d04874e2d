//! The registered UIDs (PS3.6 A), read once from `uids.tsv`.

use std::sync::OnceLock;

/// One row of PS3.6 A, with what PS3.4 says of the class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The UID.
    pub uid: &'static str,
    /// The name; empty for a few retired rows.
    pub name: &'static str,
    /// The keyword; empty for a few retired rows.
    pub keyword: &'static str,
    /// The kind: `SOP Class`, `Transfer Syntax`, `Coding Scheme` ...
    pub kind: &'static str,
    /// Whether the standard retired it.
    pub retired: bool,
    /// The service class of PS3.4 that a SOP class belongs to; empty for other kinds.
    pub category: &'static str,
    /// Whether instances of the class are sent with C-STORE.
    pub storage: bool,
}

/// The row for `uid`.
#[must_use]
pub fn entry(uid: &str) -> Option<&'static Entry> {
    let table = all();
    table.binary_search_by_key(&uid, |row| row.uid).ok().and_then(|at| table.get(at))
}

/// Every row, sorted by UID as text.
#[must_use]
pub fn all() -> &'static [Entry] {
    static TABLE: OnceLock<Vec<Entry>> = OnceLock::new();
    TABLE.get_or_init(|| include_str!("uids.tsv").lines().skip(1).filter_map(row).collect())
}

fn row(line: &'static str) -> Option<Entry> {
    let mut columns = line.split('\t');
    Some(Entry {
        uid: columns.next()?,
        name: columns.next()?,
        keyword: columns.next()?,
        kind: columns.next()?,
        retired: !columns.next()?.is_empty(),
        category: columns.next()?,
        storage: !columns.next()?.is_empty(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_file_is_a_row() {
        assert_eq!(all().len(), include_str!("uids.tsv").lines().count() - 1);
        assert!(all().is_sorted_by_key(|row| row.uid));
    }

    #[test]
    fn a_uid_is_known_by_name_kind_and_service() {
        let found = entry("1.2.840.10008.5.1.4.1.1.2").unwrap();
        assert_eq!((found.name, found.keyword), ("CT Image Storage", "CTImageStorage"));
        assert_eq!((found.kind, found.category), ("SOP Class", "Storage"));
        assert!(found.storage && !found.retired);
        assert!(entry("1.2.840.10008.1.2.2").unwrap().retired);
        assert_eq!(entry("1.2.3"), None);
    }
}
