//! Command sets as records (PS3.7 6.3, E.1); the elements are those of the codec's table.

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use russet_codec::command as codec;

use crate::buffer::Bytes;
use crate::error::{CodecError, UnencodableError};
use crate::record::{Convert, record};

macro_rules! command {
    ($($name:ident: $type:ty = $absent:expr, $vr:ident $element:literal $keyword:literal;)*) => {
        record! {
            /// A command set (PS3.7 6.3). Elements that are absent are None; tags are
            /// group * 65536 + element.
            Command = codec::Command {
                /// CommandField: which message this is (PS3.7 E.1).
                command_field: u16,
                $(#[doc = $keyword] $name: $type,)*
            }
        }

        #[pymethods]
        impl Command {
            #[new]
            #[pyo3(signature = (command_field, *, $($name = $absent),*))]
            #[allow(clippy::too_many_arguments, reason = "keywords of Python, one per element")]
            fn new(command_field: u16, $($name: $type),*) -> Self {
                Self { command_field, $($name),* }
            }

            /// Whether a data set follows.
            #[getter]
            fn has_data(&self) -> bool {
                self.command_data_set_type != codec::NO_DATA_SET
            }

            /// The command set as bytes: group length first, elements ascending, even lengths.
            ///
            /// Raises:
            ///     EncodeError: Text beyond ISO 8859-1.
            fn encode<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyBytes>, UnencodableError> {
                let command: codec::Command = self.clone().convert();
                Ok(PyBytes::new(py, &command.encode()?))
            }

            /// The elements that are there, as one would write them.
            fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
                let mut shown = format!("Command({:#06x}", self.command_field);
                $(
                    let value = (&self.$name).into_pyobject(py)?.into_any();
                    if !value.is_none() {
                        shown = format!("{shown}, {}={}", stringify!($name), value.repr()?);
                    }
                )*
                Ok(shown + ")")
            }
        }
    };
}

russet_codec::command_elements!(command);

/// Decode a whole command set (PS3.7 6.3.1). The order of elements, the group length and whatever
/// is retired or unknown are not judged.
///
/// Raises:
///     DecodeError: A length that cannot be, an element twice or of another group, no Command Field
///         or no Command Data Set Type; `tag` says which element.
#[pyfunction]
pub(crate) fn decode_command(data: Bytes) -> Result<Command, CodecError> {
    Ok(codec::Command::decode(data.as_slice(), 0)?.convert())
}
