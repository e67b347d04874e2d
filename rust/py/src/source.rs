//! What an index refers to: the bytes of a Python object, or a file of which only the head is held.

use std::fs::File;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::SystemTime;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyMemoryView, PySlice};

use crate::buffer::Bytes;
use crate::disk::{DETACH_FROM, failed, open, read};
use crate::error::unreadable;

/// The bytes that offsets refer to, and the Python object that owns them.
pub(crate) struct Source {
    held: Held,
    /// Of a file that was not read to its end: where the rest is.
    rest: Option<Rest>,
}

struct Held {
    object: Py<PyAny>,
    bytes: Bytes,
}

struct Rest {
    path: PathBuf,
    stamp: Stamp,
    whole: OnceLock<Held>,
}

/// What tells that a file is still the one that was opened.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    pub(crate) fn of(file: &File) -> std::io::Result<Self> {
        let metadata = file.metadata()?;
        Ok(Self { length: metadata.len(), modified: metadata.modified().ok() })
    }

    /// Bytes of the file; 0 for what has no length, such as a pipe.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }
}

impl Source {
    /// All the bytes of `object`.
    pub(crate) fn new(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(Self { held: Held::new(object)?, rest: None })
    }

    /// The file at `path`, of which `head` holds the first bytes; the others are read when needed.
    pub(crate) fn of_file(
        head: &Bound<'_, PyBytes>,
        path: PathBuf,
        stamp: Stamp,
    ) -> PyResult<Self> {
        let rest = Rest { path, stamp, whole: OnceLock::new() };
        Ok(Self { held: Held::new(head.as_any())?, rest: Some(rest) })
    }

    /// All bytes.
    pub(crate) fn all(&self, py: Python<'_>) -> PyResult<&[u8]> {
        self.up_to(py, u64::MAX)
    }

    /// The bytes from the first one, at least up to offset `end` if there are so many.
    pub(crate) fn up_to(&self, py: Python<'_>, end: u64) -> PyResult<&[u8]> {
        Ok(self.with(py, end)?.bytes.as_slice())
    }

    /// Whether all bytes are at hand.
    pub(crate) fn is_whole(&self) -> bool {
        self.rest.is_none()
    }

    /// Whether nobody can write to the bytes while Python runs: whether `bytes` own them.
    pub(crate) fn is_fixed(&self) -> bool {
        self.held.bytes.is_fixed()
    }

    /// Works on all bytes, without the interpreter when there are many of them. Only `bytes` are let
    /// go of: nobody can write to those, while the owner of any other buffer might, under our eyes.
    pub(crate) fn work<T: Send>(
        &self,
        py: Python<'_>,
        work: impl Send + FnOnce(&[u8]) -> T,
    ) -> PyResult<T> {
        let Held { bytes, .. } = self.with(py, u64::MAX)?;
        let data = bytes.as_slice();
        if data.len() < DETACH_FROM || !bytes.is_fixed() {
            return Ok(work(data));
        }
        Ok(py.detach(|| work(data)))
    }

    /// The bytes between two offsets: without a copy, or read from the file they were left in.
    pub(crate) fn view<'py>(
        &self,
        py: Python<'py>,
        start: u64,
        end: u64,
    ) -> PyResult<Bound<'py, PyAny>> {
        if let Some(rest) = &self.rest
            && end > self.at_hand()
            && rest.whole.get().is_none()
        {
            let part = rest.part(py, start, end)?;
            return Ok(PyMemoryView::from(part.as_any())?.into_any());
        }
        let range = PySlice::new(py, isize::try_from(start)?, isize::try_from(end)?, 1);
        PyMemoryView::from(self.with(py, end)?.object.bind(py))?.get_item(range)
    }

    /// What holds the bytes up to offset `end`.
    fn with(&self, py: Python<'_>, end: u64) -> PyResult<&Held> {
        match &self.rest {
            Some(rest) if end > self.at_hand() => rest.whole(py),
            _ => Ok(&self.held),
        }
    }

    fn at_hand(&self) -> u64 {
        u64::try_from(self.held.bytes.as_slice().len()).unwrap_or(u64::MAX)
    }
}

impl Held {
    fn new(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(Self { bytes: object.extract()?, object: object.clone().unbind() })
    }
}

impl Rest {
    /// The whole file, read once.
    fn whole(&self, py: Python<'_>) -> PyResult<&Held> {
        if let Some(held) = self.whole.get() {
            return Ok(held);
        }
        let data = read(py, &self.open()?, (0, self.stamp.length), &self.path)?;
        let held = Held::new(data.as_any())?;
        Ok(self.whole.get_or_init(|| held))
    }

    /// The bytes between two offsets, read for this once.
    fn part<'py>(&self, py: Python<'py>, start: u64, end: u64) -> PyResult<Bound<'py, PyBytes>> {
        let end = end.min(self.stamp.length);
        read(py, &self.open()?, (start, end.saturating_sub(start)), &self.path)
    }

    /// The file, if it is still what it was.
    fn open(&self) -> PyResult<File> {
        let file = open(&self.path)?;
        let stamp = Stamp::of(&file).map_err(|error| failed(&error, &self.path))?;
        if stamp == self.stamp {
            return Ok(file);
        }
        let path = self.path.display();
        Err(unreadable(&format!("{path} has changed since it was opened; read it anew")))
    }
}
