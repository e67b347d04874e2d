//! A data set that arrives in parts: checked as it passes, a few values kept.

use std::borrow::Cow;
use std::collections::BTreeMap;

use pyo3::prelude::*;
use russet_codec::dataset::Rules;
use russet_codec::dataset::feed::Feed;
use russet_codec::dataset::harvest::{self, Harvest};
use russet_codec::endian::Endian;
use russet_codec::syntax::Syntax;
use russet_codec::tag::Tag;

use crate::buffer::Bytes;
use crate::error::{CodecError, UnencodableError};
use crate::warning::{Warning, described};

/// Tags, prepared once for the walks over many data sets.
///
/// Args:
///     tags: Group * 65536 + element each, in any order.
#[pyclass(frozen, module = "russet._core")]
pub(crate) struct Tags(harvest::Tags);

#[pymethods]
impl Tags {
    #[new]
    fn new(tags: Vec<u32>) -> Self {
        Self(tags.into_iter().map(Tag).collect())
    }
}

/// Tags that were prepared, or are to be prepared now.
#[derive(FromPyObject)]
pub(crate) enum Wanted {
    Prepared(Py<Tags>),
    Plain(Vec<u32>),
}

impl Wanted {
    fn into_tags(self) -> harvest::Tags {
        match self {
            Self::Prepared(tags) => tags.get().0.clone(),
            Self::Plain(tags) => tags.into_iter().map(Tag).collect(),
        }
    }
}

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
    endian: Endian,
}

#[pymethods]
impl Walk {
    #[new]
    #[pyo3(signature = (syntax_uid, tags, *, nested = false))]
    fn new(syntax_uid: &str, tags: Wanted, nested: bool) -> Self {
        let syntax = Syntax::of(syntax_uid).unwrap_or(Syntax::EXPLICIT);
        let harvest = Harvest::new(tags.into_tags(), nested);
        Self { feed: Feed::new(syntax, harvest, Rules::default()), endian: syntax.endian }
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
        let values = self.feed.visitor().values();
        values.map(|(tag, value)| (tag.0, Cow::Borrowed(value))).collect()
    }

    /// The value of one element with its padding; None when it was not found, or not wanted.
    fn value(&self, tag: u32) -> Option<Cow<'_, [u8]>> {
        self.feed.visitor().value(Tag(tag)).map(Cow::Borrowed)
    }

    /// The tags of what was wanted and found, but is too long to keep, or of undefined length.
    #[getter]
    fn left_out(&self) -> Vec<u32> {
        self.feed.visitor().left_out().iter().map(|tag| tag.0).collect()
    }

    /// What was found of `tags`, as bytes in Explicit VR Little Endian with the VRs of the data
    /// dictionary.
    ///
    /// Returns:
    ///     The elements, and whether they are all that is to be known of `tags`: no value was left
    ///     out, is a sequence, depends on the character set, or was written with another VR.
    fn elements(&self, tags: &Tags) -> Result<(Cow<'_, [u8]>, bool), UnencodableError> {
        let (elements, whole) = self.feed.visitor().elements(&tags.0, self.endian)?;
        Ok((Cow::Owned(elements), whole))
    }

    /// What was odd but readable, so far: a sentence, the offset, the tag or None.
    #[getter]
    fn warnings(&self) -> Vec<Warning> {
        described(self.feed.warnings())
    }
}
