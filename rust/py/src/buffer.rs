//! Where bytes of Python objects enter: bytes, bytearray, memoryview, mmap.

use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyBufferError;
use pyo3::prelude::*;

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
