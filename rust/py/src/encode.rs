//! Values and elements as bytes.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyMemoryView, PyString};
use russet_codec::charset::{self, Charset};
use russet_codec::dataset::{Encoding, encode as elements};
use russet_codec::endian::Endian;
use russet_codec::error::EncodeError;
use russet_codec::tag::Tag;
use russet_codec::value::check::{self, ValueError, Why};
use russet_codec::value::encode as codec;
use russet_codec::value::text;
use russet_codec::vr::Vr;

use crate::buffer::Bytes;
use crate::error::{UnencodableError, unencodable};
use crate::given::{Items, items, number, numbers, one_text};

/// Encode the value of an element, padded to even length (PS3.5 6.2).
///
/// Args:
///     vr: The value representation, two letters.
///     value: None for an empty value; one value or a list: str for text, int and float for numbers and
///         for IS and DS, Decimal for DS, date, time and datetime for DA, TM and DT, an int for AT; for
///         numbers, OB, OW and the like also an array with items of that size. Bytes are taken as
///         they are, in the byte order asked for.
///     little: Whether numbers are written in little endian.
///     charset: The value of Specific Character Set (0008,0005) that is in force.
///     check: Whether text must be as PS3.5 Table 6.2-1 asks.
///     query: Whether the value is of a query, with ranges and wildcards (PS3.4 C.2.2.2).
///
/// Raises:
///     EncodeError: A value that its VR does not allow: a sentence says why.
///     TypeError: An object that is no value of this VR.
#[pyfunction]
#[pyo3(signature = (vr, value, little = true, charset = "", check = true, *, query = false))]
pub(crate) fn encode_value<'py>(
    vr: &str,
    value: &Bound<'py, PyAny>,
    little: bool,
    charset: &str,
    check: bool,
    query: bool,
) -> PyResult<Bound<'py, PyBytes>> {
    let py = value.py();
    let vr = vr_named(vr)?;
    if value.is_none() {
        return Ok(PyBytes::new(py, b""));
    }
    if let Some(bytes) = as_they_are(vr, value)? {
        return Ok(bytes);
    }
    let endian = if little { Endian::Little } else { Endian::Big };
    let mut bytes = match vr {
        Vr::SQ => return Err(PyTypeError::new_err("SQ has items, which are encoded one by one")),
        Vr::AT => codec::encode_tags(&tags(value)?, endian),
        _ if vr == Vr::UN || vr.unit() > 1 || vr == Vr::OB => numbers(vr, value, endian)?,
        _ => {
            let checks = check.then_some(query);
            encoded_text(vr, value, Charset::of(charset.as_bytes()), checks)?
        }
    };
    codec::pad(vr, &mut bytes);
    Ok(PyBytes::new(py, &bytes))
}

/// Encode an element: its header, and a value that is padded to even length (PS3.5 7.1).
///
/// A value too long for the 16-bit form of Explicit VR is written as UN (PS3.5 6.2.2).
///
/// Args:
///     tag: The tag, group * 65536 + element.
///     vr: The value representation, two letters.
///     value: The bytes of the value, in the byte order asked for.
///     explicit: Whether the VR is written.
///     little: Whether tag, length and value are in little endian.
///
/// Raises:
///     EncodeError: A value that no length field can tell.
#[pyfunction]
#[pyo3(signature = (tag, vr, value, explicit = true, little = true))]
pub(crate) fn encode_element<'py>(
    py: Python<'py>,
    tag: u32,
    vr: &str,
    value: Bytes,
    explicit: bool,
    little: bool,
) -> PyResult<Bound<'py, PyBytes>> {
    let endian = if little { Endian::Little } else { Endian::Big };
    let (value, mut out) = (value.as_slice(), Vec::new());
    out.reserve(value.len().saturating_add(13));
    let encoding = Encoding { explicit, endian };
    elements::put_element(&mut out, Tag(tag), vr_named(vr)?, (value, endian), encoding)
        .map_err(UnencodableError)?;
    Ok(PyBytes::new(py, &out))
}

/// What is bytes already, padded; None for everything else.
fn as_they_are<'py>(vr: Vr, value: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyBytes>>> {
    let whole = |length: usize| {
        if length.is_multiple_of(if vr == Vr::AT { 4 } else { vr.unit() }) || vr == Vr::OW {
            return Ok(());
        }
        let text =
            format!("{vr} takes numbers of {} bytes, which {length} bytes are not", vr.unit());
        Err(unencodable(&text))
    };
    if let Ok(bytes) = value.cast_exact::<PyBytes>()
        && bytes.as_bytes().len().is_multiple_of(2)
    {
        whole(bytes.as_bytes().len())?;
        return Ok(Some(bytes.clone()));
    }
    let raw = value.is_instance_of::<PyBytes>()
        || value.is_instance_of::<PyByteArray>()
        || value.is_instance_of::<PyMemoryView>();
    let Some(bytes) = raw.then(|| value.extract::<Bytes>().ok()).flatten() else { return Ok(None) };
    whole(bytes.as_slice().len())?;
    let mut bytes = bytes.as_slice().to_vec();
    codec::pad(vr, &mut bytes);
    Ok(Some(PyBytes::new(value.py(), &bytes)))
}

/// The texts of a value, joined, checked if `checks` says for what, and encoded.
fn encoded_text(
    vr: Vr,
    value: &Bound<'_, PyAny>,
    charset: Charset,
    checks: Option<bool>,
) -> PyResult<Vec<u8>> {
    let refused = |why| unencodable(&ValueError { vr, why });
    let joined = match items(value)? {
        Items::One(object) => one_text(vr, &object)?,
        Items::Several(objects) if objects.len() > 1 && !text::may_be_multiple(vr) => {
            return Err(refused(Why::Several(objects.len())));
        }
        Items::Several(objects) => {
            let texts = objects.iter().map(|object| one_text(vr, object));
            let texts = texts.collect::<PyResult<Vec<_>>>()?;
            let splits = text::may_be_multiple(vr) && texts.iter().any(|text| text.contains('\\'));
            if checks.is_some() && splits {
                return Err(refused(Why::Kind("no backslash in a value: it separates values")));
            }
            texts.join("\\")
        }
    };
    if let Some(query) = checks {
        check::check(vr, &joined, query).map_err(|error| unencodable(&error))?;
    }
    Ok(charset::encode(vr, &joined, charset).map_err(UnencodableError)?)
}

fn tags(value: &Bound<'_, PyAny>) -> PyResult<Vec<Tag>> {
    let tag = |object: &Bound<'_, PyAny>| {
        let found = object.extract().ok().filter(|_| !object.is_instance_of::<PyString>());
        found.map(Tag).ok_or_else(|| match number(Vr::AT, object) {
            Ok(_) => unencodable(&codec::out_of_range(Vr::AT, &object.to_string())),
            Err(error) => error,
        })
    };
    match items(value)? {
        Items::One(object) => Ok(vec![tag(&object)?]),
        Items::Several(objects) => objects.iter().map(tag).collect(),
    }
}

fn vr_named(letters: &str) -> Result<Vr, UnencodableError> {
    let vr = <[u8; 2]>::try_from(letters.as_bytes()).ok().and_then(Vr::from_letters);
    vr.ok_or(UnencodableError(EncodeError::Invalid("a VR the standard does not have")))
}
