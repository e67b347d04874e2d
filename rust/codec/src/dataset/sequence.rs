//! The part of the walk that deals with items, fragments and delimiters (PS3.5 7.5 and A.4).

use crate::dataset::frame::{Frame, Kind, Part, Step};
use crate::dataset::header::{self, Fields, Header, UNDEFINED};
use crate::dataset::visitor::Visitor;
use crate::dataset::walk::{Walk, is_marker};
use crate::dataset::wide;
use crate::endian::Endian;
use crate::error::{DecodeError, ErrorKind};
use crate::tag::Tag;

impl Walk {
    /// One step inside a sequence: an item, its end, or what should not be there.
    pub(super) fn next_item<V: Visitor>(
        &mut self,
        part: &mut Part<'_>,
        visitor: &mut V,
    ) -> Result<Step, DecodeError> {
        let offset = part.offset();
        if offset >= self.top.end {
            return self.reached_end(part, visitor);
        }
        let Some((tag, length)) = marker(part.before(self.top.end).0, self.top.encoding.endian)
        else {
            return self.wait(offset);
        };
        match tag {
            Tag::ITEM => self.open_item(length, part, visitor),
            Tag::SEQUENCE_DELIMITATION if self.top.undefined => self.end(length, part, visitor),
            Tag::SEQUENCE_DELIMITATION | Tag::ITEM_DELIMITATION => self.stray(offset, part),
            _ => self.no_item(tag, offset, visitor),
        }
    }

    /// One step inside encapsulated pixel data.
    pub(super) fn next_fragment<V: Visitor>(
        &mut self,
        part: &mut Part<'_>,
        visitor: &mut V,
    ) -> Result<Step, DecodeError> {
        let offset = part.offset();
        if offset >= self.top.end {
            return self.reached_end(part, visitor);
        }
        let Some((tag, length)) = marker(part.before(self.top.end).0, self.top.encoding.endian)
        else {
            return self.wait(offset);
        };
        match tag {
            Tag::ITEM => self.open_fragment(length, part, visitor),
            Tag::SEQUENCE_DELIMITATION => self.end(length, part, visitor),
            Tag::ITEM_DELIMITATION => self.stray(offset, part),
            _ if tag > self.top.tag && !self.is_root() => {
                self.warn(NO_DELIMITER, offset, self.top.tag)?;
                self.pop(offset, visitor);
                Ok(Step::Again)
            }
            _ => self.stop(NO_FRAGMENT, offset, self.top.tag),
        }
    }

    /// An item or delimiter where an element is due.
    pub(super) fn marker<V: Visitor>(
        &mut self,
        header: &Header,
        part: &mut Part<'_>,
        visitor: &mut V,
    ) -> Result<Step, DecodeError> {
        let offset = part.offset();
        let open = self.top.undefined && !self.is_root();
        match header.tag {
            Tag::ITEM_DELIMITATION if open => self.end(header.length, part, visitor),
            Tag::SEQUENCE_DELIMITATION if open && self.is_parent_undefined() => {
                self.warn(NO_DELIMITER, offset, self.top.tag)?;
                self.pop(offset, visitor);
                Ok(Step::Again)
            }
            Tag::ITEM if open => {
                self.warn(NO_DELIMITER, offset, self.top.tag)?;
                self.pop(offset, visitor);
                Ok(Step::Again)
            }
            Tag::ITEM => {
                self.warn(STRAY_ITEM, offset, header.tag)?;
                self.push(offset, self.nobodys(header.tag))?;
                Ok(Step::Again)
            }
            _ => self.stray(offset, part),
        }
    }

    fn open_item<V: Visitor>(
        &mut self,
        length: u32,
        part: &mut Part<'_>,
        visitor: &mut V,
    ) -> Result<Step, DecodeError> {
        let offset = part.offset();
        self.count_item(offset)?;
        let start = offset.saturating_add(8);
        let undefined = length == UNDEFINED;
        let mut end = start.saturating_add(length.into());
        if undefined || end > self.top.end {
            if !undefined {
                self.cut(length.into(), end, offset, self.top.tag)?;
            }
            end = self.top.end;
        }
        part.skip(8);
        self.top.fresh = false;
        visitor.item(start, self.depth);
        let top = self.top;
        let frame = Frame {
            kind: Kind::Elements,
            end,
            undefined,
            previous: Tag(0),
            fresh: true,
            stray: false,
            ..top
        };
        self.push(offset, frame)?;
        Ok(Step::Again)
    }

    fn open_fragment<V: Visitor>(
        &mut self,
        length: u32,
        part: &mut Part<'_>,
        visitor: &mut V,
    ) -> Result<Step, DecodeError> {
        let (offset, tag) = (part.offset(), self.top.tag);
        self.count_item(offset)?;
        if length == UNDEFINED {
            let kind = ErrorKind::Invalid("fragment of undefined length");
            return Err(DecodeError::new(kind, offset).within(tag));
        }
        let start = offset.saturating_add(8);
        let end = start.saturating_add(length.into());
        if length & 1 != 0 {
            let expected = "an even length belongs";
            self.warn(ErrorKind::BadLength { length: length.into(), expected }, offset, tag)?;
        }
        if end > self.top.end {
            self.cut(length.into(), end, offset, tag)?;
        }
        part.skip(8);
        let length = end.min(self.top.end).saturating_sub(start);
        self.at_value(tag, offset, length);
        visitor.fragment(start, length);
        Ok(Step::Again)
    }

    /// The delimiter of the frame at hand, which has no value (PS3.5 7.5).
    fn end<V: Visitor>(
        &mut self,
        length: u32,
        part: &mut Part<'_>,
        visitor: &mut V,
    ) -> Result<Step, DecodeError> {
        let offset = part.offset();
        if length != 0 {
            let expected = "a delimiter has none";
            let kind = ErrorKind::BadLength { length: length.into(), expected };
            self.warn(kind, offset, self.top.tag)?;
        }
        part.skip(8);
        self.pop(offset, visitor);
        Ok(Step::Again)
    }

    /// What has the group of items and is none: no element can have it, so nobody is told of it.
    pub(super) fn reserved(
        &mut self,
        header: &Header,
        part: &mut Part<'_>,
    ) -> Result<Step, DecodeError> {
        let offset = part.offset();
        let element = self.checked(header, offset)?;
        self.warn(RESERVED, offset, header.tag)?;
        self.count(offset, header.tag)?;
        part.skip(header.size);
        if element.undefined {
            self.push(offset, self.nobodys(header.tag))?;
        } else {
            self.at_value(header.tag, offset, element.length);
        }
        Ok(Step::Again)
    }

    /// Items that are in no sequence.
    fn nobodys(&self, tag: Tag) -> Frame {
        let previous = Tag(0);
        Frame {
            kind: Kind::Items,
            undefined: true,
            tag,
            previous,
            fresh: true,
            stray: true,
            ..self.top
        }
    }

    /// A delimiter with nothing to end.
    fn stray(&mut self, offset: u64, part: &mut Part<'_>) -> Result<Step, DecodeError> {
        self.warn(STRAY_DELIMITER, offset, self.top.tag)?;
        part.skip(8);
        Ok(Step::Again)
    }

    /// Something else where an item is due.
    fn no_item<V: Visitor>(
        &mut self,
        tag: Tag,
        offset: u64,
        visitor: &mut V,
    ) -> Result<Step, DecodeError> {
        if self.is_root() {
            return self.stop(NO_ITEM, offset, self.top.tag);
        }
        if self.top.stray {
            self.pop(offset, visitor);
            return Ok(Step::Again);
        }
        self.warn(NO_ITEM, offset, self.top.tag)?;
        if !self.top.undefined {
            self.at_value(self.top.tag, offset, self.top.end.saturating_sub(offset));
        } else if self.top.fresh && is_swapped(tag) {
            return self.stop(NO_ITEM, offset, self.top.tag);
        } else {
            self.pop(offset, visitor);
        }
        Ok(Step::Again)
    }

    /// A header that has not arrived whole: more bytes, or none left for it.
    fn wait(&mut self, offset: u64) -> Result<Step, DecodeError> {
        let room = self.top.end.saturating_sub(offset);
        if room >= wide(header::SHORT) {
            return Ok(Step::More);
        }
        self.cut_header(header::SHORT, room, offset)
    }
}

/// The tag and length at the start of `rest`, if eight bytes have arrived.
fn marker(rest: &[u8], endian: Endian) -> Option<(Tag, u32)> {
    let fields = Fields::of(*rest.first_chunk()?);
    Some((header::tag(fields.tag, endian), endian.u32(fields.implicit())))
}

/// Whether `tag` is an item in the other byte order.
fn is_swapped(tag: Tag) -> bool {
    let [a, b, c, d] = tag.0.to_be_bytes();
    is_marker(Tag(u32::from_be_bytes([b, a, d, c])))
}

const NO_DELIMITER: ErrorKind = ErrorKind::Invalid("delimiter missing");
const NO_FRAGMENT: ErrorKind = ErrorKind::Invalid("no fragment where one is due");
const NO_ITEM: ErrorKind = ErrorKind::Invalid("no item where one is due");
const RESERVED: ErrorKind = ErrorKind::Invalid("a tag of items that none has");
const STRAY_DELIMITER: ErrorKind = ErrorKind::Invalid("delimiter with nothing to end");
const STRAY_ITEM: ErrorKind = ErrorKind::Invalid("item outside any sequence");
