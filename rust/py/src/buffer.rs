//! Where bytes of Python objects enter: bytes, bytearray, memoryview, mmap.

use std::mem::MaybeUninit;

use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyBufferError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::disk::DETACH_FROM;

/// A contiguous buffer of bytes, kept alive and unresized while this exists.
pub(crate) enum Bytes {
    /// Of `bytes`, which need not be asked for a view: they are what they are.
    Fixed { _owner: Py<PyBytes>, bytes: &'static [u8] },
    /// Of anything else.
    Viewed(PyBuffer<u8>),
}

impl Bytes {
    /// The bytes.
    pub(crate) fn as_slice(&self) -> &[u8] {
        let buffer = match self {
            Self::Fixed { bytes, .. } => return bytes,
            Self::Viewed(buffer) => buffer,
        };
        if buffer.len_bytes() == 0 {
            return &[];
        }
        // SAFETY: the buffer is contiguous (checked when it was taken), holds `len_bytes` bytes and
        // can be neither resized nor freed while the view is held. What is mutable stays unwritten
        // while the caller is attached; one that detaches relies on its input being let alone.
        unsafe { std::slice::from_raw_parts(buffer.buf_ptr().cast::<u8>(), buffer.len_bytes()) }
    }

    /// Whether nobody can write to them while Python runs: whether `bytes` own them.
    pub(crate) fn is_fixed(&self) -> bool {
        matches!(self, Self::Fixed { .. })
    }

    /// Works on `length` bytes, which these are or which are among them, without the interpreter when
    /// there are many. Only `bytes` are let go of: nobody can write to those, while the owner of any
    /// other buffer might, under our eyes.
    pub(crate) fn work<T: Send>(
        &self,
        py: Python<'_>,
        length: usize,
        work: impl Send + FnOnce() -> T,
    ) -> T {
        if length < DETACH_FROM || !self.is_fixed() { work() } else { py.detach(work) }
    }
}

impl FromPyObject<'_, '_> for Bytes {
    type Error = PyErr;

    #[cfg(feature = "inspect")]
    const INPUT_TYPE: pyo3::inspect::PyStaticExpr = PyBuffer::<u8>::INPUT_TYPE;

    fn extract(object: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        if let Ok(bytes) = object.cast_exact::<PyBytes>() {
            let content: *const [u8] = bytes.as_bytes();
            let owner = bytes.to_owned().unbind();
            // SAFETY: what `bytes` hold neither moves nor changes while they are alive, which they
            // are as long as `_owner` is; `as_slice` lends them for no longer.
            return Ok(Self::Fixed { _owner: owner, bytes: unsafe { &*content } });
        }
        let buffer = PyBuffer::get(&object)?;
        if buffer.is_c_contiguous() {
            Ok(Self::Viewed(buffer))
        } else {
            Err(PyBufferError::new_err("bytes that are contiguous are needed"))
        }
    }
}

/// One number of each row, one after the other.
pub(crate) fn column<'py, T: Sync, const N: usize>(
    py: Python<'py>,
    rows: &[T],
    of: impl Sync + Fn(&T) -> [u8; N],
) -> PyResult<Bound<'py, PyBytes>> {
    let length = rows.len().saturating_mul(N);
    unwritten(py, length, |into| {
        let mut write = || {
            for (place, row) in into.chunks_exact_mut(N).zip(rows) {
                for (octet, value) in place.iter_mut().zip(of(row)) {
                    octet.write(value);
                }
            }
        };
        if length < DETACH_FROM {
            write();
        } else {
            py.detach(write);
        }
        Ok(length)
    })
}

/// New `bytes` of `length`, of which `write` says how many it wrote; the others are zeros.
pub(crate) fn unwritten(
    py: Python<'_>,
    length: usize,
    write: impl FnOnce(&mut [MaybeUninit<u8>]) -> PyResult<usize>,
) -> PyResult<Bound<'_, PyBytes>> {
    let size = ffi::Py_ssize_t::try_from(length)?;
    // SAFETY: without bytes to copy, Python makes an object of this size whose content is ours to
    // write before anybody else sees it; it is a new reference, or null with an exception.
    let (bytes, content) = unsafe {
        let bytes = ffi::PyBytes_FromStringAndSize(std::ptr::null(), size);
        let bytes = Bound::from_owned_ptr_or_err(py, bytes)?.cast_into_unchecked::<PyBytes>();
        let start = ffi::PyBytes_AsString(bytes.as_ptr()).cast::<MaybeUninit<u8>>();
        (bytes, std::slice::from_raw_parts_mut(start, length))
    };
    let count = write(content)?;
    content.get_mut(count..).unwrap_or_default().fill(MaybeUninit::new(0));
    Ok(bytes)
}
