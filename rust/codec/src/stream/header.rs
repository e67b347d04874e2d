//! The six bytes in front of a PDU (PS3.8 9.3.1), judged before the rest arrives.

use super::StreamError;
use crate::cursor::Cursor;
use crate::endian::Endian;
use crate::error::{DecodeError, ErrorKind};
use crate::limits::Limits;
use crate::pdu::{HEADER_LENGTH, pdu_type};

/// A PDV has at least its length field, context id and control header.
const SHORTEST_DATA: u32 = 6;
/// PS3.8 says 4; whatever more a peer writes, it wants out, and this much of it is read.
const LONGEST_ABORT: u32 = 1 << 10;

/// Starts of other protocols, for a message that helps whoever mixed up the ports.
const FOREIGN: &[(&[u8], &str)] = &[
    (b"\x16\x03", "TLS where plain DICOM was expected"),
    (b"\x15\x03", "a TLS alert where plain DICOM was expected"),
    (b"GET ", HTTP),
    (b"HEAD", HTTP),
    (b"POST", HTTP),
    (b"PUT ", HTTP),
    (b"OPTI", HTTP),
    (b"DELE", HTTP),
    (b"CONN", HTTP),
    (b"PRI ", HTTP),
    (b"HTTP", HTTP),
    (b"SSH-", "SSH where DICOM was expected"),
];
const HTTP: &str = "HTTP where DICOM was expected";

/// Type and length of a PDU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) pdu_type: u8,
    pub(super) length: u32,
}

impl Header {
    /// Reads and judges the header whose first byte is at `offset`.
    pub(super) fn read(
        bytes: [u8; HEADER_LENGTH],
        offset: u64,
        limits: &Limits,
    ) -> Result<Self, StreamError> {
        let mut input = Cursor::new(&bytes, offset);
        let [pdu_type, _reserved] = input.array().map_err(StreamError::invalid)?;
        let at = input;
        let length = input.u32(Endian::Big).map_err(StreamError::invalid)?;
        let (least, most) = match pdu_type {
            pdu_type::ASSOCIATE_RQ | pdu_type::ASSOCIATE_AC => (0, limits.associate_length),
            pdu_type::P_DATA_TF if limits.data_length == 0 => (SHORTEST_DATA, u32::MAX),
            pdu_type::P_DATA_TF => (SHORTEST_DATA, limits.data_length),
            pdu_type::ASSOCIATE_RJ | pdu_type::RELEASE_RQ | pdu_type::RELEASE_RP => (4, 4),
            pdu_type::ABORT => (0, LONGEST_ABORT),
            _ => return Err(unknown(bytes, offset)),
        };
        match judge(length, least, most) {
            Some(kind) => Err(StreamError::invalid(at.error(kind))),
            None => Ok(Self { pdu_type, length }),
        }
    }
}

fn judge(length: u32, least: u32, most: u32) -> Option<ErrorKind> {
    if least == most && length != least {
        let expected = "4 is the only length";
        return Some(ErrorKind::BadLength { length: length.into(), expected });
    }
    if length < least {
        let expected = "a P-DATA-TF has at least one PDV";
        return Some(ErrorKind::BadLength { length: length.into(), expected });
    }
    let (value, limit) = (length.into(), most.into());
    (length > most).then_some(ErrorKind::AboveLimit { what: "PDU length", value, limit })
}

fn unknown(bytes: [u8; HEADER_LENGTH], offset: u64) -> StreamError {
    let foreign = FOREIGN.iter().find(|(start, _)| offset == 0 && bytes.starts_with(start));
    let [pdu_type, ..] = bytes;
    let kind =
        foreign.map_or(ErrorKind::UnknownPdu { pdu_type }, |(_, name)| ErrorKind::Invalid(name));
    StreamError::unrecognized(DecodeError::new(kind, offset))
}
