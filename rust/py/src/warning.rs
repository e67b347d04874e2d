//! What was odd but readable, as Python gets it.

use russet_codec::dataset::Warnings;
use russet_codec::error::DecodeError;

/// A sentence, the offset, the tag.
pub(crate) type Warning = (String, u64, Option<u32>);

/// Warnings as Python gets them.
pub(crate) fn described(warnings: &Warnings) -> Vec<Warning> {
    let describe =
        |warning: &DecodeError| (warning.to_string(), warning.offset, warning.tag.map(|tag| tag.0));
    warnings.kept.iter().map(describe).collect()
}
