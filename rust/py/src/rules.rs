//! What reading accepts, and what it looks for.

use russet_codec::dataset::Rules;
use russet_codec::dataset::index::Select;
use russet_codec::limits::{Inflated, Limits};
use russet_codec::tag::Tag;
use russet_codec::value::Context;

/// What reading into memory accepts: less of a deflated data set than passing one on does.
pub(crate) fn rules(strict: bool) -> Rules {
    let Limits { inflated, .. } = Limits::default();
    let inflated = Inflated { most: 1 << 30, ..inflated };
    Rules { strict, limits: Limits { inflated, ..Limits::default() } }
}

/// How a data set is read.
#[derive(Clone, Copy)]
pub(crate) struct Reading {
    /// Whether any deviation from the standard is an error.
    pub(crate) strict: bool,
    /// What holds where the data set itself does not say it.
    pub(crate) around: Context,
    /// Bytes that it may inflate to, if the caller says how many.
    pub(crate) inflated: Option<u64>,
}

impl Reading {
    /// What is accepted.
    pub(crate) fn rules(self) -> Rules {
        let Rules { strict, limits } = rules(self.strict);
        let inflated = self.inflated.map_or(limits.inflated, Inflated::up_to);
        Rules { strict, limits: Limits { inflated, ..limits } }
    }
}

/// Which elements are wanted, as Python says it.
pub(crate) fn selected(until: Option<u32>, only: Option<Vec<u32>>) -> Select {
    let only = only.map(|tags| tags.into_iter().map(Tag).collect());
    Select { until: until.map(Tag), only }
}
