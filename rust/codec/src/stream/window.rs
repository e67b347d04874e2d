//! Which part of the receive buffer holds bytes that nobody has read yet, and how large it should be.

use std::ops::Range;

/// The unread bytes `start..end` of a buffer that somebody else owns.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Window {
    start: usize,
    end: usize,
    /// The last fill took all the room there was: the sender is faster than the buffer is large.
    was_filled_whole: bool,
    /// Bytes consumed since the connection began.
    position: u64,
}

impl Window {
    /// Drops what has been read by moving the rest to the front.
    pub(super) fn compact(&mut self, buffer: &mut [u8]) {
        if self.start > 0 && self.end <= buffer.len() {
            buffer.copy_within(self.start..self.end, 0);
        }
        self.moved();
    }

    /// Notes that the rest now is at the front, of this or of a larger buffer.
    pub(super) fn moved(&mut self) {
        self.end = self.len();
        self.start = 0;
    }

    /// Notes that `count` of `room` bytes were filled.
    pub(super) fn filled(&mut self, count: usize, room: usize) {
        let count = count.min(room);
        self.was_filled_whole = count == room;
        self.end = self.end.saturating_add(count);
    }

    /// Takes up to `length` bytes and says where they are.
    pub(super) fn consume(&mut self, length: usize) -> Range<usize> {
        let taken = length.min(self.len());
        let range = self.start..self.start.saturating_add(taken);
        self.start = range.end;
        self.position = self.position.saturating_add(taken.try_into().unwrap_or(u64::MAX));
        range
    }

    /// What has not been read.
    pub(super) fn rest<'a>(&self, buffer: &'a [u8]) -> &'a [u8] {
        buffer.get(self.start..self.end).unwrap_or_default()
    }

    pub(super) fn len(&self) -> usize {
        self.end.saturating_sub(self.start)
    }

    pub(super) fn end(&self) -> usize {
        self.end
    }

    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// How large a buffer of `capacity` bytes should be from now on: twice as large when it was
    /// filled whole and is below `limit`.
    pub(super) fn next_capacity(&self, capacity: usize, limit: usize) -> usize {
        if self.was_filled_whole && capacity < limit {
            capacity.saturating_mul(2).min(limit)
        } else {
            capacity
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_buffer_doubles_while_it_is_filled_whole() {
        let mut window = Window::default();
        assert_eq!(window.next_capacity(4096, 1 << 18), 4096);
        window.filled(4096, 4096);
        assert_eq!(window.next_capacity(4096, 1 << 18), 8192);
        assert_eq!(window.next_capacity(1 << 18, 1 << 18), 1 << 18);
        assert_eq!(window.next_capacity(1 << 18, 300_000), 300_000);
    }

    #[test]
    fn unread_bytes_move_to_the_front() {
        let mut buffer = *b"abcdef..";
        let mut window = Window::default();
        window.filled(6, 8);
        assert_eq!(window.consume(4), 0..4);
        window.compact(&mut buffer);
        assert_eq!(window.rest(&buffer), b"ef");
        assert_eq!(window.position(), 4);
    }
}
