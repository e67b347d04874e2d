//! Some bytes of an input: of a large file, those that somebody looks into.

use crate::dataset::wide;

/// The bytes of an input from some offset on; all of it where that is 0.
#[derive(Debug, Clone, Copy)]
pub struct Extract<'a> {
    /// The bytes.
    pub bytes: &'a [u8],
    /// The offset of the first of them.
    pub start: u64,
}

impl Extract<'_> {
    /// The offset after the last of them.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.start.saturating_add(wide(self.bytes.len()))
    }
}

impl<'a> From<&'a [u8]> for Extract<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self { bytes, start: 0 }
    }
}

impl<'a> From<&'a Vec<u8>> for Extract<'a> {
    fn from(bytes: &'a Vec<u8>) -> Self {
        bytes.as_slice().into()
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Extract<'a> {
    fn from(bytes: &'a [u8; N]) -> Self {
        bytes.as_slice().into()
    }
}

/// The bytes between two offsets, as far as they are there.
pub(crate) fn slice<'a>(data: impl Into<Extract<'a>>, start: u64, end: u64) -> &'a [u8] {
    let Extract { bytes, start: first } = data.into();
    let Some(start) = start.checked_sub(first) else { return &[] };
    let start = usize::try_from(start).unwrap_or(usize::MAX);
    let end = usize::try_from(end.saturating_sub(first)).unwrap_or(usize::MAX).min(bytes.len());
    bytes.get(start..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_those_of_the_input() {
        let extract = Extract { bytes: b"cdef", start: 2 };
        assert_eq!(extract.end(), 6);
        for (start, end, expected) in [
            (2, 4, &b"cd"[..]),
            (4, 6, b"ef"),
            (4, 9, b"ef"),
            (1, 4, b""),
            (7, 9, b""),
            (5, 3, b""),
        ] {
            assert_eq!(slice(extract, start, end), expected, "{start} {end}");
        }
        assert_eq!(slice(b"abc", 1, 2), b"b");
    }
}
