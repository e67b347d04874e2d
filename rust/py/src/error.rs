//! The one place where failures of the codec become exceptions of `russet.errors`.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;
use russet_codec::error::{DecodeError, EncodeError, ErrorKind};
use russet_codec::file::OpenError;
use russet_codec::json::read::{ReadError, Reason};
use russet_codec::stream::StreamError;

static DECODE_ERROR: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static ENCODE_ERROR: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static UNREADABLE_ERROR: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static PROTOCOL_ERROR: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// Becomes `russet.errors.DecodeError`.
pub(crate) struct CodecError(pub(crate) DecodeError);

impl From<DecodeError> for CodecError {
    fn from(error: DecodeError) -> Self {
        Self(error)
    }
}

impl From<CodecError> for PyErr {
    fn from(CodecError(error): CodecError) -> Self {
        let needed = match error.kind {
            ErrorKind::Truncated { needed } => needed,
            _ => 0,
        };
        let tag = error.tag.map(|tag| tag.0);
        let arguments = (error.to_string(), error.kind.name(), error.offset, tag, needed);
        raise(&DECODE_ERROR, "DecodeError", arguments)
    }
}

/// Becomes `russet.errors.EncodeError`.
pub(crate) struct UnencodableError(pub(crate) EncodeError);

impl From<EncodeError> for UnencodableError {
    fn from(error: EncodeError) -> Self {
        Self(error)
    }
}

impl From<UnencodableError> for PyErr {
    fn from(UnencodableError(error): UnencodableError) -> Self {
        unencodable(&error)
    }
}

/// A value that its VR does not allow, as `russet.errors.EncodeError`.
pub(crate) fn unencodable(error: &impl std::fmt::Display) -> PyErr {
    raise(&ENCODE_ERROR, "EncodeError", (error.to_string(),))
}

/// Becomes `russet.errors.UnreadableError` or `russet.errors.DecodeError`.
pub(crate) struct FileError(pub(crate) OpenError);

impl From<FileError> for PyErr {
    fn from(FileError(error): FileError) -> Self {
        match error {
            OpenError::Decode(error) => CodecError(error).into(),
            OpenError::Unreadable => unreadable(&error.to_string()),
        }
    }
}

/// Becomes `russet.errors.DecodeError` or `russet.errors.EncodeError`.
pub(crate) struct TextError(pub(crate) ReadError);

impl From<TextError> for PyErr {
    fn from(TextError(error): TextError) -> Self {
        let message = error.to_string();
        if let Reason::Value(_) = error.reason {
            return raise(&ENCODE_ERROR, "EncodeError", (message,));
        }
        let tag = error.tag.map(|tag| tag.0);
        raise(&DECODE_ERROR, "DecodeError", (message, "Invalid", error.offset, tag))
    }
}

/// A `russet.errors.UnreadableError`.
pub(crate) fn unreadable(message: &str) -> PyErr {
    raise(&UNREADABLE_ERROR, "UnreadableError", (message,))
}

/// Becomes `russet.errors.ProtocolError`.
pub(crate) struct PeerError(pub(crate) StreamError);

impl From<PeerError> for PyErr {
    fn from(PeerError(failure): PeerError) -> Self {
        let message = failure.error.to_string();
        let arguments = (message, failure.error.offset, failure.source, failure.reason);
        raise(&PROTOCOL_ERROR, "ProtocolError", arguments)
    }
}

fn raise<A>(class: &'static PyOnceLock<Py<PyType>>, name: &str, arguments: A) -> PyErr
where
    A: for<'py> pyo3::call::PyCallArgs<'py>,
{
    Python::attach(|py| {
        let exception =
            class.import(py, "russet.errors", name).and_then(|class| class.call1(arguments));
        exception.map_or_else(|failure| failure, PyErr::from_value)
    })
}
