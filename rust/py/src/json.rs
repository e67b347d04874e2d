//! The DICOM JSON Model.

use std::vec::IntoIter;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use russet_codec::error::{DecodeError, ErrorKind};
use russet_codec::json::read::{self, Fetch, NoBulkData};
use russet_codec::json::write::{self, Bulk, Large, Options};
use russet_codec::limits::Limits;

use crate::buffer::Bytes;
use crate::dataset::DatasetIndex;
use crate::disk::DETACH_FROM;
use crate::error::{CodecError, TextError};

/// A binary value that is too long for the text (PS3.18 F.2.6).
#[pyclass(frozen, get_all, module = "russet._core")]
pub(crate) struct LargeValue {
    /// Tags and numbers of items that lead to it, such as `00081115/0/7FE00010`.
    path: String,
    /// Its tag, group * 65536 + element.
    tag: u32,
    /// Its VR.
    vr: &'static str,
    /// Where it starts in the bytes that the data set was read from.
    offset: u64,
    /// How many bytes it has.
    length: u64,
}

/// Who names the BulkDataURI of a large value: a template or a function.
#[derive(FromPyObject)]
pub(crate) enum Namer {
    Template(String),
    Function(Py<PyAny>),
}

impl Namer {
    fn name(&self, large: Large) -> PyResult<Option<String>> {
        match self {
            Self::Template(template) => Ok(Some(large.fill(template))),
            Self::Function(function) => Python::attach(|py| {
                let Large { path, tag, vr, offset, length } = large;
                let value = LargeValue { path, tag: tag.0, vr: vr.as_str(), offset, length };
                function.call1(py, (value,))?.extract(py)
            }),
        }
    }
}

/// Write the DICOM JSON Model of a data set (PS3.18 F.2), without group lengths, tags ascending.
///
/// Args:
///     index: The data set.
///     rows: Which of its elements; None for all.
///     indent: Spaces for each level; None for one line.
///     bulk_data_threshold: Characters of base64 that a binary value may have to be in the text.
///     bulk_data_uri: The BulkDataURI of those above: a text in which {path}, {tag}, {vr}, {offset} and
///         {length} are filled in, or a function of a LargeValue that gives a URI or None. None puts
///         all of them into the text.
///
/// Raises:
///     DecodeError: A value that cannot be read.
#[pyfunction]
#[pyo3(signature = (
    index, rows = None, indent = None, bulk_data_threshold = 1024, bulk_data_uri = None
))]
pub(crate) fn encode_json<'py>(
    py: Python<'py>,
    index: &DatasetIndex,
    rows: Option<Vec<usize>>,
    indent: Option<usize>,
    bulk_data_threshold: usize,
    bulk_data_uri: Option<Namer>,
) -> PyResult<Bound<'py, PyString>> {
    let mut failure = None;
    let mut known =
        known_uris(py, index, rows.as_deref(), bulk_data_threshold, bulk_data_uri.as_ref())?;
    let written = index.work(py, |view| {
        let mut uri = |large: Large| {
            if let Some(known) = &mut known {
                return Ok(known.next().flatten());
            }
            let tag = large.tag;
            bulk_data_uri.as_ref().map_or(Ok(None), |namer| namer.name(large)).map_err(|error| {
                failure = Some(error);
                DecodeError::new(ErrorKind::Invalid("no BulkDataURI"), 0).within(tag)
            })
        };
        let bulk = Bulk { threshold: bulk_data_threshold, uri: &mut uri };
        let bulk = bulk_data_uri.is_some().then_some(bulk);
        write::write(&view, rows.as_deref(), Options { indent, bulk })
    })?;
    if let Some(failure) = failure {
        return Err(failure);
    }
    PyString::from_bytes(py, &written.map_err(CodecError)?)
}

/// What a function says of the large values of bytes that somebody could write to, in their order: it is
/// asked beforehand, since no Python may run while those are borrowed. None for all others.
fn known_uris(
    py: Python<'_>,
    index: &DatasetIndex,
    rows: Option<&[usize]>,
    threshold: usize,
    namer: Option<&Namer>,
) -> PyResult<Option<IntoIter<Option<String>>>> {
    let Some(namer @ Namer::Function(_)) = namer else { return Ok(None) };
    if index.source.is_fixed() {
        return Ok(None);
    }
    let mut larges = Vec::new();
    let outcome = index.work(py, |view| {
        let mut uri = |large: Large| {
            larges.push(large);
            Ok(Some(String::new()))
        };
        let bulk = Some(Bulk { threshold, uri: &mut uri });
        write::write(&view, rows, Options { indent: None, bulk })
    })?;
    outcome.map_err(CodecError)?;
    let uris = larges.into_iter().map(|large| namer.name(large)).collect::<PyResult<Vec<_>>>()?;
    Ok(Some(uris.into_iter()))
}

/// Read the DICOM JSON Model of one data set (PS3.18 F.2), or an array of one.
///
/// Args:
///     text: The JSON.
///     bulk_data: Gives the bytes of a BulkDataURI, or None; without it such elements stay empty.
///
/// Returns:
///     The data set in Explicit VR Little Endian, tags ascending, and the ways to the elements that
///     stayed empty for want of their bulk data.
///
/// Raises:
///     DecodeError: What is no JSON, or not the model.
///     EncodeError: A value that its VR or character set cannot hold.
#[pyfunction]
#[pyo3(signature = (text, bulk_data = None))]
pub(crate) fn decode_json<'py>(
    py: Python<'py>,
    text: &str,
    bulk_data: Option<Py<PyAny>>,
) -> PyResult<(Bound<'py, PyBytes>, Vec<String>)> {
    let mut failure = None;
    let mut read = || {
        let Some(function) = &bulk_data else { return read::read(text, Limits::default(), None) };
        let mut fetch = |uri: &str| {
            fetched(function, uri).map_err(|error| {
                failure = Some(error);
                NoBulkData
            })
        };
        let fetch: &mut Fetch<'_> = &mut fetch;
        read::read(text, Limits::default(), Some(fetch))
    };
    let found = if text.len() < DETACH_FROM { read() } else { py.detach(read) };
    if let Some(failure) = failure {
        return Err(failure);
    }
    let found = found.map_err(TextError)?;
    Ok((PyBytes::new(py, &found.bytes), found.missing))
}

fn fetched(function: &Py<PyAny>, uri: &str) -> PyResult<Option<Vec<u8>>> {
    Python::attach(|py| {
        let found: Option<Bytes> = function.call1(py, (uri,))?.extract(py)?;
        Ok(found.map(|bytes| bytes.as_slice().to_vec()))
    })
}
