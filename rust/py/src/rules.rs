//! What reading accepts, and what it looks for.

use russet_codec::dataset::Rules;
use russet_codec::dataset::index::Select;
use russet_codec::limits::Limits;
use russet_codec::tag::Tag;
use russet_codec::value::Context;

/// What reading into memory accepts: less of a deflated data set than passing one on does.
pub(crate) fn rules(strict: bool) -> Rules {
    Rules { strict, limits: Limits { inflated: 1 << 30, ..Limits::default() } }
}

/// How a data set is read.
#[derive(Clone, Copy)]
pub(crate) struct Reading {
    /// Whether any deviation from the standard is an error.
    pub(crate) strict: bool,
    /// What holds where the data set itself does not say it.
    pub(crate) around: Context,
}

/// Which elements are wanted, as Python says it.
pub(crate) fn selected(until: Option<u32>, only: Option<Vec<u32>>) -> Select {
    let only = only.map(|tags| tags.into_iter().map(Tag).collect());
    Select { until: until.map(Tag), only }
}
