//! Values as dcmdump shows them, cut to a length, with nothing in them that moves a cursor or hides.

use std::fmt::Write;

use crate::dataset::deep::Met;
use crate::dump::EMPTY;
use crate::uids;
use crate::value::number::{Number, Numbers};
use crate::value::text::{self, Text};
use crate::value::{Value, number};
use crate::vr::Vr;

/// How many values there are (PS3.5 6.4).
pub(super) fn multiplicity(met: &Met<'_>, value: &Value<'_>) -> usize {
    if met.bytes.is_empty() {
        return 0;
    }
    match value {
        Value::Text(decoded) => written(text::values(met.vr, &decoded.text)),
        Value::Integers(_) | Value::Decimals(_) => written(text::values(met.vr, &ascii(met).text)),
        Value::Numbers(numbers) => numbers.len(),
        Value::Tags(tags) => tags.len(),
        Value::Bytes(_) => 1,
    }
}

/// How many values: none when there is one that is empty.
fn written<'a>(mut values: impl Iterator<Item = &'a str>) -> usize {
    let first = values.next().is_some_and(|value| !value.is_empty());
    let others = values.count();
    if first || others > 0 { others.saturating_add(1) } else { 0 }
}

/// The digits of IS and DS as they were written.
fn ascii<'a>(met: &Met<'a>) -> Text<'a> {
    text::decode(met.vr, met.bytes, met.context.charset)
}

/// Appends `value`, cut after `longest` characters.
pub(super) fn value(met: &Met<'_>, value: Value<'_>, longest: usize, into: &mut String) {
    if met.bytes.is_empty() {
        into.push_str(EMPTY);
        return;
    }
    match value {
        Value::Text(decoded) => texts(met.vr, &decoded.text, longest, into),
        Value::Integers(_) | Value::Decimals(_) => texts(met.vr, &ascii(met).text, longest, into),
        Value::Numbers(numbers) => joined(numbers, longest, into, decimal),
        Value::Tags(tags) => joined(tags, longest, into, |tag, into| {
            let _ = write!(into, "{tag}");
        }),
        Value::Bytes(bytes) if matches!(met.vr, Vr::OB | Vr::UN) => {
            self::bytes(bytes, longest, into);
        }
        Value::Bytes(bytes) => words(met, bytes, longest, into),
    }
}

/// Appends bytes in hexadecimal, cut after `longest` characters.
pub(super) fn bytes(bytes: &[u8], longest: usize, into: &mut String) {
    if bytes.is_empty() {
        into.push_str(EMPTY);
        return;
    }
    joined(bytes.iter(), longest, into, |byte, into| {
        let _ = write!(into, "{byte:02x}");
    });
}

/// Words, and no half one at the end.
fn words(met: &Met<'_>, bytes: &[u8], longest: usize, into: &mut String) {
    let unit = met.vr.unit();
    let whole = bytes.len().saturating_sub(bytes.len().checked_rem(unit).unwrap_or_default());
    let bytes = bytes.get(..whole).unwrap_or_default();
    let Ok(numbers) = Numbers::new(met.vr, bytes, met.endian(), 0) else { return };
    let width = unit.saturating_mul(2);
    joined(numbers, longest, into, |word, into| {
        let _ = match word {
            Number::Unsigned(word) => write!(into, "{word:0width$x}"),
            Number::Signed(word) => write!(into, "{word}"),
            Number::Float(float) => write!(into, "{}", number::short(float)),
        };
    });
}

fn decimal(number: Number, into: &mut String) {
    let _ = match number {
        Number::Unsigned(number) => write!(into, "{number}"),
        Number::Signed(number) => write!(into, "{number}"),
        Number::Float(float) => write!(into, "{}", number::exact(float)),
    };
}

/// Appends values of ASCII with backslashes between them, until they are long enough.
fn joined<T>(
    values: impl Iterator<Item = T>,
    longest: usize,
    into: &mut String,
    show: impl Fn(T, &mut String),
) {
    let start = into.len();
    for (at, value) in values.enumerate() {
        if at > 0 {
            into.push('\\');
        }
        show(value, into);
        if into.len().saturating_sub(start) > longest {
            into.truncate(start.saturating_add(longest));
            into.push_str("...");
            return;
        }
    }
}

fn texts(vr: Vr, text: &str, longest: usize, into: &mut String) {
    let mut values = text::values(vr, text);
    let (first, more) = (values.next().unwrap_or_default(), values.next().is_some());
    if vr == Vr::UI && !more {
        let keyword = uids::entry(first).map_or("", |row| row.keyword);
        if !keyword.is_empty() {
            let _ = write!(into, "={keyword}");
            return;
        }
    }
    into.push('[');
    let mut left = longest;
    for (at, value) in text::values(vr, text).enumerate() {
        let parts = [if at > 0 { "\\" } else { "" }, value];
        for part in parts {
            let end = part.char_indices().nth(left).map_or(part.len(), |(at, _)| at);
            let (kept, cut) = part.split_at_checked(end).unwrap_or((part, ""));
            escape(kept, into);
            left = left.saturating_sub(kept.chars().count());
            if !cut.is_empty() {
                into.push_str("...]");
                return;
            }
        }
    }
    into.push(']');
}

/// Appends `text` with what could move a cursor or hide written as `\x1b` or `\u202e`.
pub fn escape(text: &str, into: &mut String) {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        into.push_str(text);
        return;
    }
    for character in text.chars() {
        if is_printable(character) {
            into.push(character);
        } else {
            let code = u32::from(character);
            let _ = if code < 0x100 {
                write!(into, "\\x{code:02x}")
            } else {
                write!(into, "\\u{code:04x}")
            };
        }
    }
}

fn is_printable(character: char) -> bool {
    match character {
        ' '..='~' | '\u{a0}' | '\u{3000}' => true,
        ..='\u{9f}' => false,
        // After another character one that combines with it is shown as it is.
        _ => ['a', character].iter().collect::<String>().escape_debug().count() == 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_all_scripts_are_shown_and_what_hides_is_not() {
        for (text, shown) in [
            ("Jürgen 山田 \u{e01}\u{e34}\u{300}", "Jürgen 山田 \u{e01}\u{e34}\u{300}"),
            ("a\u{a0}b\u{3000}c", "a\u{a0}b\u{3000}c"),
            ("\t\x1b\x7f\u{85}", "\\x09\\x1b\\x7f\\x85"),
            ("\u{202e}\u{feff}\u{2028}\u{10ffff}", "\\u202e\\ufeff\\u2028\\u10ffff"),
        ] {
            let mut found = String::new();
            escape(text, &mut found);
            assert_eq!(found, shown);
        }
    }
}
