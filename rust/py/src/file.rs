//! Files: what their meta says, and the index of their data set.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use russet_codec::dataset::Warnings;
use russet_codec::dataset::index::Select;
use russet_codec::dataset::skim::{Need, Skim};
use russet_codec::file as codec;

use crate::dataset::DatasetIndex;
use crate::disk::{self, failed};
use crate::error::{CodecError, FileError};
use crate::rules::Reading;
use crate::source::{Source, Stamp};
use crate::warning::{Warning, described};

/// A file: its meta, and its data set as an index (PS3.10 7).
#[pyclass(frozen, module = "russet._core")]
pub(crate) struct FileIndex {
    /// The elements of group 2; None when there are none.
    #[pyo3(get)]
    meta: Option<Py<DatasetIndex>>,
    /// The data set.
    #[pyo3(get)]
    dataset: Py<DatasetIndex>,
    /// The transfer syntax it was read in: the one declared unless that is absent or a lie.
    #[pyo3(get)]
    transfer_syntax: String,
    /// Where the data set starts in the file.
    #[pyo3(get)]
    dataset_offset: u64,
    /// Where the file is; None when it came as bytes of nowhere.
    #[pyo3(get)]
    filename: Option<OsString>,
    preamble: bool,
    warnings: Warnings,
    source: Arc<Source>,
}

#[pymethods]
impl FileIndex {
    /// The 128 bytes that the file starts with when the prefix follows them; else None.
    #[getter]
    fn preamble<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyBytes>>> {
        if !self.preamble {
            return Ok(None);
        }
        let data = self.source.up_to(py, 0)?.bytes;
        Ok(data.get(..codec::PREAMBLE).map(|preamble| PyBytes::new(py, preamble)))
    }

    /// What stands in front of the data set, without a copy.
    fn head<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.source.view(py, 0, self.dataset_offset)
    }

    /// The bytes of the file, without a copy.
    fn raw<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let end = self.source.all(py)?.end();
        self.source.view(py, 0, end)
    }

    /// What was odd but readable in the meta and then in the data set: a sentence, the offset, the tag
    /// or None.
    #[getter]
    fn warnings(&self) -> Vec<Warning> {
        let mut all = described(&self.warnings);
        all.extend(self.dataset.get().warnings());
        all
    }
}

/// How many bytes are read after each value that was stepped over.
const PART: usize = 1 << 12;

impl FileIndex {
    /// The file in `source`, all of it or as much as `select` wants.
    pub(crate) fn read(
        py: Python<'_>,
        source: &Arc<Source>,
        reading: Reading,
        select: &Select,
    ) -> PyResult<Self> {
        let file = codec::open(source.all(py)?.bytes, reading.rules()).map_err(FileError)?;
        let place = (file.dataset_offset, file.syntax);
        let dataset = DatasetIndex::read(py, source, place, reading, select)?;
        Self::new(py, file, dataset, Arc::clone(source), reading)
    }

    /// The same, with the name of the file.
    pub(crate) fn named(self, filename: Option<OsString>) -> Self {
        Self { filename, ..self }
    }

    /// The file of which `head` holds the first bytes, with what else its index needs; None when that
    /// takes all of it.
    pub(crate) fn skim(
        py: Python<'_>,
        head: &Bound<'_, PyBytes>,
        (path, file): (&Path, &std::fs::File),
        reading: Reading,
        select: &Select,
    ) -> PyResult<Option<Self>> {
        let stamp = py.detach(|| Stamp::of(file)).map_err(|error| failed(&error, path))?;
        let Ok(opened) = codec::open(head.as_bytes(), reading.rules()) else {
            return Ok(None);
        };
        if opened.syntax.deflated || opened.warnings.count != 0 {
            return Ok(None);
        }
        let (encoding, rules) = (opened.syntax.into(), reading.rules());
        let start = opened.dataset_offset;
        let mut skim = Skim::new(start, stamp.length(), encoding, rules, select.clone());
        let first = usize::try_from(start).ok().and_then(|start| head.as_bytes().get(start..));
        let mut need = skim.feed(first.unwrap_or_default()).map_err(CodecError)?;
        let mut part = vec![0; PART];
        while let Need::From(offset) = need {
            let count = py.detach(|| disk::read_at(file, offset, &mut part));
            let count = count.map_err(|error| failed(&error, path))?;
            if count == 0 {
                return Ok(None);
            }
            need = skim.feed(part.get(..count).unwrap_or_default()).map_err(CodecError)?;
        }
        if need == Need::Everything {
            return Ok(None);
        }
        let (index, warnings) = skim.finish();
        let source = Arc::new(Source::of_file(head, path.to_path_buf(), stamp)?);
        let dataset = DatasetIndex::new(py, index, Arc::clone(&source), warnings, reading)?;
        Self::new(py, opened, dataset, source, reading).map(Some)
    }

    fn new(
        py: Python<'_>,
        file: codec::File,
        dataset: DatasetIndex,
        source: Arc<Source>,
        reading: Reading,
    ) -> PyResult<Self> {
        let meta = file.meta.map(|meta| {
            let (source, none) = (Arc::clone(&source), Warnings::default());
            let meta = DatasetIndex::new(py, meta, source, none, reading)?;
            Py::new(py, meta)
        });
        Ok(Self {
            meta: meta.transpose()?,
            dataset: Py::new(py, dataset)?,
            filename: None,
            transfer_syntax: file.transfer_syntax,
            dataset_offset: file.dataset_offset,
            preamble: file.preamble,
            warnings: file.warnings,
            source,
        })
    }
}
