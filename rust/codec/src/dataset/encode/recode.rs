//! Whole data sets in another transfer syntax, no value changed.

use super::arrange::arrange;
use super::element::{defined, put_element, put_header};
use super::{GroupLengths, Lengths, Options};
use crate::dataset::deep::{Met, Reader};
use crate::dataset::encode::fragments::put_fragments;
use crate::dataset::extract::{Extract, slice};
use crate::dataset::header::UNDEFINED;
use crate::dataset::{Element, Encoding};
use crate::dictionary;
use crate::endian::Endian;
use crate::error::{DecodeError, EncodeError, ErrorKind};
use crate::tag::Tag;
use crate::vr::Vr;

/// What may be done with pixel data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pixels {
    /// They stay as they are: the transfer syntax does.
    Copied,
    /// They are native and stay so.
    Native,
    /// There must be none: they would have to be encoded.
    Refused,
}

/// A sequence or an item that is being written.
#[derive(Debug, Clone, Copy)]
struct Open {
    /// Where its length is to be filled in, and in which byte order.
    length: (usize, Endian),
    undefined: bool,
    /// How what is in it is written.
    content: Encoding,
}

/// The data set or an item that is being written.
#[derive(Debug)]
struct Level {
    encoding: Encoding,
    /// Of an item: how it began.
    open: Option<Open>,
    /// Where its first element starts, and how many rows there were before it.
    start: usize,
    rows: usize,
    previous: Tag,
    /// Whether its elements have to be arranged.
    arrange: bool,
    bits_allocated: u16,
    waveform_bits_allocated: u16,
}

/// Writes down what it is told of.
pub(super) struct Recoder<'a> {
    /// The bytes that are read: only they say how the length of an item was written.
    data: Extract<'a>,
    out: Vec<u8>,
    options: Options,
    pixels: Pixels,
    levels: Vec<Level>,
    sequences: Vec<Open>,
    /// Where the elements of all open levels start.
    rows: Vec<(Tag, usize)>,
    failure: Option<EncodeError>,
}

impl<'a> Recoder<'a> {
    pub(super) fn new(
        data: Extract<'a>,
        encoding: Encoding,
        options: Options,
        pixels: Pixels,
        room: usize,
    ) -> Self {
        let mut recoder = Self {
            data,
            out: Vec::with_capacity(room),
            options,
            pixels,
            levels: Vec::new(),
            sequences: Vec::new(),
            rows: Vec::new(),
            failure: None,
        };
        recoder.begin(encoding, None);
        recoder
    }

    /// Why nothing could be written, if that was not for what was read.
    pub(super) fn failure(&self) -> Option<EncodeError> {
        self.failure
    }

    /// What was written.
    pub(super) fn finish(mut self) -> Vec<u8> {
        while !self.levels.is_empty() {
            self.end_level();
        }
        self.out
    }

    fn begin(&mut self, encoding: Encoding, open: Option<Open>) {
        self.levels.push(Level {
            encoding,
            open,
            start: self.out.len(),
            rows: self.rows.len(),
            previous: Tag(0),
            arrange: self.options.group_lengths == GroupLengths::Add,
            bits_allocated: 0,
            waveform_bits_allocated: 0,
        });
    }

    /// Ends the innermost level.
    fn end_level(&mut self) {
        let Some(level) = self.levels.pop() else { return };
        if level.arrange {
            let rows = self.rows.get(level.rows..).unwrap_or_default();
            let add = self.options.group_lengths == GroupLengths::Add;
            arrange(&mut self.out, level.start, rows, add, level.encoding);
        }
        self.rows.truncate(level.rows);
        if let Some(open) = level.open {
            self.close(open, Tag::ITEM_DELIMITATION);
        }
    }

    /// An element starts here; how it is written.
    fn row(&mut self, tag: Tag) -> Encoding {
        self.rows.push((tag, self.out.len()));
        let Some(level) = self.levels.last_mut() else { return Encoding::EXPLICIT };
        level.arrange |= tag < level.previous || tag.is_group_length();
        level.previous = tag;
        level.encoding
    }

    /// The header of something that ends later has been written.
    fn open(&mut self, undefined: bool, header: Endian, content: Encoding) -> Open {
        Open { length: (self.out.len().saturating_sub(4), header), undefined, content }
    }

    /// Writes the length of what ends here, or `delimiter` where it has none: because it should not,
    /// or because no length can tell it (PS3.5 7.5).
    fn close(&mut self, open: Open, delimiter: Tag) {
        let (at, endian) = open.length;
        let content = self.out.len().saturating_sub(at).saturating_sub(4);
        let known = if open.undefined { None } else { defined(content).ok() };
        let field = self.out.get_mut(at..).and_then(|rest| rest.first_chunk_mut());
        if let Some(field) = field {
            *field = endian.bytes32(known.unwrap_or(UNDEFINED));
        }
        if known.is_none() {
            put_header(&mut self.out, delimiter, Vr::UN, 0, open.content);
        }
    }

    fn is_undefined(&self, as_written: bool) -> bool {
        match self.options.lengths {
            Lengths::AsWritten => as_written,
            Lengths::Defined => false,
            Lengths::Undefined => true,
        }
    }

    /// Ends the reading; [`Recoder::failure`] says why.
    fn fail(&mut self, failure: EncodeError, met: &Met<'_>) -> DecodeError {
        self.failure.get_or_insert(failure);
        let unsaid = ErrorKind::Invalid("an element that cannot be written");
        DecodeError::new(unsaid, met.element.offset).within(met.element.tag)
    }
}

impl Reader for Recoder<'_> {
    fn element(&mut self, met: &Met<'_>) -> Result<(), DecodeError> {
        let tag = met.element.tag;
        if tag.is_group_length() && self.options.group_lengths != GroupLengths::Keep {
            return Ok(());
        }
        let native = tag == Tag::PIXEL_DATA && self.levels.len() == 1;
        if native && self.pixels == Pixels::Refused {
            return Err(self.fail(UNENCODED, met));
        }
        let encoding = self.row(tag);
        let vr = self.levels.last_mut().map_or(met.vr, |level| level.learn(met));
        put_element(&mut self.out, tag, vr, (met.bytes, met.endian()), encoding)
            .map_err(|failure| self.fail(failure, met))
    }

    fn fragments(&mut self, met: &Met<'_>, fragments: &[(u64, u64)]) -> Result<(), DecodeError> {
        if self.pixels != Pixels::Copied {
            return Err(self.fail(ENCODED, met));
        }
        let encoding = self.row(met.element.tag);
        if !encoding.explicit && !would_have_fragments(met.element.tag) {
            return Err(self.fail(HIDDEN, met));
        }
        let bytes = |&(offset, length): &(u64, u64)| {
            slice(self.data, offset, offset.saturating_add(length))
        };
        let fragments = fragments.iter().map(bytes).collect::<Vec<_>>();
        put_fragments(&mut self.out, (met.element.tag, Vr::OB), &fragments, encoding)
            .map_err(|failure| self.fail(failure, met))
    }

    /// A UN with a length stays as it is: it is the same in every transfer syntax (PS3.5 6.2.2), and
    /// not all of it need be items.
    fn takes_whole(&self, met: &Met<'_>) -> bool {
        met.element.vr == Some(Vr::UN) && !met.element.undefined
    }

    fn sequence(&mut self, met: &Met<'_>) -> Result<(), DecodeError> {
        let encoding = self.row(met.element.tag);
        // A UN may be a sequence, but what is in it is always Implicit VR Little Endian.
        let unknown = met.element.vr == Some(Vr::UN);
        let (vr, content) = if unknown { (Vr::UN, Encoding::IMPLICIT) } else { (Vr::SQ, encoding) };
        // Without a VR, only an undefined length shows that what nobody knows is a sequence.
        let shown = encoding.explicit || dictionary::vr_of(met.element.tag) == Vr::SQ;
        let hidden = met.element.vr == Some(Vr::SQ) && !shown;
        let undefined = self.is_undefined(met.element.undefined || hidden);
        if undefined && !encoding.explicit && would_have_fragments(met.element.tag) {
            return Err(self.fail(UNSEEN, met));
        }
        put_header(&mut self.out, met.element.tag, vr, UNDEFINED, encoding);
        let open = self.open(undefined, encoding.endian, content);
        self.sequences.push(open);
        Ok(())
    }

    fn item(&mut self, start: u64) {
        let field = slice(self.data, start.saturating_sub(4), start);
        let undefined = self.is_undefined(field == UNDEFINED.to_le_bytes());
        let content = self.sequences.last().map_or(Encoding::EXPLICIT, |open| open.content);
        put_header(&mut self.out, Tag::ITEM, Vr::UN, UNDEFINED, content);
        let open = self.open(undefined, content.endian, content);
        self.begin(content, Some(open));
    }

    fn item_end(&mut self, _: u64) {
        self.end_level();
    }

    fn sequence_end(&mut self, _: u64) {
        if let Some(open) = self.sequences.pop() {
            self.close(open, Tag::SEQUENCE_DELIMITATION);
        }
    }
}

impl Level {
    /// The VR to write the element `met` with: as written; where nothing was, by the data dictionary
    /// and by what has been met before it.
    fn learn(&mut self, met: &Met<'_>) -> Vr {
        let number = || met.bytes.first_chunk().map_or(0, |&bytes| met.endian().u16(bytes));
        match met.element.tag {
            BITS_ALLOCATED => self.bits_allocated = number(),
            WAVEFORM_BITS_ALLOCATED => self.waveform_bits_allocated = number(),
            _ => {}
        }
        met.element.vr.unwrap_or_else(|| {
            let bits = match met.element.tag {
                Tag::PIXEL_DATA => self.bits_allocated,
                WAVEFORM_PADDING_VALUE | WAVEFORM_DATA => self.waveform_bits_allocated,
                _ => return met.vr,
            };
            // OW is never wrong but for 8 bits of a waveform; for pixels OB says the same (PS3.5 A.2).
            if (1..=8).contains(&bits) { Vr::OB } else { met.vr }
        })
    }
}

/// Whether what has no VR and an undefined length is taken for fragments under `tag`.
fn would_have_fragments(tag: Tag) -> bool {
    let (offset, header_length, length) = (0, 8, 0);
    Element { tag, vr: None, offset, header_length, length, undefined: true }.has_fragments()
}

const BITS_ALLOCATED: Tag = Tag::new(0x0028, 0x0100);
const WAVEFORM_BITS_ALLOCATED: Tag = Tag::new(0x5400, 0x1004);
const WAVEFORM_PADDING_VALUE: Tag = Tag::new(0x5400, 0x100a);
const WAVEFORM_DATA: Tag = Tag::new(0x5400, 0x1010);

const ENCODED: EncodeError =
    EncodeError::Invalid("encapsulated pixel data, which would have to be decoded first");
const HIDDEN: EncodeError =
    EncodeError::Invalid("fragments that nobody would take for any without their VR");
const UNSEEN: EncodeError =
    EncodeError::Invalid("a sequence that everybody would take for fragments without its VR");
const UNENCODED: EncodeError =
    EncodeError::Invalid("native pixel data, which would have to be encoded first");
