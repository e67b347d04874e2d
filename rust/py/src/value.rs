//! Values as Python objects.

use pyo3::IntoPyObjectExt;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use russet_codec::charset::Charset;
use russet_codec::endian::Endian;
use russet_codec::error::{DecodeError, ErrorKind};
use russet_codec::tag::Tag;
use russet_codec::value::number::Number;
use russet_codec::value::text;
use russet_codec::value::{Encoding, Value, decode};
use russet_codec::vr::Vr;

use crate::buffer::{Bytes, column};
use crate::error::CodecError;
use crate::many::{Many, list};

/// Decode the value of an element (PS3.5 6.2).
///
/// One value comes as itself, several as a list; an empty value is "" for text, None for numbers and
/// tags, None inside a list for an empty number. Bytes (OB, OW, UN ...) come as they are.
///
/// Args:
///     vr: The value representation, two letters.
///     data: The bytes of the value.
///     little: Whether numbers are in little endian.
///     charset: The value of Specific Character Set (0008,0005) that is in force.
///     offset: Where the value starts, for the error.
///
/// Raises:
///     DecodeError: Numbers that do not fill the value, IS or DS that are no numbers, or SQ.
#[pyfunction]
#[pyo3(signature = (vr, data, little = true, charset = "", offset = 0))]
pub(crate) fn decode_value<'py>(
    py: Python<'py>,
    vr: &str,
    data: Bytes,
    little: bool,
    charset: &str,
    offset: u64,
) -> PyResult<Bound<'py, PyAny>> {
    let vr = vr_named(vr)?;
    let endian = if little { Endian::Little } else { Endian::Big };
    let encoding = Encoding { endian, charset: Charset::of(charset.as_bytes()) };
    let bytes = data.as_slice();
    let value = data.work(py, bytes.len(), || decode(vr, bytes, encoding, offset));
    to_python(py, vr, value.map_err(CodecError)?, data.is_fixed())
}

/// Decode the text of an element, also of IS and DS, as it was written (PS3.5 6.2).
///
/// Args:
///     vr: The value representation, two letters.
///     data: The bytes of the value.
///     charset: The value of Specific Character Set (0008,0005) that is in force.
///
/// Returns:
///     The values without padding; one empty text for an empty value.
#[pyfunction]
#[pyo3(signature = (vr, data, charset = ""))]
pub(crate) fn decode_texts(
    py: Python<'_>,
    vr: &str,
    data: Bytes,
    charset: &str,
) -> PyResult<Many<String>> {
    let vr = vr_named(vr)?;
    let bytes = data.as_slice();
    let values = data.work(py, bytes.len(), || {
        let decoded = text::decode(vr, bytes, Charset::of(charset.as_bytes()));
        text::values(vr, &decoded.text).map(str::to_owned).collect()
    });
    Ok(Many(values))
}

/// The numbers of a value of DS or IS as 64-bit floats or integers in the byte order of this machine.
///
/// An empty one among several is NaN, or 0.
///
/// Args:
///     vr: "DS" or "IS".
///     data: The bytes of the value.
///     offset: Where the value starts, for the error.
///
/// Raises:
///     DecodeError: What is no number.
#[pyfunction]
#[pyo3(signature = (vr, data, offset = 0))]
pub(crate) fn number_array<'py>(
    py: Python<'py>,
    vr: &str,
    data: Bytes,
    offset: u64,
) -> PyResult<Bound<'py, PyBytes>> {
    let (vr, bytes) = (vr_named(vr)?, data.as_slice());
    let encoding = Encoding { endian: Endian::Little, charset: Charset::DEFAULT };
    match data.work(py, bytes.len(), || decode(vr, bytes, encoding, offset)) {
        Ok(Value::Decimals(numbers)) => {
            column(py, &numbers, |number| number.unwrap_or(f64::NAN).to_ne_bytes())
        }
        Ok(Value::Integers(numbers)) => {
            column(py, &numbers, |number| number.unwrap_or_default().to_ne_bytes())
        }
        Ok(_) => Err(PyTypeError::new_err("only DS and IS are numbers written as text")),
        Err(error) => Err(CodecError(error).into()),
    }
}

/// The Python object of a decoded value of `vr`; a list in parts if nobody can write to its bytes.
pub(crate) fn to_python<'py>(
    py: Python<'py>,
    vr: Vr,
    value: Value<'_>,
    in_parts: bool,
) -> PyResult<Bound<'py, PyAny>> {
    match value {
        Value::Text(decoded) => one_or_list(py, text::values(vr, &decoded.text), in_parts),
        Value::Integers(integers) => one_or_list(py, integers.into_iter(), in_parts),
        Value::Decimals(decimals) => one_or_list(py, decimals.into_iter(), in_parts),
        Value::Numbers(numbers) => one_or_list(py, numbers.map(Binary), in_parts),
        Value::Tags(tags) => one_or_list(py, tags.map(|Tag(tag)| tag), in_parts),
        Value::Bytes(bytes) => Ok(PyBytes::new(py, bytes).into_any()),
    }
}

struct Binary(Number);

impl<'py> IntoPyObject<'py> for Binary {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match self.0 {
            Number::Unsigned(number) => number.into_bound_py_any(py),
            Number::Signed(number) => number.into_bound_py_any(py),
            Number::Float(number) => number.into_bound_py_any(py),
        }
    }
}

fn one_or_list<'py, T: IntoPyObject<'py>>(
    py: Python<'py>,
    mut values: impl Iterator<Item = T>,
    in_parts: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let Some(first) = values.next() else { return Ok(py.None().into_bound(py)) };
    let Some(second) = values.next() else { return first.into_bound_py_any(py) };
    Ok(list(py, [first, second].into_iter().chain(values), in_parts)?.into_any())
}

pub(crate) fn vr_named(letters: &str) -> Result<Vr, CodecError> {
    let vr = <[u8; 2]>::try_from(letters.as_bytes()).ok().and_then(Vr::from_letters);
    vr.ok_or(CodecError(DecodeError::new(ErrorKind::Invalid("a VR the standard does not have"), 0)))
}
