//! Writing the DICOM JSON Model (PS3.18 F.2).

#[cfg(test)]
mod tests;

use std::io::Write as _;

use crate::dataset::deep::{Met, Reader, View};
use crate::dataset::wide;
use crate::endian::Endian;
use crate::error::DecodeError;
use crate::json::NAME_GROUPS;
use crate::json::escape::{self, hex};
use crate::json::order::Order;
use crate::json::path::Path;
use crate::tag::Tag;
use crate::value::Value;
use crate::value::number::{self, Number};
use crate::value::text;
use crate::vr::Vr;

/// What is asked of the text.
#[derive(Default)]
pub struct Options<'a> {
    /// Spaces for each level; None for one line without any.
    pub indent: Option<usize>,
    /// Who is asked for BulkDataURIs, if anybody.
    pub bulk: Option<Bulk<'a>>,
}

/// Which binary values are not put into the text, and what stands there instead (PS3.18 F.2.6).
pub struct Bulk<'a> {
    /// Those that would be longer than this many characters.
    pub threshold: usize,
    /// Names the BulkDataURI of one; None puts it into the text all the same.
    pub uri: &'a mut Namer<'a>,
}

/// Names the BulkDataURI of a value.
pub type Namer<'a> = dyn FnMut(Large) -> Result<Option<String>, DecodeError> + 'a;

/// A binary value that is too long for the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Large {
    /// Tags and numbers of items that lead to it, such as `00081115/0/7FE00010`.
    pub path: String,
    /// Its tag.
    pub tag: Tag,
    /// Its VR.
    pub vr: Vr,
    /// Where it starts in the bytes that the data set was read from.
    pub offset: u64,
    /// How many bytes it has.
    pub length: u64,
}

impl Large {
    /// `template` with what stands for `{path}`, `{tag}`, `{vr}`, `{offset}` and `{length}` in it.
    #[must_use]
    pub fn fill(&self, template: &str) -> String {
        template
            .replace("{path}", &self.path)
            .replace("{tag}", &format!("{:08X}", self.tag.0))
            .replace("{vr}", self.vr.as_str())
            .replace("{offset}", &self.offset.to_string())
            .replace("{length}", &self.length.to_string())
    }
}

/// The model of the data set `view`, or of some of its rows, in UTF-8. Group lengths are left out,
/// tags come in ascending order; of a tag that is repeated the first element counts.
///
/// # Errors
/// What cannot be read, and values that are none.
pub fn write(
    view: &View<'_>,
    rows: Option<&[usize]>,
    options: Options<'_>,
) -> Result<Vec<u8>, DecodeError> {
    let mut model = Model::new(options);
    match rows {
        None => view.read(&mut model)?,
        Some(rows) => rows.iter().try_for_each(|&row| view.read_row(row, &mut model))?,
    }
    model.close();
    Ok(model.out)
}

/// The text, as far as it is written.
struct Model<'a> {
    out: Vec<u8>,
    options: Options<'a>,
    order: Order,
    path: Path,
}

impl<'a> Model<'a> {
    fn new(options: Options<'a>) -> Self {
        let mut model =
            Self { out: Vec::new(), options, order: Order::default(), path: Path::default() };
        model.open();
        model
    }

    /// Starts a data set or item.
    fn open(&mut self) {
        self.out.push(b'{');
        self.order.open();
    }

    /// Ends a data set or item.
    fn close(&mut self) {
        if let Some(elements) = self.order.close(self.out.len()) {
            let start = elements.iter().map(|(_, range)| range.start).min().unwrap_or_default();
            let mut sorted = Vec::with_capacity(self.out.len().saturating_sub(start));
            let mut known = None;
            for (tag, range) in elements {
                let Some(element) = self.out.get(range).filter(|_| known != Some(tag)) else {
                    continue;
                };
                if known.is_some() {
                    sorted.push(b',');
                }
                sorted.extend_from_slice(element.strip_prefix(b",").unwrap_or(element));
                known = Some(tag);
            }
            self.out.truncate(start);
            self.out.append(&mut sorted);
        }
        if !self.out.ends_with(b"{") {
            self.line(0);
        }
        self.out.push(b'}');
    }

    /// Starts a line if there are any, `more` levels further in than the brace around it.
    fn line(&mut self, more: usize) {
        if let Some(indent) = self.options.indent {
            let width = self.path.depth().saturating_add(more).saturating_mul(indent);
            self.out.push(b'\n');
            self.out.extend(std::iter::repeat_n(b' ', width));
        }
    }

    /// Starts an element.
    fn begin(&mut self, tag: Tag, vr: Vr) {
        self.order.element(tag, self.out.len());
        if !self.out.ends_with(b"{") {
            self.out.push(b',');
        }
        self.line(1);
        self.out.push(b'"');
        hex(&mut self.out, tag.0.to_be_bytes());
        self.out.extend_from_slice(b"\":{\"vr\":\"");
        self.out.extend_from_slice(&vr.letters());
        self.out.push(b'"');
    }

    /// Writes `values`, each with `put`; null for those that are none (PS3.18 F.2.5).
    fn list<T>(
        &mut self,
        values: impl Iterator<Item = Option<T>>,
        mut put: impl FnMut(&mut Vec<u8>, T),
    ) {
        let start = self.out.len();
        let (mut count, mut empty) = (0_usize, true);
        for value in values {
            let separator = if count == 0 { LIST } else { b"," };
            self.out.extend_from_slice(separator);
            count = count.saturating_add(1);
            match value {
                Some(value) => {
                    empty = false;
                    put(&mut self.out, value);
                }
                None => self.out.extend_from_slice(b"null"),
            }
        }
        match count {
            0 => {}
            1 if empty => self.out.truncate(start),
            _ => self.out.push(b']'),
        }
    }

    fn value(&mut self, met: &Met<'_>) -> Result<(), DecodeError> {
        if matches!(met.vr, Vr::DS | Vr::IS) {
            self.numerals(met);
            return Ok(());
        }
        match met.decode()? {
            Value::Text(found) if met.vr == Vr::PN => {
                self.list(text::values(met.vr, &found.text).map(named), put_name);
            }
            Value::Text(found) => {
                self.list(text::values(met.vr, &found.text).map(filled), escape::put);
            }
            Value::Numbers(numbers) => self.list(numbers.map(Some), put_number),
            Value::Tags(tags) => self.list(tags.map(Some), put_tag),
            Value::Integers(integers) => {
                self.list(integers.into_iter(), |out, value| {
                    put_number(out, Number::Signed(value));
                });
            }
            Value::Decimals(decimals) => {
                self.list(decimals.into_iter(), |out, value| put_number(out, Number::Float(value)));
            }
            Value::Bytes(bytes) => return self.binary(met, bytes),
        }
        Ok(())
    }

    /// The numbers of IS and DS with the digits they are written with; as text what is none
    /// (PS3.18 F.2.3 allows both).
    fn numerals(&mut self, met: &Met<'_>) {
        let found = text::decode(met.vr, met.bytes, met.context.charset);
        let values = || text::values(met.vr, &found.text).map(filled);
        let put = if met.vr == Vr::IS { put_integer } else { put_decimal };
        let (start, mut sound) = (self.out.len(), true);
        self.list(values(), |out, value| sound &= put(out, value));
        if !sound {
            self.out.truncate(start);
            self.list(values(), escape::put);
        }
    }

    /// A binary value in base64, or where it is to be had (PS3.18 F.2.6 and F.2.7).
    fn binary(&mut self, met: &Met<'_>, bytes: &[u8]) -> Result<(), DecodeError> {
        if bytes.is_empty() {
            return Ok(());
        }
        if let Some(uri) = self.uri(met, bytes.len())? {
            self.out.extend_from_slice(b",\"BulkDataURI\":");
            escape::put(&mut self.out, &uri);
            return Ok(());
        }
        self.out.extend_from_slice(b",\"InlineBinary\":\"");
        let unit = if met.endian() == Endian::Big { met.vr.unit() } else { 1 };
        if unit > 1 && !met.element.undefined {
            let mut swapped = bytes.to_vec();
            swapped.chunks_exact_mut(unit).for_each(<[u8]>::reverse);
            base64_simd::STANDARD.encode_append(&swapped, &mut self.out);
        } else {
            base64_simd::STANDARD.encode_append(bytes, &mut self.out);
        }
        self.out.push(b'"');
        Ok(())
    }

    fn uri(&mut self, met: &Met<'_>, length: usize) -> Result<Option<String>, DecodeError> {
        let Some(bulk) = self.options.bulk.as_mut() else { return Ok(None) };
        if length.div_ceil(3).saturating_mul(4) <= bulk.threshold {
            return Ok(None);
        }
        (bulk.uri)(Large {
            path: self.path.to(met.element.tag),
            tag: met.element.tag,
            vr: met.vr,
            offset: met.element.value(),
            length: wide(length),
        })
    }
}

impl Reader for Model<'_> {
    fn element(&mut self, met: &Met<'_>) -> Result<(), DecodeError> {
        if met.element.tag.is_group_length() {
            return Ok(());
        }
        self.begin(met.element.tag, met.vr);
        self.value(met)?;
        self.out.push(b'}');
        Ok(())
    }

    fn fragments(&mut self, met: &Met<'_>, _: &[(u64, u64)]) -> Result<(), DecodeError> {
        self.begin(met.element.tag, met.vr);
        self.binary(met, met.bytes)?;
        self.out.push(b'}');
        Ok(())
    }

    fn sequence(&mut self, met: &Met<'_>) -> Result<(), DecodeError> {
        self.begin(met.element.tag, met.vr);
        self.path.sequence(met.element.tag, 0);
        self.out.extend_from_slice(LIST);
        Ok(())
    }

    fn item(&mut self, _: u64) {
        if self.out.ends_with(b"}") {
            self.out.push(b',');
        }
        self.path.item();
        self.open();
    }

    fn item_end(&mut self, _: u64) {
        self.close();
    }

    fn sequence_end(&mut self, _: u64) {
        self.path.sequence_end();
        // Without items, only the VR (PS3.18 F.2.5).
        if self.out.ends_with(LIST) {
            self.out.truncate(self.out.len().saturating_sub(LIST.len()));
        } else {
            self.out.push(b']');
        }
        self.out.push(b'}');
    }
}

const LIST: &[u8] = b",\"Value\":[";

/// Digits up to here are written as they are; no sender needs more, and readers have their limits.
const LONGEST_NUMBER: usize = 32;

fn filled(value: &str) -> Option<&str> {
    (!value.is_empty()).then_some(value)
}

/// The groups of a person name that has any (PS3.5 6.2.1): those left out at its end need no delimiter,
/// and what is then the end is as if it had always been, without padding.
fn named(name: &str) -> Option<&str> {
    filled(name.trim_end_matches(['=', ' ', '\0']))
}

fn put_name(out: &mut Vec<u8>, name: &str) {
    out.push(b'{');
    for (key, group) in NAME_GROUPS.iter().zip(name.splitn(NAME_GROUPS.len(), '=')) {
        if !group.is_empty() {
            if !out.ends_with(b"{") {
                out.push(b',');
            }
            escape::put(out, key);
            out.push(b':');
            escape::put(out, group);
        }
    }
    out.push(b'}');
}

/// Whether `text` was an integer; it is written.
fn put_integer(out: &mut Vec<u8>, text: &str) -> bool {
    let number = number::integer(text);
    number.inspect(|&number| put_number(out, Number::Signed(number))).is_some()
}

/// Whether `text` was a number; it is written.
fn put_decimal(out: &mut Vec<u8>, text: &str) -> bool {
    if is_plain(text.as_bytes()) && text.len() <= LONGEST_NUMBER {
        out.extend_from_slice(text.as_bytes());
        return true;
    }
    number::decimal(text).inspect(|&number| put_number(out, Number::Float(number))).is_some()
}

/// Whether the digits are a JSON number as they are, and one that any reader can hold: without an
/// exponent.
fn is_plain(digits: &[u8]) -> bool {
    let digits = digits.strip_prefix(b"-").unwrap_or(digits);
    let whole = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (whole, rest) = digits.split_at(whole);
    let fraction = match rest {
        [] => true,
        [b'.', fraction @ ..] => !fraction.is_empty() && fraction.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    fraction && matches!(whole, [_] | [b'1'..=b'9', ..])
}

fn put_number(out: &mut Vec<u8>, number: Number) {
    // Writing to memory does not fail.
    let _ = match number {
        Number::Unsigned(number) => write!(out, "{number}"),
        Number::Signed(number) => write!(out, "{number}"),
        Number::Float(number) if number.is_finite() => write!(out, "{number:?}"),
        // JSON has no such numbers; a string is what receivers take.
        Number::Float(number) if number.is_nan() => write!(out, "\"NaN\""),
        Number::Float(number) if number < 0.0 => write!(out, "\"-Infinity\""),
        Number::Float(_) => write!(out, "\"Infinity\""),
    };
}

fn put_tag(out: &mut Vec<u8>, tag: Tag) {
    out.push(b'"');
    hex(out, tag.0.to_be_bytes());
    out.push(b'"');
}
