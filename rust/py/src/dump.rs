//! Data sets as text in the layout of dcmdump.

use pyo3::prelude::*;
use russet_codec::dump as codec;

use crate::dataset::DatasetIndex;

/// The lines of some elements, and of everything in them, in the layout of dcmdump.
///
/// What cannot be read is said in its place.
///
/// Args:
///     index: Where they are.
///     rows: Which of them, from the first to the last, that one not included; None for all.
///     longest: Characters of a value before it is cut; None for no cut.
#[pyfunction]
#[pyo3(signature = (index, rows = None, longest = None))]
pub(crate) fn dump(
    py: Python<'_>,
    index: &DatasetIndex,
    rows: Option<(usize, usize)>,
    longest: Option<usize>,
) -> PyResult<String> {
    let (first, last) = rows.unwrap_or((0, index.index.len()));
    let longest = longest.unwrap_or(usize::MAX);
    index.work(py, |view| {
        let mut text = String::new();
        codec::dump(&view, first..last, longest, &mut text);
        text
    })
}

/// `text` with what could move a cursor or hide written as `\x1b` or `\u202e`.
#[pyfunction]
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    codec::escape(text, &mut escaped);
    escaped
}
