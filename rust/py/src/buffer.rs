//! Where bytes of Python objects enter: bytes, bytearray, memoryview, mmap.

use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyBufferError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyMemoryView, PySlice};

/// A contiguous buffer of bytes, kept alive and unresized while this exists.
pub(crate) struct Bytes {
    buffer: PyBuffer<u8>,
}

impl Bytes {
    /// The bytes.
    pub(crate) fn as_slice(&self) -> &[u8] {
        if self.buffer.len_bytes() == 0 {
            return &[];
        }
        // SAFETY: the buffer is contiguous (checked when it was taken), holds `len_bytes` bytes and
        // can be neither resized nor freed while the view is held. What is mutable stays unwritten
        // while the caller is attached; one that detaches relies on its input being let alone.
        unsafe {
            std::slice::from_raw_parts(self.buffer.buf_ptr().cast::<u8>(), self.buffer.len_bytes())
        }
    }
}

impl FromPyObject<'_, '_> for Bytes {
    type Error = PyErr;

    #[cfg(feature = "inspect")]
    const INPUT_TYPE: pyo3::inspect::PyStaticExpr = PyBuffer::<u8>::INPUT_TYPE;

    fn extract(object: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        let buffer = PyBuffer::get(&object)?;
        if buffer.is_c_contiguous() {
            Ok(Self { buffer })
        } else {
            Err(PyBufferError::new_err("bytes that are contiguous are needed"))
        }
    }
}

/// Below this many bytes the work is shorter than giving up the interpreter is worth.
const DETACH_FROM: usize = 1 << 20;

/// The bytes an index refers to, and the Python object that owns them.
pub(crate) struct Source {
    object: Py<PyAny>,
    bytes: Bytes,
}

impl Source {
    pub(crate) fn new(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(Self { bytes: object.extract()?, object: object.clone().unbind() })
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        self.bytes.as_slice()
    }

    /// Whether nobody can write to the bytes while Python runs: whether `bytes` own them.
    pub(crate) fn is_fixed(&self, py: Python<'_>) -> bool {
        self.object.bind(py).is_exact_instance_of::<PyBytes>()
    }

    /// Works on the bytes, without the interpreter when there are many of them. Only `bytes` are let
    /// go of: nobody can write to those, while the owner of any other buffer might, under our eyes.
    pub(crate) fn work<T: Send>(&self, py: Python<'_>, work: impl Send + FnOnce(&[u8]) -> T) -> T {
        let data = self.as_slice();
        if data.len() < DETACH_FROM || !self.is_fixed(py) {
            return work(data);
        }
        py.detach(|| work(data))
    }

    /// The bytes between two offsets, without a copy.
    pub(crate) fn view<'py>(
        &self,
        py: Python<'py>,
        start: u64,
        end: u64,
    ) -> PyResult<Bound<'py, PyAny>> {
        let range = PySlice::new(py, isize::try_from(start)?, isize::try_from(end)?, 1);
        PyMemoryView::from(self.object.bind(py))?.get_item(range)
    }
}
