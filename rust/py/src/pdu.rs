//! The PDUs as records (PS3.8 9.3).

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use russet_codec::error::EncodeError;
use russet_codec::limits::Limits;
use russet_codec::pdu as codec;
use russet_codec::pdu::data::{Fragmentation, encode_pdvs as fragments};

use crate::buffer::Bytes;
use crate::error::{CodecError, UnencodableError};
use crate::record::{Convert, NONE, record};
use crate::user_info::UserInformation;

record! {
    /// A proposed presentation context (PS3.8 9.3.2.2).
    ContextRq = codec::ContextRq {
        /// Odd, 1 to 255.
        context_id: u8,
        /// SOP class UID; empty when the item is missing.
        abstract_syntax: String,
        /// Transfer syntax UIDs as proposed.
        transfer_syntaxes: Vec<String>,
    }
}

#[pymethods]
impl ContextRq {
    #[new]
    fn new(context_id: u8, abstract_syntax: String, transfer_syntaxes: Vec<String>) -> Self {
        Self { context_id, abstract_syntax, transfer_syntaxes }
    }

    fn __repr__(&self) -> String {
        format!("{self:?}")
    }
}

record! {
    /// The answer to one proposed presentation context (PS3.8 9.3.3.2).
    ContextAc = codec::ContextAc {
        /// Of the context that is answered.
        context_id: u8,
        /// 0 is acceptance, 1 to 4 are refusals (PS3.8 Table 9-18).
        result: u8,
        /// The accepted transfer syntax UID; without meaning in a refusal.
        transfer_syntax: String,
    }
}

#[pymethods]
impl ContextAc {
    #[new]
    fn new(context_id: u8, result: u8, transfer_syntax: String) -> Self {
        Self { context_id, result, transfer_syntax }
    }

    fn __repr__(&self) -> String {
        format!("{self:?}")
    }
}

/// The two A-ASSOCIATE PDUs that differ only in their contexts; PyO3 has no generic classes.
macro_rules! associate {
    ($(#[$docs:meta])* $name:ident($context:ident)) => {
        record! {
            $(#[$docs])*
            $name = codec::$name {
                /// Title of the called AE, 16 bytes.
                called: [u8; 16],
                /// Title of the calling AE, 16 bytes.
                calling: [u8; 16],
                /// Presentation contexts in wire order.
                contexts: Vec<$context>,
                /// Everything else that is negotiated.
                user: UserInformation,
                /// UID of the application context; empty when the item is missing.
                application_context: String,
                /// Bit field; bit 0 is version 1, the only one there is.
                version: u16,
                /// Zeros in a request; an acceptance repeats what the request had.
                reserved: [u8; 32],
            }
        }

        #[pymethods]
        impl $name {
            /// AE titles of fewer than 16 bytes are padded with spaces.
            #[new]
            #[pyo3(signature = (
                called, calling, contexts, user,
                application_context = codec::associate::APPLICATION_CONTEXT.into(),
                version = 1, reserved = NONE
            ))]
            fn new(
                called: &[u8],
                calling: &[u8],
                contexts: Vec<$context>,
                user: UserInformation,
                application_context: String,
                version: u16,
                reserved: &[u8],
            ) -> Result<Self, UnencodableError> {
                let (called, calling) = (padded(called, b' ')?, padded(calling, b' ')?);
                let reserved = padded(reserved, 0)?;
                Ok(Self {
                    called, calling, contexts, user, application_context, version, reserved,
                })
            }

            /// The PDU as bytes, header included.
            ///
            /// Raises:
            ///     EncodeError: An item above 65535 bytes, or text beyond ISO 8859-1.
            fn encode<'py>(
                &self,
                py: Python<'py>,
            ) -> Result<Bound<'py, PyBytes>, UnencodableError> {
                let pdu: codec::$name = self.clone().convert();
                Ok(PyBytes::new(py, &pdu.encode()?))
            }

            fn __repr__(&self) -> String {
                format!("{self:?}")
            }
        }
    };
}

associate! {
    /// A-ASSOCIATE-RQ (PS3.8 9.3.2).
    AssociateRq(ContextRq)
}

associate! {
    /// A-ASSOCIATE-AC (PS3.8 9.3.3).
    AssociateAc(ContextAc)
}

record! {
    /// A presentation data value (PS3.8 9.3.5.1).
    Pdv = codec::Pdv {
        /// The presentation context it belongs to.
        context_id: u8,
        /// Bit 0: of a command set; bit 1: the last of its command or data set.
        control: u8,
        /// Part of a command or data set.
        fragment: Vec<u8>,
    }
}

#[pymethods]
impl Pdv {
    #[new]
    fn new(context_id: u8, control: u8, fragment: &[u8]) -> Self {
        Self { context_id, control, fragment: fragment.into() }
    }

    fn __repr__(&self) -> String {
        format!("{self:?}")
    }
}

record! {
    /// P-DATA-TF with its PDVs copied out (PS3.8 9.3.5): for tests and tools.
    PData = codec::PData {
        /// In wire order.
        pdvs: Vec<Pdv>,
    }
}

#[pymethods]
impl PData {
    #[new]
    fn new(pdvs: Vec<Pdv>) -> Self {
        Self { pdvs }
    }

    /// The PDU as bytes, header included.
    fn encode<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyBytes>, UnencodableError> {
        let pdu: codec::PData = self.clone().convert();
        Ok(PyBytes::new(py, &pdu.encode()?))
    }

    fn __repr__(&self) -> String {
        format!("{self:?}")
    }
}

/// Decode the one PDU that `data` is, header included (PS3.8 9.3).
///
/// Raises:
///     DecodeError: `Truncated` when the PDU is not all there; else no further byte can mend it.
#[pyfunction]
pub(crate) fn decode_pdu(data: Bytes) -> Result<crate::control::AnyPdu, CodecError> {
    Ok(codec::Pdu::decode(data.as_slice(), 0, &Limits::default())?.into())
}

/// Encode a command set, a data set or a piece of one as whole P-DATA-TF PDUs (PS3.8 9.3.5).
///
/// Args:
///     context_id: The presentation context of the message.
///     data: An even number of bytes; none make one empty PDV.
///     command: Whether they are of a command set.
///     last: Whether they end their command or data set.
///     max_length: Bytes of the largest variable field the peer receives, 0 for any.
///
/// Raises:
///     EncodeError: Data of odd length, or a maximum length without room for data.
#[pyfunction]
pub(crate) fn encode_pdvs(
    py: Python<'_>,
    context_id: u8,
    data: Bytes,
    command: bool,
    last: bool,
    max_length: u32,
) -> PyResult<Bound<'_, PyBytes>> {
    let cut = Fragmentation::new(context_id, command, last, max_length);
    let cut = cut.map_err(UnencodableError)?;
    let length = cut.encoded_length(data.as_slice().len()).map_err(UnencodableError)?;
    PyBytes::new_with(py, length, |out| {
        cut.write(data.as_slice(), out);
        Ok(())
    })
}

/// Encode a command set as whole P-DATA-TF PDUs (PS3.7 6.3.1, PS3.8 9.3.5).
///
/// Args:
///     context_id: The presentation context of the message.
///     command: The command set.
///     max_length: Bytes of the largest variable field the peer receives, 0 for any.
///
/// Raises:
///     EncodeError: Text beyond ISO 8859-1, or a maximum length without room for data.
#[pyfunction]
pub(crate) fn encode_message<'py>(
    py: Python<'py>,
    context_id: u8,
    command: &crate::command::Command,
    max_length: u32,
) -> Result<Bound<'py, PyBytes>, UnencodableError> {
    let command: russet_codec::command::Command = command.clone().convert();
    let cut = Fragmentation::new(context_id, true, true, max_length)?;
    Ok(PyBytes::new(py, &fragments(&command.encode()?, cut)?))
}

/// Fills up a field of fixed length.
fn padded<const N: usize>(value: &[u8], padding: u8) -> Result<[u8; N], EncodeError> {
    let mut field = [padding; N];
    let limit = u64::try_from(N).unwrap_or(u64::MAX);
    let too_long = EncodeError::TooLong { length: value.len(), limit };
    field.get_mut(..value.len()).ok_or(too_long)?.copy_from_slice(value);
    Ok(field)
}
