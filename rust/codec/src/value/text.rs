//! Text values: character set, delimiter, padding (PS3.5 6.1 and 6.2).

use std::borrow::Cow;

use crate::vr::Vr;

/// Specific Character Set (PS3.3 C.12.1.1.2), as far as it can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Charset {
    /// Absent or empty: the default repertoire, ISO-IR 6.
    #[default]
    Default,
    /// ISO_IR 100.
    Latin1,
    /// ISO_IR 192.
    Utf8,
    /// Anything else, code extensions among it: bytes are kept, one character each.
    Other,
}

impl Charset {
    /// What the value of (0008,0005) names. Misspellings that are met (`ISO-IR 100`, `UTF8`) count.
    #[must_use]
    pub fn of(value: &[u8]) -> Self {
        let letters = value.iter().filter(|byte| !matches!(byte, b' ' | b'-' | b'_' | 0));
        let term: Vec<u8> = letters.map(u8::to_ascii_uppercase).collect();
        match term.as_slice() {
            b"" | b"ISOIR6" | b"ISO2022IR6" => Self::Default,
            b"ISOIR100" | b"ISO2022IR100" => Self::Latin1,
            b"ISOIR192" | b"UTF8" => Self::Utf8,
            _ => Self::Other,
        }
    }
}

/// Decoded text of one element, all its values with the backslashes between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text<'a> {
    /// The characters, padding and delimiters included.
    pub text: Cow<'a, str>,
    /// Whether every byte belongs to the character set. Where one does not, or the set is
    /// [`Charset::Other`], it stands in `text` as the character of the same number.
    pub exact: bool,
}

/// Decodes `bytes` of an element of `vr`. Never fails and never drops a byte.
#[must_use]
pub fn decode(vr: Vr, bytes: &[u8], charset: Charset) -> Text<'_> {
    let charset = if follows_charset(vr) { charset } else { Charset::Default };
    match (str::from_utf8(bytes), charset) {
        (Ok(text), Charset::Utf8) => Text { text: text.into(), exact: true },
        (Ok(text), _) if text.is_ascii() => {
            Text { text: text.into(), exact: charset == Charset::Latin1 || !text.contains(ESCAPE) }
        }
        (_, Charset::Utf8) => Text { text: repaired(bytes).into(), exact: false },
        _ => Text { text: latin1(bytes).into(), exact: charset == Charset::Latin1 },
    }
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

const ESCAPE: char = '\x1b';

pub(crate) fn follows_charset(vr: Vr) -> bool {
    matches!(vr, Vr::LO | Vr::LT | Vr::PN | Vr::SH | Vr::ST | Vr::UC | Vr::UT)
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// UTF-8 with the bytes that are none kept as characters of the same number: two values that differ
/// must not read the same, as replacement characters would.
fn repaired(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().copied().map(char::from));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(vr: Vr, text: &str) -> Vec<&str> {
        values(vr, text).collect()
    }

    #[test]
    fn a_term_names_its_character_set() {
        for (term, charset) in [
            (&b""[..], Charset::Default),
            (b"ISO_IR 6 ", Charset::Default),
            (b"ISO_IR 100", Charset::Latin1),
            (b"ISO-IR 100", Charset::Latin1),
            (b"ISO_IR 192", Charset::Utf8),
            (b"utf8", Charset::Utf8),
            (b"ISO_IR 101", Charset::Other),
            (b"\\ISO 2022 IR 87", Charset::Other),
            (b"ISO_IR 192\\ISO_IR 100", Charset::Other),
        ] {
            assert_eq!(Charset::of(term), charset, "{}", term.escape_ascii());
        }
    }

    #[test]
    fn text_decodes_by_its_character_set_and_says_when_it_cannot() {
        for (bytes, charset, text, exact) in [
            (&b"Jan"[..], Charset::Default, "Jan", true),
            (b"Jan", Charset::Other, "Jan", true),
            (b"J\xfcrgen", Charset::Default, "Jürgen", false),
            (b"J\xfcrgen", Charset::Latin1, "Jürgen", true),
            (b"J\xc3\xbcrgen", Charset::Utf8, "Jürgen", true),
            (b"J\xc3\xbcrgen", Charset::Latin1, "JÃ¼rgen", true),
            (b"J\xc3\xbcrg\xc3", Charset::Utf8, "JürgÃ", false),
            (b"\x1b$B;3ED\x1b(B", Charset::Other, "\x1b$B;3ED\x1b(B", false),
        ] {
            let expected = Text { text: text.into(), exact };
            assert_eq!(decode(Vr::PN, bytes, charset), expected, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn identifiers_are_of_the_default_repertoire_whatever_the_set() {
        assert_eq!(decode(Vr::CS, b"\xc3\xbc", Charset::Utf8).text, "Ã¼");
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
