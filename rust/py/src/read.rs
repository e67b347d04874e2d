//! Data sets and files, from wherever their bytes come.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use pyo3::prelude::*;
use russet_codec::dataset::index::Select;
use russet_codec::syntax::Syntax;

use crate::charset::around;
use crate::dataset::DatasetIndex;
use crate::disk;
use crate::file::FileIndex;
use crate::rules::{Reading, selected};
use crate::source::Source;

/// Index the data set that is the rest of a buffer (PS3.5 7).
///
/// Args:
///     data: The bytes; they are neither copied nor changed, and must not change.
///     syntax_uid: The transfer syntax; an unknown one is read as Explicit VR Little Endian.
///     offset: Where the data set starts.
///     strict: Whether any deviation from the standard is an error instead of a warning.
///     fallback_charset: Specific Character Set where the data set has none.
///     inflated: How many bytes a deflated data set may inflate to; None for 32 MiB, and up to 1 GiB if
///         that is no more than 500 for each byte.
///
/// Raises:
///     DecodeError: What cannot be read.
///     ValueError: A character set that the standard does not have.
#[pyfunction]
#[pyo3(signature = (data, syntax_uid, offset = 0, strict = false, *, fallback_charset = "", inflated = None))]
pub(crate) fn read_dataset(
    data: &Bound<'_, PyAny>,
    syntax_uid: &str,
    offset: u64,
    strict: bool,
    fallback_charset: &str,
    inflated: Option<u64>,
) -> PyResult<DatasetIndex> {
    let syntax = Syntax::of(syntax_uid).unwrap_or(Syntax::EXPLICIT);
    let source = Arc::new(Source::new(data)?);
    let reading = Reading { strict, around: around(fallback_charset)?, inflated };
    DatasetIndex::read(data.py(), &source, (offset, syntax), reading, &Select::default())
}

/// Open a file: with or without preamble, meta, or a transfer syntax that tells the truth.
///
/// Args:
///     data: The whole file; its bytes are neither copied nor changed, and must not change.
///     strict: Whether any deviation from the standard is an error instead of a warning.
///     until: Reading ends in front of the first element with this tag or a greater one.
///     only: Keep only these elements, and (0008,0005); reading ends after the greatest.
///     filename: Where the file is, for those who ask.
///     fallback_charset: Specific Character Set where the data set has none.
///     inflated: As for `read_dataset`.
///
/// Raises:
///     UnreadableError: No DICOM file at all.
///     DecodeError: What cannot be read.
#[pyfunction]
#[pyo3(signature = (data, strict = false, until = None, only = None, filename = None, *, fallback_charset = "", inflated = None))]
pub(crate) fn read_file(
    data: &Bound<'_, PyAny>,
    strict: bool,
    until: Option<u32>,
    only: Option<Vec<u32>>,
    filename: Option<OsString>,
    fallback_charset: &str,
    inflated: Option<u64>,
) -> PyResult<FileIndex> {
    let source = Arc::new(Source::new(data)?);
    let reading = Reading { strict, around: around(fallback_charset)?, inflated };
    let index = FileIndex::read(data.py(), &source, reading, &selected(until, only))?;
    Ok(index.named(filename))
}

/// Open the file at a path, as `read_file` does. Large values of a large file stay where they are
/// until they are asked for; the file must not change until then.
///
/// Args:
///     path: Where the file is.
///     strict: As for `read_file`.
///     until: As for `read_file`.
///     only: As for `read_file`.
///     defer: Whether values may stay in the file.
///     fallback_charset: As for `read_file`.
///     inflated: As for `read_file`.
///
/// Raises:
///     OSError: The file cannot be read.
///     UnreadableError: No DICOM file at all.
///     DecodeError: What cannot be read.
#[pyfunction]
#[pyo3(signature = (path, strict = false, until = None, only = None, defer = true, *, fallback_charset = "", inflated = None))]
#[allow(clippy::too_many_arguments, reason = "keywords of Python")]
pub(crate) fn read_path(
    py: Python<'_>,
    path: PathBuf,
    strict: bool,
    until: Option<u32>,
    only: Option<Vec<u32>>,
    defer: bool,
    fallback_charset: &str,
    inflated: Option<u64>,
) -> PyResult<FileIndex> {
    let select = selected(until, only);
    let reading = Reading { strict, around: around(fallback_charset)?, inflated };
    let file = disk::open(py, &path)?;
    let length = disk::length(py, &file);
    let data = if length == 0 {
        disk::read_on(py, &file, &path)?
    } else if length <= HEAD || (select == Select::default() && (length <= SMALL || !defer)) {
        disk::read(py, &file, length, &path)?
    } else {
        let head = disk::read(py, &file, HEAD, &path)?;
        if let Some(index) = FileIndex::skim(py, &head, (&path, &file), reading, &select)? {
            return Ok(index.named(Some(path.into_os_string())));
        }
        disk::read_all(py, &file, length, &path)?
    };
    let index = FileIndex::read(py, &Arc::new(Source::new(data.as_any())?), reading, &select)?;
    Ok(index.named(Some(path.into_os_string())))
}

/// Files up to this many bytes are read whole when all of them is wanted.
const SMALL: u64 = 1 << 17;
/// Of others, this many bytes are read at first.
const HEAD: u64 = 1 << 16;
