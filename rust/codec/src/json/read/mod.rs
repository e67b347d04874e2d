//! Reading the DICOM JSON Model (PS3.18 F.2) into the bytes of Explicit VR Little Endian.

mod end;
#[cfg(test)]
mod tests;

use crate::charset::Charset;
use crate::error::EncodeError;
use crate::json::NAME_GROUPS;
use crate::json::lexer::Lexer;
use crate::json::order::Order;
use crate::json::path::Path;
use crate::json::value::Scalar;
use crate::limits::Limits;
use crate::tag::Tag;
use crate::value::check::ValueError;
use crate::vr::Vr;

/// Why text is no data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadError {
    /// What is wrong.
    pub reason: Reason,
    /// How many bytes of the text are before it.
    pub offset: usize,
    /// Tags and numbers of items that lead to it, such as `00081115/0/00081150`.
    pub path: String,
    /// The element it is in, if it is in one.
    pub tag: Option<Tag>,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// No JSON, or not the model.
    Text(&'static str),
    /// A value that its VR cannot hold.
    Value(String),
    /// Who was asked for bulk data has failed.
    BulkData,
}

impl std::fmt::Display for ReadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let reason = match &self.reason {
            Reason::Text(reason) => reason,
            Reason::Value(reason) => reason.as_str(),
            Reason::BulkData => "no bulk data",
        };
        write!(f, "{reason} at byte {}", self.offset)?;
        if self.path.is_empty() { Ok(()) } else { write!(f, " in {}", self.path) }
    }
}

impl std::error::Error for ReadError {}

impl From<&'static str> for Reason {
    fn from(fault: &'static str) -> Self {
        Self::Text(fault)
    }
}

impl From<ValueError> for Reason {
    fn from(error: ValueError) -> Self {
        Self::Value(error.to_string())
    }
}

impl From<EncodeError> for Reason {
    fn from(error: EncodeError) -> Self {
        Self::Value(error.to_string())
    }
}

/// Fetches the bytes of a BulkDataURI (PS3.18 F.2.6); None when there are none.
pub type Fetch<'a> = dyn FnMut(&str) -> Result<Option<Vec<u8>>, NoBulkData> + 'a;

/// Fetching has failed; whoever did it knows why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoBulkData;

/// A data set that was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Read {
    /// Its bytes in Explicit VR Little Endian, tags ascending, lengths defined.
    pub bytes: Vec<u8>,
    /// The ways to the elements left empty for want of their bulk data.
    pub missing: Vec<String>,
}

/// Reads the model of one data set, or an array of one. Text is encoded in the Specific Character Set
/// (0008,0005) that the model has, in ISO_IR 192 if it has none and needs one. Elements without a VR
/// that the standard has get that of the data dictionary; group lengths are left out.
///
/// # Errors
/// What is no JSON, not the model, or cannot be encoded.
pub fn read(text: &str, limits: Limits, fetch: Option<&mut Fetch<'_>>) -> Result<Read, ReadError> {
    let mut reading = Reading::new(text, limits, fetch);
    reading.run()?;
    if std::mem::take(&mut reading.late) {
        // Text came before the character set that it is in, which is known now.
        let charsets = reading.sets_met;
        reading = Reading { known: charsets, ..Reading::new(text, limits, reading.fetch) };
        reading.run()?;
    }
    Ok(Read { bytes: reading.out, missing: reading.missing })
}

/// A data set or item that is open.
#[derive(Debug, Clone, Copy)]
struct Set {
    /// Where its first element is written.
    start: usize,
    /// How many data sets and items began before it.
    number: usize,
    /// Specific Character Set (0008,0005): its own, else that of what is around it.
    charset: Option<Charset>,
    /// Whether text in it or in its items needs a character set.
    wide: bool,
}

/// An element that is open.
#[derive(Debug)]
struct Open {
    tag: Tag,
    vr: Option<Vr>,
    /// Where it is written; items follow a header of 12 bytes.
    start: usize,
    /// How many scalars there were before its own.
    scalars: usize,
    /// How many entries of `Value` have begun.
    entries: usize,
    given: Given,
}

/// What an element has, besides its VR.
#[derive(Debug)]
enum Given {
    Nothing,
    Values,
    Inline(Vec<u8>),
    Uri(String),
}

/// What comes next in the text.
#[derive(Debug, Clone, Copy)]
enum Next {
    Element,
    Field,
    Entry,
    Nothing,
}

struct Reading<'a, 'f, 'g> {
    lexer: Lexer<'a>,
    out: Vec<u8>,
    value: Vec<u8>,
    scalars: Vec<Scalar<'a>>,
    order: Order,
    sets: Vec<Set>,
    open: Vec<Open>,
    limits: Limits,
    fetch: Option<&'f mut Fetch<'g>>,
    missing: Vec<String>,
    /// The character sets that data sets and items name themselves, in the order of their beginning.
    sets_met: Vec<Option<Charset>>,
    /// The same, known before they are met.
    known: Vec<Option<Charset>>,
    /// Whether a character set came after text that it is for.
    late: bool,
    /// Whether there is text that no character set is named for.
    unnamed: bool,
    /// Whether all text is ASCII.
    is_ascii: bool,
}

impl<'a, 'f, 'g> Reading<'a, 'f, 'g> {
    fn new(text: &'a str, limits: Limits, fetch: Option<&'f mut Fetch<'g>>) -> Self {
        Self {
            lexer: Lexer::new(text),
            out: Vec::new(),
            value: Vec::new(),
            scalars: Vec::new(),
            order: Order::default(),
            sets: Vec::new(),
            open: Vec::new(),
            limits,
            fetch,
            missing: Vec::new(),
            sets_met: Vec::new(),
            known: Vec::new(),
            late: false,
            unnamed: false,
            is_ascii: text.is_ascii() && !text.contains("\\u"),
        }
    }

    fn run(&mut self) -> Result<(), ReadError> {
        self.whole().map_err(|reason| self.error(reason))
    }

    /// The way to the innermost item.
    fn path(&self) -> Path {
        let mut path = Path::default();
        let around = self.open.iter().take(self.depth());
        around.for_each(|open| path.sequence(open.tag, open.entries));
        path
    }

    /// How many sequences are around the innermost data set or item.
    fn depth(&self) -> usize {
        self.sets.len().saturating_sub(1)
    }

    fn error(&self, reason: Reason) -> ReadError {
        let tag = self.open.get(self.depth()).map(|open| open.tag);
        let path = tag.map_or_else(|| self.path().here(), |tag| self.path().to(tag));
        ReadError { reason, offset: self.lexer.offset(), path, tag }
    }

    fn whole(&mut self) -> Result<(), Reason> {
        let listed = self.lexer.peek() == Some(b'[');
        if listed {
            self.lexer.open(b'[', NO_DATA_SET)?;
            if !self.lexer.more(b']')? {
                return Err(Reason::Text(NO_DATA_SET));
            }
        }
        self.lexer.open(b'{', NO_DATA_SET)?;
        self.begin_set();
        let mut next = Next::Element;
        loop {
            next = match next {
                Next::Element => self.element()?,
                Next::Field => self.field()?,
                Next::Entry => self.entry()?,
                Next::Nothing => break,
            }
        }
        if listed && self.lexer.more(b']')? {
            return Err(Reason::Text(SEVERAL_DATA_SETS));
        }
        if self.lexer.peek().is_some() { Err(Reason::Text(TRAILING)) } else { Ok(()) }
    }

    fn begin_set(&mut self) {
        let number = self.sets_met.len();
        let around = self.sets.last().and_then(|set| set.charset);
        let charset = self.known.get(number).copied().flatten().or(around);
        self.sets.push(Set { start: self.out.len(), number, charset, wide: false });
        self.sets_met.push(None);
        self.order.open();
    }

    /// The next element of the innermost data set, or the end of that.
    fn element(&mut self) -> Result<Next, Reason> {
        if !self.lexer.more(b'}')? {
            self.end_set()?;
            return Ok(if self.sets.is_empty() { Next::Nothing } else { Next::Entry });
        }
        let key = self.lexer.key()?;
        self.begin(&key)
    }

    fn begin(&mut self, key: &str) -> Result<Next, Reason> {
        let tag = Tag::from_digits(key).ok_or(Reason::Text(NO_TAG))?;
        if tag.group() == Tag::ITEM.group() {
            return Err(Reason::Text(TAG_OF_ITEMS));
        }
        let (start, scalars) = (self.out.len(), self.scalars.len());
        self.open.push(Open { tag, vr: None, start, scalars, entries: 0, given: Given::Nothing });
        self.out.extend_from_slice(&[0; LONG_HEADER]);
        self.lexer.open(b'{', NO_ELEMENT)?;
        Ok(Next::Field)
    }

    /// The next member of an element, or its end.
    fn field(&mut self) -> Result<Next, Reason> {
        if !self.lexer.more(b'}')? {
            self.end_element()?;
            return Ok(Next::Element);
        }
        let key = self.lexer.key()?;
        let null = self.lexer.peek() == Some(b'n');
        match &*key {
            "vr" if !null => {
                let letters = self.lexer.string(NO_VR)?;
                let vr = letters.as_bytes().try_into().ok().and_then(Vr::from_letters);
                self.last()?.vr = vr;
            }
            "Value" if !null => {
                self.give(Given::Values)?;
                self.lexer.open(b'[', NO_LIST)?;
                return Ok(Next::Entry);
            }
            "InlineBinary" if !null => {
                let text = self.text_or_list()?;
                let bytes = base64_simd::forgiving_decode_to_vec(text.as_bytes());
                self.give(Given::Inline(bytes.map_err(|_| Reason::Text(NO_BASE64))?))?;
            }
            "BulkDataURI" if !null => {
                let uri = self.text_or_list()?;
                self.give(Given::Uri(uri))?;
            }
            _ => self.lexer.ignore()?,
        }
        Ok(Next::Field)
    }

    /// A string; also one in a list, as an example of PS3.18 F.4 has it.
    fn text_or_list(&mut self) -> Result<String, Reason> {
        if self.lexer.peek() != Some(b'[') {
            return Ok(self.lexer.string(NO_STRING)?.into_owned());
        }
        self.lexer.open(b'[', NO_STRING)?;
        if !self.lexer.more(b']')? {
            return Ok(String::new());
        }
        let text = self.lexer.string(NO_STRING)?.into_owned();
        if self.lexer.more(b']')? { Err(Reason::Text(NO_STRING)) } else { Ok(text) }
    }

    fn last(&mut self) -> Result<&mut Open, Reason> {
        self.open.last_mut().ok_or(Reason::Text(NO_ELEMENT))
    }

    fn give(&mut self, given: Given) -> Result<(), Reason> {
        let open = self.last()?;
        if !matches!(open.given, Given::Nothing) {
            return Err(Reason::Text(GIVEN_TWICE));
        }
        open.given = given;
        Ok(())
    }

    /// The next entry of `Value`, or its end. What it is its shape says: the VR may come later.
    fn entry(&mut self) -> Result<Next, Reason> {
        if !self.lexer.more(b']')? {
            return Ok(Next::Field);
        }
        let open = self.last()?;
        open.entries = open.entries.saturating_add(1);
        let scalar = match self.lexer.peek() {
            Some(b'{') => return self.object(),
            Some(b'n') => {
                self.lexer.null()?;
                return self.nothing();
            }
            Some(b'"') => Scalar::Text(self.lexer.string(NO_STRING)?),
            Some(b'[' | b't' | b'f') => return Err(Reason::Text(NO_VALUE)),
            _ => Scalar::Number(self.lexer.number()?),
        };
        self.scalars.push(scalar);
        Ok(Next::Entry)
    }

    /// An item or a person name.
    fn object(&mut self) -> Result<Next, Reason> {
        self.lexer.open(b'{', NO_VALUE)?;
        if !self.lexer.more(b'}')? {
            return self.nothing();
        }
        let key = self.lexer.key()?;
        if NAME_GROUPS.contains(&&*key) {
            return self.name(&key);
        }
        if self.depth() >= self.limits.depth {
            return Err(Reason::Text(TOO_DEEP));
        }
        self.out.extend_from_slice(&EMPTY_ITEM);
        self.begin_set();
        self.begin(&key)
    }

    /// An empty value, which for a sequence is an empty item.
    fn nothing(&mut self) -> Result<Next, Reason> {
        self.scalars.push(Scalar::Empty);
        if self.last()?.vr.is_none_or(|vr| vr == Vr::SQ) {
            self.out.extend_from_slice(&EMPTY_ITEM);
        }
        Ok(Next::Entry)
    }

    /// A person name of which the first key has been read (PS3.18 F.2.2).
    fn name(&mut self, first: &str) -> Result<Next, Reason> {
        let mut groups = NAME_GROUPS.map(|_| String::new());
        let mut key = first.to_owned();
        loop {
            let place = NAME_GROUPS.iter().position(|name| *name == key);
            let group = place.and_then(|place| groups.get_mut(place));
            let group = group.ok_or(Reason::Text(NO_GROUP))?;
            if self.lexer.peek() == Some(b'n') {
                self.lexer.null()?;
            } else {
                *group = self.lexer.string(NO_STRING)?.into_owned();
            }
            if !self.lexer.more(b'}')? {
                break;
            }
            key = self.lexer.key()?.into_owned();
        }
        let name = groups.join("=").trim_end_matches('=').to_owned();
        self.scalars.push(Scalar::Name(name));
        Ok(Next::Entry)
    }
}

/// Bytes of a header in the 32-bit form (PS3.5 7.1.2), which every sequence has.
const LONG_HEADER: usize = 12;
/// An item without elements; the length is filled in later (PS3.5 7.5).
const EMPTY_ITEM: [u8; 8] = [0xfe, 0xff, 0x00, 0xe0, 0, 0, 0, 0];

const GIVEN_NO_ITEMS: &str = "a sequence without Value";
const GIVEN_TWICE: &str = "two of Value, InlineBinary and BulkDataURI";
const NO_BASE64: &str = "InlineBinary that is no base64";
const NO_DATA_SET: &str = "no object for the data set";
const NO_ELEMENT: &str = "no object for an element";
const NO_GROUP: &str = "a member that no person name has";
const NO_LIST: &str = "no array for Value";
const NO_STRING: &str = "no string where one is due";
const NO_TAG: &str = "a key that is no tag of eight digits";
const NO_VALUE: &str = "no string, number, null or object where a value is due";
const NO_VR: &str = "no string for the VR";
const SEVERAL_DATA_SETS: &str = "an array of several data sets";
const TAG_OF_ITEMS: &str = "a tag of items, which no element has";
const TOO_DEEP: &str = "sequences nested too deep";
const TRAILING: &str = "more after the data set";
const TWICE: &str = "a tag that comes twice";
