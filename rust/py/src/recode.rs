//! Whole data sets in another transfer syntax.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use russet_codec::dataset::encode::{self as codec, GroupLengths, Lengths, Options, RecodeError};

use crate::dataset::DatasetIndex;
use crate::error::{CodecError, UnencodableError};

/// Encode a data set in a transfer syntax: the elements and values of `index`, in ascending order, all
/// of even length (PS3.5 7.1 and A).
///
/// Args:
///     index: The data set, or an item.
///     to_syntax_uid: The transfer syntax to write; a deflated one gives deflated bytes.
///     from_syntax_uid: The one that the data set was read in. When it is the same, encapsulated pixel
///         data are copied; otherwise, and when nothing is said, they are refused. Only this tells of
///         a private syntax whose pixels are in another byte order; say it of everything received.
///     lengths: `as-written`, `defined` or `undefined`, for sequences and items (PS3.5 7.5).
///     group_lengths: `remove` them, `keep` those that are there and make them right, or `add` one to
///         every group (PS3.5 7.2).
///
/// Raises:
///     DecodeError: What cannot be read.
///     EncodeError: A transfer syntax that nobody knows; pixel data that would have to be decoded or
///         encoded.
///     ValueError: No such `lengths` or `group_lengths`.
#[pyfunction]
#[pyo3(signature = (
    index, to_syntax_uid, *, from_syntax_uid = "", lengths = "as-written", group_lengths = "remove"
))]
pub(crate) fn recode<'py>(
    py: Python<'py>,
    index: &DatasetIndex,
    to_syntax_uid: &str,
    from_syntax_uid: &str,
    lengths: &str,
    group_lengths: &str,
) -> PyResult<Bound<'py, PyBytes>> {
    let lengths = named(lengths, &LENGTHS)?;
    let group_lengths = named(group_lengths, &GROUP_LENGTHS)?;
    let options = Options { lengths, group_lengths };
    let written =
        index.work(py, |view| codec::recode(&view, from_syntax_uid, to_syntax_uid, options))?;
    match written {
        Ok(written) => Ok(PyBytes::new(py, &written)),
        Err(RecodeError::Decode(error)) => Err(CodecError(error).into()),
        Err(RecodeError::Encode(error)) => Err(UnencodableError(error).into()),
    }
}

const LENGTHS: [(&str, Lengths); 3] = [
    ("as-written", Lengths::AsWritten),
    ("defined", Lengths::Defined),
    ("undefined", Lengths::Undefined),
];

const GROUP_LENGTHS: [(&str, GroupLengths); 3] =
    [("remove", GroupLengths::Remove), ("keep", GroupLengths::Keep), ("add", GroupLengths::Add)];

fn named<T: Copy>(word: &str, table: &[(&str, T)]) -> PyResult<T> {
    let found = table.iter().find(|&&(name, _)| name == word).map(|&(_, option)| option);
    found.ok_or_else(|| {
        let names: Vec<_> = table.iter().map(|&(name, _)| name).collect();
        PyValueError::new_err(format!("{word:?} is none of {}", names.join(", ")))
    })
}
