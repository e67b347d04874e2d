//! P-DATA-TF as records and as bytes (PS3.8 9.3.5), and the door to all PDUs.

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use russet_codec::command as command_set;
use russet_codec::limits::Limits;
use russet_codec::pdu as codec;
use russet_codec::pdu::data::{Fragmentation, encode_pdvs as fragments};

use crate::buffer::Bytes;
use crate::command::Command;
use crate::control::Control;
use crate::error::{CodecError, UnencodableError};
use crate::record::{Convert, record};

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

/// Any PDU, as the record that it is.
#[allow(clippy::large_enum_variant, reason = "becomes an object as soon as it is made")]
#[derive(IntoPyObject)]
pub(crate) enum AnyPdu {
    Control(Control),
    PData(PData),
}

/// Decode the one PDU that `data` is, header included (PS3.8 9.3).
///
/// Raises:
///     DecodeError: `Truncated` when the PDU is not all there; else no further byte can mend it.
#[pyfunction]
pub(crate) fn decode_pdu(data: Bytes) -> Result<AnyPdu, CodecError> {
    Ok(match codec::Pdu::decode(data.as_slice(), 0, &Limits::default())? {
        codec::Pdu::Control(pdu) => AnyPdu::Control(pdu.into()),
        codec::Pdu::PData(pdu) => AnyPdu::PData(pdu.convert()),
    })
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
    command: &Command,
    max_length: u32,
) -> Result<Bound<'py, PyBytes>, UnencodableError> {
    let command: command_set::Command = command.clone().convert();
    let cut = Fragmentation::new(context_id, true, true, max_length)?;
    Ok(PyBytes::new(py, &fragments(&command.encode()?, cut)?))
}
