//! One value in the form of its column.

use std::borrow::Cow;
use std::fmt::{Display, Write};

use crate::charset::Charset;
use crate::error::{DecodeError, ErrorKind};
use crate::scan::selection::Kind;
use crate::tag::Tag;
use crate::value::Encoding;
use crate::value::number::{self, Number, Numbers, Tags};
use crate::value::text;
use crate::vr::Vr;

/// A value in the form of its column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// There is none: the element is absent, or it is an empty number.
    Empty,
    /// In a column of [`Kind::Text`].
    Text(&'a str),
    /// In a column of [`Kind::Integer`].
    Integer(i64),
    /// In a column of [`Kind::Float`].
    Float(f64),
}

/// Decodes `bytes`, the value of the element `tag` of `vr`, for a column of `kind`. What has to be put
/// together as text is in `scratch`.
pub(super) fn cell<'a>(
    kind: Kind,
    tag: Tag,
    vr: Vr,
    bytes: &'a [u8],
    encoding: Encoding,
    scratch: &'a mut String,
) -> Result<Cell<'a>, DecodeError> {
    if kind == Kind::Text {
        return text_of(tag, vr, bytes, encoding, scratch).map(Cell::Text);
    }
    let number = match vr {
        Vr::FD | Vr::FL | Vr::SL | Vr::SS | Vr::SV | Vr::UL | Vr::US | Vr::UV => {
            only(Numbers::new(vr, bytes, encoding.endian, 0)?)?
        }
        _ if is_bytes(vr) => return Err(DecodeError::new(NOT_A_NUMBER, 0)),
        _ => written(vr, bytes)?,
    };
    let Some(number) = number else { return Ok(Cell::Empty) };
    if kind == Kind::Float {
        return Ok(Cell::Float(float(number)));
    }
    integer(number).map(Cell::Integer).ok_or(DecodeError::new(NOT_A_NUMBER, 0))
}

/// The one number of a value, if it has any.
fn only(mut numbers: Numbers<'_>) -> Result<Option<Number>, DecodeError> {
    let first = numbers.next();
    if numbers.next().is_some() {
        return Err(DecodeError::new(SEVERAL, 0));
    }
    Ok(first)
}

/// The one number written as text.
fn written(vr: Vr, bytes: &[u8]) -> Result<Option<Number>, DecodeError> {
    let invalid = |kind| DecodeError::new(kind, 0);
    let text = str::from_utf8(bytes).map_err(|_| invalid(NOT_A_NUMBER))?;
    let text = text::trim(if vr == Vr::DS { vr } else { Vr::IS }, text);
    if text.is_empty() {
        return Ok(None);
    }
    if text.contains('\\') {
        return Err(invalid(SEVERAL));
    }
    let whole = number::integer(text).map(Number::Signed);
    let number = whole.or_else(|| number::decimal(text).map(Number::Float));
    let wrong = match vr {
        Vr::DS => number::NOT_A_DECIMAL,
        Vr::IS => number::NOT_AN_INTEGER,
        _ => NOT_A_NUMBER,
    };
    number.map(Some).ok_or(invalid(wrong))
}

fn integer(number: Number) -> Option<i64> {
    match number {
        Number::Signed(number) => Some(number),
        Number::Unsigned(number) => i64::try_from(number).ok(),
        Number::Float(_) => None,
    }
}

#[allow(clippy::as_conversions, clippy::cast_precision_loss, reason = "what floats are for")]
fn float(number: Number) -> f64 {
    match number {
        Number::Signed(number) => number as f64,
        Number::Unsigned(number) => number as f64,
        Number::Float(number) => number,
    }
}

fn text_of<'a>(
    tag: Tag,
    vr: Vr,
    bytes: &'a [u8],
    encoding: Encoding,
    scratch: &'a mut String,
) -> Result<&'a str, DecodeError> {
    scratch.clear();
    match vr {
        Vr::FD | Vr::FL | Vr::SL | Vr::SS | Vr::SV | Vr::UL | Vr::US | Vr::UV => {
            let numbers = Numbers::new(vr, bytes, encoding.endian, 0)?;
            let is_descriptor = Tag::LUT_DESCRIPTORS.contains(&tag);
            let numbers = if is_descriptor { numbers.of_descriptor() } else { numbers };
            list(scratch, numbers.map(Plain));
        }
        Vr::AT => list(scratch, Tags::new(bytes, encoding.endian, 0)?),
        // Private elements of Implicit VR: most are text (PS3.5 7.8).
        Vr::UN if bytes.iter().all(|byte| matches!(byte, b' '..=b'~' | 0)) => {
            return Ok(joined(Vr::LO, bytes, Charset::DEFAULT, scratch));
        }
        _ if vr == Vr::UN || is_bytes(vr) => return Err(DecodeError::new(NO_TEXT, 0)),
        // Strings of numbers too, as they were written.
        _ => return Ok(joined(vr, bytes, encoding.charset, scratch)),
    }
    Ok(scratch)
}

/// The values without their padding, with backslashes between them.
fn joined<'a>(vr: Vr, bytes: &'a [u8], charset: Charset, scratch: &'a mut String) -> &'a str {
    let decoded = text::decode(vr, bytes, charset);
    if let Cow::Borrowed(text) = decoded.text
        && !text.contains('\\')
    {
        return text::trim(vr, text);
    }
    list(scratch, text::values(vr, &decoded.text));
    scratch
}

fn list<T: Display>(into: &mut String, values: impl Iterator<Item = T>) {
    for (at, value) in values.enumerate() {
        let mark = if at == 0 { "" } else { "\\" };
        // Writing to a String cannot fail.
        _ = write!(into, "{mark}{value}");
    }
}

/// A number as people write it.
struct Plain(Number);

impl Display for Plain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Number::Unsigned(number) => number.fmt(f),
            Number::Signed(number) => number.fmt(f),
            Number::Float(number) => number.fmt(f),
        }
    }
}

fn is_bytes(vr: Vr) -> bool {
    matches!(vr, Vr::OB | Vr::OD | Vr::OF | Vr::OL | Vr::OV | Vr::OW | Vr::SQ)
}

const NO_TEXT: ErrorKind = ErrorKind::Invalid("bytes, which are no text");
const NOT_A_NUMBER: ErrorKind = ErrorKind::Invalid("no number that fits its column");
const SEVERAL: ErrorKind = ErrorKind::Invalid("several values where the dictionary has one");
