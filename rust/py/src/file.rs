//! Files: what their meta says, and the index of their data set.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use russet_codec::dataset::Warnings;
use russet_codec::file as codec;

use crate::buffer::{Bytes, Source};
use crate::dataset::{DatasetIndex, rules};
use crate::error::{FileError, UnencodableError};
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
    /// Whether the file starts with a preamble.
    #[pyo3(get)]
    preamble: bool,
    warnings: Warnings,
}

#[pymethods]
impl FileIndex {
    /// What was odd but readable in the meta and then in the data set: a sentence, the offset, the tag
    /// or None.
    #[getter]
    fn warnings(&self) -> Vec<Warning> {
        let mut all = described(&self.warnings);
        all.extend(self.dataset.get().warnings());
        all
    }
}

/// What file meta information says (PS3.10 7.1); None for what it does not.
#[pyclass(frozen, get_all, module = "russet._core")]
pub(crate) struct FileMeta {
    /// Media Storage SOP Class UID.
    sop_class_uid: Option<String>,
    /// Media Storage SOP Instance UID.
    sop_instance_uid: Option<String>,
    /// Transfer Syntax UID, as declared.
    transfer_syntax: Option<String>,
    /// Where the data set starts.
    dataset_offset: u64,
}

/// Open a file: with or without preamble, meta, or a transfer syntax that tells the truth.
///
/// Args:
///     data: The whole file; its bytes are neither copied nor changed, and must not change.
///     strict: Whether any deviation from the standard is an error instead of a warning.
///
/// Raises:
///     UnreadableError: No DICOM file at all.
///     DecodeError: What cannot be read.
#[pyfunction]
#[pyo3(signature = (data, strict = false))]
pub(crate) fn read_file(data: &Bound<'_, PyAny>, strict: bool) -> PyResult<FileIndex> {
    let py = data.py();
    let source = Arc::new(Source::new(data)?);
    let file = codec::open(source.as_slice(), rules(strict)).map_err(FileError)?;
    let start = file.dataset_offset;
    let dataset = DatasetIndex::read(py, &source, start, file.syntax, strict)?;
    let meta = file
        .meta
        .map(|meta| Py::new(py, DatasetIndex::new(meta, source, Warnings::default(), strict)));
    Ok(FileIndex {
        meta: meta.transpose()?,
        dataset: Py::new(py, dataset)?,
        transfer_syntax: file.transfer_syntax,
        dataset_offset: start,
        preamble: file.preamble,
        warnings: file.warnings,
    })
}

/// Read the file meta information alone; the first bytes of a file suffice (PS3.10 7.1).
///
/// Raises:
///     UnreadableError: No DICOM file at all.
///     DecodeError: Truncated when the bytes end within the meta; else what cannot be read.
#[pyfunction]
pub(crate) fn read_meta(data: Bytes) -> Result<FileMeta, FileError> {
    let meta = codec::read_meta(data.as_slice()).map_err(FileError)?;
    Ok(FileMeta {
        sop_class_uid: meta.sop_class_uid,
        sop_instance_uid: meta.sop_instance_uid,
        transfer_syntax: meta.transfer_syntax,
        dataset_offset: meta.dataset_offset,
    })
}

/// Encode what stands before a data set in a file: preamble, prefix and group 2 (PS3.10 7.1).
///
/// Args:
///     sop_class_uid: Media Storage SOP Class UID.
///     sop_instance_uid: Media Storage SOP Instance UID.
///     transfer_syntax: Transfer Syntax UID of the data set that follows.
///     implementation_class_uid: Who writes.
///     implementation_version: Who writes, in up to 16 characters; left out when empty.
///     source_ae: The AE title it came from; left out when empty.
///
/// Raises:
///     EncodeError: A UID that is empty or above 64 bytes, a name above 16, or not ASCII.
#[pyfunction]
#[pyo3(signature = (
    sop_class_uid, sop_instance_uid, transfer_syntax, implementation_class_uid,
    implementation_version = "", source_ae = ""
))]
pub(crate) fn encode_file_head<'py>(
    py: Python<'py>,
    sop_class_uid: &str,
    sop_instance_uid: &str,
    transfer_syntax: &str,
    implementation_class_uid: &str,
    implementation_version: &str,
    source_ae: &str,
) -> Result<Bound<'py, PyBytes>, UnencodableError> {
    let head = codec::Head {
        sop_class_uid,
        sop_instance_uid,
        transfer_syntax,
        implementation_class_uid,
        implementation_version,
        source_ae,
    };
    Ok(PyBytes::new(py, &head.encode()?))
}
