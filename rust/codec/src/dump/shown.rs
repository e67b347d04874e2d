//! The value of an element as one line shows it, and how many values it has.

use std::fmt::{self, Write};

use crate::dataset::deep::Met;
use crate::dump::escape::Line;
use crate::dump::float;
use crate::endian::Endian;
use crate::error::DecodeError;
use crate::uids;
use crate::value::number::{Number, Numbers};
use crate::value::{Value, text};
use crate::vr::Vr;

/// What stands where a value is empty.
pub(super) const EMPTY: &str = "(no value available)";

/// Texts of up to this many bytes are decoded whole, even when most will be cut.
const SHORT: usize = 4096;

/// Appends the value of `met`, cut after `longest` characters: text in brackets, the keyword of a UID
/// that has one, numbers as they are, bytes and words in hexadecimal digits.
///
/// # Errors
/// As [`Met::decode`]; then nothing was appended.
pub(super) fn value(met: &Met<'_>, longest: usize, out: &mut String) -> Result<(), DecodeError> {
    match met.vr {
        _ if met.bytes.is_empty() => out.push_str(EMPTY),
        Vr::OB | Vr::OD | Vr::OF | Vr::OL | Vr::OV | Vr::OW | Vr::UN => {
            words(met.vr, met.bytes, met.endian(), longest, out);
        }
        vr if is_text(vr) => {
            if !texts(met, head(met, longest), longest, out) {
                texts(met, met.bytes, longest, out);
            }
        }
        _ => numbers(met.decode()?, longest, out),
    }
    Ok(())
}

/// How many values there are (PS3.5 6.4): 0 when empty, 1 for a sequence and for bytes.
pub(super) fn multiplicity(met: &Met<'_>) -> usize {
    let bytes = met.bytes;
    match met.vr {
        Vr::SQ => 1,
        _ if bytes.is_empty() => 0,
        Vr::SS | Vr::US => bytes.len() / 2,
        Vr::AT | Vr::FL | Vr::SL | Vr::UL => bytes.len() / 4,
        Vr::FD | Vr::SV | Vr::UV => bytes.len() / 8,
        vr if !is_text(vr) => 1,
        _ if bytes.iter().all(|byte| matches!(byte, b' ' | 0)) => 0,
        vr if !text::may_be_multiple(vr) => 1,
        _ if is_plain(bytes) => memchr::memchr_iter(b'\\', bytes).count().saturating_add(1),
        vr => text::values(vr, &text::decode(vr, bytes, met.context.charset).text).count(),
    }
}

/// Appends the words of `vr` that `bytes` are, in hexadecimal digits, floats with six digits; without
/// half a word at the end.
pub(super) fn words(vr: Vr, bytes: &[u8], endian: Endian, longest: usize, out: &mut String) {
    let half = bytes.len().checked_rem(vr.unit()).unwrap_or_default();
    let whole = bytes.get(..bytes.len().saturating_sub(half)).unwrap_or_default();
    let Ok(words) = Numbers::new(vr, whole, endian, 0) else { return };
    let width = vr.unit().saturating_mul(2);
    let mut line = Line::new(out, longest);
    joined(words, &mut line, |word, line| match word {
        Number::Float(float) => float::general(float, line),
        Number::Unsigned(bits) => write!(line, "{bits:0width$x}"),
        Number::Signed(number) => write!(line, "{number}"),
    });
    line.end();
}

fn numbers(value: Value<'_>, longest: usize, out: &mut String) {
    let mut line = Line::new(out, longest);
    match value {
        Value::Numbers(numbers) => joined(numbers, &mut line, |number, line| match number {
            Number::Unsigned(number) => write!(line, "{number}"),
            Number::Signed(number) => write!(line, "{number}"),
            Number::Float(number) => float::shortest(number, line),
        }),
        Value::Tags(tags) => joined(tags, &mut line, |tag, line| write!(line, "{tag}")),
        _ => {}
    }
    line.end();
}

/// Appends the text in `bytes`, which are those of `met` or the first of them; false, and nothing, when
/// these are too few to tell.
fn texts(met: &Met<'_>, bytes: &[u8], longest: usize, out: &mut String) -> bool {
    let decoded = text::decode(met.vr, bytes, met.context.charset);
    if met.vr == Vr::UI
        && let Some(entry) = uids::entry(text::trim(met.vr, &decoded.text))
        && !entry.keyword.is_empty()
    {
        out.push('=');
        out.push_str(entry.keyword);
        return true;
    }
    let start = out.len();
    out.push('[');
    let mut line = Line::new(out, longest);
    joined(text::values(met.vr, &decoded.text), &mut line, |value, line| line.write_str(value));
    if line.is_whole() && bytes.len() < met.bytes.len() {
        out.truncate(start);
        return false;
    }
    line.end();
    out.push(']');
    true
}

/// As much of a text as is sure to be enough, unless there is much padding: four bytes a character.
/// All of it where values may only be told apart once it is decoded.
fn head<'a>(met: &Met<'a>, longest: usize) -> &'a [u8] {
    let enough = longest.saturating_mul(4).max(SHORT);
    match met.bytes.get(..enough) {
        Some(head) if !text::may_be_multiple(met.vr) || is_plain(met.bytes) => head,
        _ => met.bytes,
    }
}

/// Appends values with backslashes between them, until there is no more room.
fn joined<T>(
    values: impl Iterator<Item = T>,
    line: &mut Line<'_>,
    mut write: impl FnMut(T, &mut Line<'_>) -> fmt::Result,
) {
    for (at, value) in values.enumerate() {
        if at > 0 && !line.push("\\") {
            return;
        }
        if write(value, line).is_err() || !line.is_whole() {
            return;
        }
    }
}

/// Whether every byte is the character of its number in any character set.
fn is_plain(bytes: &[u8]) -> bool {
    bytes.is_ascii() && memchr::memchr(0x1b, bytes).is_none()
}

fn is_text(vr: Vr) -> bool {
    match vr {
        Vr::AT | Vr::FD | Vr::FL | Vr::SL | Vr::SS | Vr::SV | Vr::UL | Vr::US | Vr::UV => false,
        _ => !matches!(vr, Vr::SQ | Vr::UN | Vr::OB | Vr::OD | Vr::OF | Vr::OL | Vr::OV | Vr::OW),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charset::Charset;
    use crate::dataset::{Element, Encoding};
    use crate::tag::Tag;
    use crate::value::Context;

    fn met(vr: Vr, bytes: &[u8]) -> Met<'_> {
        let length = bytes.len().try_into().unwrap();
        let tag = Tag::new(0x0009, 0x1001);
        let (offset, header_length, undefined) = (0, 8, false);
        let element = Element { tag, vr: Some(vr), offset, header_length, length, undefined };
        let context = Context { charset: Charset::UTF_8, signed: false };
        Met { element, vr, bytes, encoding: Encoding::EXPLICIT, context, depth: 0 }
    }

    fn shown(vr: Vr, bytes: &[u8], longest: usize) -> String {
        let mut text = String::new();
        value(&met(vr, bytes), longest, &mut text).unwrap();
        text
    }

    #[test]
    fn a_value_is_shown_by_its_vr() {
        for (vr, bytes, text, count) in [
            (Vr::LO, &b""[..], "(no value available)", 0),
            (Vr::LO, b"  ", "[]", 0),
            (Vr::LO, b" a\\ b ", r"[a\b]", 2),
            (Vr::ST, b" a\\b ", r"[ a\b]", 1),
            (Vr::DS, b"0.50 ", "[0.50]", 1),
            (Vr::PN, b"J\xc3\xbcrgen\\x", r"[Jürgen\x]", 2),
            (Vr::UI, b"1.2.840.10008.1.2\0", "=ImplicitVRLittleEndian", 1),
            (Vr::UI, b"1.2.3\\1.2.840.10008.1.2", r"[1.2.3\1.2.840.10008.1.2]", 2),
            (Vr::US, b"\x01\x00\xff\xff", r"1\65535", 2),
            (Vr::SL, b"\xfe\xff\xff\xff", "-2", 1),
            (Vr::FD, b"\0\0\0\0\0\0\xf8\x3f", "1.5", 1),
            (Vr::AT, b"\x18\0\x63\x10", "(0018,1063)", 1),
            (Vr::OB, b"\x01\xff", r"01\ff", 1),
            (Vr::OW, b"\x01\x02\x03", "0201", 1),
            (Vr::OL, b"\x01\0\0\0", "00000001", 1),
            (Vr::OF, b"\0\0\xc0\x3f", "1.5", 1),
            (Vr::UN, b"ab", r"61\62", 1),
        ] {
            assert_eq!(shown(vr, bytes, 64), text, "{vr}");
            assert_eq!(multiplicity(&met(vr, bytes)), count, "{vr}");
        }
    }

    #[test]
    fn the_head_of_a_long_text_is_enough_unless_it_is_padding() {
        let long = [&b" ".repeat(5000)[..], b"abcdef"].concat();
        assert_eq!(shown(Vr::LO, &long, 4), "[abcd...]");
        assert_eq!(shown(Vr::LO, &long, 6), "[abcdef]");
        assert_eq!(shown(Vr::UT, &b"xy".repeat(1 << 20), 3), "[xyx...]");
        let umlauts = "ü\\".repeat(4000);
        assert_eq!(shown(Vr::LO, umlauts.as_bytes(), 3), r"[ü\ü...]");
        assert_eq!(multiplicity(&met(Vr::LO, umlauts.as_bytes())), 4001);
    }

    #[test]
    fn numbers_that_do_not_fill_the_value_leave_nothing_behind() {
        let mut text = String::new();
        assert!(value(&met(Vr::US, b"abc"), 64, &mut text).is_err());
        assert_eq!(text, "");
    }
}
