//! The values of one element of the DICOM JSON Model as the bytes of Explicit VR Little Endian
//! (PS3.18 F.2.3, PS3.5 6.2).

use std::borrow::Cow;

use crate::tag::Tag;
use crate::value::number;
use crate::value::text::{self, Charset};
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

/// Why values have no encoding.
pub(super) type Fault = &'static str;

/// Appends `values` as the value of an element of `vr`, without padding.
pub(super) fn put(
    out: &mut Vec<u8>,
    (tag, vr): (Tag, Vr),
    values: &[Scalar<'_>],
    charset: Charset,
) -> Result<(), Fault> {
    match vr {
        _ if values.iter().all(Scalar::is_empty) && values.len() < 2 => Ok(()),
        Vr::OB | Vr::OD | Vr::OF | Vr::OL | Vr::OV | Vr::OW | Vr::UN => Err(NOT_INLINE),
        Vr::SQ => Err(NO_ITEM),
        Vr::AT | Vr::FD | Vr::FL | Vr::SL | Vr::SS | Vr::SV | Vr::UL | Vr::US | Vr::UV => {
            // Entries and bits are unsigned whatever the VR says (PS3.3 C.7.6.3.1.5).
            let unsigned_too = vr == Vr::SS && Tag::LUT_DESCRIPTORS.contains(&tag);
            values.iter().try_for_each(|value| match number(out, vr, value) {
                Err(_) if unsigned_too => number(out, Vr::US, value),
                done => done,
            })
        }
        _ => texts(out, vr, values, charset),
    }
}

/// Appends numbers and tags of fixed length.
fn number(out: &mut Vec<u8>, vr: Vr, value: &Scalar<'_>) -> Result<(), Fault> {
    let text = value.characters();
    match vr {
        Vr::AT => out.extend_from_slice(&tag(text).ok_or(NO_TAG)?),
        Vr::FD => out.extend_from_slice(&float::<f64>(value)?.to_le_bytes()),
        Vr::FL => out.extend_from_slice(&float::<f32>(value)?.to_le_bytes()),
        Vr::SL => out.extend_from_slice(&integer::<i32>(text)?.to_le_bytes()),
        Vr::SS => out.extend_from_slice(&integer::<i16>(text)?.to_le_bytes()),
        Vr::SV => out.extend_from_slice(&integer::<i64>(text)?.to_le_bytes()),
        Vr::UL => out.extend_from_slice(&integer::<u32>(text)?.to_le_bytes()),
        Vr::US => out.extend_from_slice(&integer::<u16>(text)?.to_le_bytes()),
        _ => out.extend_from_slice(&integer::<u64>(text)?.to_le_bytes()),
    }
    Ok(())
}

fn tag(digits: &str) -> Option<[u8; 4]> {
    let Tag(tag) = Tag::from_digits(digits)?;
    let [a, b, c, d] = tag.to_be_bytes();
    Some([b, a, d, c])
}

/// The integer in `digits`, also one written as `1.0` or `1e3`.
fn integer<N: TryFrom<i128>>(digits: &str) -> Result<N, Fault> {
    let written = digits.trim();
    let whole = written.parse::<i128>().ok().or_else(|| whole(written)).ok_or(NO_INTEGER)?;
    N::try_from(whole).map_err(|_| TOO_BIG)
}

/// The integer that a number with a fraction or exponent is, if it is one.
fn whole(digits: &str) -> Option<i128> {
    let number: f64 = digits.parse().ok().filter(|number: &f64| number.fract() == 0.0)?;
    // Without a fraction, all the digits there are; more than 39 are no integer of ours.
    Some(format!("{number:.0}")).filter(|digits| digits.len() < 40)?.parse().ok()
}

/// A number or the name of one that JSON does not have.
fn float<N: std::str::FromStr + Into<f64> + Copy>(value: &Scalar<'_>) -> Result<N, Fault> {
    let text = value.characters();
    let number: N = text.trim().parse().map_err(|_| NO_NUMBER)?;
    let named = text.contains(['n', 'N']);
    if named || number.into().is_finite() { Ok(number) } else { Err(TOO_BIG) }
}

/// Appends text with backslashes between the values.
fn texts(out: &mut Vec<u8>, vr: Vr, values: &[Scalar<'_>], charset: Charset) -> Result<(), Fault> {
    if values.len() > 1 && !text::may_be_multiple(vr) {
        return Err(SEVERAL);
    }
    for (number, value) in values.iter().enumerate() {
        if number > 0 {
            out.push(b'\\');
        }
        let written = match (vr, value) {
            (Vr::DS, Scalar::Number(digits)) => decimal(digits)?,
            (Vr::IS, Scalar::Number(digits)) => integer_string(digits)?,
            (_, Scalar::Number(_)) => return Err(NO_TEXT),
            (Vr::PN, _) => value.characters().into(),
            (_, Scalar::Name(_)) => return Err(NO_NAME),
            _ => value.characters().into(),
        };
        let charset = if text::follows_charset(vr) { charset } else { Charset::Latin1 };
        encode(out, &written, charset)?;
    }
    Ok(())
}

/// Appends `text` in `charset`.
fn encode(out: &mut Vec<u8>, text: &str, charset: Charset) -> Result<(), Fault> {
    match charset {
        _ if text.is_ascii() => out.extend_from_slice(text.as_bytes()),
        Charset::Utf8 => out.extend_from_slice(text.as_bytes()),
        Charset::Default => return Err(BEYOND_CHARSET),
        // One character stands for a byte, as in reading.
        Charset::Latin1 | Charset::Other => {
            for character in text.chars() {
                out.push(character.try_into().map_err(|_| BEYOND_CHARSET)?);
            }
        }
    }
    Ok(())
}

/// The number as IS has it.
fn integer_string(digits: &str) -> Result<Cow<'_, str>, Fault> {
    let number = integer::<i64>(digits)?.to_string();
    if number.len() > INTEGER_STRING { Err(TOO_BIG) } else { Ok(number.into()) }
}

/// The number as DS has it: the digits as they are if they fit, else as many as do.
fn decimal(digits: &str) -> Result<Cow<'_, str>, Fault> {
    let number = number::decimal(digits).ok_or(TOO_BIG)?;
    if digits.len() <= DECIMAL_STRING {
        return Ok(digits.into());
    }
    let fit = |text: &String| text.len() <= DECIMAL_STRING;
    if let Some(exact) = [number.to_string(), format!("{number:e}")].into_iter().find(fit) {
        return Ok(exact.into());
    }
    let places = || (0..DECIMAL_STRING).rev();
    let fixed = places().map(|places| format!("{number:.places$}")).find(fit);
    let scientific = places().map(|places| format!("{number:.places$e}")).find(fit);
    let off = |text: &String| text.parse().map_or(f64::INFINITY, |read: f64| (read - number).abs());
    let all = [fixed, scientific].into_iter().flatten();
    let nearest = all.min_by(|a, b| off(a).total_cmp(&off(b))).ok_or(TOO_BIG)?;
    Ok(nearest.into())
}

/// Bytes of one value of DS (PS3.5 6.2).
const DECIMAL_STRING: usize = 16;
/// Bytes of one value of IS (PS3.5 6.2).
const INTEGER_STRING: usize = 12;

const BEYOND_CHARSET: Fault = "text beyond Specific Character Set (0008,0005)";
const NOT_INLINE: Fault = "Value where InlineBinary is due";
const NO_INTEGER: Fault = "no integer where one is due";
/// A sequence with something else in it.
pub(super) const NO_ITEM: Fault = "no item where one is due";
const NO_NAME: Fault = "a person name where text is due";
const NO_NUMBER: Fault = "no number where one is due";
/// Something else with items in it.
pub(super) const NO_SCALAR: Fault = "an item where a value is due";
const NO_TAG: Fault = "no tag of eight digits where one is due";
const NO_TEXT: Fault = "a number where text is due";
const SEVERAL: Fault = "several values where the VR has one";
const TOO_BIG: Fault = "a number too big for its VR";
