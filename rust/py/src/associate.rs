//! A-ASSOCIATE-RQ and A-ASSOCIATE-AC as records (PS3.8 9.3.2, 9.3.3).

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use russet_codec::error::EncodeError;
use russet_codec::pdu as codec;

use crate::error::UnencodableError;
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

/// Fills up a field of fixed length.
fn padded<const N: usize>(value: &[u8], padding: u8) -> Result<[u8; N], EncodeError> {
    let mut field = [padding; N];
    let limit = u64::try_from(N).unwrap_or(u64::MAX);
    let too_long = EncodeError::TooLong { length: value.len(), limit };
    field.get_mut(..value.len()).ok_or(too_long)?.copy_from_slice(value);
    Ok(field)
}
