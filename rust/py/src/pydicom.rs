//! Elements as pydicom holds those that it has not decoded: `RawDataElement`, a tuple of nine.

use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple, PyType};
use russet_codec::dataset::index::Index;
use russet_codec::endian::Endian;
use russet_codec::vr::Vr;

use crate::dataset::DatasetIndex;
use crate::rules::rules;

const UNDEFINED_LENGTH: u32 = u32::MAX;

/// Some elements as pydicom's `RawDataElement`, by tag as its `BaseTag`; no value is decoded.
///
/// Args:
///     index: Where they are.
///     rows: Which of them; None for all.
///     raw: The class `RawDataElement`.
///     tag: The class `BaseTag`.
#[pyfunction]
pub(crate) fn raw_elements<'py>(
    py: Python<'py>,
    index: &DatasetIndex,
    rows: Option<Vec<usize>>,
    raw: &Bound<'py, PyType>,
    tag: &Bound<'py, PyType>,
) -> PyResult<Bound<'py, PyAny>> {
    // The class's own constructor is a Python function, five times as slow.
    let new = py.get_type::<PyTuple>().getattr("__new__")?;
    let found = PyDict::new(py);
    if rows.is_none() {
        // At once, and not one by one.
        index.source.all(py)?;
    }
    let all = rows.unwrap_or_else(|| (0..index.index.len()).collect());
    for row in all {
        let Some(element) = index.index.element(row) else { continue };
        let tag = tag.call1((element.tag.0,))?;
        let fields = fields(py, index, row, &tag)?;
        found.set_item(tag, new.call1((raw, fields))?)?;
    }
    Ok(found.into_any())
}

fn fields<'py>(
    py: Python<'py>,
    index: &DatasetIndex,
    row: usize,
    tag: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyTuple>> {
    let element = index.element(row)?;
    let encoding = index.index.encoding();
    let loaded = index.source.load(py, element.value(), element.end())?;
    let data = loaded.extract();
    let undefined = element.undefined;
    // A UN of undefined length is in Implicit VR Little Endian (PS3.5 6.2.2), or should be.
    let in_un = undefined && element.vr == Some(Vr::UN);
    let implicit = in_un && {
        let (items, _) = index.index.items(row, data, rules(false)).unwrap_or_default();
        !items.iter().any(|item| item.encoding().explicit)
    };
    // What has no length is a sequence or pixel data, even where nobody knows the tag.
    let sequence = undefined && element.value_vr(index.context) == Vr::SQ;
    let vr = if sequence { Some(Vr::SQ) } else { encoding.explicit.then(|| element.vr()) };
    let bytes = Index::value(element, data);
    // None would tell pydicom to look for a sequence in the file again.
    let value = (undefined || !bytes.is_empty()).then(|| PyBytes::new(py, bytes));
    let length = if undefined { UNDEFINED_LENGTH.into() } else { element.length };
    PyTuple::new(
        py,
        [
            tag.clone(),
            vr.map(Vr::as_str).into_bound_py_any(py)?,
            length.into_bound_py_any(py)?,
            value.into_bound_py_any(py)?,
            element.value().into_bound_py_any(py)?,
            (implicit || !encoding.explicit).into_bound_py_any(py)?,
            (in_un || encoding.endian == Endian::Little).into_bound_py_any(py)?,
            true.into_bound_py_any(py)?,
            false.into_bound_py_any(py)?,
        ],
    )
}
