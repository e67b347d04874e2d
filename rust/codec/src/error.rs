//! What went wrong while decoding, where, and in which element.

use thiserror::Error;

use crate::charset::Charset;
use crate::tag::Tag;
use crate::vr::Vr;

/// Why bytes could not be decoded. Wording lives here and nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The input ends early: the only failure that more bytes can cure.
    #[error("{needed} more bytes needed")]
    Truncated {
        /// At least this many more bytes are needed.
        needed: usize,
    },
    /// A length field points past the end of what encloses it.
    #[error("length {length:#x} past the end")]
    PastEnd {
        /// The length as written.
        length: u64,
    },
    /// A length that cannot be right for the thing it belongs to.
    #[error("length {length:#x} where {expected}")]
    BadLength {
        /// The length as written.
        length: u64,
        /// What the standard asks for.
        expected: &'static str,
    },
    /// A length or count above a limit of ours, refused before anything was allocated.
    #[error("{what} {value} above the limit of {limit}")]
    AboveLimit {
        /// What was measured.
        what: &'static str,
        /// Its value.
        value: u64,
        /// The limit.
        limit: u64,
    },
    /// A PDU type that PS3.8 9.3.1 does not know.
    #[error("unrecognized PDU type {pdu_type:#04x}")]
    UnknownPdu {
        /// The type byte.
        pdu_type: u8,
    },
    /// A value that the standard does not allow in this place.
    #[error("{0}")]
    Invalid(&'static str),
}

impl ErrorKind {
    /// The variant as one word, for callers of another language.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Truncated { .. } => "Truncated",
            Self::PastEnd { .. } => "PastEnd",
            Self::BadLength { .. } => "BadLength",
            Self::AboveLimit { .. } => "AboveLimit",
            Self::UnknownPdu { .. } => "UnknownPdu",
            Self::Invalid(_) => "Invalid",
        }
    }
}

/// A failure with its place: kind, offset from the start of the input, element if known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecodeError {
    /// Why.
    pub kind: ErrorKind,
    /// Byte offset from the start of the input.
    pub offset: u64,
    /// The element it happened in, where there is one.
    pub tag: Option<Tag>,
}

impl DecodeError {
    /// A failure of `kind` at `offset`.
    #[must_use]
    pub fn new(kind: ErrorKind, offset: u64) -> Self {
        Self { kind, offset, tag: None }
    }

    /// The same failure, said to be inside the element `tag`.
    #[must_use]
    pub fn within(mut self, tag: Tag) -> Self {
        self.tag.get_or_insert(tag);
        self
    }
}

impl std::fmt::Display for DecodeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at offset {:#x}", self.kind, self.offset)?;
        match self.tag {
            Some(tag) => write!(f, " in {tag}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for DecodeError {}

/// A value that the standard gives no encoding for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// More bytes than the length field in front of them can tell.
    #[error("{length} bytes where at most {limit} fit")]
    TooLong {
        /// How many there are.
        length: usize,
        /// How many the field can tell.
        limit: u64,
    },
    /// A character beyond ASCII in a VR that follows no character set (PS3.5 6.1.2.2).
    #[error("{vr} takes ASCII only, not {character:?} (U+{:04X})", u32::from(*.character))]
    NotAscii {
        /// The VR.
        vr: Vr,
        /// The first that has no place.
        character: char,
    },
    /// A character that the declared character sets do not have (PS3.5 6.1.2).
    #[error("{character:?} (U+{:04X}) is not in {charset}; ISO_IR 192 has every character", u32::from(*.character))]
    Unencodable {
        /// The first that has no place.
        character: char,
        /// Specific Character Set as it is declared.
        charset: Charset,
    },
    /// A value that has no place in the standard.
    #[error("{0}")]
    Invalid(&'static str),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_where_and_in_which_element() {
        let error = DecodeError::new(ErrorKind::PastEnd { length: 0x9000 }, 0x4a)
            .within(Tag::new(0x0010, 0x0010));
        assert_eq!(error.to_string(), "length 0x9000 past the end at offset 0x4a in (0010,0010)");
    }
}
