//! Data sets as text.

use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use russet_codec::dump::{self as codec, Dump};

use crate::dataset::DatasetIndex;
use crate::error::CodecError;

/// Write a data set as dcmdump shows it: one line an element, items indented, safe for a terminal.
///
/// Args:
///     index: The data set.
///     write: Called with text: whole lines, many at a time; of bytes that somebody could write to, all
///         at once. What it raises ends the dump.
///     rows: The rows to write, with what is in them; None for all.
///     longest: Characters of a value before it is cut; None for no cut.
#[pyfunction]
#[pyo3(signature = (index, write, rows = None, longest = None))]
pub(crate) fn dump(
    py: Python<'_>,
    index: &DatasetIndex,
    write: &Bound<'_, PyAny>,
    rows: Option<Vec<usize>>,
    longest: Option<usize>,
) -> PyResult<()> {
    let loaded = index.load_starts(py, rows.as_deref(), longest)?;
    let view = index.view_of(&loaded);
    let mut failure = None;
    // Python runs while the bytes are borrowed: only of those that nobody can write to.
    let mut held = (!index.source.is_fixed()).then(String::new);
    let mut dump = Dump::new(longest, |lines: &str| {
        match &mut held {
            Some(held) => held.push_str(lines),
            None => failure = write.call1((lines,)).err(),
        }
        failure.is_none()
    });
    let more = match rows {
        Some(rows) => rows.into_iter().all(|row| dump.row(&view, row)),
        None => (0..view.index.len()).all(|row| dump.row(&view, row)),
    };
    if more {
        dump.finish();
    }
    if let Some(held) = held.filter(|held| !held.is_empty()) {
        write.call1((held,))?;
    }
    failure.map_or(Ok(()), Err)
}

/// The value of a row as its line of `dump` shows it; a sequence has none.
///
/// Args:
///     index: The data set.
///     row: The row.
///     longest: Characters before it is cut; None for no cut.
///
/// Raises:
///     DecodeError: Numbers that do not fill the value, or SQ.
#[pyfunction]
#[pyo3(signature = (index, row, longest = None))]
pub(crate) fn dump_value(
    py: Python<'_>,
    index: &DatasetIndex,
    row: usize,
    longest: Option<usize>,
) -> PyResult<String> {
    let loaded = index.load_start(py, row, longest)?;
    let met =
        index.view_of(&loaded).met(row).ok_or_else(|| PyIndexError::new_err("no such row"))?;
    Ok(codec::value(&met, longest).map_err(CodecError)?)
}

/// Text with what could move a cursor or hide written out, as `\x1b` or `\u202e`.
#[pyfunction]
pub(crate) fn escape(text: &str) -> String {
    codec::escape::escape(text)
}
