//! Python objects as what the codec encodes.

use pyo3::buffer::PyUntypedBuffer;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyFloat, PyInt, PyList, PyMemoryView, PySequence, PyString};
use russet_codec::endian::Endian;
use russet_codec::value::check::{ValueError, Why, check};
use russet_codec::value::encode as codec;
use russet_codec::value::number::Number;
use russet_codec::vr::Vr;

use crate::error::unencodable;

/// What stands for the values of an element.
pub(crate) enum Items<'py> {
    One(Bound<'py, PyAny>),
    Several(Vec<Bound<'py, PyAny>>),
}

/// The values that `value` is: those of a sequence or array, else itself.
pub(crate) fn items<'py>(value: &Bound<'py, PyAny>) -> PyResult<Items<'py>> {
    if value.is_instance_of::<PyString>() || is_plain_number(value) {
        return Ok(Items::One(value.clone()));
    }
    // Arrays of whatever kind, and the numbers of NumPy.
    let plain = match value.getattr_opt("tolist")? {
        Some(tolist) => tolist.call0()?,
        None => value.clone(),
    };
    if plain.is_instance_of::<PyString>() || plain.cast::<PySequence>().is_err() {
        return Ok(Items::One(plain));
    }
    Ok(Items::Several(plain.try_iter()?.collect::<PyResult<_>>()?))
}

/// The bytes of numbers, or of an array of them.
pub(crate) fn numbers(vr: Vr, value: &Bound<'_, PyAny>, endian: Endian) -> PyResult<Vec<u8>> {
    if !is_plain_number(value)
        && !value.is_instance_of::<PyList>()
        && let Ok(buffer) = PyUntypedBuffer::get(value)
        && buffer.dimensions() > 0
    {
        if let Some(swapped) = is_swapped(vr, &buffer, endian) {
            return array(vr, value, swapped);
        }
        if matches!(vr, Vr::OB | Vr::OD | Vr::OF | Vr::OL | Vr::OV | Vr::OW | Vr::UN) {
            let size = buffer.item_size();
            let kind = if matches!(vr, Vr::OD | Vr::OF) { "floats" } else { "integers" };
            let text = format!(
                "{vr} takes {kind} of {} bytes, not items of {size} bytes ({})",
                vr.unit(),
                buffer.format().to_string_lossy()
            );
            return Err(unencodable(&text));
        }
    }
    let numbers = match items(value)? {
        Items::One(object) => vec![number(vr, &object)?],
        Items::Several(objects) => {
            objects.iter().map(|object| number(vr, object)).collect::<PyResult<_>>()?
        }
    };
    codec::encode_numbers(vr, &numbers, endian).map_err(|error| unencodable(&error))
}

/// Whether `value` is no array for sure: asking for its buffer would cost more than all the rest.
fn is_plain_number(value: &Bound<'_, PyAny>) -> bool {
    value.is_instance_of::<PyInt>() || value.is_instance_of::<PyFloat>()
}

/// Whether the items of `buffer`, if they are those of `vr`, are in another byte order than `to`. Bytes
/// may stand for words: they are in the right one.
fn is_swapped(vr: Vr, buffer: &PyUntypedBuffer, to: Endian) -> Option<bool> {
    let format = buffer.format().to_bytes();
    let (order, code) = match *format {
        [b'<', code] => (Endian::Little, code),
        [b'>' | b'!', code] => (Endian::Big, code),
        [b'@' | b'=', code] | [code] => (NATIVE, code),
        _ => return None,
    };
    let (signed, float) = (b"bhilqn".contains(&code), b"efd".contains(&code));
    let kind = match vr {
        Vr::FD | Vr::FL | Vr::OD | Vr::OF => float,
        Vr::SL | Vr::SS | Vr::SV => signed,
        Vr::UL | Vr::US | Vr::UV => !signed && !float,
        _ => !float,
    };
    match buffer.item_size() {
        1 if matches!(vr, Vr::OB | Vr::OD | Vr::OF | Vr::OL | Vr::OV | Vr::OW | Vr::UN) => {
            Some(false)
        }
        size if size == vr.unit() && kind => Some(order != to),
        _ => None,
    }
}

const NATIVE: Endian = if cfg!(target_endian = "big") { Endian::Big } else { Endian::Little };

/// The bytes of an array, each item reversed if they are `swapped`.
fn array(vr: Vr, value: &Bound<'_, PyAny>, swapped: bool) -> PyResult<Vec<u8>> {
    // The one copy that also puts in line what is not contiguous.
    let bytes = PyMemoryView::from(value)?.call_method0("tobytes")?;
    let mut bytes = bytes.cast::<PyBytes>()?.as_bytes().to_vec();
    if swapped {
        bytes.chunks_exact_mut(vr.unit()).for_each(<[u8]>::reverse);
    }
    Ok(bytes)
}

/// A number of Python or NumPy.
pub(crate) fn number(vr: Vr, object: &Bound<'_, PyAny>) -> PyResult<Number> {
    if let Ok(float) = object.cast::<PyFloat>() {
        return Ok(Number::Float(float.extract()?));
    }
    if let Ok(number) = object.extract() {
        return Ok(Number::Signed(number));
    }
    if let Ok(number) = object.extract() {
        return Ok(Number::Unsigned(number));
    }
    if object.is_instance_of::<PyInt>() && !matches!(vr, Vr::DS | Vr::FD | Vr::FL) {
        return Err(unencodable(&codec::out_of_range(vr, &object.to_string())));
    }
    if object.is_instance_of::<PyString>() {
        return Err(wrong_type(vr, "numbers", object));
    }
    object.extract().map(Number::Float).map_err(|_| wrong_type(vr, "numbers", object))
}

/// One value of `vr` as text; of None, none.
pub(crate) fn one_text(vr: Vr, object: &Bound<'_, PyAny>) -> PyResult<String> {
    if object.is_none() {
        return Ok(String::new());
    }
    if let Ok(text) = object.cast::<PyString>() {
        return text.extract();
    }
    match vr {
        Vr::DS => decimal(object),
        Vr::IS => codec::integer_string(number(vr, object)?).map_err(|error| unencodable(&error)),
        Vr::DA | Vr::DT | Vr::TM => moment(vr, object),
        Vr::PN => object.str()?.extract(),
        _ => Err(wrong_type(vr, "text", object)),
    }
}

/// A number as DS: what is exact in sixteen bytes stays so.
fn decimal(object: &Bound<'_, PyAny>) -> PyResult<String> {
    let number = number(Vr::DS, object)?;
    if !object.is_instance_of::<PyFloat>() {
        let exact: String = object.str()?.extract()?;
        if check(Vr::DS, &exact, false).is_ok() {
            return Ok(exact);
        }
    }
    let float = match number {
        Number::Float(float) => float,
        _ => object.extract()?,
    };
    codec::decimal_string(float).map_err(|error| unencodable(&error))
}

/// A date, time or datetime as DA, TM or DT, read by the names that their parts have.
fn moment(vr: Vr, object: &Bound<'_, PyAny>) -> PyResult<String> {
    let part = |name: &str| -> PyResult<u32> {
        let part = object.getattr_opt(name)?.ok_or_else(|| wrong_type(vr, WHEN, object))?;
        part.extract()
    };
    let date = || Ok(format!("{:04}{:02}{:02}", part("year")?, part("month")?, part("day")?));
    let time = || {
        let whole = format!("{:02}{:02}{:02}", part("hour")?, part("minute")?, part("second")?);
        let fraction = part("microsecond")?;
        Ok(if fraction == 0 { whole } else { format!("{whole}.{fraction:06}") })
    };
    match vr {
        Vr::DA => date(),
        Vr::TM => time(),
        _ if object.hasattr("hour")? => Ok(format!("{}{}{}", date()?, time()?, offset(object)?)),
        _ => date(),
    }
}

const WHEN: &str = "text, or a date, time or datetime that says so much";

/// The offset from UTC that a datetime has, as DT writes it.
fn offset(object: &Bound<'_, PyAny>) -> PyResult<String> {
    let offset = object.call_method0("utcoffset")?;
    if offset.is_none() {
        return Ok(String::new());
    }
    let seconds: f64 = offset.call_method0("total_seconds")?.extract()?;
    let (sign, minutes) = (if seconds < 0.0 { '-' } else { '+' }, seconds.abs() / 60.0);
    if minutes.fract() != 0.0 {
        let why = Why::Kind("offsets from UTC of whole minutes");
        return Err(unencodable(&ValueError { vr: Vr::DT, why }));
    }
    Ok(format!("{sign}{:02}{:02}", (minutes / 60.0).floor(), minutes % 60.0))
}

fn wrong_type(vr: Vr, takes: &str, object: &Bound<'_, PyAny>) -> PyErr {
    let name = object.get_type().name().map_or_else(|_| "that".into(), |name| name.to_string());
    PyTypeError::new_err(format!("{vr} takes {takes}, not {name}"))
}
