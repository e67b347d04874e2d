//! The only place where bytes from outside are bounds-checked.

use crate::endian::Endian;
use crate::error::{DecodeError, ErrorKind};

/// A position in borrowed bytes. Reads either succeed whole or fail with the offset they began at.
#[derive(Debug, Clone, Copy)]
pub struct Cursor<'a> {
    rest: &'a [u8],
    offset: u64,
}

impl<'a> Cursor<'a> {
    /// Reads `input`, whose first byte is at `base` in the caller's numbering.
    #[must_use]
    pub fn new(input: &'a [u8], base: u64) -> Self {
        Self { rest: input, offset: base }
    }

    /// Takes `length` bytes.
    ///
    /// # Errors
    /// `Truncated` when fewer are left.
    pub fn take(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        let Some((head, tail)) = self.rest.split_at_checked(length) else {
            let needed = length.saturating_sub(self.rest.len());
            return Err(self.error(ErrorKind::Truncated { needed }));
        };
        self.rest = tail;
        self.offset = self.offset.saturating_add(length.try_into().unwrap_or(u64::MAX));
        Ok(head)
    }

    /// Takes a fixed number of bytes as an array.
    ///
    /// # Errors
    /// `Truncated` when fewer are left.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let mut found = [0; N];
        found.copy_from_slice(self.take(N)?);
        Ok(found)
    }

    /// A cursor over the next `length` bytes, which this one skips.
    ///
    /// # Errors
    /// `PastEnd` when the length is larger than what is left.
    pub fn sub(&mut self, length: usize) -> Result<Cursor<'a>, DecodeError> {
        let start = self.offset;
        let past_end = ErrorKind::PastEnd { length: length.try_into().unwrap_or(u64::MAX) };
        let body = self.take(length).map_err(|_| DecodeError::new(past_end, start))?;
        Ok(Cursor::new(body, start))
    }

    /// One byte.
    ///
    /// # Errors
    /// `Truncated` at the end.
    pub fn u8(&mut self) -> Result<u8, DecodeError> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    /// A 16-bit number in byte order `endian`.
    ///
    /// # Errors
    /// `Truncated` when fewer than two bytes are left.
    pub fn u16(&mut self, endian: Endian) -> Result<u16, DecodeError> {
        Ok(endian.u16(self.array()?))
    }

    /// A 32-bit number in byte order `endian`.
    ///
    /// # Errors
    /// `Truncated` when fewer than four bytes are left.
    pub fn u32(&mut self, endian: Endian) -> Result<u32, DecodeError> {
        Ok(endian.u32(self.array()?))
    }

    /// What has not been read.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Distance of the next byte from the start of the input.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether everything has been read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// A failure of `kind` at the next byte.
    #[must_use]
    pub fn error(&self, kind: ErrorKind) -> DecodeError {
        DecodeError::new(kind, self.offset)
    }
}
