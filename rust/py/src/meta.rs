//! File meta information: what stands before a data set in a file (PS3.10 7.1).

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use russet_codec::file as codec;

use crate::buffer::Bytes;
use crate::error::{FileError, UnencodableError};

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
