//! JSON text (RFC 8259), token by token: no tree, no recursion, numbers with the digits they are
//! written with. NaN and infinities without quotation marks, which Python writes, are numbers too.

use std::borrow::Cow;

/// Why text is no JSON.
pub(super) type Fault = &'static str;

/// Text, read up to some place.
#[derive(Debug)]
pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    /// Whether an object or array has just been opened.
    fresh: bool,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, fresh: false }
    }

    /// How far it is read.
    pub(super) fn offset(&self) -> usize {
        self.at
    }

    /// The first byte of what comes next, if anything does.
    pub(super) fn peek(&mut self) -> Option<u8> {
        let space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        let skipped = self.rest().iter().take_while(|byte| space(byte)).count();
        self.at = self.at.saturating_add(skipped);
        self.rest().first().copied()
    }

    /// Enters an object (`{`) or an array (`[`).
    pub(super) fn open(&mut self, bracket: u8, fault: Fault) -> Result<(), Fault> {
        self.take(bracket, fault)?;
        self.fresh = true;
        Ok(())
    }

    /// Whether there is one more in the object or array that `close` ends; if not, leaves it.
    pub(super) fn more(&mut self, close: u8) -> Result<bool, Fault> {
        let fresh = std::mem::take(&mut self.fresh);
        match self.peek() {
            Some(byte) if byte == close => {
                self.skip(1);
                Ok(false)
            }
            Some(_) if fresh => Ok(true),
            Some(b',') => {
                self.skip(1);
                if self.peek() == Some(close) { Err(COMMA_AT_END) } else { Ok(true) }
            }
            _ => Err(NO_COMMA),
        }
    }

    /// The key of a member, up to the value.
    pub(super) fn key(&mut self) -> Result<Cow<'a, str>, Fault> {
        let key = self.string(NO_KEY)?;
        self.take(b':', NO_COLON)?;
        Ok(key)
    }

    /// A string; `fault` if it is none.
    pub(super) fn string(&mut self, fault: Fault) -> Result<Cow<'a, str>, Fault> {
        self.take(b'"', fault)?;
        let plain = self.characters()?;
        if self.rest().first() == Some(&b'"') {
            self.skip(1);
            return Ok(plain.into());
        }
        let mut text = plain.to_owned();
        loop {
            self.skip(1);
            text.push(self.escaped()?);
            text.push_str(self.characters()?);
            if self.rest().first() == Some(&b'"') {
                self.skip(1);
                return Ok(text.into());
            }
        }
    }

    /// A number, digits as they are.
    pub(super) fn number(&mut self) -> Result<&'a str, Fault> {
        self.peek();
        let part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
        let length = self.rest().iter().take_while(|byte| part(byte)).count();
        let number = self.piece(length);
        if !is_number(number.as_bytes()) && !matches!(number, "NaN" | "Infinity" | "-Infinity") {
            return Err(NO_NUMBER);
        }
        self.skip(length);
        Ok(number)
    }

    /// `null`.
    pub(super) fn null(&mut self) -> Result<(), Fault> {
        self.word("null")
    }

    /// Any value, to no end.
    pub(super) fn ignore(&mut self) -> Result<(), Fault> {
        let mut open = Vec::new();
        loop {
            match self.peek() {
                Some(b'{') => {
                    self.open(b'{', NO_VALUE)?;
                    open.push(b'}');
                }
                Some(b'[') => {
                    self.open(b'[', NO_VALUE)?;
                    open.push(b']');
                }
                Some(b'"') => drop(self.string(NO_VALUE)?),
                Some(b'n') => self.null()?,
                Some(b't') => self.word("true")?,
                Some(b'f') => self.word("false")?,
                _ => drop(self.number()?),
            }
            while let Some(&close) = open.last() {
                if self.more(close)? {
                    if close == b'}' {
                        self.key()?;
                    }
                    break;
                }
                open.pop();
            }
            if open.is_empty() {
                return Ok(());
            }
        }
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn piece(&self, length: usize) -> &'a str {
        self.text.get(self.at..self.at.saturating_add(length)).unwrap_or_default()
    }

    /// Goes on after `length` bytes of a token.
    fn skip(&mut self, length: usize) {
        self.at = self.at.saturating_add(length);
        self.fresh = false;
    }

    fn take(&mut self, byte: u8, fault: Fault) -> Result<(), Fault> {
        if self.peek() != Some(byte) {
            return Err(fault);
        }
        self.skip(1);
        Ok(())
    }

    fn word(&mut self, word: &str) -> Result<(), Fault> {
        if !self.rest().starts_with(word.as_bytes()) {
            return Err(NO_VALUE);
        }
        self.skip(word.len());
        Ok(())
    }

    /// The characters up to a quotation mark or backslash.
    fn characters(&mut self) -> Result<&'a str, Fault> {
        let length = memchr::memchr2(b'"', b'\\', self.rest()).ok_or(NO_END)?;
        let piece = self.piece(length);
        if piece.bytes().fold(0xff, std::cmp::min) < 0x20 {
            return Err(CONTROL);
        }
        self.skip(length);
        Ok(piece)
    }

    /// What stands after a backslash.
    fn escaped(&mut self) -> Result<char, Fault> {
        let character = match self.rest().first().copied() {
            Some(letter @ (b'"' | b'\\' | b'/')) => letter.into(),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.skip(1);
                return self.by_number();
            }
            // What else there is may be part of a character, or the end.
            _ => return Err(NO_ESCAPE),
        };
        self.skip(1);
        Ok(character)
    }

    fn by_number(&mut self) -> Result<char, Fault> {
        let mut units = vec![self.unit()?];
        if matches!(units.as_slice(), [0xd800..0xdc00]) && self.rest().starts_with(b"\\u") {
            self.skip(2);
            units.push(self.unit()?);
        }
        let mut found = char::decode_utf16(units);
        match (found.next(), found.next()) {
            (Some(Ok(character)), None) => Ok(character),
            _ => Err(LONE_SURROGATE),
        }
    }

    fn unit(&mut self) -> Result<u16, Fault> {
        let digits = self.piece(4);
        let sound = digits.len() == 4 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let unit = u16::from_str_radix(digits, 16).ok().filter(|_| sound).ok_or(NO_ESCAPE)?;
        self.skip(4);
        Ok(unit)
    }
}

/// Whether all of `digits` are one JSON number (RFC 8259 6).
fn is_number(digits: &[u8]) -> bool {
    fn run(digits: &[u8]) -> (usize, &[u8]) {
        let length = digits.iter().take_while(|digit| digit.is_ascii_digit()).count();
        (length, digits.get(length..).unwrap_or_default())
    }
    let digits = digits.strip_prefix(b"-").unwrap_or(digits);
    let (whole, mut rest) = run(digits);
    if whole == 0 || (whole > 1 && digits.starts_with(b"0")) {
        return false;
    }
    if let [b'.', fraction @ ..] = rest {
        let length;
        (length, rest) = run(fraction);
        if length == 0 {
            return false;
        }
    }
    if let [b'e' | b'E', exponent @ ..] = rest {
        let length;
        let signs: &[u8] = b"+-";
        let unsigned = exponent.split_first().filter(|(sign, _)| signs.contains(sign));
        (length, rest) = run(unsigned.map_or(exponent, |(_, digits)| digits));
        if length == 0 {
            return false;
        }
    }
    rest.is_empty()
}

const COMMA_AT_END: Fault = "a comma after the last";
const CONTROL: Fault = "a control character in a string";
const LONE_SURROGATE: Fault = "half of a surrogate pair";
const NO_COLON: Fault = "no colon after a key";
const NO_COMMA: Fault = "neither comma nor end";
const NO_END: Fault = "a string without end";
const NO_ESCAPE: Fault = "an escape that JSON does not have";
const NO_KEY: Fault = "no key where one is due";
const NO_NUMBER: Fault = "a number that is none";
const NO_VALUE: Fault = "no value where one is due";

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads `text` as one value and nothing after it.
    fn accepts(text: &str) -> bool {
        let mut lexer = Lexer::new(text);
        lexer.ignore().is_ok() && lexer.peek().is_none()
    }

    #[test]
    fn what_json_has_is_taken() {
        for text in [
            "{}",
            " [ ] ",
            "[[],{}]",
            r#"{"a":{"b":[1,null,true,false,"c"]}}"#,
            "-0.5e+10",
            "1E5",
            "0",
            "\"\"",
            r#""\u00e9\ud83d\ude00\/""#,
            "NaN",
            "-Infinity",
        ] {
            assert!(accepts(text), "{text}");
        }
    }

    #[test]
    fn what_json_does_not_have_is_refused() {
        for text in [
            "",
            "{",
            "[",
            "[1",
            "[1,]",
            "[,1]",
            "[1 2]",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{1:2}",
            "]",
            "01",
            "1.",
            ".5",
            "+1",
            "1e",
            "1e+",
            "--1",
            "0x10",
            "tru",
            "nul",
            "'a'",
            "\"a",
            "\"\n\"",
            r#""\x""#,
            r#""\u12""#,
            r#""\u+123""#,
            r#""\ud800""#,
            r#""\ud800\u0041""#,
            "1 1",
            "{]",
        ] {
            assert!(!accepts(text), "{text}");
        }
    }

    #[test]
    fn a_string_borrows_unless_something_is_escaped() {
        let string = |text| Lexer::new(text).string("no string");
        assert!(matches!(string(r#""Jürgen""#), Ok(Cow::Borrowed("Jürgen"))));
        assert_eq!(string(r#""a\"\\\t\u00fc\ud83d\ude00b""#), Ok("a\"\\\tü😀b".into()));
        assert_eq!(string("1"), Err("no string"));
    }

    #[test]
    fn a_number_keeps_its_digits() {
        for text in ["1.50", "-0", "12345678901234567890123", "1e-5"] {
            assert_eq!(Lexer::new(text).number(), Ok(text));
        }
    }

    #[test]
    fn deep_nesting_is_no_recursion() {
        let text = format!("{}{}", "[".repeat(1 << 20), "]".repeat(1 << 20));
        assert!(accepts(&text));
    }

    proptest::proptest! {
        #[test]
        fn it_agrees_with_serde_json(text in r#"[\[\]{},:"0-9.eE+\- \\untfalsr]{0,12}"#) {
            let theirs = serde_json::from_str::<serde_json::Value>(&text);
            // The one number that is grammatical and that they refuse is one too big for them.
            if !theirs.as_ref().is_err_and(|error| error.to_string().contains("out of range")) {
                assert_eq!(accepts(&text), theirs.is_ok(), "{text}");
            }
        }
    }
}
