//! What an index refers to: the bytes of a Python object, or a file of which only the head is held.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::SystemTime;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyMemoryView, PySlice};

use russet_codec::dataset::extract::Extract;

use crate::buffer::Bytes;
use crate::disk::{failed, open, read};
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
    /// The offset of the first of them.
    start: u64,
}

struct Rest {
    path: PathBuf,
    stamp: Stamp,
    whole: OnceLock<Held>,
}

/// Some of the bytes: those at hand, or those that were read for this.
pub(crate) enum Loaded<'a> {
    AtHand(&'a Source, Extract<'a>),
    Read(Source),
}

impl Loaded<'_> {
    pub(crate) fn extract(&self) -> Extract<'_> {
        match self {
            Self::AtHand(_, extract) => *extract,
            Self::Read(source) => source.held.extract(),
        }
    }

    /// As [`Source::work_on`].
    pub(crate) fn work_on<T: Send>(
        &self,
        py: Python<'_>,
        length: usize,
        work: impl Send + FnOnce() -> T,
    ) -> T {
        match self {
            Self::AtHand(source, _) => source.work_on(py, length, work),
            Self::Read(source) => source.work_on(py, length, work),
        }
    }
}

/// What tells that a file is still the one that was opened.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    pub(crate) fn of(file: &File) -> io::Result<Self> {
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
        Ok(Self { held: Held::new(object, 0)?, rest: None })
    }

    /// The file at `path`, of which `head` holds the first bytes; the others are read when needed.
    pub(crate) fn of_file(
        head: &Bound<'_, PyBytes>,
        path: PathBuf,
        stamp: Stamp,
    ) -> PyResult<Self> {
        let rest = Rest { path, stamp, whole: OnceLock::new() };
        Ok(Self { held: Held::new(head.as_any(), 0)?, rest: Some(rest) })
    }

    /// All bytes.
    pub(crate) fn all(&self, py: Python<'_>) -> PyResult<Extract<'_>> {
        self.up_to(py, u64::MAX)
    }

    /// The bytes from the first one, at least up to offset `end` if there are so many.
    pub(crate) fn up_to(&self, py: Python<'_>, end: u64) -> PyResult<Extract<'_>> {
        Ok(self.with(py, end)?.extract())
    }

    /// The bytes between two offsets, and perhaps more: of a file no more than those are read.
    pub(crate) fn load(&self, py: Python<'_>, start: u64, end: u64) -> PyResult<Loaded<'_>> {
        let Some(rest) = self.left(end) else { return self.at_hand_to(py, end) };
        let part = rest.part(py, start, end)?;
        Ok(Loaded::Read(Self { held: Held::new(part.as_any(), start)?, rest: None }))
    }

    /// The bytes from the first one, at least up to offset `end`, to be kept.
    pub(crate) fn at_hand_to(&self, py: Python<'_>, end: u64) -> PyResult<Loaded<'_>> {
        Ok(Loaded::AtHand(self, self.up_to(py, end)?))
    }

    /// Whether all bytes are at hand.
    pub(crate) fn is_whole(&self) -> bool {
        self.rest.is_none()
    }

    /// Whether nobody can write to the bytes while Python runs: whether `bytes` own them.
    pub(crate) fn is_fixed(&self) -> bool {
        self.held.bytes.is_fixed()
    }

    /// Works on all bytes, without the interpreter when there are many of them.
    pub(crate) fn work<T: Send>(
        &self,
        py: Python<'_>,
        work: impl Send + FnOnce(Extract<'_>) -> T,
    ) -> PyResult<T> {
        let held = self.with(py, u64::MAX)?;
        let data = held.extract();
        Ok(held.bytes.work(py, data.bytes.len(), || work(data)))
    }

    /// Works on `length` of the bytes that are at hand, without the interpreter when they are many.
    pub(crate) fn work_on<T: Send>(
        &self,
        py: Python<'_>,
        length: usize,
        work: impl Send + FnOnce() -> T,
    ) -> T {
        self.held.bytes.work(py, length, work)
    }

    /// The bytes between two offsets: without a copy, or read from the file they were left in.
    pub(crate) fn view<'py>(
        &self,
        py: Python<'py>,
        start: u64,
        end: u64,
    ) -> PyResult<Bound<'py, PyAny>> {
        if let Some(rest) = self.left(end) {
            let part = rest.part(py, start, end)?;
            return Ok(PyMemoryView::from(part.as_any())?.into_any());
        }
        let held = self.with(py, end)?;
        let at = |offset: u64| isize::try_from(offset.saturating_sub(held.start));
        let range = PySlice::new(py, at(start)?, at(end)?, 1);
        PyMemoryView::from(held.object.bind(py))?.get_item(range)
    }

    /// Has `read` look at the file for bytes up to offset `end`; None when they are at hand.
    pub(crate) fn in_file<T: Send>(
        &self,
        py: Python<'_>,
        end: u64,
        read: impl Send + FnOnce(&File) -> io::Result<T>,
    ) -> PyResult<Option<T>> {
        let Some(rest) = self.left(end) else { return Ok(None) };
        let file = rest.open(py)?;
        py.detach(|| read(&file)).map(Some).map_err(|error| failed(&error, &rest.path))
    }

    /// Where bytes up to offset `end` are if they have not been read.
    fn left(&self, end: u64) -> Option<&Rest> {
        self.rest.as_ref().filter(|rest| end > self.at_hand() && rest.whole.get().is_none())
    }

    /// What holds the bytes up to offset `end`.
    fn with(&self, py: Python<'_>, end: u64) -> PyResult<&Held> {
        match &self.rest {
            Some(rest) if end > self.at_hand() => rest.whole(py),
            _ => Ok(&self.held),
        }
    }

    fn at_hand(&self) -> u64 {
        self.held.extract().end()
    }
}

impl Held {
    fn new(object: &Bound<'_, PyAny>, start: u64) -> PyResult<Self> {
        Ok(Self { bytes: object.extract()?, object: object.clone().unbind(), start })
    }

    fn extract(&self) -> Extract<'_> {
        Extract { bytes: self.bytes.as_slice(), start: self.start }
    }
}

impl Rest {
    /// The whole file, read once.
    fn whole(&self, py: Python<'_>) -> PyResult<&Held> {
        if let Some(held) = self.whole.get() {
            return Ok(held);
        }
        let data = read(py, &self.open(py)?, (0, self.stamp.length), &self.path)?;
        let held = Held::new(data.as_any(), 0)?;
        Ok(self.whole.get_or_init(|| held))
    }

    /// The bytes between two offsets, read for this once.
    fn part<'py>(&self, py: Python<'py>, start: u64, end: u64) -> PyResult<Bound<'py, PyBytes>> {
        let end = end.min(self.stamp.length);
        read(py, &self.open(py)?, (start, end.saturating_sub(start)), &self.path)
    }

    /// The file, if it is still what it was.
    fn open(&self, py: Python<'_>) -> PyResult<File> {
        let (file, stamp) = open(py, &self.path, Stamp::of)?;
        if stamp == self.stamp {
            return Ok(file);
        }
        let path = self.path.display();
        Err(unreadable(&format!("{path} has changed since it was opened; read it anew")))
    }
}
