//! What holds for any bytes, one function for each fuzz target. A target runs its function on what
//! the fuzzer makes up; `cargo test` runs it on every file of the corpus.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub,
    reason = "a panic is how a fuzz target says that something is wrong"
)]

pub mod index_vs_full;
pub mod json;
pub mod open;
pub mod round_trip;

use russet_codec::dataset::Rules;
use russet_codec::limits::{Inflated, Limits};
use russet_codec::syntax::Syntax;

/// One transfer syntax of each kind.
pub(crate) const SYNTAXES: [&str; 5] = [
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.1",
    "1.2.840.10008.1.2.2",
    "1.2.840.10008.1.2.1.99",
    "1.2.840.10008.1.2.4.50",
];

/// Limits that small input reaches.
pub(crate) fn rules(strict: bool) -> Rules {
    let limits = Limits {
        depth: 16,
        elements: 1 << 12,
        inflated: Inflated::up_to(1 << 18),
        ..Limits::default()
    };
    Rules { limits, strict }
}

/// Rules under which only what is very deep cannot be read.
pub(crate) fn wide_rules(strict: bool) -> Rules {
    let limits = Limits { depth: 64, inflated: Inflated::up_to(1 << 18), ..Limits::default() };
    Rules { limits, strict }
}

/// The transfer syntax that the first byte of an input chooses.
pub(crate) fn chosen(byte: u8) -> (&'static str, Syntax) {
    let uid = SYNTAXES[usize::from(byte) % SYNTAXES.len()];
    (uid, Syntax::of(uid).unwrap())
}

pub(crate) fn size(data: &[u8]) -> u64 {
    data.len().try_into().unwrap()
}
