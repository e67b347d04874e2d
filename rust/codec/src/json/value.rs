//! The values of one element of the DICOM JSON Model as the bytes of Explicit VR Little Endian
//! (PS3.18 F.2.3, PS3.5 6.2).

use std::borrow::Cow;

use crate::charset::{self, Charset};
use crate::endian::Endian;
use crate::json::read::Reason;
use crate::tag::Tag;
use crate::value::check::{ValueError, Why};
use crate::value::encode::{decimal_string, encode_numbers, encode_tags, integer_string};
use crate::value::number::{self, Number};
use crate::value::text;
use crate::vr::Vr;

/// One entry of `Value` that is no item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Scalar<'a> {
    /// `null`, or an object without members.
    Empty,
    /// A string.
    Text(Cow<'a, str>),
    /// A number, digits as they are.
    Number(&'a str),
    /// A person name, its groups joined.
    Name(String),
}

impl Scalar<'_> {
    fn is_empty(&self) -> bool {
        matches!(self, Self::Empty) || matches!(self, Self::Text(text) if text.is_empty())
    }

    /// Whether any character set has its characters.
    pub(super) fn is_ascii(&self) -> bool {
        self.characters().is_ascii()
    }

    /// Whether it is a number below zero.
    pub(super) fn is_negative(&self) -> bool {
        matches!(self, Self::Number(digits) if digits.starts_with('-'))
    }

    /// Its characters, of a number those it is written with.
    fn characters(&self) -> &str {
        match self {
            Self::Empty => "",
            Self::Text(text) => text,
            Self::Number(digits) => digits,
            Self::Name(name) => name,
        }
    }
}

/// Appends `values` as the value of an element of `vr`, without padding.
pub(super) fn put(
    out: &mut Vec<u8>,
    (tag, vr): (Tag, Vr),
    values: &[Scalar<'_>],
    charset: Charset,
) -> Result<(), Reason> {
    match vr {
        _ if values.iter().all(Scalar::is_empty) && values.len() < 2 => {}
        Vr::OB | Vr::OD | Vr::OF | Vr::OL | Vr::OV | Vr::OW | Vr::UN => return Err(NOT_INLINE),
        Vr::SQ => return Err(NO_ITEM),
        Vr::AT => {
            let tags = values.iter().map(|value| Tag::from_digits(value.characters()));
            let tags: Option<Vec<_>> = tags.collect();
            out.append(&mut encode_tags(&tags.ok_or(NO_TAG)?, Endian::Little));
        }
        Vr::FD | Vr::FL | Vr::SL | Vr::SS | Vr::SV | Vr::UL | Vr::US | Vr::UV => {
            // Entries and bits are unsigned whatever the VR says (PS3.3 C.7.6.3.1.5).
            let unsigned_too = vr == Vr::SS && Tag::LUT_DESCRIPTORS.contains(&tag);
            for value in values {
                let number = [number(vr, value.characters())?];
                let encoded = match encode_numbers(vr, &number, Endian::Little) {
                    Err(_) if unsigned_too => encode_numbers(Vr::US, &number, Endian::Little),
                    done => done,
                };
                out.append(&mut encoded?);
            }
        }
        _ => out.append(&mut texts(vr, values, charset)?),
    }
    Ok(())
}

/// Values of text, backslashes between them.
fn texts(vr: Vr, values: &[Scalar<'_>], charset: Charset) -> Result<Vec<u8>, Reason> {
    if values.len() > 1 && !text::may_be_multiple(vr) {
        return Err(ValueError { vr, why: Why::Several(values.len()) }.into());
    }
    let mut all = String::new();
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            all.push('\\');
        }
        match (vr, value) {
            (Vr::DS, Scalar::Number(digits)) => all.push_str(&decimal(digits)?),
            (Vr::IS, Scalar::Number(digits)) => {
                all.push_str(&integer_string(number(vr, digits)?)?);
            }
            (_, Scalar::Number(digits)) => {
                return Err(Reason::Value(format!("{vr} takes text, not {digits}")));
            }
            (Vr::PN, _) | (_, Scalar::Empty | Scalar::Text(_)) => all.push_str(value.characters()),
            (_, Scalar::Name(_)) => return Err(NO_NAME),
        }
    }
    Ok(charset::encode(vr, &all, charset)?)
}

/// The number of these digits, or of the name of one that JSON does not have; what is whole, also
/// written as `1.0` or `1e3`, is an integer.
fn number(vr: Vr, digits: &str) -> Result<Number, Reason> {
    let wanted = || Reason::Value(format!("{vr} takes numbers, not {digits:?}"));
    let written = digits.trim();
    let whole = written.parse().map(Number::Unsigned).ok();
    if let Some(number) = whole.or_else(|| written.parse().map(Number::Signed).ok()) {
        return Ok(number);
    }
    let number: f64 = written.parse().map_err(|_| wanted())?;
    if number.is_infinite() && !written.contains(['n', 'N']) {
        return Err(wanted());
    }
    let whole = (number.fract() == 0.0).then(|| format!("{number:.0}").parse().ok()).flatten();
    let is_float = matches!(vr, Vr::FD | Vr::FL);
    Ok(whole.filter(|_| !is_float).map_or(Number::Float(number), Number::Signed))
}

/// The number as DS has it: the digits as they are if they fit, else as many as do.
fn decimal(digits: &str) -> Result<Cow<'_, str>, Reason> {
    if digits.len() <= DECIMAL_STRING && number::decimal(digits).is_some() {
        return Ok(digits.into());
    }
    let number: f64 = digits.parse().unwrap_or(f64::NAN);
    Ok(decimal_string(number)?.into())
}

/// Bytes of one value of DS (PS3.5 6.2).
const DECIMAL_STRING: usize = 16;

const NOT_INLINE: Reason = Reason::Text("Value where InlineBinary is due");
/// A sequence with something else in it.
pub(super) const NO_ITEM: Reason = Reason::Text("no item where one is due");
const NO_NAME: Reason = Reason::Text("a person name where text is due");
/// Something else with items in it.
pub(super) const NO_SCALAR: Reason = Reason::Text("an item where a value is due");
const NO_TAG: Reason = Reason::Text("no tag of eight digits where one is due");
