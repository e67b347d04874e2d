//! Data sets as an index over their bytes; no object per element.

use std::sync::Arc;

use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyMemoryView, PySlice};
use russet_codec::dataset::index::Index;
use russet_codec::dataset::{Element, Rules, Warnings};
use russet_codec::endian::Endian;
use russet_codec::error::DecodeError;
use russet_codec::file;
use russet_codec::syntax::Syntax;
use russet_codec::tag::Tag;

use crate::buffer::Bytes;
use crate::error::CodecError;

/// Below this many bytes the work is shorter than giving up the interpreter is worth.
const DETACH_FROM: usize = 1 << 20;

/// What a warning is in Python: a sentence, the offset, the tag.
pub(crate) type Warning = (String, u64, Option<u32>);

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

    /// Works on the bytes, without the interpreter when there are many of them. Only `bytes` are let
    /// go of: nobody can write to those, while the owner of any other buffer might, under our eyes.
    pub(crate) fn work<T: Send>(&self, py: Python<'_>, work: impl Send + FnOnce(&[u8]) -> T) -> T {
        let data = self.as_slice();
        if data.len() < DETACH_FROM || !self.object.bind(py).is_exact_instance_of::<PyBytes>() {
            return work(data);
        }
        py.detach(|| work(data))
    }

    fn view<'py>(&self, py: Python<'py>, start: u64, end: u64) -> PyResult<Bound<'py, PyAny>> {
        let range = PySlice::new(py, isize::try_from(start)?, isize::try_from(end)?, 1);
        PyMemoryView::from(self.object.bind(py))?.get_item(range)
    }
}

/// The elements of one data set or item, in the order they are written; those inside sequences are
/// found by `items`. Offsets count from the start of the buffer that was read; those of a deflated
/// data set from the start of what it inflates to.
#[pyclass(frozen, module = "russet._core")]
pub(crate) struct DatasetIndex {
    index: Index,
    source: Arc<Source>,
    warnings: Warnings,
    strict: bool,
}

impl DatasetIndex {
    pub(crate) fn new(index: Index, source: Arc<Source>, warnings: Warnings, strict: bool) -> Self {
        Self { index, source, warnings, strict }
    }

    /// The data set that starts at offset `start` of `source`.
    pub(crate) fn read(
        py: Python<'_>,
        source: &Arc<Source>,
        start: u64,
        syntax: Syntax,
        strict: bool,
    ) -> PyResult<Self> {
        let (index, warnings, inflated) = source
            .work(py, |data| file::read_dataset(data, start, syntax, rules(strict)))
            .map_err(CodecError)?;
        let source = match inflated {
            None => Arc::clone(source),
            Some(inflated) => Arc::new(Source::new(PyBytes::new(py, &inflated).as_any())?),
        };
        Ok(Self::new(index, source, warnings, strict))
    }

    fn element(&self, row: usize) -> PyResult<&Element> {
        self.index.element(row).ok_or_else(|| PyIndexError::new_err("no such row"))
    }
}

#[pymethods]
impl DatasetIndex {
    fn __len__(&self) -> usize {
        self.index.len()
    }

    /// The tags in the order they are written, each group * 65536 + element.
    fn tags(&self) -> Vec<u32> {
        self.index.elements().iter().map(|element| element.tag.0).collect()
    }

    /// The row of the first element with this tag, or -1.
    fn find(&self, tag: u32) -> isize {
        self.index.find(Tag(tag)).and_then(|row| row.try_into().ok()).unwrap_or(-1)
    }

    /// The tag of a row.
    fn tag(&self, row: usize) -> PyResult<u32> {
        Ok(self.element(row)?.tag.0)
    }

    /// The VR of a row: as written, else by the data dictionary (PS3.5 A.1).
    fn vr(&self, row: usize) -> PyResult<&'static str> {
        Ok(self.element(row)?.vr().as_str())
    }

    /// Where the value of a row starts.
    fn offset(&self, row: usize) -> PyResult<u64> {
        Ok(self.element(row)?.value())
    }

    /// Bytes of the value of a row; of undefined length, without the delimiter.
    fn length(&self, row: usize) -> PyResult<u64> {
        Ok(self.element(row)?.length)
    }

    /// Whether the length of a row was written as undefined.
    fn undefined(&self, row: usize) -> PyResult<bool> {
        Ok(self.element(row)?.undefined)
    }

    /// Where the element of a row starts.
    fn header(&self, row: usize) -> PyResult<u64> {
        Ok(self.element(row)?.offset)
    }

    /// The bytes of the value of a row as written, without a copy.
    fn raw<'py>(&self, py: Python<'py>, row: usize) -> PyResult<Bound<'py, PyAny>> {
        let element = self.element(row)?;
        self.source.view(py, element.value(), element.end())
    }

    /// The items of a sequence; also of a UN that is one (PS3.5 6.2.2).
    ///
    /// Raises:
    ///     DecodeError: The row is no sequence, or what is in it cannot be read.
    fn items(&self, row: usize) -> PyResult<Vec<Self>> {
        self.element(row)?;
        let data = self.source.as_slice();
        let (items, warnings) =
            self.index.items(row, data, rules(self.strict)).map_err(CodecError)?;
        let mut noted = warnings.kept.into_iter().peekable();
        let mut found = Vec::with_capacity(items.len());
        for item in items {
            let mut own = Warnings::default();
            while let Some(warning) = noted.next_if(|warning| warning.offset <= item.end()) {
                own.push(warning);
            }
            found.push(Self::new(item, Arc::clone(&self.source), own, self.strict));
        }
        if let Some(last) = found.last_mut() {
            noted.for_each(|warning| last.warnings.push(warning));
        }
        Ok(found)
    }

    /// The fragments of encapsulated pixel data as offset and length, the offset table first (PS3.5
    /// A.4); none of native pixel data.
    ///
    /// Raises:
    ///     DecodeError: What is in it cannot be read.
    fn fragments(&self, row: usize) -> PyResult<Vec<(u64, u64)>> {
        self.element(row)?;
        let found = self.index.fragments(row, self.source.as_slice(), rules(self.strict));
        Ok(found.map_err(CodecError)?)
    }

    /// Whether its elements carry their VR.
    #[getter]
    fn explicit(&self) -> bool {
        self.index.encoding().explicit
    }

    /// Whether its numbers are in little endian.
    #[getter]
    fn little(&self) -> bool {
        self.index.encoding().endian == Endian::Little
    }

    /// Where its first element starts.
    #[getter]
    fn start(&self) -> u64 {
        self.index.start()
    }

    /// Where its last element ends.
    #[getter]
    fn end(&self) -> u64 {
        self.index.end()
    }

    /// How many sequences are around it.
    #[getter]
    fn depth(&self) -> usize {
        self.index.depth()
    }

    /// What was odd but readable, the first of it: a sentence, the offset, the tag or None.
    #[getter]
    pub(crate) fn warnings(&self) -> Vec<Warning> {
        described(&self.warnings)
    }
}

/// Index the data set that is the rest of a buffer (PS3.5 7).
///
/// Args:
///     data: The bytes; they are neither copied nor changed, and must not change.
///     syntax_uid: The transfer syntax; an unknown one is read as Explicit VR Little Endian.
///     offset: Where the data set starts.
///     strict: Whether any deviation from the standard is an error instead of a warning.
///
/// Raises:
///     DecodeError: What cannot be read.
#[pyfunction]
#[pyo3(signature = (data, syntax_uid, offset = 0, strict = false))]
pub(crate) fn read_dataset(
    data: &Bound<'_, PyAny>,
    syntax_uid: &str,
    offset: u64,
    strict: bool,
) -> PyResult<DatasetIndex> {
    let syntax = Syntax::of(syntax_uid).unwrap_or(Syntax::EXPLICIT);
    DatasetIndex::read(data.py(), &Arc::new(Source::new(data)?), offset, syntax, strict)
}

pub(crate) fn rules(strict: bool) -> Rules {
    Rules { strict, ..Rules::default() }
}

/// Warnings as Python gets them.
pub(crate) fn described(warnings: &Warnings) -> Vec<Warning> {
    let describe =
        |warning: &DecodeError| (warning.to_string(), warning.offset, warning.tag.map(|tag| tag.0));
    warnings.kept.iter().map(describe).collect()
}
