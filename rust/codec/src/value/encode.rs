//! Values as bytes, by their VR (PS3.5 6.2).

use super::check::{ValueError, Why};
use super::number::Number;
use crate::endian::Endian;
use crate::tag::Tag;
use crate::vr::Vr;

/// Brings the value `bytes` of an element of `vr` to even length (PS3.5 6.2).
pub fn pad(vr: Vr, bytes: &mut Vec<u8>) {
    if !bytes.len().is_multiple_of(2) {
        bytes.push(vr.padding());
    }
}

/// Encodes the values of an element of a numeric VR, or the words of OB, OD, OF, OL, OV, OW.
///
/// # Errors
/// `Range` for a number that `vr` has no room for, `Kind` for one that is no integer where one is due
/// and for a VR that is not numeric.
pub fn encode_numbers(vr: Vr, numbers: &[Number], endian: Endian) -> Result<Vec<u8>, ValueError> {
    let mut bytes = Vec::with_capacity(numbers.len().saturating_mul(vr.unit()));
    for &number in numbers {
        match vr {
            Vr::FD | Vr::OD => put(&mut bytes, &float(number).to_le_bytes(), endian),
            Vr::FL | Vr::OF => put(&mut bytes, &single(vr, float(number))?.to_le_bytes(), endian),
            _ => {
                let all = integer(vr, number)?.to_le_bytes();
                put(&mut bytes, all.get(..vr.unit()).unwrap_or_default(), endian);
            }
        }
    }
    Ok(bytes)
}

/// Encodes the values of an element of AT: group and element, each in the byte order of the data set.
#[must_use]
pub fn encode_tags(tags: &[Tag], endian: Endian) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(tags.len().saturating_mul(4));
    for tag in tags {
        put(&mut bytes, &tag.group().to_le_bytes(), endian);
        put(&mut bytes, &tag.element().to_le_bytes(), endian);
    }
    bytes
}

/// A number as a value of DS: as it is written shortest, rounded when that is above 16 bytes.
///
/// # Errors
/// `Kind` for an infinity and for what is no number.
pub fn decimal_string(number: f64) -> Result<String, ValueError> {
    if !number.is_finite() {
        let why = Why::Kind("finite numbers only, no infinity and no NaN");
        return Err(ValueError { vr: Vr::DS, why });
    }
    // Seventeen digits tell any two numbers apart; the sign, the point and an exponent of five
    // characters still leave nine.
    let rounded = (8..=16).rev().map(|places: usize| format!("{number:.places$e}"));
    let rounded =
        rounded.filter_map(|text| text.parse().ok()).filter(|near: &f64| near.is_finite());
    Ok(std::iter::once(number).chain(rounded).find_map(written).unwrap_or_default())
}

/// A number as an integer of IS.
///
/// # Errors
/// `Range` beyond 32 bits, `Kind` for what is no integer.
pub fn integer_string(number: Number) -> Result<String, ValueError> {
    let whole = match number {
        Number::Float(float) if float.fract() == 0.0 => format!("{float:.0}").parse().ok(),
        _ => None,
    };
    let number = whole.map_or(number, Number::Signed);
    Ok(integer(Vr::IS, number)?.to_string())
}

/// The shortest text of `number` if 16 bytes hold it: with an exponent where most would write one.
fn written(number: f64) -> Option<String> {
    let (plain, scientific) = (format!("{number}"), format!("{number:e}"));
    let size = number.abs();
    let usual = size == 0.0 || (1e-4..1e16).contains(&size);
    let order = if usual { [plain, scientific] } else { [scientific, plain] };
    order.into_iter().find(|text| text.len() <= 16)
}

/// The integers that a VR has room for.
fn range(vr: Vr) -> Option<(i64, u64)> {
    let range = match vr {
        Vr::OB | Vr::UN => (0, 0xff),
        Vr::OW | Vr::US => (0, 0xffff),
        Vr::AT | Vr::OL | Vr::UL => (0, 0xffff_ffff),
        Vr::OV | Vr::UV => (0, u64::MAX),
        Vr::SS => (i16::MIN.into(), 0x7fff),
        Vr::IS | Vr::SL => (i32::MIN.into(), 0x7fff_ffff),
        Vr::SV => (i64::MIN, 0x7fff_ffff_ffff_ffff),
        _ => return None,
    };
    Some(range)
}

/// That `number` is one of those that `vr` has no room for.
#[must_use]
pub fn out_of_range(vr: Vr, number: &str) -> ValueError {
    match range(vr) {
        Some((low, high)) => {
            ValueError { vr, why: Why::Range { low, high, number: number.to_owned() } }
        }
        None => ValueError { vr, why: Why::Kind("no numbers") },
    }
}

fn integer(vr: Vr, number: Number) -> Result<i128, ValueError> {
    let whole: i128 = match number {
        Number::Unsigned(number) => number.into(),
        Number::Signed(number) => number.into(),
        Number::Float(number) if range(vr).is_some() => {
            let why = Why::Form { form: "integers", text: number.to_string() };
            return Err(ValueError { vr, why });
        }
        Number::Float(number) => return Err(out_of_range(vr, &number.to_string())),
    };
    let fits =
        range(vr).is_some_and(|(low, high)| (i128::from(low)..=i128::from(high)).contains(&whole));
    if fits { Ok(whole) } else { Err(out_of_range(vr, &whole.to_string())) }
}

fn float(number: Number) -> f64 {
    match number {
        Number::Float(number) => number,
        Number::Unsigned(number) => wide(number),
        Number::Signed(number) => {
            wide(number.unsigned_abs()).copysign(if number < 0 { -1. } else { 1. })
        }
    }
}

/// The nearest number in double precision: either half is exact, so only the sum is rounded.
fn wide(number: u64) -> f64 {
    let half = |shift: u32| u32::try_from((number >> shift) & 0xffff_ffff).unwrap_or(u32::MAX);
    f64::from(half(32)) * 4_294_967_296.0 + f64::from(half(0))
}

#[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "rounding is meant")]
fn single(vr: Vr, number: f64) -> Result<f32, ValueError> {
    let rounded = number as f32;
    if rounded.is_infinite() && number.is_finite() {
        return Err(ValueError { vr, why: Why::Kind("numbers of up to 3.4028235e38") });
    }
    Ok(rounded)
}

fn put(bytes: &mut Vec<u8>, little: &[u8], endian: Endian) {
    match endian {
        Endian::Little => bytes.extend_from_slice(little),
        Endian::Big => bytes.extend(little.iter().rev()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::value::check::check;
    use crate::value::number::{Numbers, Tags, decimal};

    const NUMERIC: [Vr; 14] = [
        Vr::FD,
        Vr::FL,
        Vr::OB,
        Vr::OD,
        Vr::OF,
        Vr::OL,
        Vr::OV,
        Vr::OW,
        Vr::SL,
        Vr::SS,
        Vr::SV,
        Vr::UL,
        Vr::US,
        Vr::UV,
    ];

    #[test]
    fn numbers_take_their_bytes_in_either_order() {
        use Number::{Float, Signed, Unsigned};
        for (vr, number, little) in [
            (Vr::US, Unsigned(0x0102), &b"\x02\x01"[..]),
            (Vr::SS, Signed(-2), b"\xfe\xff"),
            (Vr::UL, Unsigned(0x0102_0304), b"\x04\x03\x02\x01"),
            (Vr::SV, Signed(-1), b"\xff\xff\xff\xff\xff\xff\xff\xff"),
            (Vr::FL, Float(1.5), b"\x00\x00\xc0\x3f"),
            (Vr::FD, Unsigned(3), b"\x00\x00\x00\x00\x00\x00\x08\x40"),
            (Vr::OB, Unsigned(7), b"\x07"),
        ] {
            assert_eq!(encode_numbers(vr, &[number], Endian::Little).unwrap(), little, "{vr}");
            let big: Vec<u8> = little.iter().rev().copied().collect();
            assert_eq!(encode_numbers(vr, &[number], Endian::Big).unwrap(), big, "{vr}");
        }
    }

    #[test]
    fn a_number_without_room_is_refused_with_the_range() {
        let said =
            |vr, number| encode_numbers(vr, &[number], Endian::Little).unwrap_err().to_string();
        assert_eq!(said(Vr::US, Number::Signed(-1)), "US takes 0 to 65535, not -1");
        assert_eq!(said(Vr::SS, Number::Unsigned(32768)), "SS takes -32768 to 32767, not 32768");
        assert_eq!(said(Vr::UL, Number::Float(1.5)), "UL takes integers, not \"1.5\"");
        assert_eq!(said(Vr::LO, Number::Unsigned(1)), "LO takes no numbers");
        assert_eq!(said(Vr::FL, Number::Float(1e39)), "FL takes numbers of up to 3.4028235e38");
        assert!(integer_string(Number::Signed(1 << 31)).is_err());
        assert!(integer_string(Number::Float(1e300)).is_err());
        assert_eq!(integer_string(Number::Float(-3.0)).unwrap(), "-3");
    }

    #[test]
    fn a_tag_is_two_numbers() {
        let tags = [Tag::new(0x0018, 0x1063)];
        assert_eq!(encode_tags(&tags, Endian::Little), b"\x18\x00\x63\x10");
        assert_eq!(encode_tags(&tags, Endian::Big), b"\x00\x18\x10\x63");
        assert!(Tags::new(&encode_tags(&tags, Endian::Big), Endian::Big, 0).unwrap().eq(tags));
    }

    #[test]
    fn a_decimal_string_is_as_short_as_it_can_be() {
        for (number, text) in [
            (1.0, "1"),
            (-0.5, "-0.5"),
            (0.1 + 0.2, "0.3"),
            (1.0 / 3.0, "0.33333333333333"),
            (-1e-7, "-1e-7"),
            (1e16, "1e16"),
            (123_456_789_012_345_680.0, "1.23456789012e17"),
            (f64::MAX, "1.79769313e308"),
            (-f64::MIN_POSITIVE, "-2.22507386e-308"),
        ] {
            assert_eq!(decimal_string(number).unwrap(), text);
        }
        assert!(decimal_string(f64::NAN).is_err());
        assert!(decimal_string(f64::INFINITY).is_err());
    }

    proptest! {
        #[test]
        fn numbers_read_back(words in prop::collection::vec(any::<u64>(), 0..8), at in 0..14_usize) {
            let vr = NUMERIC[at];
            let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
            for endian in [Endian::Little, Endian::Big] {
                let numbers: Vec<Number> = Numbers::new(vr, &bytes, endian, 0).unwrap().collect();
                let nan = |number: &Number| matches!(number, Number::Float(float) if float.is_nan());
                if !numbers.iter().any(nan) {
                    prop_assert_eq!(&encode_numbers(vr, &numbers, endian).unwrap(), &bytes);
                }
            }
        }

        #[test]
        fn a_decimal_string_is_always_a_value_of_ds_and_near(number in any::<f64>()) {
            prop_assume!(number.is_finite());
            let text = decimal_string(number).unwrap();
            prop_assert_eq!(check(Vr::DS, &text, false), Ok(()));
            let read = decimal(&text).unwrap();
            prop_assert!((read - number).abs() <= number.abs() * 1e-8 || number.abs() < 1e-300);
        }
    }
}
