//! Files: opened, measured and read into Python's bytes, with errors as Python raises them.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::mem::MaybeUninit;
use std::path::{Path, PathBuf};

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use crate::buffer::unwritten;

/// Below this many bytes the work is shorter than giving up the interpreter is worth.
pub(crate) const DETACH_FROM: usize = 1 << 20;

// A disk may be far away: nothing here holds the interpreter while it waits for one.

/// The path that Python names. Most are ASCII, and the same bytes to any file system.
pub(crate) fn path_of(name: &Bound<'_, PyAny>) -> PyResult<PathBuf> {
    match name.cast::<PyString>().ok().and_then(|name| name.to_str().ok()) {
        Some(text) if text.is_ascii() => Ok(PathBuf::from(text)),
        _ => name.extract(),
    }
}

/// Opens the file at `path` for reading, and finds out `about` it what is wanted.
pub(crate) fn open<T: Send>(
    py: Python<'_>,
    path: &Path,
    about: impl Send + FnOnce(&File) -> io::Result<T>,
) -> PyResult<(File, T)> {
    let opened = py.detach(|| {
        let file = File::open(path)?;
        let found = about(&file)?;
        Ok((file, found))
    });
    opened.map_err(|error: io::Error| failed(&error, path))
}

/// Bytes of `file`; 0 for what has no length, such as a pipe. To ask where its end is costs half of
/// what its metadata do, and what reads on from there says from where.
pub(crate) fn length(mut file: &File) -> u64 {
    file.seek(SeekFrom::End(0)).unwrap_or_default()
}

/// The `length` bytes of `file` from `offset` on, or as many as there are.
pub(crate) fn read<'py>(
    py: Python<'py>,
    file: &File,
    (offset, length): (u64, u64),
    path: &Path,
) -> PyResult<Bound<'py, PyBytes>> {
    let length = usize::try_from(length)?;
    let mut count = 0;
    let data = unwritten(py, length, |into| {
        count = py.detach(|| fill(file, offset, into)).map_err(|error| failed(&error, path))?;
        Ok(count)
    })?;
    if count == length {
        return Ok(data);
    }
    Ok(PyBytes::new(py, data.as_bytes().get(..count).unwrap_or_default()))
}

/// Everything that is left in `file`, which does not say how much that is.
pub(crate) fn read_on<'py>(
    py: Python<'py>,
    mut file: &File,
    path: &Path,
) -> PyResult<Bound<'py, PyBytes>> {
    let mut data = Vec::new();
    let outcome = py.detach(|| {
        // What has no length may have no places either.
        _ = file.rewind();
        file.read_to_end(&mut data)
    });
    outcome.map_err(|error| failed(&error, path))?;
    Ok(PyBytes::new(py, &data))
}

/// Fills `into` with the bytes from `offset` on, as far as there are any; how many that were.
fn fill(file: &File, offset: u64, into: &mut [MaybeUninit<u8>]) -> io::Result<usize> {
    let mut count: usize = 0;
    while let Some(room) = into.get_mut(count..).filter(|room| !room.is_empty()) {
        let at = offset.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        match read_into(file, room, at) {
            Ok(0) => break,
            Ok(more) => count = count.saturating_add(more),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(count)
}

/// Reads once into bytes that need not have been written to: to blank them first takes half as long
/// as to read them.
#[cfg(unix)]
fn read_into(file: &File, into: &mut [MaybeUninit<u8>], offset: u64) -> io::Result<usize> {
    use std::os::fd::AsRawFd;

    let offset = libc::off_t::try_from(offset).map_err(io::Error::other)?;
    // SAFETY: the kernel writes at most `len` bytes from the start of a slice that is ours alone, and
    // the descriptor is open while `file` is borrowed.
    let count =
        unsafe { libc::pread(file.as_raw_fd(), into.as_mut_ptr().cast(), into.len(), offset) };
    usize::try_from(count).map_err(|_| io::Error::last_os_error())
}

#[cfg(not(unix))]
fn read_into(file: &File, into: &mut [MaybeUninit<u8>], offset: u64) -> io::Result<usize> {
    into.fill(MaybeUninit::new(0));
    // SAFETY: every byte has just been written.
    let into = unsafe { std::slice::from_raw_parts_mut(into.as_mut_ptr().cast(), into.len()) };
    read_at(file, into, offset)
}

/// Reads once from `offset` on.
#[cfg(unix)]
pub(crate) fn read_at(file: &File, into: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, into, offset)
}

/// Reads once from `offset` on.
#[cfg(windows)]
pub(crate) fn read_at(file: &File, into: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, into, offset)
}

/// EINVAL, the same everywhere.
const INVALID: i32 = 22;

/// An `OSError` as Python raises it, with number and name.
pub(crate) fn failed(error: &io::Error, path: &Path) -> PyErr {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default().to_owned();
    // What the system was not even asked for: a name with a NUL.
    let is_unasked = error.kind() == ErrorKind::InvalidInput;
    let number = error.raw_os_error().or(is_unasked.then_some(INVALID));
    PyOSError::new_err((number, text, path.as_os_str().to_owned()))
}
