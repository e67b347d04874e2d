//! Encoding: bytes appended to one buffer, lengths filled in by whoever wrote the body.

use crate::error::EncodeError;

/// An output buffer for the big-endian structures of PS3.8.
///
/// Lengths are never computed by hand: [`Writer::item`] and its siblings run a closure that writes
/// the body and then patch the length field in front of it. What cannot be encoded is remembered,
/// and [`Writer::finish`] says so.
#[derive(Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
    failure: Option<EncodeError>,
}

impl Writer {
    /// An empty buffer.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends `bytes`.
    pub fn put(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Appends text of one byte per character; a character above U+00FF has no encoding.
    pub fn put_text(&mut self, text: &str) {
        for character in text.chars() {
            match u8::try_from(character) {
                Ok(byte) => self.bytes.push(byte),
                Err(_) => self.fail(EncodeError::Invalid("text beyond ISO 8859-1")),
            }
        }
    }

    /// Appends a 16-bit length field and the body that `body` writes.
    pub fn put16(&mut self, body: impl FnOnce(&mut Self)) {
        let at = self.bytes.len();
        self.put(&[0; 2]);
        body(self);
        let length = self.since(at, 2);
        match u16::try_from(length) {
            Ok(length) => self.patch(at, &length.to_be_bytes()),
            Err(_) => self.fail(EncodeError::TooLong { length, limit: u16::MAX.into() }),
        }
    }

    /// Appends a 32-bit length field and the body that `body` writes.
    pub fn put32(&mut self, body: impl FnOnce(&mut Self)) {
        let at = self.bytes.len();
        self.put(&[0; 4]);
        body(self);
        let length = self.since(at, 4);
        match u32::try_from(length) {
            Ok(length) => self.patch(at, &length.to_be_bytes()),
            Err(_) => self.fail(EncodeError::TooLong { length, limit: u32::MAX.into() }),
        }
    }

    /// Appends an item: type, reserved byte, 16-bit length, body (PS3.8 9.3.2).
    pub fn item(&mut self, kind: u8, body: impl FnOnce(&mut Self)) {
        self.put(&[kind, 0]);
        self.put16(body);
    }

    /// Appends a PDU: type, reserved byte, 32-bit length, body (PS3.8 9.3.1).
    pub fn pdu(&mut self, pdu_type: u8, body: impl FnOnce(&mut Self)) {
        self.put(&[pdu_type, 0]);
        self.put32(body);
    }

    /// How many bytes have been written.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether nothing has been written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// What was written.
    ///
    /// # Errors
    /// The first thing that could not be encoded.
    pub fn finish(self) -> Result<Vec<u8>, EncodeError> {
        self.failure.map_or(Ok(self.bytes), Err)
    }

    fn fail(&mut self, failure: EncodeError) {
        self.failure.get_or_insert(failure);
    }

    fn since(&self, at: usize, field: usize) -> usize {
        self.bytes.len().saturating_sub(at).saturating_sub(field)
    }

    fn patch(&mut self, at: usize, value: &[u8]) {
        if let Some(field) = self.bytes.get_mut(at..).and_then(|rest| rest.get_mut(..value.len())) {
            field.copy_from_slice(value);
        }
    }
}
