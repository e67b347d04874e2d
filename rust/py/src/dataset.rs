//! Data sets as an index over their bytes; no object per element.

use std::sync::Arc;

use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use russet_codec::dataset::deep::View;
use russet_codec::dataset::index::Index;
use russet_codec::dataset::{Element, Rules, Warnings};
use russet_codec::endian::Endian;
use russet_codec::file;
use russet_codec::limits::Limits;
use russet_codec::syntax::Syntax;
use russet_codec::tag::Tag;
use russet_codec::value::{Context, Value};

use crate::buffer::Source;
use crate::error::CodecError;
use crate::value::to_python;
use crate::warning::{Warning, described};

/// The elements of one data set or item, in the order they are written; those inside sequences are
/// found by `items`. Offsets count from the start of the buffer that was read; those of a deflated
/// data set from the start of what it inflates to.
#[pyclass(frozen, module = "russet._core")]
pub(crate) struct DatasetIndex {
    index: Index,
    source: Arc<Source>,
    warnings: Warnings,
    strict: bool,
    context: Context,
}

impl DatasetIndex {
    pub(crate) fn new(index: Index, source: Arc<Source>, warnings: Warnings, strict: bool) -> Self {
        let context = index.context(source.as_slice(), Context::default());
        Self { index, source, warnings, strict, context }
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

    /// Its bytes and where everything is in them, for whoever reads all of it.
    pub(crate) fn view(&self) -> View<'_> {
        let (index, data) = (&self.index, self.source.as_slice());
        View { index, data, context: self.context, rules: rules(self.strict) }
    }

    /// Whether its bytes stay as they are while Python runs.
    pub(crate) fn is_fixed(&self, py: Python<'_>) -> bool {
        self.source.is_fixed(py)
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

    /// The VR to take the value of a row by: for UN what the data dictionary says, if it knows.
    fn value_vr(&self, row: usize) -> PyResult<&'static str> {
        Ok(self.element(row)?.value_vr(self.context).as_str())
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

    /// The value of a row as Python has it: one value as itself, several as a list; an empty one is ""
    /// for text and None for numbers and tags; bytes (OB, OW, UN ...) without a copy.
    ///
    /// Raises:
    ///     DecodeError: Numbers that do not fill the value, IS or DS that are no numbers, or SQ.
    fn value<'py>(&self, py: Python<'py>, row: usize) -> PyResult<Bound<'py, PyAny>> {
        self.element(row)?;
        let Some(met) = self.view().met(row) else { return Ok(py.None().into_bound(py)) };
        match met.decode().map_err(CodecError)? {
            Value::Bytes(_) => self.raw(py, row),
            value => to_python(py, met.vr, value),
        }
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
            let item = Self::new(item, Arc::clone(&self.source), own, self.strict);
            let context = item.index.context(data, self.context);
            found.push(Self { context, ..item });
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

/// What reading into memory accepts: less of a deflated data set than passing one on does.
pub(crate) fn rules(strict: bool) -> Rules {
    Rules { strict, limits: Limits { inflated: 1 << 30, ..Limits::default() } }
}
