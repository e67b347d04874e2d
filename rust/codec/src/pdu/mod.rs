//! Protocol data units (PS3.8 9.3): records, decoded whole and encoded whole.
//!
//! Decoding is strict about lengths and lenient about content: a UID that is no UID is kept as it
//! came, so that negotiation can refuse that one context. Unknown items are skipped by their length.

pub mod associate;
pub mod control;
pub mod data;
pub mod user_info;

pub use associate::{Associate, AssociateAc, AssociateRq, ContextAc, ContextRq};
pub use control::{Abort, AssociateRj, ReleaseRp, ReleaseRq};
pub use data::{PData, Pdv};
pub use user_info::{CommonExtended, Extended, Identity, Role, UserInformation};

use crate::cursor::Cursor;
use crate::endian::Endian;
use crate::error::{DecodeError, EncodeError, ErrorKind};
use crate::limits::Limits;

/// Bytes of a PDU in front of its variable field: type, reserved, 32-bit length (PS3.8 9.3.1).
pub const HEADER_LENGTH: usize = 6;

/// Types of the PDUs (PS3.8 Table 9-11 and following), also the events they cause in Table 9-10.
pub mod pdu_type {
    /// A-ASSOCIATE-RQ (PS3.8 9.3.2).
    pub const ASSOCIATE_RQ: u8 = 0x01;
    /// A-ASSOCIATE-AC (PS3.8 9.3.3).
    pub const ASSOCIATE_AC: u8 = 0x02;
    /// A-ASSOCIATE-RJ (PS3.8 9.3.4).
    pub const ASSOCIATE_RJ: u8 = 0x03;
    /// P-DATA-TF (PS3.8 9.3.5).
    pub const P_DATA_TF: u8 = 0x04;
    /// A-RELEASE-RQ (PS3.8 9.3.6).
    pub const RELEASE_RQ: u8 = 0x05;
    /// A-RELEASE-RP (PS3.8 9.3.7).
    pub const RELEASE_RP: u8 = 0x06;
    /// A-ABORT (PS3.8 9.3.8).
    pub const ABORT: u8 = 0x07;
}

/// Any PDU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pdu {
    /// One that is about the association.
    Control(Control),
    /// P-DATA-TF.
    PData(PData),
}

/// A PDU that is about the association, which is every one but P-DATA-TF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Control {
    /// A-ASSOCIATE-RQ.
    AssociateRq(Box<AssociateRq>),
    /// A-ASSOCIATE-AC.
    AssociateAc(Box<AssociateAc>),
    /// A-ASSOCIATE-RJ.
    AssociateRj(AssociateRj),
    /// A-RELEASE-RQ.
    ReleaseRq(ReleaseRq),
    /// A-RELEASE-RP.
    ReleaseRp(ReleaseRp),
    /// A-ABORT.
    Abort(Abort),
}

impl Pdu {
    /// Decodes the one PDU that `input` is, header included; its first byte is at `base`.
    ///
    /// # Errors
    /// `Truncated` when the PDU is not all there yet; anything else is a PDU that no further byte
    /// can mend.
    pub fn decode(input: &[u8], base: u64, limits: &Limits) -> Result<Self, DecodeError> {
        let (pdu_type, body) = split(input, base)?;
        if pdu_type == pdu_type::P_DATA_TF {
            return PData::decode(body).map(Self::PData).map_err(whole);
        }
        Control::body(pdu_type, body, base, limits).map(Self::Control)
    }

    /// The PDU as bytes, header included.
    ///
    /// # Errors
    /// A value too long for its length field, or text that is not one byte per character.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        match self {
            Self::Control(pdu) => pdu.encode(),
            Self::PData(pdu) => pdu.encode(),
        }
    }
}

impl Control {
    /// As [`Pdu::decode`], but P-DATA-TF is none of these.
    ///
    /// # Errors
    /// As [`Pdu::decode`].
    pub fn decode(input: &[u8], base: u64, limits: &Limits) -> Result<Self, DecodeError> {
        let (pdu_type, body) = split(input, base)?;
        Self::body(pdu_type, body, base, limits)
    }

    /// The PDU as bytes, header included.
    ///
    /// # Errors
    /// As [`Pdu::encode`].
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        match self {
            Self::AssociateRq(pdu) => pdu.encode(),
            Self::AssociateAc(pdu) => pdu.encode(),
            Self::AssociateRj(pdu) => Ok(pdu.encode().to_vec()),
            Self::ReleaseRq(pdu) => Ok(pdu.encode().to_vec()),
            Self::ReleaseRp(pdu) => Ok(pdu.encode().to_vec()),
            Self::Abort(pdu) => Ok(pdu.encode().to_vec()),
        }
    }

    fn body(
        pdu_type: u8,
        body: Cursor<'_>,
        base: u64,
        limits: &Limits,
    ) -> Result<Self, DecodeError> {
        let decoded = match pdu_type {
            pdu_type::ASSOCIATE_RQ => {
                Associate::decode(body, limits).map(Box::new).map(Self::AssociateRq)
            }
            pdu_type::ASSOCIATE_AC => {
                Associate::decode(body, limits).map(Box::new).map(Self::AssociateAc)
            }
            pdu_type::ASSOCIATE_RJ => AssociateRj::decode(body).map(Self::AssociateRj),
            pdu_type::RELEASE_RQ => ReleaseRq::decode(body).map(Self::ReleaseRq),
            pdu_type::RELEASE_RP => ReleaseRp::decode(body).map(Self::ReleaseRp),
            pdu_type::ABORT => Ok(Self::Abort(Abort::decode(body))),
            pdu_type => Err(DecodeError::new(ErrorKind::UnknownPdu { pdu_type }, base)),
        };
        decoded.map_err(whole)
    }
}

/// The type and the variable field of the one PDU that `input` is.
fn split(input: &[u8], base: u64) -> Result<(u8, Cursor<'_>), DecodeError> {
    let mut input = Cursor::new(input, base);
    let [pdu_type, _reserved] = input.array()?;
    let length = usize::try_from(input.u32(Endian::Big)?).unwrap_or(usize::MAX);
    let offset = input.offset();
    let body = Cursor::new(input.take(length)?, offset);
    if !input.is_empty() {
        return Err(input.error(ErrorKind::Invalid("bytes after the end of the PDU")));
    }
    Ok((pdu_type, body))
}

/// An item or sub-item (PS3.8 9.3.2): its type and a reader over its value.
pub(crate) struct Item<'a> {
    pub(crate) kind: u8,
    pub(crate) body: Cursor<'a>,
}

/// What is left of [`Limits::items`], so that a megabyte of empty items costs no more than that.
pub(crate) struct Budget {
    left: usize,
    limit: usize,
}

impl Budget {
    pub(crate) fn new(limit: usize) -> Self {
        Self { left: limit, limit }
    }

    /// Takes the next item of `input`.
    pub(crate) fn item<'a>(&mut self, input: &mut Cursor<'a>) -> Result<Item<'a>, DecodeError> {
        self.spend(input)?;
        let [kind, _reserved] = input.array()?;
        Ok(Item { kind, body: sub16(input)? })
    }

    /// Pays for one item at the next byte of `input`.
    pub(crate) fn spend(&mut self, input: &Cursor<'_>) -> Result<(), DecodeError> {
        let Some(left) = self.left.checked_sub(1) else {
            let limit = self.limit.try_into().unwrap_or(u64::MAX);
            let value = limit.saturating_add(1);
            return Err(input.error(ErrorKind::AboveLimit {
                what: "number of items",
                value,
                limit,
            }));
        };
        self.left = left;
        Ok(())
    }
}

/// A reader over what a 16-bit length field in front of it counts.
pub(crate) fn sub16<'a>(input: &mut Cursor<'a>) -> Result<Cursor<'a>, DecodeError> {
    let length = input.u16(Endian::Big)?;
    input.sub(length.into())
}

/// Refuses what follows the last field of an item: its length was a lie.
pub(crate) fn ended(body: &Cursor<'_>) -> Result<(), DecodeError> {
    if body.is_empty() {
        return Ok(());
    }
    let length = body.rest().len().try_into().unwrap_or(u64::MAX);
    Err(body.error(ErrorKind::BadLength { length, expected: "the item has no more fields" }))
}

/// Text of the default repertoire, one character per byte, without the padding peers add.
pub(crate) fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().rposition(|byte| !matches!(byte, 0 | b' '));
    let kept = end.and_then(|last| bytes.get(..=last)).unwrap_or_default();
    match std::str::from_utf8(kept) {
        Ok(ascii) if ascii.is_ascii() => ascii.to_owned(),
        _ => kept.iter().copied().map(char::from).collect(),
    }
}

/// Inside a PDU that is all there, a missing byte is a length that lies: more input cures nothing.
pub(crate) fn whole(error: DecodeError) -> DecodeError {
    match error.kind {
        ErrorKind::Truncated { .. } => {
            DecodeError { kind: ErrorKind::Invalid("the item ends inside a field"), ..error }
        }
        _ => error,
    }
}
