//! The bytes of elements and items as they were read, to be written again.

use pyo3::prelude::*;
use russet_codec::dataset::Element;
use russet_codec::dataset::skim::{FragmentSkim, Need};

use crate::buffer::Bytes;
use crate::dataset::DatasetIndex;
use crate::error::CodecError;
use crate::many::Many;
use crate::rules::rules;
use crate::skim::go_on;

/// The bytes of the elements in rows `first` to `last`, that one not included, without a copy: with
/// their headers and delimiters, and with whatever is between them.
#[pyfunction]
pub(crate) fn element_span<'py>(
    py: Python<'py>,
    index: &DatasetIndex,
    first: usize,
    last: usize,
) -> PyResult<Bound<'py, PyAny>> {
    let (start, end) = index.index.span(first, last);
    index.source.view(py, start, end)
}

/// The bytes of an item, without a copy: with its header and delimiter (PS3.5 7.5).
#[pyfunction]
pub(crate) fn item_span<'py>(py: Python<'py>, index: &DatasetIndex) -> PyResult<Bound<'py, PyAny>> {
    let delimiter = if is_undefined_item(py, index)? { 8 } else { 0 };
    let (start, end) = (index.index.start(), index.index.end());
    index.source.view(py, start.saturating_sub(8), end.saturating_add(delimiter))
}

/// Whether a data set is an item whose length was written as undefined (PS3.5 7.5).
#[pyfunction]
pub(crate) fn is_undefined_item(py: Python<'_>, index: &DatasetIndex) -> PyResult<bool> {
    let start = index.index.start();
    let field = index.source.view(py, start.saturating_sub(4), start)?;
    let field: Bytes = field.extract()?;
    Ok(field.as_slice() == [0xff; 4] && index.index.depth() > 0)
}

/// The fragments of encapsulated pixel data as offset and length, the offset table first (PS3.5 A.4);
/// none of native pixel data.
///
/// Raises:
///     DecodeError: What is in it cannot be read.
#[pyfunction]
pub(crate) fn fragments(
    py: Python<'_>,
    index: &DatasetIndex,
    row: usize,
) -> PyResult<Many<(u64, u64)>> {
    let element = index.element(row)?;
    if let Some(found) = skimmed(py, index, element)? {
        return Ok(Many(found));
    }
    let loaded = index.source.load(py, element.value(), element.end())?;
    let length = usize::try_from(element.length)?;
    let found =
        loaded.work_on(py, length, || index.index.fragments(row, loaded.extract(), rules(false)));
    Ok(Many(found.map_err(CodecError)?))
}

/// The fragments of what was left in a file, without reading what is in them; None when its bytes are
/// at hand, or needed.
fn skimmed(
    py: Python<'_>,
    index: &DatasetIndex,
    element: &Element,
) -> PyResult<Option<Vec<(u64, u64)>>> {
    if !element.has_fragments() {
        return Ok(Some(Vec::new()));
    }
    let mut skim = FragmentSkim::new(element, index.index.encoding(), rules(false));
    let need = Need::From(element.value());
    let outcome = index
        .source
        .in_file(py, element.end(), |file| go_on(file, need, |part| skim.feed(part)))?;
    let Some(found) = outcome else { return Ok(None) };
    Ok(found.map_err(CodecError)?.then(|| skim.finish()))
}

/// The bytes between two offsets of what an index refers to, without a copy.
#[pyfunction]
pub(crate) fn bytes_between<'py>(
    py: Python<'py>,
    index: &DatasetIndex,
    start: u64,
    end: u64,
) -> PyResult<Bound<'py, PyAny>> {
    index.source.view(py, start, end)
}
