//! The elements of vendors (PS3.5 7.8).

use pyo3::prelude::*;
use russet_codec::private;
use russet_codec::tag::Tag;

/// What is known of a private element (PS3.5 7.8).
#[pyclass(frozen, get_all, module = "russet._core")]
pub(crate) struct PrivateEntry {
    /// The VR, such as "LO" or "US or SS".
    vr: String,
    /// The value multiplicity, such as "1-n".
    vm: String,
    /// The name; empty when nobody told.
    name: String,
}

/// What the owner of a private block means by a tag, in whatever block it is (PS3.5 7.8.1): what was
/// registered, else what is known of that vendor.
#[pyfunction]
pub(crate) fn private_entry(creator: &str, tag: u32) -> Option<PrivateEntry> {
    let private::PrivateEntry { vr, vm, name } = private::entry(creator, Tag(tag))?;
    Some(PrivateEntry { vr: vr.into(), vm: vm.into(), name: name.into() })
}

/// Make elements of a vendor known to the whole process: tags with their VR, VM and name. Which block a
/// tag is in does not count; what is in none is ignored.
#[pyfunction]
pub(crate) fn register_private(creator: &str, entries: Vec<(u32, String, String, String)>) {
    let entry = |(tag, vr, vm, name): (u32, String, String, String)| {
        (Tag(tag), private::PrivateEntry { vr: vr.into(), vm: vm.into(), name: name.into() })
    };
    private::register(creator, entries.into_iter().map(entry));
}
