//! Files: opened, measured and read into Python's bytes, with errors as Python raises them.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// Below this many bytes the work is shorter than giving up the interpreter is worth.
pub(crate) const DETACH_FROM: usize = 1 << 20;

// A disk may be far away: nothing here holds the interpreter while it waits for one.

/// Opens the file at `path` for reading.
pub(crate) fn open(py: Python<'_>, path: &Path) -> PyResult<File> {
    py.detach(|| File::open(path)).map_err(|error| failed(&error, path))
}

/// Bytes of `file`, which is at its start and stays there; 0 for what has no length, such as a pipe.
/// To ask where its end is costs half of what its metadata do.
pub(crate) fn length(py: Python<'_>, mut file: &File) -> u64 {
    py.detach(|| {
        let end = file.seek(SeekFrom::End(0));
        end.and_then(|end| file.rewind().map(|()| end)).unwrap_or_default()
    })
}

/// The next `length` bytes of `file`, or as many as there are.
pub(crate) fn read<'py>(
    py: Python<'py>,
    file: &File,
    length: u64,
    path: &Path,
) -> PyResult<Bound<'py, PyBytes>> {
    let length = usize::try_from(length)?;
    let mut count = 0;
    let data = PyBytes::new_with(py, length, |into| {
        count = py.detach(|| fill(file, into)).map_err(|error| failed(&error, path))?;
        Ok(())
    })?;
    if count == length {
        return Ok(data);
    }
    Ok(PyBytes::new(py, data.as_bytes().get(..count).unwrap_or_default()))
}

/// The whole `file`, of which some may have been read.
pub(crate) fn read_all<'py>(
    py: Python<'py>,
    mut file: &File,
    length: u64,
    path: &Path,
) -> PyResult<Bound<'py, PyBytes>> {
    file.rewind().map_err(|error| failed(&error, path))?;
    read(py, file, length, path)
}

/// Fills `into` with the bytes from `offset` on, as far as there are any; how many that were.
pub(crate) fn read_at(mut file: &File, offset: u64, into: &mut [u8]) -> std::io::Result<usize> {
    file.seek(SeekFrom::Start(offset))?;
    fill(file, into)
}

/// Everything that is left in `file`, which does not say how much that is.
pub(crate) fn read_on<'py>(
    py: Python<'py>,
    mut file: &File,
    path: &Path,
) -> PyResult<Bound<'py, PyBytes>> {
    let mut data = Vec::new();
    py.detach(|| file.read_to_end(&mut data)).map_err(|error| failed(&error, path))?;
    Ok(PyBytes::new(py, &data))
}

/// Reads until `into` is full or the file is at its end; how many bytes that were.
fn fill(mut file: &File, into: &mut [u8]) -> std::io::Result<usize> {
    let mut count = 0;
    while let Some(room) = into.get_mut(count..).filter(|room| !room.is_empty()) {
        match file.read(room) {
            Ok(0) => break,
            Ok(more) => count = count.saturating_add(more),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(count)
}

/// An `OSError` as Python raises it, with number and name.
pub(crate) fn failed(error: &std::io::Error, path: &Path) -> PyErr {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default().to_owned();
    PyOSError::new_err((error.raw_os_error(), text, path.as_os_str().to_owned()))
}
