//! What a stream tells of messages, as objects; how they come about is the stream's business.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyMemoryView};

use crate::command::Command;
use crate::control::Control;

/// The command set of a message is complete (PS3.7 6.3.1).
#[pyclass(frozen, get_all, module = "russet._core")]
pub(crate) struct CommandReceived {
    /// The presentation context of the message.
    pub(crate) context_id: u8,
    /// What to do, or what became of it.
    pub(crate) command: Py<Command>,
    /// Tags of elements with a wrong length, or there twice: for status 0212 (PS3.7 C.5); and the
    /// first of another group, which is passed over.
    pub(crate) mistyped: Vec<u32>,
}

#[pymethods]
impl CommandReceived {
    #[new]
    #[pyo3(signature = (context_id, command, mistyped = Vec::new()))]
    fn new(context_id: u8, command: Py<Command>, mistyped: Vec<u32>) -> Self {
        Self { context_id, command, mistyped }
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let command = self.command.bind(py).repr()?;
        Ok(format!("CommandReceived(context_id={}, command={command})", self.context_id))
    }
}

/// The data set of a message has arrived, or some of it.
#[pyclass(frozen, get_all, module = "russet._core")]
pub(crate) struct DataReceived {
    /// The presentation context of the message.
    pub(crate) context_id: u8,
    /// The bytes in order. Views are good until `Stream.space` is next called.
    pub(crate) parts: Vec<Part>,
    /// Whether the data set ends here.
    pub(crate) last: bool,
}

#[pymethods]
impl DataReceived {
    #[new]
    fn new(context_id: u8, parts: Vec<Part>, last: bool) -> Self {
        Self { context_id, parts, last }
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let mut length = 0usize;
        for part in &self.parts {
            length = length.saturating_add(part.into_pyobject(py)?.len()?);
        }
        let Self { context_id, last, .. } = self;
        let last = if *last { "True" } else { "False" };
        Ok(format!("DataReceived(context_id={context_id}, {length} bytes, last={last})"))
    }
}

/// A P-DATA-TF came while data were not enabled (Evt10 of PS3.8 Table 9-10); it is skipped.
#[pyclass(frozen, get_all, module = "russet._core")]
pub(crate) struct DataUnexpected {
    /// Of its header, in bytes from the start of the connection.
    pub(crate) offset: u64,
}

#[pymethods]
impl DataUnexpected {
    #[new]
    fn new(offset: u64) -> Self {
        Self { offset }
    }

    fn __repr__(&self) -> String {
        format!("DataUnexpected(offset={})", self.offset)
    }
}

/// Bytes that were collected, or a view of the receive buffer.
#[derive(FromPyObject, IntoPyObject, IntoPyObjectRef)]
pub(crate) enum Part {
    Collected(Py<PyBytes>),
    View(Py<PyMemoryView>),
}

/// Whatever `Stream.next_event` gives.
#[allow(clippy::large_enum_variant, reason = "becomes an object as soon as it is made")]
#[derive(IntoPyObject)]
pub(crate) enum Event {
    Control(Control),
    Command(CommandReceived),
    Data(DataReceived),
    DataUnexpected(DataUnexpected),
}
