//! The bytes of one value as text, numbers or tags, by its VR (PS3.5 6.2).
//!
//! Nothing is decided here about where the bytes come from: VR, byte order and character set are
//! parameters. Text always decodes; numbers may fail.

pub mod check;
pub mod encode;
pub mod number;
pub mod text;

use self::number::{Numbers, Tags};
use self::text::Text;
use crate::charset::Charset;
use crate::endian::Endian;
use crate::error::{DecodeError, ErrorKind};
use crate::tag::Tag;
use crate::vr::Vr;

/// What decides how the bytes of a data set are read as values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Encoding {
    /// The byte order of numbers.
    pub endian: Endian,
    /// Specific Character Set (0008,0005) of the data set or of the one around it.
    pub charset: Charset,
}

/// What a data set says of the values in it. Its items inherit what they do not say themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Context {
    /// Specific Character Set (0008,0005).
    pub charset: Charset,
    /// Pixel Representation (0028,0103): whether US or SS means SS (PS3.5 A.1).
    pub signed: bool,
}

impl Context {
    /// The same, with what the element `tag` says in `bytes`.
    #[must_use]
    pub fn with(self, tag: Tag, bytes: &[u8]) -> Self {
        match tag {
            // An empty one says as little as none.
            Tag::SPECIFIC_CHARACTER_SET if bytes.iter().any(u8::is_ascii_graphic) => {
                Self { charset: Charset::of(bytes), ..self }
            }
            // 0 or 1 in either byte order.
            Tag::PIXEL_REPRESENTATION => Self { signed: bytes.contains(&1), ..self },
            _ => self,
        }
    }
}

/// A value, still borrowing from its bytes where it can.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// Text: one value or several, told apart by [`text::values`].
    Text(Text<'a>),
    /// Integer String (IS); None where a value of several is empty.
    Integers(Vec<Option<i64>>),
    /// Decimal String (DS); None where a value of several is empty.
    Decimals(Vec<Option<f64>>),
    /// FD, FL, SL, SS, SV, UL, US, UV.
    Numbers(Numbers<'a>),
    /// Attribute Tag (AT).
    Tags(Tags<'a>),
    /// OB, OD, OF, OL, OV, OW and UN as written; [`Numbers`] reads the words in them.
    Bytes(&'a [u8]),
}

impl Value<'_> {
    /// The same, as the value of the element `tag`: of a LUT descriptor, entries and bits are never
    /// negative, whatever its VR says (PS3.3 C.7.6.3.1.5).
    #[must_use]
    pub fn of(self, tag: Tag) -> Self {
        match self {
            Self::Numbers(numbers) if Tag::LUT_DESCRIPTORS.contains(&tag) => {
                Self::Numbers(numbers.of_descriptor())
            }
            value => value,
        }
    }
}

/// Decodes `bytes`, the value of an element of `vr` that starts at `offset`.
///
/// # Errors
/// `BadLength` when numbers do not fill the value, `Invalid` for IS and DS that are no numbers, and
/// for SQ, which has items and no value.
pub fn decode(
    vr: Vr,
    bytes: &[u8],
    encoding: Encoding,
    offset: u64,
) -> Result<Value<'_>, DecodeError> {
    let decoded = match vr {
        Vr::IS => Value::Integers(number::integers(bytes, offset)?),
        Vr::DS => Value::Decimals(number::decimals(bytes, offset)?),
        Vr::FD | Vr::FL | Vr::SL | Vr::SS | Vr::SV | Vr::UL | Vr::US | Vr::UV => {
            Value::Numbers(Numbers::new(vr, bytes, encoding.endian, offset)?)
        }
        Vr::AT => Value::Tags(Tags::new(bytes, encoding.endian, offset)?),
        Vr::OB | Vr::OD | Vr::OF | Vr::OL | Vr::OV | Vr::OW | Vr::UN => Value::Bytes(bytes),
        Vr::SQ => return Err(DecodeError::new(NO_VALUE, offset)),
        _ => Value::Text(text::decode(vr, bytes, encoding.charset)),
    };
    Ok(decoded)
}

const NO_VALUE: ErrorKind = ErrorKind::Invalid("a sequence has items and no value");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_vr_but_sq_decodes_an_empty_value() {
        for &vr in Vr::ALL {
            let decoded = decode(vr, b"", Encoding::default(), 7);
            assert_eq!(decoded.is_err(), vr == Vr::SQ, "{vr}");
        }
    }

    #[test]
    fn bytes_stay_as_they_were_written() {
        let big = Encoding { endian: Endian::Big, ..Encoding::default() };
        assert_eq!(decode(Vr::OW, b"\x01\x02\x03", big, 0), Ok(Value::Bytes(b"\x01\x02\x03")));
        assert_eq!(decode(Vr::UN, b"\x01", big, 0), Ok(Value::Bytes(b"\x01")));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_decode_or_fail_inside_the_value(
            bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..64),
            at in 0..Vr::ALL.len(),
        ) {
            for charset in [Charset::DEFAULT, Charset::LATIN_1, Charset::UTF_8] {
                let encoding = Encoding { endian: Endian::Little, charset };
                if let Err(error) = decode(Vr::ALL[at], &bytes, encoding, 100) {
                    assert_eq!(error.offset, 100);
                }
            }
        }
    }
}
