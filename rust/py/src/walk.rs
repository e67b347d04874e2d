//! A data set that arrives in parts: checked as it passes, a few values kept.

use std::borrow::Cow;
use std::collections::BTreeMap;

use pyo3::prelude::*;
use russet_codec::dataset::Rules;
use russet_codec::dataset::feed::{Feed, Harvest};
use russet_codec::syntax::Syntax;
use russet_codec::tag::Tag;

use crate::buffer::Bytes;
use crate::error::CodecError;
use crate::warning::{Warning, described};

/// A walk over a data set whose bytes arrive in parts, however they are cut (PS3.5 7). Memory is the
/// same for any length; a large value costs as little as a small one.
///
/// Args:
///     syntax_uid: The transfer syntax; an unknown one is read as Explicit VR Little Endian.
///     tags: Whose values to keep, if they are in no sequence and of at most 1024 bytes.
///     nested: Whether to check the content of sequences of defined length too.
#[pyclass(module = "russet._core")]
pub(crate) struct Walk {
    feed: Feed<Harvest>,
}

#[pymethods]
impl Walk {
    #[new]
    #[pyo3(signature = (syntax_uid, tags, *, nested = false))]
    fn new(syntax_uid: &str, tags: Vec<u32>, nested: bool) -> Self {
        let syntax = Syntax::of(syntax_uid).unwrap_or(Syntax::EXPLICIT);
        let harvest = Harvest::new(tags.into_iter().map(Tag).collect(), nested);
        Self { feed: Feed::new(syntax, harvest, Rules::default()) }
    }

    /// Take the bytes that come next; they are not kept.
    ///
    /// Raises:
    ///     DecodeError: What cannot be read; from then on always the same.
    fn feed(&mut self, data: Bytes) -> Result<(), CodecError> {
        Ok(self.feed.feed(data.as_slice())?)
    }

    /// Say that there are no more bytes.
    ///
    /// Raises:
    ///     DecodeError: Truncated when the data set is not over; what cannot be read.
    fn finish(&mut self) -> Result<(), CodecError> {
        Ok(self.feed.finish()?)
    }

    /// The values found so far, by tag, with their padding.
    #[getter]
    fn values(&self) -> BTreeMap<u32, Cow<'_, [u8]>> {
        let values = self.feed.visitor().values.iter();
        values.map(|(tag, value)| (tag.0, Cow::Borrowed(value.as_slice()))).collect()
    }

    /// What was odd but readable, so far: a sentence, the offset, the tag or None.
    #[getter]
    fn warnings(&self) -> Vec<Warning> {
        described(self.feed.warnings())
    }
}
