//! Data sets and files, from wherever their bytes come.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyString, PyType};
use russet_codec::dataset::index::Select;
use russet_codec::syntax::Syntax;

use crate::charset::around;
use crate::dataset::DatasetIndex;
use crate::disk;
use crate::file;
use crate::rules::{Reading, selected};
use crate::skim::{HEAD, Wanted};
use crate::source::Source;
use crate::view::view;

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

/// Open a file: with or without preamble, meta, or a transfer syntax that tells the truth. What is
/// around the data set is its `file`.
///
/// Args:
///     data: The whole file; its bytes are neither copied nor changed, and must not change.
///     strict: Whether any deviation from the standard is an error instead of a warning.
///     until: Reading ends in front of the first element with this tag or a greater one.
///     only: Keep only these elements, and (0008,0005); reading ends after the greatest.
///     fallback_charset: Specific Character Set where the data set has none.
///     filename: Where the file is, for those who ask.
///     inflated: As for `read_dataset`.
///
/// Raises:
///     UnreadableError: No DICOM file at all.
///     DecodeError: What cannot be read.
#[pyfunction]
#[pyo3(signature = (data, strict = false, until = None, only = None, fallback_charset = "", filename = None, inflated = None))]
#[allow(clippy::too_many_arguments, reason = "keywords of Python")]
pub(crate) fn read_file(
    data: &Bound<'_, PyAny>,
    strict: bool,
    until: Option<u32>,
    only: Option<Vec<u32>>,
    fallback_charset: &str,
    filename: Option<Py<PyString>>,
    inflated: Option<u64>,
) -> PyResult<DatasetIndex> {
    let reading = Reading { strict, around: around(fallback_charset)?, inflated };
    let select = selected(until, only);
    file::read(data.py(), Source::new(data)?, reading, &select, filename)
}

/// Open the file at a path, as `read_file` does. Large values of a large file stay where they are
/// until they are asked for; the file must not change until then.
///
/// Args:
///     path: Where the file is.
///     strict: As for `read_file`.
///     until: As for `read_file`.
///     only: As for `read_file`.
///     fallback_charset: As for `read_file`.
///     defer: Whether values may stay in the file.
///     inflated: As for `read_file`.
///     kind: A class to `view` it with at once; None for the index alone.
///
/// Raises:
///     OSError: The file cannot be read.
///     UnreadableError: No DICOM file at all.
///     DecodeError: What cannot be read.
#[pyfunction]
#[pyo3(signature = (path, strict = false, until = None, only = None, fallback_charset = "", defer = true, inflated = None, kind = None))]
#[allow(clippy::too_many_arguments, reason = "keywords of Python")]
pub(crate) fn read_path<'py>(
    path: &Bound<'py, PyString>,
    strict: bool,
    until: Option<u32>,
    only: Option<Vec<u32>>,
    fallback_charset: &str,
    defer: bool,
    inflated: Option<u64>,
    kind: Option<&Bound<'py, PyType>>,
) -> PyResult<Bound<'py, PyAny>> {
    let reading = Reading { strict, around: around(fallback_charset)?, inflated };
    let index = opened(path, reading, &selected(until, only), defer)?;
    let index = Bound::new(path.py(), index)?;
    kind.map_or(Ok(index.clone().into_any()), |kind| view(kind, &index, None))
}

/// The data set of the file at `path`.
fn opened(
    path: &Bound<'_, PyString>,
    reading: Reading,
    select: &Select,
    defer: bool,
) -> PyResult<DatasetIndex> {
    let (py, name) = (path.py(), path);
    // Most paths are ASCII, and bytes to any file system as they are.
    let path: Cow<'_, Path> = match path.to_str() {
        Ok(text) if text.is_ascii() => Cow::Borrowed(Path::new(text)),
        _ => Cow::Owned(path.extract()?),
    };
    let (file, length) = disk::open(py, &path, |file| Ok(disk::length(file)))?;
    let data = if length == 0 {
        disk::read_on(py, &file, &path)?
    } else if length <= HEAD || (*select == Select::default() && (length <= SMALL || !defer)) {
        disk::read(py, &file, (0, length), &path)?
    } else {
        let wanted = Wanted { name, path: &path, file: &file, reading, select };
        if let Some(dataset) = wanted.skim()? {
            return Ok(dataset);
        }
        disk::read(py, &file, (0, length), &path)?
    };
    let source = Source::new(data.as_any())?;
    file::read(py, source, reading, select, Some(name.clone().unbind()))
}

/// Files up to this many bytes are read whole when all of them is wanted.
const SMALL: u64 = 1 << 17;
