//! Binary numbers, tags, and numbers written as text (PS3.5 6.2).

use super::text;
use crate::endian::Endian;
use crate::error::{DecodeError, ErrorKind};
use crate::tag::Tag;
use crate::vr::Vr;

/// One number, as wide as any VR has it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// OB, OL, OV, OW, UL, US, UV.
    Unsigned(u64),
    /// SL, SS, SV.
    Signed(i64),
    /// FD, FL, OD, OF.
    Float(f64),
}

/// The numbers in a value, decoded one by one.
#[derive(Debug, Clone, PartialEq)]
pub struct Numbers<'a> {
    vr: Vr,
    endian: Endian,
    rest: &'a [u8],
    /// Which of the first SS are unsigned all the same.
    places: &'static [bool],
}

impl<'a> Numbers<'a> {
    /// Reads the value `bytes` of an element of a numeric VR, or of OB, OD, OF, OL, OV, OW.
    ///
    /// # Errors
    /// `BadLength` at `offset` when the numbers do not fill the value.
    pub fn new(vr: Vr, bytes: &'a [u8], endian: Endian, offset: u64) -> Result<Self, DecodeError> {
        check(bytes, vr.unit(), offset)?;
        Ok(Self { vr, endian, rest: bytes, places: &[] })
    }

    /// The same as a LUT descriptor: entries and bits are unsigned (PS3.3 C.7.6.3.1.5).
    #[must_use]
    pub fn of_descriptor(self) -> Self {
        Self { places: &[true, false, true], ..self }
    }

    fn is_unsigned(&mut self) -> bool {
        let Some((&unsigned, rest)) = self.places.split_first() else { return false };
        self.places = rest;
        unsigned
    }

    fn next_array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, tail) = self.rest.split_first_chunk()?;
        self.rest = tail;
        Some(*head)
    }
}

impl Iterator for Numbers<'_> {
    type Item = Number;

    fn next(&mut self) -> Option<Number> {
        let endian = self.endian;
        let number = match self.vr.unit() {
            1 => Number::Unsigned(self.next_array::<1>()?.map(u64::from)[0]),
            2 => {
                let bits = endian.u16(self.next_array()?);
                let signed = self.vr == Vr::SS && !self.is_unsigned();
                match self.vr {
                    Vr::SS if signed => Number::Signed(bits.cast_signed().into()),
                    _ => Number::Unsigned(bits.into()),
                }
            }
            4 => {
                let bits = endian.u32(self.next_array()?);
                match self.vr {
                    Vr::SL => Number::Signed(bits.cast_signed().into()),
                    Vr::FL | Vr::OF => Number::Float(f32::from_bits(bits).into()),
                    _ => Number::Unsigned(bits.into()),
                }
            }
            _ => {
                let bits = endian.u64(self.next_array()?);
                match self.vr {
                    Vr::SV => Number::Signed(bits.cast_signed()),
                    Vr::FD | Vr::OD => Number::Float(f64::from_bits(bits)),
                    _ => Number::Unsigned(bits),
                }
            }
        };
        Some(number)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let count = self.rest.len().checked_div(self.vr.unit()).unwrap_or_default();
        (count, Some(count))
    }
}

impl ExactSizeIterator for Numbers<'_> {}

/// The tags in a value of AT: group and element, each in the byte order of the data set.
#[derive(Debug, Clone, PartialEq)]
pub struct Tags<'a> {
    endian: Endian,
    rest: &'a [u8],
}

impl<'a> Tags<'a> {
    /// Reads the value `bytes` of an element of AT.
    ///
    /// # Errors
    /// `BadLength` at `offset` when the tags do not fill the value.
    pub fn new(bytes: &'a [u8], endian: Endian, offset: u64) -> Result<Self, DecodeError> {
        check(bytes, 4, offset)?;
        Ok(Self { endian, rest: bytes })
    }
}

impl Iterator for Tags<'_> {
    type Item = Tag;

    fn next(&mut self) -> Option<Tag> {
        let (&[a, b, c, d], tail) = self.rest.split_first_chunk()?;
        self.rest = tail;
        Some(Tag::new(self.endian.u16([a, b]), self.endian.u16([c, d])))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let count = self.rest.len() / 4;
        (count, Some(count))
    }
}

impl ExactSizeIterator for Tags<'_> {}

/// The values of an IS; None where one of several is empty, nothing when the whole is.
///
/// # Errors
/// `Invalid` at `offset` when one is no integer. `1.0` passes: senders confuse IS and DS.
pub fn integers(bytes: &[u8], offset: u64) -> Result<Vec<Option<i64>>, DecodeError> {
    from_text(Vr::IS, bytes, integer).ok_or(DecodeError::new(NOT_AN_INTEGER, offset))
}

/// The values of a DS; None where one of several is empty, nothing when the whole is.
///
/// # Errors
/// `Invalid` at `offset` when one is no decimal number.
pub fn decimals(bytes: &[u8], offset: u64) -> Result<Vec<Option<f64>>, DecodeError> {
    from_text(Vr::DS, bytes, decimal).ok_or(DecodeError::new(NOT_A_DECIMAL, offset))
}

/// The integer that one value of IS means, if it is one.
#[must_use]
pub fn integer(text: &str) -> Option<i64> {
    let digits = match text.split_once('.') {
        Some((whole, fraction)) if fraction.bytes().all(|digit| digit == b'0') => whole,
        Some(_) => return None,
        None => text,
    };
    digits.parse().ok()
}

/// The number that one value of DS means, if it is one; no infinities and no NaN (PS3.5 6.2).
#[must_use]
pub fn decimal(text: &str) -> Option<f64> {
    if let Some(number) = short_decimal(text.as_bytes()) {
        return Some(number);
    }
    let written = text.bytes().all(|c| matches!(c, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    text.parse().ok().filter(|number: &f64| written && number.is_finite())
}

/// What nearly all decimals are: a sign, up to fifteen digits, a point among them. Digits and the
/// power of ten are exact as floats, so their quotient is the nearest one, as `parse` would find it.
fn short_decimal(text: &[u8]) -> Option<f64> {
    const POWERS: [f64; 16] =
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
    let (negative, digits) = match text.split_first()? {
        (b'-', rest) => (true, rest),
        (b'+', rest) => (false, rest),
        _ => (false, text),
    };
    let (mut number, mut point) = (0_u64, None);
    for (at, byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => {
                let digit = u64::from(byte.wrapping_sub(b'0'));
                number = number.wrapping_mul(10).wrapping_add(digit);
            }
            b'.' if point.is_none() => point = Some(at),
            _ => return None,
        }
    }
    let count = digits.len().saturating_sub(usize::from(point.is_some()));
    if count == 0 || count > 15 {
        return None;
    }
    let places = point.map_or(0, |at| count.saturating_sub(at));
    // Below ten to the fifteenth both halves fit, and the sum is exact.
    let (high, low) =
        (u32::try_from(number >> 32).ok()?, u32::try_from(number & 0xffff_ffff).ok()?);
    let exact = f64::from(high).mul_add(4_294_967_296.0, f64::from(low));
    let found = exact / POWERS.get(places)?;
    Some(if negative { -found } else { found })
}

pub(crate) const NOT_AN_INTEGER: ErrorKind =
    ErrorKind::Invalid("an integer string (IS) that is no integer");
pub(crate) const NOT_A_DECIMAL: ErrorKind =
    ErrorKind::Invalid("a decimal string (DS) that is no number");

/// The values of `bytes`, each parsed; None at the first one that is neither empty nor parsable.
fn from_text<N>(vr: Vr, bytes: &[u8], parse: fn(&str) -> Option<N>) -> Option<Vec<Option<N>>> {
    let all = str::from_utf8(bytes).ok()?;
    if text::trim(vr, all).is_empty() {
        return Some(Vec::new());
    }
    let one = |value: &str| if value.is_empty() { Some(None) } else { parse(value).map(Some) };
    text::values(vr, all).map(one).collect()
}

fn check(bytes: &[u8], unit: usize, offset: u64) -> Result<(), DecodeError> {
    if bytes.len().is_multiple_of(unit) {
        return Ok(());
    }
    let expected = match unit {
        2 => "a multiple of 2 is due",
        4 => "a multiple of 4 is due",
        _ => "a multiple of 8 is due",
    };
    let length = bytes.len().try_into().unwrap_or(u64::MAX);
    Err(DecodeError::new(ErrorKind::BadLength { length, expected }, offset))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(vr: Vr, bytes: &[u8], endian: Endian) -> Vec<Number> {
        Numbers::new(vr, bytes, endian, 0).unwrap().collect()
    }

    #[test]
    fn numbers_of_every_vr_read_in_both_byte_orders() {
        use Number::{Float, Signed, Unsigned};
        for (vr, little, expected) in [
            (Vr::US, &b"\xfe\xff"[..], Unsigned(0xfffe)),
            (Vr::SS, b"\xfe\xff", Signed(-2)),
            (Vr::OW, b"\x01\x02", Unsigned(0x0201)),
            (Vr::UL, b"\xfe\xff\xff\xff", Unsigned(0xffff_fffe)),
            (Vr::SL, b"\xfe\xff\xff\xff", Signed(-2)),
            (Vr::OL, b"\x01\x00\x00\x02", Unsigned(0x0200_0001)),
            (Vr::FL, b"\x00\x00\xc0\x3f", Float(1.5)),
            (Vr::OF, b"\x00\x00\xc0\xbf", Float(-1.5)),
            (Vr::UV, b"\xfe\xff\xff\xff\xff\xff\xff\xff", Unsigned(u64::MAX - 1)),
            (Vr::SV, b"\xfe\xff\xff\xff\xff\xff\xff\xff", Signed(-2)),
            (Vr::OV, b"\x01\x00\x00\x00\x00\x00\x00\x00", Unsigned(1)),
            (Vr::FD, b"\x00\x00\x00\x00\x00\x00\xf8\x3f", Float(1.5)),
            (Vr::OD, b"\x00\x00\x00\x00\x00\x00\xf8\xbf", Float(-1.5)),
            (Vr::OB, b"\xff", Unsigned(0xff)),
        ] {
            assert_eq!(numbers(vr, little, Endian::Little), [expected], "{vr}");
            let big: Vec<u8> = little.iter().rev().copied().collect();
            assert_eq!(numbers(vr, &big, Endian::Big), [expected], "{vr}");
        }
        assert_eq!(numbers(Vr::US, b"\x01\x00\x02\x00", Endian::Little).len(), 2);
    }

    #[test]
    fn numbers_that_do_not_fill_the_value_are_an_error() {
        let error = Numbers::new(Vr::UL, b"\x01\x02\x03\x04\x05", Endian::Little, 16).unwrap_err();
        assert_eq!(error.to_string(), "length 0x5 where a multiple of 4 is due at offset 0x10");
    }

    #[test]
    fn tags_are_two_numbers_each() {
        let read = |bytes, endian| Tags::new(bytes, endian, 0).unwrap().collect::<Vec<_>>();
        let tags = [Tag::new(0x0018, 0x1063), Tag::new(0x7fe0, 0x0010)];
        assert_eq!(read(b"\x18\x00\x63\x10\xe0\x7f\x10\x00", Endian::Little), tags);
        assert_eq!(read(b"\x00\x18\x10\x63\x7f\xe0\x00\x10", Endian::Big), tags);
    }

    #[test]
    fn integer_strings_are_integers_or_errors() {
        assert_eq!(integers(b"1\\ -2 \\+3\\\\4.00", 0), Ok([1, -2, 3, 0, 4].map(zero).into()));
        assert_eq!(integers(b"  ", 0), Ok(vec![]));
        for wrong in [&b"1.5"[..], b"x", b"1 2", b"99999999999999999999", b"\xff", b"."] {
            assert!(integers(wrong, 0).is_err(), "{}", wrong.escape_ascii());
        }
    }

    fn zero(number: i64) -> Option<i64> {
        (number != 0).then_some(number)
    }

    #[test]
    fn decimal_strings_are_numbers_or_errors() {
        let expected = vec![Some(1.5), None, Some(-2e3), Some(0.5)];
        assert_eq!(decimals(b"1.5\\\\ -2.E+3 \\.5 ", 0), Ok(expected));
        assert_eq!(decimals(b"", 0), Ok(vec![]));
        for wrong in [&b"nan"[..], b"inf", b"1,5", b"1e999", b"1_0", b"\x80", b"-"] {
            assert!(decimals(wrong, 0).is_err(), "{}", wrong.escape_ascii());
        }
    }

    proptest::proptest! {
        #[test]
        fn short_decimals_are_what_parsing_makes_of_them(text in "[+-]?[0-9]{0,9}[.]?[0-9]{0,9}") {
            let parsed = text.parse::<f64>().ok();
            proptest::prop_assert_eq!(
                decimal(&text).map(f64::to_bits), parsed.map(f64::to_bits), "{}", text
            );
        }
    }
}
