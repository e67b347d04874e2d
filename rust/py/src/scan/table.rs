//! What a scan found, as columns.

use std::ffi::CStr;

use arrow_array::cast::AsArray;
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchIterator};
use arrow_schema::ffi::FFI_ArrowSchema;
use arrow_schema::{DataType, SchemaRef};
use pyo3::exceptions::{PyIndexError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyList};

const STREAM: &CStr = c"arrow_array_stream";
const SCHEMA: &CStr = c"arrow_schema";

/// Rows of a scan, one for each file, in columns: `path`, those asked for, `error`.
///
/// Whatever takes Arrow streams (pyarrow, polars, duckdb) takes it, without a copy.
#[pyclass(frozen, module = "russet._core")]
pub(crate) struct ScanTable {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
}

impl ScanTable {
    pub(super) fn new(schema: SchemaRef, batches: Vec<RecordBatch>) -> Self {
        Self { schema, batches }
    }
}

#[pymethods]
impl ScanTable {
    /// The rows of several tables of one scan, one after the other; none of them is copied.
    ///
    /// Raises:
    ///     ValueError: No table at all.
    #[staticmethod]
    fn joined(tables: Vec<Py<Self>>) -> PyResult<Self> {
        let first = tables.first().ok_or_else(|| PyValueError::new_err("no table to join"))?;
        let schema = SchemaRef::clone(&first.get().schema);
        let batches = tables.iter().flat_map(|table| table.get().batches.iter().cloned());
        Ok(Self { schema, batches: batches.collect() })
    }

    /// The names of the columns.
    #[getter]
    fn columns(&self) -> Vec<&str> {
        self.schema.fields().iter().map(|field| field.name().as_str()).collect()
    }

    /// The values of the column at `at`: text, integers or floats; None where there is none.
    ///
    /// Raises:
    ///     IndexError: There is no such column.
    fn column<'py>(&self, py: Python<'py>, at: usize) -> PyResult<Bound<'py, PyAny>> {
        if at >= self.schema.fields().len() {
            return Err(PyIndexError::new_err("no such column"));
        }
        let list = PyList::empty(py);
        for batch in &self.batches {
            append(&list, batch.column(at))?;
        }
        Ok(list.into_any())
    }

    fn __len__(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// The columns as an Arrow schema, in a capsule.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let schema = FFI_ArrowSchema::try_from(self.schema.as_ref());
        let schema = schema.map_err(|error| PyValueError::new_err(error.to_string()))?;
        Ok(PyCapsule::new_with_value(py, schema, SCHEMA)?.into_any())
    }

    /// The rows as an Arrow stream, in a capsule; another schema than its own is not offered.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        // The protocol lets a producer give its own schema; the consumer casts.
        drop(requested_schema);
        let batches = self.batches.clone().into_iter().map(Ok);
        let reader = RecordBatchIterator::new(batches, SchemaRef::clone(&self.schema));
        let stream = FFI_ArrowArrayStream::new(Box::new(reader));
        Ok(PyCapsule::new_with_value(py, stream, STREAM)?.into_any())
    }
}

fn append(list: &Bound<'_, PyList>, array: &ArrayRef) -> PyResult<()> {
    match array.data_type() {
        DataType::Int64 => {
            array.as_primitive::<Int64Type>().iter().try_for_each(|value| list.append(value))
        }
        DataType::Float64 => {
            array.as_primitive::<Float64Type>().iter().try_for_each(|value| list.append(value))
        }
        _ => array.as_string::<i32>().iter().try_for_each(|value| list.append(value)),
    }
}
