//! Text values: character set, delimiter, padding (PS3.5 6.1 and 6.2).

use std::borrow::Cow;

use crate::charset::{self, Charset};
use crate::vr::Vr;

/// Decoded text of one element, all its values with the backslashes between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text<'a> {
    /// The characters, padding and delimiters included.
    pub text: Cow<'a, str>,
    /// Whether every byte belongs to the character sets that are declared. One that does not stands
    /// in `text` as the character of the same number.
    pub exact: bool,
}

/// Decodes `bytes` of an element of `vr`. Never fails and never drops a byte.
#[must_use]
pub fn decode(vr: Vr, bytes: &[u8], charset: Charset) -> Text<'_> {
    match str::from_utf8(bytes) {
        Ok(text) if is_plain(bytes) => Text { text: text.into(), exact: true },
        Ok(text) if charset == Charset::UTF_8 && follows_charset(vr) => {
            Text { text: text.into(), exact: true }
        }
        _ if follows_charset(vr) => {
            let (text, exact) = charset::decode(vr, bytes, charset);
            Text { text: text.into(), exact }
        }
        _ => {
            let text: String = bytes.iter().copied().map(char::from).collect();
            Text { text: text.into(), exact: false }
        }
    }
}

/// Whether `bytes` read the same in every character set: ASCII without escape sequences. All of them
/// are looked at, many at a time.
fn is_plain(bytes: &[u8]) -> bool {
    let odd = |byte: u8| (byte & 0x80) | u8::from(byte == ESCAPE);
    bytes.iter().fold(0, |found, &byte| found | odd(byte)) == 0
}

/// The values in the decoded text of an element of `vr`: split at backslashes where the VR allows
/// several, each without the spaces and NULs that are not significant.
pub fn values(vr: Vr, text: &str) -> impl Iterator<Item = &str> {
    let count = if may_be_multiple(vr) { usize::MAX } else { 1 };
    text.splitn(count, '\\').map(move |value| trim(vr, value))
}

/// `value` without padding: trailing spaces and NULs, and leading spaces where PS3.5 Table 6.2-1
/// says that those mean nothing either.
#[must_use]
pub fn trim(vr: Vr, value: &str) -> &str {
    let value = value.trim_end_matches([' ', '\0']);
    match vr {
        Vr::AE | Vr::CS | Vr::DS | Vr::IS | Vr::LO | Vr::SH => value.trim_start_matches(' '),
        _ => value,
    }
}

/// Whether a backslash separates values; in LT, ST, UT and UR it is text, or an error of the sender.
#[must_use]
pub fn may_be_multiple(vr: Vr) -> bool {
    !matches!(vr, Vr::LT | Vr::ST | Vr::UR | Vr::UT)
}

/// Whether text is in Specific Character Set, and not in the default repertoire (PS3.5 6.1.2.2).
pub(crate) fn follows_charset(vr: Vr) -> bool {
    matches!(vr, Vr::LO | Vr::LT | Vr::PN | Vr::SH | Vr::ST | Vr::UC | Vr::UT)
}

const ESCAPE: u8 = 0x1b;

#[cfg(test)]
mod tests {
    use super::*;

    fn list(vr: Vr, text: &str) -> Vec<&str> {
        values(vr, text).collect()
    }

    #[test]
    fn ordinary_text_is_borrowed() {
        for charset in [Charset::DEFAULT, Charset::LATIN_1, Charset::UTF_8, Charset::of(b"GBK")] {
            let decoded = decode(Vr::PN, b"Doe^Jane", charset);
            assert!(matches!(decoded, Text { text: Cow::Borrowed("Doe^Jane"), exact: true }));
        }
    }

    #[test]
    fn identifiers_are_of_the_default_repertoire_whatever_the_set() {
        assert_eq!(decode(Vr::CS, b"\xc3\xbc", Charset::UTF_8).text, "Ã¼");
    }

    #[test]
    fn values_split_at_backslashes_but_not_in_text() {
        assert_eq!(list(Vr::CS, "ORIGINAL\\PRIMARY "), ["ORIGINAL", "PRIMARY"]);
        assert_eq!(list(Vr::CS, "\\"), ["", ""]);
        assert_eq!(list(Vr::CS, ""), [""]);
        assert_eq!(list(Vr::ST, "C:\\temp"), ["C:\\temp"]);
    }

    #[test]
    fn padding_goes_and_significant_spaces_stay() {
        for (vr, text, value) in [
            (Vr::UI, "1.2\0", "1.2"),
            (Vr::LO, "  a b ", "a b"),
            (Vr::AE, " RUSSET  ", "RUSSET"),
            (Vr::PN, " A^B ", " A^B"),
            (Vr::ST, "  a \r\n ", "  a \r\n"),
            (Vr::UC, " a ", " a"),
            (Vr::LO, "a\0\0", "a"),
        ] {
            assert_eq!(list(vr, text), [value], "{vr} {text:?}");
        }
    }
}
