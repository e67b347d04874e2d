//! The registered UIDs (PS3.6 A).

use pyo3::prelude::*;
use russet_codec::syntax::{self, Syntax};
use russet_codec::uids;

/// A registered UID (PS3.6 A).
#[pyclass(frozen, get_all, module = "russet._core")]
pub(crate) struct UidEntry {
    /// The UID.
    uid: &'static str,
    /// The name; empty for a few retired rows.
    name: &'static str,
    /// The keyword; empty for a few retired rows.
    keyword: &'static str,
    /// "SOP Class", "Transfer Syntax", "Coding Scheme" ...
    kind: &'static str,
    /// Whether the standard retired it.
    retired: bool,
    /// The service class of PS3.4 that a SOP class belongs to; empty for other kinds.
    category: &'static str,
    /// Whether instances of the class are sent with C-STORE.
    storage: bool,
}

impl From<&uids::Entry> for UidEntry {
    fn from(row: &uids::Entry) -> Self {
        let &uids::Entry { uid, name, keyword, kind, retired, category, storage } = row;
        Self { uid, name, keyword, kind, retired, category, storage }
    }
}

/// The row for a UID (PS3.6 A), if it is registered.
#[pyfunction]
pub(crate) fn uid_entry(uid: &str) -> Option<UidEntry> {
    uids::entry(uid).map(UidEntry::from)
}

/// Every registered UID (PS3.6 A), sorted as text.
#[pyfunction]
#[pyo3(name = "uids")]
pub(crate) fn all() -> Vec<UidEntry> {
    uids::all().iter().map(UidEntry::from).collect()
}

/// The UIDs of every transfer syntax that can be read (PS3.5 A), in the order of PS3.6.
#[pyfunction]
pub(crate) fn transfer_syntaxes() -> Vec<&'static str> {
    syntax::known().collect()
}

/// Whether the pixel data of a transfer syntax are fragments (PS3.5 A.4); None when it is not known.
#[pyfunction]
pub(crate) fn is_encapsulated(syntax_uid: &str) -> Option<bool> {
    Syntax::of(syntax_uid).map(|syntax| syntax.encapsulated)
}
