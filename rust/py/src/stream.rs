//! The receiving half of a connection: a bytearray that the transport fills and the codec reads.

use std::ops::Range;

use pyo3::exceptions::PyBufferError;
#[cfg(feature = "inspect")]
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyMemoryView, PySlice};
#[cfg(feature = "inspect")]
use pyo3::{type_hint_identifier, type_hint_subscript};
use russet_codec::limits::Limits;
use russet_codec::stream as codec;

use crate::command::Command;
use crate::error::PeerError;
use crate::event::{CommandReceived, DataReceived, DataUnexpected, Event, Part};
use crate::record::Convert;

/// What a peer sends, as events (PS3.8 9.3, PS3.7 6.3.1): bytes in; control PDUs, command sets and
/// data out.
#[pyclass(module = "russet._core")]
pub(crate) struct Stream {
    reader: codec::Stream,
    buffer: Py<PyByteArray>,
    /// A view of the whole buffer, from which the others are cut.
    view: Py<PyMemoryView>,
    buffer_limit: usize,
    /// Bytes of the view that `space` gave last.
    room: usize,
}

#[pymethods]
impl Stream {
    /// Lengths are in bytes: of P-DATA-TF variable fields as offered to the peer (0 for any), of data
    /// sets collected in memory, of A-ASSOCIATE PDUs, of the receive buffer at first and at most.
    #[new]
    #[pyo3(signature = (
        data_length = 1 << 20, data_in_memory = 1 << 20, associate_length = 1 << 20,
        buffer_length = 1 << 12, buffer_limit = 1 << 19
    ))]
    fn new(
        py: Python<'_>,
        data_length: u32,
        data_in_memory: usize,
        associate_length: u32,
        buffer_length: usize,
        buffer_limit: usize,
    ) -> PyResult<Self> {
        let limits = Limits { data_length, data_in_memory, associate_length, ..Limits::default() };
        let reader = codec::Stream::new(limits);
        let (buffer, view) = new_buffer(py, buffer_length.max(SHORTEST_BUFFER), &[])?;
        Ok(Self { reader, buffer, view, buffer_limit, room: 0 })
    }

    /// Where the next bytes go: writable, never empty. Views of earlier events are void after it.
    ///
    /// Raises:
    ///     BufferError: The buffer is full of events that nobody has asked for.
    fn space<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyMemoryView>> {
        let capacity = self.buffer.bind(py).len();
        let wanted = self.reader.next_capacity(capacity, self.buffer_limit);
        if wanted > capacity {
            let lent = lend(self.buffer.bind(py));
            (self.buffer, self.view) = new_buffer(py, wanted, self.reader.unread(lent))?;
            self.reader.moved();
        } else {
            self.reader.compact(lend(self.buffer.bind(py)));
        }
        let (start, end) = (self.reader.end(), wanted.max(capacity));
        self.room = end.saturating_sub(start);
        if self.room == 0 {
            return Err(PyBufferError::new_err("full: call next_event until it gives None"));
        }
        cut(self.view.bind(py), start..end)
    }

    /// Note that the transport wrote `count` bytes at the start of what `space` gave.
    fn filled(&mut self, count: usize) {
        self.reader.filled(count, self.room);
        self.room = self.room.saturating_sub(count);
    }

    /// The next thing that has arrived, or None when more bytes are needed first.
    ///
    /// Raises:
    ///     ProtocolError: The peer broke a rule; the same from then on.
    fn next_event(&mut self, py: Python<'_>) -> PyResult<Option<Event>> {
        let event = self.reader.next_event(lend(self.buffer.bind(py))).map_err(PeerError)?;
        event.map(|event| self.event(py, event)).transpose()
    }

    /// Expect messages on these presentation contexts from now on.
    fn enable_data(&mut self, context_ids: ContextIds) {
        self.reader.enable_data(&context_ids.0);
    }

    /// Expect no messages from now on; what is left of one is skipped.
    fn disable_data(&mut self) {
        self.reader.disable_data();
    }

    /// Hand on the data of the current message as they arrive, as views of the receive buffer,
    /// instead of collecting them. To be called between its command and its data.
    fn pass_data(&mut self) {
        self.reader.pass_data();
    }

    /// Bytes consumed since the start of the connection.
    #[getter]
    fn position(&self) -> u64 {
        self.reader.position()
    }
}

impl Stream {
    fn event(&self, py: Python<'_>, event: codec::Event) -> PyResult<Event> {
        Ok(match event {
            codec::Event::Control(pdu) => Event::Control(pdu.into()),
            codec::Event::Command { context_id, command, mistyped } => {
                let command: Command = command.convert();
                let command = Py::new(py, command)?;
                let tags = mistyped.iter().filter_map(|error| error.tag);
                let mistyped = tags.map(|tag| tag.0).collect();
                Event::Command(CommandReceived { context_id, command, mistyped })
            }
            codec::Event::Data { context_id, collected, parts, passed, last } => {
                let parts = if passed {
                    self.views(py, &collected, parts)?
                } else {
                    vec![Part::Collected(self.join(py, &collected, parts)?)]
                };
                Event::Data(DataReceived { context_id, parts, last })
            }
            codec::Event::DataUnexpected { offset } => {
                Event::DataUnexpected(DataUnexpected { offset })
            }
        })
    }

    fn views(
        &self,
        py: Python<'_>,
        collected: &[u8],
        ranges: Vec<Range<usize>>,
    ) -> PyResult<Vec<Part>> {
        let mut parts = Vec::with_capacity(ranges.len().saturating_add(1));
        if !collected.is_empty() {
            parts.push(Part::Collected(PyBytes::new(py, collected).unbind()));
        }
        for range in ranges {
            parts.push(Part::View(cut(self.view.bind(py), range)?.unbind()));
        }
        Ok(parts)
    }

    fn join(
        &self,
        py: Python<'_>,
        collected: &[u8],
        ranges: Vec<Range<usize>>,
    ) -> PyResult<Py<PyBytes>> {
        let lent: &[u8] = lend(self.buffer.bind(py));
        let pieces = ranges.into_iter().filter_map(|range| lent.get(range));
        let pieces: Vec<&[u8]> = std::iter::once(collected).chain(pieces).collect();
        let length = pieces.iter().map(|piece| piece.len()).sum();
        let joined = PyBytes::new_with(py, length, |mut out| {
            for piece in pieces {
                let (head, tail) = std::mem::take(&mut out).split_at_mut(piece.len());
                head.copy_from_slice(piece);
                out = tail;
            }
            Ok(())
        })?;
        Ok(joined.unbind())
    }
}

/// Numbers from any iterable.
struct ContextIds(Vec<u8>);

impl FromPyObject<'_, '_> for ContextIds {
    type Error = PyErr;

    #[cfg(feature = "inspect")]
    const INPUT_TYPE: PyStaticExpr =
        type_hint_subscript!(type_hint_identifier!("collections.abc", "Iterable"), u8::INPUT_TYPE);

    fn extract(ids: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        ids.try_iter()?.map(|id| id?.extract()).collect::<PyResult<_>>().map(Self)
    }
}

/// A header and something after it.
const SHORTEST_BUFFER: usize = 64;

fn new_buffer(
    py: Python<'_>,
    capacity: usize,
    unread: &[u8],
) -> PyResult<(Py<PyByteArray>, Py<PyMemoryView>)> {
    let buffer = PyByteArray::new_with(py, capacity, |bytes| {
        if let Some(front) = bytes.get_mut(..unread.len()) {
            front.copy_from_slice(unread);
        }
        Ok(())
    })?;
    let view = PyMemoryView::from(&buffer)?;
    Ok((buffer.unbind(), view.unbind()))
}

/// The bytes of the buffer for one call into the codec.
#[allow(clippy::mut_from_ref, reason = "the bytes belong to Python, see the safety comment")]
fn lend<'a>(buffer: &'a Bound<'_, PyByteArray>) -> &'a mut [u8] {
    // SAFETY: the bytearray cannot be resized, since `view` exports its buffer. The interpreter is
    // attached and the codec runs no Python code, so nobody else writes while the slice is in use.
    unsafe { buffer.as_bytes_mut() }
}

fn cut<'py>(
    view: &Bound<'py, PyMemoryView>,
    range: Range<usize>,
) -> PyResult<Bound<'py, PyMemoryView>> {
    let (start, end) = (isize::try_from(range.start)?, isize::try_from(range.end)?);
    Ok(view.get_item(PySlice::new(view.py(), start, end, 1))?.cast_into()?)
}
