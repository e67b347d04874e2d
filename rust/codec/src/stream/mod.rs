//! What a peer sends, as events: bytes in, control PDUs, command sets and data out.
//!
//! A stream owns no bytes: the caller lends the same receive buffer to each call, the transport
//! fills it in place, and data are told as ranges of it. Every length is compared with its limit
//! when its own bytes have arrived, before anything it counts is waited for or allocated.

mod header;
mod message;
mod window;

use std::ops::Range;

use self::header::Header;
use self::message::{Message, Pdv};
use self::window::Window;
use crate::command::Command;
use crate::error::{DecodeError, ErrorKind};
use crate::limits::Limits;
use crate::pdu::data::{PDV_HEADER_LENGTH, fragment_length};
use crate::pdu::{Control, HEADER_LENGTH, pdu_type};

/// Something that has arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A PDU other than P-DATA-TF.
    Control(Control),
    /// A whole command set.
    Command {
        /// The presentation context of the message.
        context_id: u8,
        /// What to do, or what became of it.
        command: Box<Command>,
        /// What is wrong with elements that it can be answered without.
        mistyped: Vec<DecodeError>,
    },
    /// The data set of the message, or some of it.
    Data {
        /// The presentation context of the message.
        context_id: u8,
        /// What had to leave the buffer; comes before `parts`.
        collected: Vec<u8>,
        /// Ranges of the buffer, good until bytes are next received.
        parts: Vec<Range<usize>>,
        /// Whether data are handed on as they arrive; else this is all of them.
        passed: bool,
        /// Whether the data set ends here.
        last: bool,
    },
    /// A P-DATA-TF that came while data were not enabled (Evt10 of PS3.8 Table 9-10); it is skipped.
    DataUnexpected {
        /// Of its header, from the first byte of the connection.
        offset: u64,
    },
}

/// A peer that broke the rules, and the A-ABORT that says so (PS3.8 Table 9-26).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamError {
    /// What, and where from the first byte of the connection.
    pub error: DecodeError,
    /// 0 user, 2 provider.
    pub source: u8,
    /// For source 2 why; else 0.
    pub reason: u8,
}

impl StreamError {
    /// Source 2, reason 6: invalid PDU parameter value.
    fn invalid(error: DecodeError) -> Self {
        Self { error, source: 2, reason: 6 }
    }

    /// Source 2, reason 1: unrecognized PDU.
    fn unrecognized(error: DecodeError) -> Self {
        Self { error, source: 2, reason: 1 }
    }

    /// Source 0: a message that the user of the upper layer cannot follow.
    fn out_of_order(error: DecodeError) -> Self {
        Self { error, source: 0, reason: 0 }
    }
}

/// Where in the grammar of PS3.8 9.3 the next unread byte is.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// At the header of a PDU.
    Header,
    /// At the header of a PDU that is waited for whole; its length is known.
    Control { length: usize },
    /// Inside a P-DATA-TF, at a PDV; `left` bytes of the PDU are to come.
    Pdv { left: u32 },
    /// Inside a fragment of which `missing` bytes, and after it `left` of the PDU, are to come.
    Fragment { pdv: Pdv, missing: u32, left: u32 },
    /// Inside a P-DATA-TF that nobody wants.
    Skipped { left: u32 },
}

/// What one step has led to.
enum Step {
    On,
    Starved,
    Event(Event),
}

/// The receiving half of a connection.
#[derive(Debug)]
pub struct Stream {
    limits: Limits,
    window: Window,
    place: Place,
    message: Message,
    /// Ids of accepted presentation contexts; `None` while data are not expected at all.
    accepted: Option<Box<[bool; 256]>>,
    failure: Option<StreamError>,
}

impl Stream {
    /// A stream at the first byte of a connection.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            window: Window::default(),
            place: Place::Header,
            message: Message::new(),
            accepted: None,
            failure: None,
        }
    }

    /// Expects messages on these presentation contexts from now on.
    pub fn enable_data(&mut self, context_ids: &[u8]) {
        let mut accepted = Box::new([false; 256]);
        for &id in context_ids {
            if let Some(known) = accepted.get_mut(usize::from(id)) {
                *known = true;
            }
        }
        self.accepted = Some(accepted);
    }

    /// Expects no messages from now on; what is left of one that has begun is skipped.
    pub fn disable_data(&mut self) {
        self.accepted = None;
        self.message = Message::new();
        self.place = match self.place {
            Place::Pdv { left } => Place::Skipped { left },
            Place::Fragment { missing, left, .. } => {
                Place::Skipped { left: left.saturating_add(missing) }
            }
            place => place,
        };
    }

    /// Hands on the data of the current message as they arrive, instead of collecting them.
    pub fn pass_data(&mut self) {
        self.message.pass();
    }

    /// How large the buffer of `capacity` bytes should be before more is received, doubling up to
    /// `limit`, or as far as the PDU that is arriving needs.
    #[must_use]
    pub fn next_capacity(&self, capacity: usize, limit: usize) -> usize {
        match self.place {
            _ if self.failure.is_some() => capacity,
            Place::Control { length } => self.window.next_capacity(capacity, limit.max(length)),
            _ => self.window.next_capacity(capacity, limit),
        }
    }

    /// Makes room: moves the unread bytes to the front of `buffer`.
    pub fn compact(&mut self, buffer: &mut [u8]) {
        self.window.compact(buffer);
    }

    /// Notes that the caller has moved the unread bytes to the front of a larger buffer.
    pub fn moved(&mut self) {
        self.window.moved();
    }

    /// Notes that `count` bytes were received after the unread ones, where there was `room`.
    pub fn filled(&mut self, count: usize, room: usize) {
        self.window.filled(count, room);
        if self.failure.is_some() {
            self.window.consume(usize::MAX);
        }
    }

    /// The next thing that has arrived whole, or `None` when more bytes are needed first.
    ///
    /// # Errors
    /// The first rule that the peer broke, now and ever after; later input is dropped.
    pub fn next_event(&mut self, buffer: &mut [u8]) -> Result<Option<Event>, StreamError> {
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        let event = self.advance(buffer);
        if let Err(failure) = event {
            self.failure = Some(failure);
            self.window.consume(usize::MAX);
        }
        event
    }

    /// The bytes received and not read yet.
    #[must_use]
    pub fn unread<'a>(&self, buffer: &'a [u8]) -> &'a [u8] {
        self.window.rest(buffer)
    }

    /// Where in the buffer the next received byte goes.
    #[must_use]
    pub fn end(&self) -> usize {
        self.window.end()
    }

    /// Bytes read since the connection began.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.window.position()
    }

    fn advance(&mut self, buffer: &mut [u8]) -> Result<Option<Event>, StreamError> {
        loop {
            let step = match self.place {
                Place::Header => self.header(buffer)?,
                Place::Control { length } => self.control(length, buffer)?,
                Place::Pdv { left } => self.pdv(left, buffer)?,
                Place::Fragment { pdv, missing, left } => {
                    self.fragment(pdv, missing, left, buffer)?
                }
                Place::Skipped { left } => self.skip(left),
            };
            match step {
                Step::On => {}
                Step::Starved => return Ok(self.message.pause(buffer)),
                Step::Event(event) => return Ok(Some(event)),
            }
        }
    }

    fn header(&mut self, buffer: &[u8]) -> Result<Step, StreamError> {
        let Some(&bytes) = self.window.rest(buffer).first_chunk() else {
            return Ok(Step::Starved);
        };
        let offset = self.window.position();
        let Header { pdu_type, length } = Header::read(bytes, offset, &self.limits)?;
        if pdu_type != pdu_type::P_DATA_TF {
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            self.place = Place::Control { length: length.saturating_add(HEADER_LENGTH) };
            return Ok(Step::On);
        }
        self.window.consume(HEADER_LENGTH);
        if self.accepted.is_none() {
            self.place = Place::Skipped { left: length };
            return Ok(Step::Event(Event::DataUnexpected { offset }));
        }
        self.place = Place::Pdv { left: length };
        Ok(Step::On)
    }

    fn control(&mut self, length: usize, buffer: &[u8]) -> Result<Step, StreamError> {
        let Some(bytes) = self.window.rest(buffer).get(..length) else {
            return Ok(Step::Starved);
        };
        let pdu = Control::decode(bytes, self.window.position(), &self.limits);
        let pdu = pdu.map_err(StreamError::invalid)?;
        self.window.consume(length);
        self.place = Place::Header;
        Ok(Step::Event(Event::Control(pdu)))
    }

    fn pdv(&mut self, left: u32, buffer: &[u8]) -> Result<Step, StreamError> {
        if left == 0 {
            self.place = Place::Header;
            return Ok(Step::On);
        }
        let offset = self.window.position();
        let Some(after) = left.checked_sub(6) else {
            let kind = ErrorKind::Invalid("PDU ends inside the header of a PDV");
            return Err(StreamError::invalid(DecodeError::new(kind, offset)));
        };
        let Some(&[a, b, c, d, context_id, control]) = self.window.rest(buffer).first_chunk()
        else {
            return Ok(Step::Starved);
        };
        let item = u32::from_be_bytes([a, b, c, d]);
        let most = after.saturating_add(2);
        let length = fragment_length(item, most, offset).map_err(StreamError::invalid)?;
        let pdv = Pdv { context_id, control, length, offset };
        self.check_context(&pdv)?;
        self.message.begin(pdv, &self.limits)?;
        self.window.consume(PDV_HEADER_LENGTH);
        let left = after.saturating_sub(length);
        self.place = Place::Fragment { pdv, missing: length, left };
        Ok(Step::On)
    }

    fn check_context(&self, pdv: &Pdv) -> Result<(), StreamError> {
        let accepted = self.accepted.as_ref();
        if accepted.and_then(|known| known.get(usize::from(pdv.context_id))) == Some(&true) {
            return Ok(());
        }
        let kind = ErrorKind::Invalid("presentation context that was not accepted");
        Err(StreamError::invalid(pdv.error(kind)))
    }

    fn fragment(
        &mut self,
        pdv: Pdv,
        missing: u32,
        left: u32,
        buffer: &mut [u8],
    ) -> Result<Step, StreamError> {
        let range = self.window.consume(usize::try_from(missing).unwrap_or(usize::MAX));
        let missing = missing.saturating_sub(range.len().try_into().unwrap_or(u32::MAX));
        self.message.take(range, buffer, &self.limits);
        if missing > 0 {
            self.place = Place::Fragment { pdv, missing, left };
            return Ok(Step::Starved);
        }
        self.place = Place::Pdv { left };
        Ok(self.message.end(pdv)?.map_or(Step::On, Step::Event))
    }

    fn skip(&mut self, left: u32) -> Step {
        let skipped = self.window.consume(usize::try_from(left).unwrap_or(usize::MAX));
        let left = left.saturating_sub(skipped.len().try_into().unwrap_or(u32::MAX));
        if left > 0 {
            self.place = Place::Skipped { left };
            return Step::Starved;
        }
        self.place = Place::Header;
        Step::On
    }
}
