//! Data sets as an index over their bytes; no object per element.

use std::sync::Arc;

use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use russet_codec::dataset::index::{Index, Select};
use russet_codec::dataset::{Element, Warnings};
use russet_codec::endian::Endian;
use russet_codec::file;
use russet_codec::syntax::Syntax;
use russet_codec::tag::Tag;
use russet_codec::value::{Context, Value};
use russet_codec::vr::Vr;

use crate::error::CodecError;
use crate::file::{FileIndex, Opened};
use crate::items::items;
use crate::many::Many;
use crate::rules::Reading;
use crate::source::Source;
use crate::value::to_python;
use crate::warning::{Warning, described};

/// The elements of one data set or item, in the order they are written; those inside sequences are
/// found by `items`. Offsets count from the start of the buffer that was read; those of a deflated
/// data set from the start of what it inflates to.
#[pyclass(frozen, module = "russet._core")]
pub(crate) struct DatasetIndex {
    pub(crate) index: Index,
    pub(crate) source: Arc<Source>,
    pub(crate) warnings: Warnings,
    pub(crate) strict: bool,
    pub(crate) context: Context,
    pub(crate) opened: Option<Arc<Opened>>,
}

impl DatasetIndex {
    pub(crate) fn new(
        py: Python<'_>,
        index: Index,
        source: Arc<Source>,
        warnings: Warnings,
        Reading { strict, around, .. }: Reading,
    ) -> PyResult<Self> {
        let context = index.context(source.up_to(py, index.end())?, around);
        Ok(Self { index, source, warnings, strict, context, opened: None })
    }

    /// The same over bytes that are not all at hand, when it is known what they say of values.
    pub(crate) fn in_part(
        index: Index,
        source: Arc<Source>,
        warnings: Warnings,
        Reading { strict, around: context, .. }: Reading,
    ) -> Self {
        Self { index, source, warnings, strict, context, opened: None }
    }

    /// The same, as the data set of a file.
    pub(crate) fn opened_as(self, opened: Opened) -> Self {
        Self { opened: Some(Arc::new(opened)), ..self }
    }

    /// What `select` wants of the data set that starts at offset `start` of `source`.
    pub(crate) fn read(
        py: Python<'_>,
        source: &Arc<Source>,
        (start, syntax): (u64, Syntax),
        reading: Reading,
        select: &Select,
    ) -> PyResult<Self> {
        let (index, warnings, inflated) = source
            .work(py, |data| {
                file::read_dataset(data.bytes, start, syntax, reading.rules(), select)
            })?
            .map_err(CodecError)?;
        let source = match inflated {
            None => Arc::clone(source),
            Some(inflated) => Arc::new(Source::new(PyBytes::new(py, &inflated).as_any())?),
        };
        Self::new(py, index, source, warnings, reading)
    }

    pub(crate) fn element(&self, row: usize) -> PyResult<&Element> {
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

    /// The VR to take the value of a row by: for UN what the dictionaries say, if they know.
    fn value_vr(&self, py: Python<'_>, row: usize) -> PyResult<&'static str> {
        self.element(row)?;
        let (start, end) = self.index.value_vr_range(row).unwrap_or_default();
        let loaded = self.source.load(py, start, end)?;
        let vr = self.index.value_vr(row, loaded.extract(), self.context);
        Ok(vr.map_or("UN", Vr::as_str))
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

    /// The file whose data set it is; None for items, and for what was not read as a file.
    #[getter]
    fn file(slf: &Bound<'_, Self>) -> Option<FileIndex> {
        FileIndex::of(slf)
    }

    /// Whether each tag is greater than the one before, as it should be (PS3.5 7.1).
    #[getter]
    fn is_sorted(&self) -> bool {
        self.index.is_sorted()
    }

    /// Whether no element was left out when it was read.
    #[getter]
    fn is_complete(&self) -> bool {
        self.index.is_complete()
    }

    /// The terms of the Specific Character Set in force, with backslashes between them.
    #[getter]
    fn charset(&self) -> String {
        self.context.charset.to_string()
    }

    /// The value of a row as Python has it: one value as itself, several as a list; an empty one is ""
    /// for text and None for numbers and tags; bytes (OB, OW, UN ...) without a copy.
    ///
    /// Raises:
    ///     DecodeError: Numbers that do not fill the value, IS or DS that are no numbers, or SQ.
    fn value<'py>(&self, py: Python<'py>, row: usize) -> PyResult<Bound<'py, PyAny>> {
        let loaded = self.load(py, row)?;
        let view = self.view_of(&loaded);
        let Some(met) = view.met(row) else { return Ok(py.None().into_bound(py)) };
        let decoded = loaded.work_on(py, met.bytes.len(), || met.decode());
        match decoded.map_err(CodecError)? {
            Value::Bytes(_) => self.raw(py, row),
            value => to_python(py, met.vr, value, self.source.is_fixed()),
        }
    }

    /// The items of a sequence; also of a UN that is one (PS3.5 6.2.2).
    ///
    /// Raises:
    ///     DecodeError: The row is no sequence, or what is in it cannot be read.
    fn items(&self, py: Python<'_>, row: usize) -> PyResult<Many<Py<Self>>> {
        items(self, py, row)
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
