//! A receive buffer around a stream, as the binding has one, and events that own their bytes.

use russet_codec::command::Command;
use russet_codec::limits::Limits;
use russet_codec::pdu::Control;
use russet_codec::pdu::data::{Fragmentation, encode_pdvs};
use russet_codec::stream::{Event, Stream, StreamError};

/// An event with its data copied out; pieces of one data set are joined.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Seen {
    Control(Control),
    Command(u8, Box<Command>),
    Data(u8, Vec<u8>),
    DataUnexpected(u64),
    Failed(StreamError),
}

pub(crate) struct Receiver {
    pub(crate) stream: Stream,
    pub(crate) buffer: Vec<u8>,
    pub(crate) passing: bool,
    /// Events with data, however many of them one data set took.
    pub(crate) pieces: usize,
    pub(crate) parts: usize,
    /// Of a data set whose end has not been seen.
    pub(crate) pending: Vec<u8>,
}

impl Receiver {
    pub(crate) fn new(limits: Limits) -> Self {
        let mut stream = Stream::new(limits);
        stream.enable_data(&[1, 3]);
        let buffer = vec![0; 64];
        Self { stream, buffer, passing: false, pieces: 0, parts: 0, pending: Vec::new() }
    }

    /// Receives `bytes` in pieces of at most the buffer's room.
    pub(crate) fn receive(&mut self, mut bytes: &[u8]) -> Vec<Seen> {
        let mut seen = Vec::new();
        while !bytes.is_empty() {
            let room = self.room();
            let (now, later) = bytes.split_at(bytes.len().min(room.len()));
            let length = room.len();
            room[..now.len()].copy_from_slice(now);
            self.stream.filled(now.len(), length);
            bytes = later;
            self.drain(&mut seen);
        }
        seen
    }

    fn room(&mut self) -> &mut [u8] {
        let capacity = self.stream.next_capacity(self.buffer.len(), 4096);
        if capacity > self.buffer.len() {
            let mut larger = self.stream.unread(&self.buffer).to_vec();
            larger.resize(capacity, 0xee);
            self.buffer = larger;
            self.stream.moved();
        } else {
            self.stream.compact(&mut self.buffer);
        }
        let end = self.stream.end();
        &mut self.buffer[end..]
    }

    fn drain(&mut self, seen: &mut Vec<Seen>) {
        loop {
            match self.stream.next_event(&mut self.buffer) {
                Ok(None) => break,
                Ok(Some(event)) => self.note(event, seen),
                Err(failure) => {
                    if !matches!(seen.last(), Some(Seen::Failed(_))) {
                        seen.push(Seen::Failed(failure));
                    }
                    break;
                }
            }
        }
    }

    fn note(&mut self, event: Event, seen: &mut Vec<Seen>) {
        match event {
            Event::Control(pdu) => seen.push(Seen::Control(pdu)),
            Event::DataUnexpected { offset } => seen.push(Seen::DataUnexpected(offset)),
            Event::Command { context_id, command, .. } => {
                seen.push(Seen::Command(context_id, command));
                if self.passing {
                    self.stream.pass_data();
                }
            }
            Event::Data { context_id, collected, parts, last, .. } => {
                self.pieces += 1;
                self.parts += parts.len();
                self.pending.extend(collected);
                for range in parts {
                    self.pending.extend(&self.buffer[range]);
                }
                if last {
                    seen.push(Seen::Data(context_id, std::mem::take(&mut self.pending)));
                }
            }
        }
    }
}

/// A command set with or without a data set after it.
pub(crate) fn command(has_data: bool) -> Box<Command> {
    let mut command = Command::new(0x0001);
    command.message_id = Some(7);
    command.affected_sop_class_uid = Some("1.2.840.10008.5.1.4.1.1.2".into());
    if has_data {
        command.command_data_set_type = 1;
    }
    Box::new(command)
}

/// A whole message in PDUs of at most `max_length`.
pub(crate) fn message(context_id: u8, data: Option<&[u8]>, max_length: u32) -> Vec<u8> {
    let cut = |is_command| Fragmentation::new(context_id, is_command, true, max_length).unwrap();
    let mut bytes = command(data.is_some()).encode().unwrap();
    bytes = encode_pdvs(&bytes, cut(true)).unwrap();
    if let Some(data) = data {
        bytes.extend(encode_pdvs(data, cut(false)).unwrap());
    }
    bytes
}
