//! Encoding: bytes appended to one buffer, lengths filled in by whoever wrote the body.

/// An output buffer for the big-endian structures of PS3.8.
///
/// Lengths are never computed by hand: [`Writer::item`] and its siblings run a closure that writes
/// the body and then patch the length field in front of it.
#[derive(Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
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

    /// Appends a 16-bit length field and the body that `body` writes. A body of more than 65 535
    /// bytes cannot be told; the field then holds 65 535 and [`Writer::put16`] callers check first.
    pub fn put16(&mut self, body: impl FnOnce(&mut Self)) {
        let at = self.bytes.len();
        self.put(&[0; 2]);
        body(self);
        let length = u16::try_from(self.since(at, 2)).unwrap_or(u16::MAX);
        self.patch(at, &length.to_be_bytes());
    }

    /// Appends a 32-bit length field and the body that `body` writes.
    pub fn put32(&mut self, body: impl FnOnce(&mut Self)) {
        let at = self.bytes.len();
        self.put(&[0; 4]);
        body(self);
        let length = u32::try_from(self.since(at, 4)).unwrap_or(u32::MAX);
        self.patch(at, &length.to_be_bytes());
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
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
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
