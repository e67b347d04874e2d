//! The PDUs of four bytes: A-ASSOCIATE-RJ, A-RELEASE-RQ, A-RELEASE-RP and A-ABORT (PS3.8 9.3.4,
//! 9.3.6 to 9.3.8).

use super::pdu_type;
use crate::cursor::Cursor;
use crate::error::{DecodeError, ErrorKind};

/// A-ASSOCIATE-RJ (PS3.8 9.3.4); the numbers are those of Table 9-21.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AssociateRj {
    /// 1 permanent, 2 transient.
    pub result: u8,
    /// 1 user, 2 provider (ACSE), 3 provider (presentation).
    pub source: u8,
    /// By source.
    pub reason: u8,
}

/// A-RELEASE-RQ (PS3.8 9.3.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReleaseRq;

/// A-RELEASE-RP (PS3.8 9.3.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReleaseRp;

/// A-ABORT (PS3.8 9.3.8); the numbers are those of Table 9-26.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Abort {
    /// 0 user, 2 provider.
    pub source: u8,
    /// For source 2 why; else 0.
    pub reason: u8,
}

impl AssociateRj {
    pub(crate) fn decode(body: Cursor<'_>) -> Result<Self, DecodeError> {
        let [_reserved, result, source, reason] = four(body)?;
        Ok(Self { result, source, reason })
    }

    /// The PDU as bytes.
    #[must_use]
    pub fn encode(&self) -> [u8; 10] {
        pdu(pdu_type::ASSOCIATE_RJ, [self.result, self.source, self.reason])
    }
}

impl ReleaseRq {
    pub(crate) fn decode(body: Cursor<'_>) -> Result<Self, DecodeError> {
        four(body).map(|_reserved| Self)
    }

    /// The PDU as bytes.
    #[must_use]
    pub fn encode(&self) -> [u8; 10] {
        pdu(pdu_type::RELEASE_RQ, [0; 3])
    }
}

impl ReleaseRp {
    pub(crate) fn decode(body: Cursor<'_>) -> Result<Self, DecodeError> {
        four(body).map(|_reserved| Self)
    }

    /// The PDU as bytes.
    #[must_use]
    pub fn encode(&self) -> [u8; 10] {
        pdu(pdu_type::RELEASE_RP, [0; 3])
    }
}

impl Abort {
    /// Of any length: whatever else a peer gets wrong, it wants out.
    pub(crate) fn decode(mut body: Cursor<'_>) -> Self {
        let [_, _, source, reason] = body.array().unwrap_or_default();
        Self { source, reason }
    }

    /// The PDU as bytes.
    #[must_use]
    pub fn encode(&self) -> [u8; 10] {
        pdu(pdu_type::ABORT, [0, self.source, self.reason])
    }
}

fn pdu(pdu_type: u8, [b8, b9, b10]: [u8; 3]) -> [u8; 10] {
    [pdu_type, 0, 0, 0, 0, 4, 0, b8, b9, b10]
}

fn four(mut body: Cursor<'_>) -> Result<[u8; 4], DecodeError> {
    let length = body.rest().len().try_into().unwrap_or(u64::MAX);
    if length != 4 {
        return Err(body.error(ErrorKind::BadLength { length, expected: "4 is the only length" }));
    }
    body.array()
}
