//! Data sets of Python over an index: made here, since Python takes as long for that as for a file.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyTuple, PyType};
use pyo3::{ffi, intern};

use crate::dataset::DatasetIndex;

/// An object of a class of data sets: with an index, what that was read from, no element made and none
/// edited.
///
/// Args:
///     kind: The class; it has the attributes `_index`, `_origin`, `_elements` and `_edits`.
///     index: Where its elements are.
///     origin: What it was read from, unless the index knows.
///
/// Raises:
///     TypeError: A class that makes its objects in its own way, or has no such attributes.
#[pyfunction]
#[pyo3(signature = (kind, index, origin = None))]
pub(crate) fn view<'py>(
    kind: &Bound<'py, PyType>,
    index: &Bound<'py, DatasetIndex>,
    origin: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = kind.py();
    let made = plain(kind)?;
    let none = py.None();
    for (name, value) in [
        (intern!(py, "_index"), index.as_any()),
        (intern!(py, "_origin"), origin.unwrap_or(none.bind(py))),
        (intern!(py, "_elements"), none.bind(py)),
        (intern!(py, "_edits"), none.bind(py)),
    ] {
        // SAFETY: three objects that are alive; it is what `object.__setattr__` calls.
        let outcome =
            unsafe { ffi::PyObject_GenericSetAttr(made.as_ptr(), name.as_ptr(), value.as_ptr()) };
        if outcome != 0 {
            return Err(PyErr::fetch(py));
        }
    }
    Ok(made)
}

/// What `object.__new__(kind)` gives.
fn plain<'py>(kind: &Bound<'py, PyType>) -> PyResult<Bound<'py, PyAny>> {
    let py = kind.py();
    // SAFETY: both are types, and any slot of a type may be asked for.
    let (own, inherited) = unsafe {
        let object = &raw mut ffi::PyBaseObject_Type;
        (
            ffi::PyType_GetSlot(kind.as_type_ptr(), ffi::Py_tp_new),
            ffi::PyType_GetSlot(object, ffi::Py_tp_new),
        )
    };
    if own.is_null() || own != inherited {
        return Err(PyTypeError::new_err("a class that makes its objects in its own way"));
    }
    // SAFETY: in this slot `object` has a constructor, which `kind` has inherited; with no arguments
    // it gives a new reference, or null with an exception.
    unsafe {
        let new = std::mem::transmute::<*mut std::ffi::c_void, ffi::newfunc>(own);
        let made = new(kind.as_type_ptr(), PyTuple::empty(py).as_ptr(), std::ptr::null_mut());
        Bound::from_owned_ptr_or_err(py, made)
    }
}
