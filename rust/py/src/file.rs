//! Files: what their meta says, and the index of their data set.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use russet_codec::dataset::Warnings;
use russet_codec::dataset::index::Select;
use russet_codec::file as codec;

use crate::dataset::DatasetIndex;
use crate::error::FileError;
use crate::rules::Reading;
use crate::source::Source;
use crate::warning::{Warning, described};

/// What is around the data set of a file; no object of Python before it is asked for.
pub(crate) struct Opened {
    pub(crate) file: codec::File,
    pub(crate) filename: Option<Py<PyString>>,
    pub(crate) source: Arc<Source>,
    pub(crate) reading: Reading,
}

/// A file: its meta, and its data set as an index (PS3.10 7).
#[pyclass(frozen, module = "russet._core")]
pub(crate) struct FileIndex {
    /// The data set.
    #[pyo3(get)]
    dataset: Py<DatasetIndex>,
    opened: Arc<Opened>,
}

#[pymethods]
impl FileIndex {
    /// The elements of group 2; None when there are none.
    #[getter]
    fn meta(&self, py: Python<'_>) -> PyResult<Option<DatasetIndex>> {
        let Some(meta) = self.opened.file.meta.clone() else { return Ok(None) };
        let (source, none) = (Arc::clone(&self.opened.source), Warnings::default());
        DatasetIndex::new(py, meta, source, none, self.opened.reading).map(Some)
    }

    /// The transfer syntax it was read in: the one declared unless that is absent or a lie.
    #[getter]
    fn transfer_syntax(&self) -> &str {
        &self.opened.file.transfer_syntax
    }

    /// Where the data set starts in the file.
    #[getter]
    fn dataset_offset(&self) -> u64 {
        self.opened.file.dataset_offset
    }

    /// Where the file is; None when it came as bytes of nowhere.
    #[getter]
    fn filename(&self) -> Option<&Py<PyString>> {
        self.opened.filename.as_ref()
    }

    /// The 128 bytes that the file starts with when the prefix follows them; else None.
    #[getter]
    fn preamble<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyBytes>>> {
        if !self.opened.file.preamble {
            return Ok(None);
        }
        let data = self.opened.source.up_to(py, 0)?.bytes;
        Ok(data.get(..codec::PREAMBLE).map(|preamble| PyBytes::new(py, preamble)))
    }

    /// What stands in front of the data set, without a copy.
    fn head<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.opened.source.view(py, 0, self.dataset_offset())
    }

    /// The bytes of the file, without a copy.
    fn raw<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let end = self.opened.source.all(py)?.end();
        self.opened.source.view(py, 0, end)
    }

    /// What was odd but readable in the meta and then in the data set: a sentence, the offset, the tag
    /// or None.
    #[getter]
    fn warnings(&self) -> Vec<Warning> {
        let mut all = described(&self.opened.file.warnings);
        all.extend(self.dataset.get().warnings());
        all
    }
}

impl FileIndex {
    /// The file whose data set `dataset` is, if it is one's.
    pub(crate) fn of(dataset: &Bound<'_, DatasetIndex>) -> Option<Self> {
        let opened = Arc::clone(dataset.get().opened.as_ref()?);
        Some(Self { dataset: dataset.clone().unbind(), opened })
    }
}

/// The data set of the file in `source`, all of it or as much as `select` wants.
pub(crate) fn read(
    py: Python<'_>,
    source: Source,
    reading: Reading,
    select: &Select,
    filename: Option<Py<PyString>>,
) -> PyResult<DatasetIndex> {
    let source = Arc::new(source);
    let file = codec::open(source.all(py)?.bytes, reading.rules()).map_err(FileError)?;
    let place = (file.dataset_offset, file.syntax);
    let dataset = DatasetIndex::read(py, &source, place, reading, select)?;
    Ok(dataset.opened_as(Opened { file, filename, source, reading }))
}
