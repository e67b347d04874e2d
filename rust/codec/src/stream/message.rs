//! From PDVs to messages (PS3.8 E.2, PS3.7 6.3.1): one command set, then one data set or none.

use std::ops::Range;

use super::{Event, StreamError};
use crate::command::Command;
use crate::error::{DecodeError, ErrorKind};
use crate::limits::Limits;
use crate::pdu::data::{COMMAND, LAST};

/// Fragments shorter than this are moved together: a view of each would cost more than the move.
const SHORT: usize = 1 << 12;

/// The header of a PDV.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pdv {
    pub(super) context_id: u8,
    pub(super) control: u8,
    /// Bytes of the fragment.
    pub(super) length: u32,
    /// Of the PDV.
    pub(super) offset: u64,
}

/// What the next fragment has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The first of a command set.
    Idle,
    /// More of a command set.
    Command,
    /// Of the data set that the command set announced.
    Data,
}

/// The message that is being received.
#[derive(Debug)]
pub(super) struct Message {
    stage: Stage,
    context_id: u8,
    empty_fragments: u32,
    /// The command set as far as it is here, and where it began.
    command: Vec<u8>,
    command_offset: u64,
    /// Whether data are handed on as they arrive, or collected.
    passing: bool,
    /// Data that had to leave the buffer before they were handed on.
    collected: Vec<u8>,
    /// Data that still are in the buffer.
    parts: Vec<Range<usize>>,
}

impl Message {
    pub(super) fn new() -> Self {
        Self {
            stage: Stage::Idle,
            context_id: 0,
            empty_fragments: 0,
            command: Vec::new(),
            command_offset: 0,
            passing: false,
            collected: Vec::new(),
            parts: Vec::new(),
        }
    }

    /// Hands on the data of this message as they arrive.
    pub(super) fn pass(&mut self) {
        self.passing = self.stage == Stage::Data;
    }

    /// Judges a PDV by its header: is it the turn of its kind, its context, its length?
    pub(super) fn begin(&mut self, pdv: Pdv, limits: &Limits) -> Result<(), StreamError> {
        let is_command = pdv.control & COMMAND != 0;
        let is_turn = match self.stage {
            Stage::Idle | Stage::Command => is_command,
            Stage::Data => !is_command,
        };
        if !is_turn {
            return Err(StreamError::out_of_order(pdv.error(ErrorKind::Invalid(self.turn()))));
        }
        if self.stage == Stage::Idle {
            self.start(pdv);
        } else if pdv.context_id != self.context_id {
            let kind = ErrorKind::Invalid("presentation context changed inside a message");
            return Err(StreamError::invalid(pdv.error(kind)));
        }
        self.count(pdv, limits).map_or(Ok(()), |kind| Err(StreamError::invalid(pdv.error(kind))))
    }

    /// Takes the bytes of the buffer in `range`, which are of the current fragment.
    pub(super) fn take(&mut self, range: Range<usize>, buffer: &mut [u8], limits: &Limits) {
        if self.stage != Stage::Data {
            self.command.extend_from_slice(buffer.get(range).unwrap_or_default());
            return;
        }
        self.keep(range, buffer);
        self.passing |= self.in_memory() > limits.data_in_memory;
    }

    /// Ends a PDV whose fragment is all there.
    pub(super) fn end(&mut self, pdv: Pdv) -> Result<Option<Event>, StreamError> {
        if pdv.control & LAST == 0 {
            return Ok(None);
        }
        if self.stage == Stage::Data {
            self.stage = Stage::Idle;
            return Ok(Some(self.data(true)));
        }
        let decoded = Command::decode_tolerant(&self.command, self.command_offset);
        let (command, mistyped) = decoded.map_err(StreamError::out_of_order)?;
        self.stage = if command.has_data() { Stage::Data } else { Stage::Idle };
        let (context_id, command) = (self.context_id, Box::new(command));
        Ok(Some(Event::Command { context_id, command, mistyped }))
    }

    /// The buffer holds nothing more: hands on or saves what it has of the data.
    pub(super) fn pause(&mut self, buffer: &[u8]) -> Option<Event> {
        if self.parts.is_empty() {
            return None;
        }
        if self.passing {
            return Some(self.data(false));
        }
        for range in self.parts.drain(..) {
            self.collected.extend_from_slice(buffer.get(range).unwrap_or_default());
        }
        None
    }

    fn start(&mut self, pdv: Pdv) {
        self.stage = Stage::Command;
        self.context_id = pdv.context_id;
        self.empty_fragments = 0;
        self.command.clear();
        self.command_offset = pdv.offset.saturating_add(6);
        self.passing = false;
    }

    /// Counts what a peer could send for ever without getting anywhere.
    fn count(&mut self, pdv: Pdv, limits: &Limits) -> Option<ErrorKind> {
        if pdv.length == 0 {
            self.empty_fragments = self.empty_fragments.saturating_add(1);
        }
        let (value, limit) = (self.empty_fragments.into(), limits.empty_fragments.into());
        if value > limit {
            return Some(ErrorKind::AboveLimit { what: "number of empty fragments", value, limit });
        }
        let fragment = usize::try_from(pdv.length).unwrap_or(usize::MAX);
        let length = self.command.len().saturating_add(fragment);
        (self.stage == Stage::Command && length > limits.command_length).then(|| {
            let value = length.try_into().unwrap_or(u64::MAX);
            let limit = limits.command_length.try_into().unwrap_or(u64::MAX);
            ErrorKind::AboveLimit { what: "command set length", value, limit }
        })
    }

    fn turn(&self) -> &'static str {
        match self.stage {
            Stage::Idle => "data fragment where a command was due",
            Stage::Command => "data fragment inside a command set",
            Stage::Data => "command fragment inside a data set",
        }
    }

    /// Adds `range` to the parts, joined to the one before where it can be.
    fn keep(&mut self, range: Range<usize>, buffer: &mut [u8]) {
        let length = range.len();
        match self.parts.last_mut() {
            _ if length == 0 => {}
            Some(part) if part.end == range.start => part.end = range.end,
            Some(part) if length < SHORT && range.end <= buffer.len() => {
                buffer.copy_within(range, part.end);
                part.end = part.end.saturating_add(length);
            }
            _ => self.parts.push(range),
        }
    }

    fn in_memory(&self) -> usize {
        let parts = self.parts.iter().map(ExactSizeIterator::len);
        parts.fold(self.collected.len(), usize::saturating_add)
    }

    fn data(&mut self, last: bool) -> Event {
        Event::Data {
            context_id: self.context_id,
            collected: std::mem::take(&mut self.collected),
            parts: std::mem::take(&mut self.parts),
            passed: self.passing,
            last,
        }
    }
}

impl Pdv {
    pub(super) fn error(&self, kind: ErrorKind) -> DecodeError {
        DecodeError::new(kind, self.offset)
    }
}
