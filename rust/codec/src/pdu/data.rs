//! P-DATA-TF (PS3.8 9.3.5): presentation data values, and messages cut into them.

use super::{HEADER_LENGTH, pdu_type};
use crate::cursor::Cursor;
use crate::endian::Endian;
use crate::error::{DecodeError, EncodeError, ErrorKind};
use crate::writer::Writer;

/// Control header, bit 0: the fragment is of a command set (PS3.8 E.2).
pub const COMMAND: u8 = 0b01;
/// Control header, bit 1: the fragment is the last of its command or data set (PS3.8 E.2).
pub const LAST: u8 = 0b10;
/// Bytes of a PDV in front of its fragment: 32-bit length, context id, control header.
pub const PDV_HEADER_LENGTH: usize = 6;

/// Variable field written for a peer that receives any length; memory on both sides is finite.
const UNLIMITED: u32 = 1 << 20;
const HEADERS_LENGTH: usize = HEADER_LENGTH + PDV_HEADER_LENGTH;

/// P-DATA-TF with its PDVs copied out: for tests and tools, [`crate::stream`] copies nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PData {
    /// In wire order.
    pub pdvs: Vec<Pdv>,
}

/// A presentation data value (PS3.8 9.3.5.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pdv {
    /// The presentation context it belongs to.
    pub context_id: u8,
    /// [`COMMAND`] and [`LAST`]; other bits mean nothing.
    pub control: u8,
    /// Part of a command or data set.
    pub fragment: Vec<u8>,
}

impl PData {
    pub(crate) fn decode(mut body: Cursor<'_>) -> Result<Self, DecodeError> {
        let mut pdvs = Vec::new();
        while !body.is_empty() {
            let length = usize::try_from(body.u32(Endian::Big)?).unwrap_or(usize::MAX);
            let mut pdv = body.sub(length)?;
            let [context_id, control] = pdv.array()?;
            pdvs.push(Pdv { context_id, control, fragment: pdv.rest().to_vec() });
        }
        Ok(Self { pdvs })
    }

    /// The PDU as bytes, header included.
    ///
    /// # Errors
    /// More than 2^32 - 1 bytes.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        let mut out = Writer::new();
        out.pdu(pdu_type::P_DATA_TF, |out| {
            for pdv in &self.pdvs {
                out.put32(|out| {
                    out.put(&[pdv.context_id, pdv.control]);
                    out.put(&pdv.fragment);
                });
            }
        });
        out.finish()
    }
}

/// How a command set, a data set or a piece of one is cut into PDUs of one PDV each.
#[derive(Debug, Clone, Copy)]
pub struct Fragmentation {
    context_id: u8,
    command: bool,
    last: bool,
    /// Bytes of each fragment but the last.
    size: usize,
}

impl Fragmentation {
    /// Fragments for a peer that receives variable fields of at most `max_length` bytes, 0 for any;
    /// `last` when what is to be written ends its command or data set.
    ///
    /// # Errors
    /// A maximum length that leaves no room for two bytes.
    pub fn new(
        context_id: u8,
        command: bool,
        last: bool,
        max_length: u32,
    ) -> Result<Self, EncodeError> {
        let max_length = if max_length == 0 { UNLIMITED } else { max_length };
        let room = usize::try_from(max_length).unwrap_or(usize::MAX);
        let size = room.saturating_sub(PDV_HEADER_LENGTH) & !1;
        if size == 0 {
            return Err(EncodeError::Invalid("maximum length without room for data"));
        }
        Ok(Self { context_id, command, last, size })
    }

    /// Bytes that [`Fragmentation::write`] makes of `data_length` bytes.
    ///
    /// # Errors
    /// An odd number: fragments are even (PS3.8 E.1), and padding is the business of whoever
    /// encoded the data.
    pub fn encoded_length(&self, data_length: usize) -> Result<usize, EncodeError> {
        if data_length & 1 == 1 {
            return Err(EncodeError::Invalid("data of odd length"));
        }
        let count = data_length.div_ceil(self.size).max(1);
        Ok(data_length.saturating_add(count.saturating_mul(HEADERS_LENGTH)))
    }

    /// Fills `out`, of the encoded length, with the PDUs of `data`; no data make one empty PDV.
    pub fn write(&self, data: &[u8], out: &mut [u8]) {
        let mut fragments = data.chunks(self.size);
        let mut left = data.len();
        for slot in out.chunks_mut(self.size.saturating_add(HEADERS_LENGTH)) {
            let fragment = fragments.next().unwrap_or_default();
            left = left.saturating_sub(fragment.len());
            if let Some((header, body)) = slot.split_first_chunk_mut::<HEADERS_LENGTH>()
                && body.len() == fragment.len()
            {
                *header = self.headers(fragment.len(), left == 0);
                body.copy_from_slice(fragment);
            }
        }
    }

    fn headers(&self, fragment: usize, is_end: bool) -> [u8; HEADERS_LENGTH] {
        let length = u32::try_from(fragment).unwrap_or(u32::MAX);
        let control = if self.command { COMMAND } else { 0 };
        let control = if self.last && is_end { control | LAST } else { control };
        let mut headers = [0; HEADERS_LENGTH];
        headers[0] = pdu_type::P_DATA_TF;
        headers[2..6].copy_from_slice(&length.saturating_add(6).to_be_bytes());
        headers[6..10].copy_from_slice(&length.saturating_add(2).to_be_bytes());
        headers[10..].copy_from_slice(&[self.context_id, control]);
        headers
    }
}

/// Whole P-DATA-TF PDUs that carry `data` cut as `fragmentation` says.
///
/// # Errors
/// Data of odd length.
pub fn encode_pdvs(data: &[u8], fragmentation: Fragmentation) -> Result<Vec<u8>, EncodeError> {
    let mut out = vec![0; fragmentation.encoded_length(data.len())?];
    fragmentation.write(data, &mut out);
    Ok(out)
}

/// Checks a PDV item length against what is left of its PDU after the length field, and gives the
/// length of the fragment.
pub(crate) fn fragment_length(length: u32, left: u32, offset: u64) -> Result<u32, DecodeError> {
    let kind = match length.checked_sub(2) {
        Some(fragment) if length <= left => return Ok(fragment),
        Some(_) => ErrorKind::PastEnd { length: length.into() },
        None => ErrorKind::BadLength { length: length.into(), expected: "a PDV has at least 2" },
    };
    Err(DecodeError::new(kind, offset))
}
