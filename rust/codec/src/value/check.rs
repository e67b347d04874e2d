//! What PS3.5 Table 6.2-1 asks of text: how long a value may be, and how it is written.

use std::ops::RangeInclusive;

use thiserror::Error;

use super::{number, text};
use crate::vr::Vr;

/// Why a value is none of its VR.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{vr} takes {why}")]
pub struct ValueError {
    /// The VR that it should be of.
    pub vr: Vr,
    /// What is wrong with it.
    pub why: Why,
}

/// What is wrong with a value, said so that `SH takes` comes before it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Why {
    /// More than the VR holds.
    #[error("at most {limit} {}, this has {length}", .measure.as_str())]
    TooLong {
        /// How much there is.
        length: usize,
        /// How much there may be.
        limit: usize,
        /// What was counted.
        measure: Measure,
    },
    /// Another form than the VR has.
    #[error("{form}, not {text:?}")]
    Form {
        /// The form of the VR.
        form: &'static str,
        /// The value.
        text: String,
    },
    /// A number that the VR has no room for.
    #[error("{low} to {high}, not {number}")]
    Range {
        /// The least number of the VR.
        low: i64,
        /// The greatest.
        high: u64,
        /// The number.
        number: String,
    },
    /// Something else than the VR has.
    #[error("{0}")]
    Kind(&'static str),
    /// Several values where there is room for one (PS3.5 6.4).
    #[error("one value, not {0}")]
    Several(usize),
}

/// What the length of a value is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Bytes, which are characters of the default repertoire.
    Bytes,
    /// Characters, however many bytes they take.
    Characters,
    /// Characters of one component group of a name (PS3.5 6.2.1).
    GroupCharacters,
}

impl Measure {
    fn as_str(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Characters => "characters",
            Self::GroupCharacters => "characters in a group",
        }
    }

    fn of(self, value: &str) -> usize {
        let characters = |text: &str| text.chars().count();
        match self {
            Self::Bytes => value.len(),
            Self::Characters => characters(value),
            Self::GroupCharacters => value.split('=').map(characters).max().unwrap_or_default(),
        }
    }
}

/// Whether `value`, the text of an element of `vr`, is written as PS3.5 Table 6.2-1 asks. Padding is
/// not looked at. `query`: also what only a query has: ranges, wildcards, and two quotation marks for
/// what is empty (PS3.4 C.2.2.2).
///
/// # Errors
/// The first value that is not.
pub fn check(vr: Vr, value: &str, query: bool) -> Result<(), ValueError> {
    let Some(rule) = TABLE_6_2_1.iter().find(|rule| rule.vr == vr) else { return Ok(()) };
    let count = if text::may_be_multiple(vr) { usize::MAX } else { 1 };
    value.splitn(count, '\\').try_for_each(|value| rule.check(value, query))
}

/// A row of PS3.5 Table 6.2-1.
struct Rule {
    vr: Vr,
    limit: usize,
    measure: Measure,
    is_right: fn(&str) -> bool,
    form: &'static str,
}

const fn rule(
    vr: Vr,
    limit: usize,
    measure: Measure,
    is_right: fn(&str) -> bool,
    form: &'static str,
) -> Rule {
    Rule { vr, limit, measure, is_right, form }
}

const NO_LIMIT: usize = 0xffff_fffe;
const LINE: &str = "text without control characters";
const PAGE: &str = "text without control characters but TAB, LF, FF and CR";

/// The rows of PS3.5 Table 6.2-1 that are about text.
#[rustfmt::skip]
const TABLE_6_2_1: [Rule; 17] = [
    rule(Vr::AE, 16, Measure::Bytes, is_graphic, "printable ASCII that is not all spaces"),
    rule(Vr::AS, 4, Measure::Bytes, is_age, "three digits and D, W, M or Y"),
    rule(Vr::CS, 16, Measure::Bytes, is_code, "upper-case letters, digits, spaces and underscores"),
    rule(Vr::DA, 8, Measure::Bytes, is_date, "YYYYMMDD"),
    rule(Vr::DS, 16, Measure::Bytes, |text| number::decimal(text).is_some(), "a decimal number"),
    rule(Vr::DT, 26, Measure::Bytes, is_date_time, "YYYYMMDDHHMMSS.FFFFFF&ZZXX or the start of it"),
    rule(Vr::IS, 12, Measure::Bytes, |text| text.parse::<i32>().is_ok(), "an integer of 32 bits"),
    rule(Vr::LO, 64, Measure::Characters, is_line, LINE),
    rule(Vr::LT, 10240, Measure::Characters, is_page, PAGE),
    rule(Vr::PN, 64, Measure::GroupCharacters, is_name, "up to 3 groups of up to 5 components, without control characters"),
    rule(Vr::SH, 16, Measure::Characters, is_line, LINE),
    rule(Vr::ST, 1024, Measure::Characters, is_page, PAGE),
    rule(Vr::TM, 14, Measure::Bytes, is_time, "HHMMSS.FFFFFF or the start of it"),
    rule(Vr::UC, NO_LIMIT, Measure::Bytes, is_line, LINE),
    rule(Vr::UI, 64, Measure::Bytes, is_uid, "numbers without leading zeros between dots"),
    rule(Vr::UR, NO_LIMIT, Measure::Bytes, is_uri, "the characters of a URI"),
    rule(Vr::UT, NO_LIMIT, Measure::Bytes, is_page, PAGE),
];

impl Rule {
    fn check(&self, padded: &str, query: bool) -> Result<(), ValueError> {
        let value = padded.trim_end_matches([' ', '\0']);
        let spaces_only = value.is_empty() && !padded.is_empty() && self.vr == Vr::AE;
        if (value.is_empty() && !spaces_only) || (query && self.is_of_a_query(value)) {
            return Ok(());
        }
        let (length, limit, measure) = (self.measure.of(value), self.limit, self.measure);
        let vr = self.vr;
        if spaces_only || !(self.is_right)(text::trim(vr, value)) {
            let text = value.chars().take(SHOWN).collect();
            return Err(ValueError { vr, why: Why::Form { form: self.form, text } });
        }
        if length > limit {
            return Err(ValueError { vr, why: Why::TooLong { length, limit, measure } });
        }
        Ok(())
    }

    /// Whether `value` means something in a query only (PS3.4 C.2.2.2).
    fn is_of_a_query(&self, value: &str) -> bool {
        match self.vr {
            _ if value == "\"\"" => true,
            Vr::CS => value.len() <= self.limit && is_code(&value.replace(['*', '?'], "")),
            Vr::DA | Vr::DT | Vr::TM => value.match_indices('-').any(|(at, _)| {
                let (from, to) = value.split_at(at);
                let to = to.get(1..).unwrap_or_default();
                let open = |bound: &str| bound.is_empty() || (self.is_right)(bound);
                open(from) && open(to) && value.len() > 1
            }),
            _ => false,
        }
    }
}

/// How much of a value an error shows.
const SHOWN: usize = 40;

fn is_line(text: &str) -> bool {
    !text.contains(|character: char| character.is_ascii_control() && character != '\x1b')
}

fn is_page(text: &str) -> bool {
    let allowed = ['\t', '\n', '\x0c', '\r', '\x1b'];
    !text.contains(|character: char| character.is_ascii_control() && !allowed.contains(&character))
}

fn is_graphic(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

fn is_code(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_' | b' '))
}

fn is_name(text: &str) -> bool {
    let components = |group: &str| group.split('^').count();
    let groups = text.split('=').count();
    is_line(text) && groups <= 3 && text.split('=').all(|group| components(group) <= 5)
}

fn is_uid(text: &str) -> bool {
    text.split('.').all(|component| {
        let digits = component.bytes().all(|byte| byte.is_ascii_digit());
        digits && !component.is_empty() && (component == "0" || !component.starts_with('0'))
    })
}

/// RFC 3986 2: unreserved, reserved and the percent sign.
fn is_uri(text: &str) -> bool {
    let marks = b"-._~:/?#[]@!$&'()*+,;=%";
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || marks.contains(&byte))
}

fn is_age(text: &str) -> bool {
    matches!(text.as_bytes(), [days @ .., b'D' | b'W' | b'M' | b'Y']
        if days.len() == 3 && days.iter().all(u8::is_ascii_digit))
}

/// Digits of a date or time, and the numbers that they may be.
type Field = (usize, RangeInclusive<u16>);

const YEAR: Field = (4, 0..=9999);
const MONTH: Field = (2, 1..=12);
const DAY: Field = (2, 1..=31);
const HOUR: Field = (2, 0..=23);
const MINUTE: Field = (2, 0..=59);
/// A leap second is the 60th.
const SECOND: Field = (2, 0..=60);

fn is_date(text: &str) -> bool {
    fields(text, &[YEAR, MONTH, DAY]) == (3, "")
}

fn is_time(text: &str) -> bool {
    let (count, rest) = fields(text, &[HOUR, MINUTE, SECOND]);
    count > 0 && (rest.is_empty() || (count == 3 && fraction(rest) == Some("")))
}

fn is_date_time(text: &str) -> bool {
    let (count, rest) = fields(text, &[YEAR, MONTH, DAY, HOUR, MINUTE, SECOND]);
    let rest = if count == 6 { fraction(rest).unwrap_or(rest) } else { rest };
    count > 0 && (rest.is_empty() || is_offset(rest))
}

/// Whether `text` is a suffix `&ZZXX`: an offset from UTC of -1200 to +1400, never -0000.
fn is_offset(text: &str) -> bool {
    let Some(digits) = text.strip_prefix(['+', '-']) else { return false };
    let west = text.starts_with('-');
    let written = fields(digits, &[(2, 0..=14), MINUTE]) == (2, "");
    written && if west { digits != "0000" && digits <= "1200" } else { digits <= "1400" }
}

/// Takes the fields of `form` off `text`, as many as there are; how many, and what is left.
fn fields<'t>(text: &'t str, form: &[Field]) -> (usize, &'t str) {
    let mut rest = text;
    for (count, (width, range)) in form.iter().enumerate() {
        let Some((digits, after)) = rest.split_at_checked(*width) else { return (count, rest) };
        let written = digits.bytes().all(|byte| byte.is_ascii_digit());
        if !written || !digits.parse().is_ok_and(|number| range.contains(&number)) {
            return (count, rest);
        }
        rest = after;
    }
    (form.len(), rest)
}

/// What comes after the fraction that `text` starts with: a full stop and one to six digits.
fn fraction(text: &str) -> Option<&str> {
    let rest = text.strip_prefix('.')?;
    let after = rest.trim_start_matches(|digit: char| digit.is_ascii_digit());
    let digits = rest.len().saturating_sub(after.len());
    (1..=6).contains(&digits).then_some(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(vr: Vr, text: &str) -> String {
        check(vr, text, false).map_or_else(|error| error.to_string(), |()| String::new())
    }

    #[test]
    fn a_value_may_be_empty_and_padded() {
        for &vr in Vr::ALL {
            assert_eq!(said(vr, ""), "", "{vr}");
        }
        assert_eq!(said(Vr::UI, "1.2.3\0"), "");
        assert_eq!(said(Vr::SH, "exactly sixteen.  "), "");
        assert_eq!(said(Vr::CS, "ORIGINAL\\PRIMARY \\\\AXIAL"), "");
    }

    #[test]
    fn what_is_wrong_is_a_sentence() {
        for (vr, text, sentence) in [
            (Vr::SH, "twenty characters in", "SH takes at most 16 characters, this has 20"),
            (Vr::CS, "ABCDEFGHIJKLMNOPQ", "CS takes at most 16 bytes, this has 17"),
            (Vr::DA, "2020", "DA takes YYYYMMDD, not \"2020\""),
            (Vr::AS, "45", "AS takes three digits and D, W, M or Y, not \"45\""),
            (Vr::IS, "2147483648", "IS takes an integer of 32 bits, not \"2147483648\""),
            (Vr::AE, "   ", "AE takes printable ASCII that is not all spaces, not \"\""),
        ] {
            assert_eq!(said(vr, text), sentence);
        }
    }

    #[test]
    fn characters_are_counted_where_bytes_are_not() {
        assert_eq!(said(Vr::SH, "ÄÖÜäöüßÄÖÜäöüßÄÖ"), "");
        assert_eq!(said(Vr::PN, &format!("{0}={0}={0}", "é".repeat(64))), "");
        let long = "é".repeat(65);
        assert_eq!(said(Vr::PN, &long), "PN takes at most 64 characters in a group, this has 65");
    }

    #[test]
    fn every_form_is_the_one_of_its_vr() {
        for (vr, right, wrong) in [
            (Vr::AE, "ARCHIVE 1\\x", "Müller"),
            (Vr::AS, "018M\\045Y", "18M"),
            (Vr::CS, " ISO_IR 100 ", "lower"),
            (Vr::DA, "20241231\\19000101", "20241301"),
            (Vr::DS, " -1.5E+3 \\.5\\7", "1,5"),
            (Vr::DT, "2024\\202402291530\\20240229153000.123456+0130", "20240229.5"),
            (Vr::DT, "20240229-1200\\2024+1400", "2024-0000"),
            (Vr::DT, "19990101", "19990101+1430"),
            (Vr::IS, "+2147483647\\-2147483648 ", "1.0"),
            (Vr::LO, "a\x1b$B", "a\nb"),
            (Vr::LT, "a\r\n\tb \\ c", "a\x07"),
            (Vr::PN, "A^B^C^D^E=F=G", "A=B=C=D"),
            (Vr::PN, "^^^^", "^^^^^"),
            (Vr::TM, "23\\2359\\235960\\000000.5", "24"),
            (Vr::TM, "120000.123456", "120000.1234567"),
            (Vr::UI, "1.2.0.34", "1.02"),
            (Vr::UI, "0", "1..2"),
            (Vr::UR, "https://a.b/c?d=%20#e", "a b"),
        ] {
            assert_eq!(said(vr, right), "");
            assert_ne!(said(vr, wrong), "", "{vr} {wrong}");
        }
    }

    #[test]
    fn ranges_and_wildcards_are_for_queries() {
        for (vr, text) in [
            (Vr::DA, "20200101-20201231"),
            (Vr::DA, "20200101-"),
            (Vr::TM, "-1200"),
            (Vr::DT, "2020-0500-2021-0500"),
            (Vr::CS, "M?*"),
            (Vr::DA, "\"\""),
        ] {
            assert_eq!(check(vr, text, true), Ok(()), "{text}");
            assert!(check(vr, text, false).is_err(), "{text}");
        }
        assert!(check(Vr::DA, "-", true).is_err());
    }
}
