//! The PDUs of four bytes as records (PS3.8 9.3.4, 9.3.6 to 9.3.8), and the union of all PDUs.

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use russet_codec::pdu as codec;

use crate::pdu::{AssociateAc, AssociateRq, PData};
use crate::record::{Convert, record};

record! {
    /// A-ASSOCIATE-RJ (PS3.8 9.3.4); the numbers are those of Table 9-21.
    AssociateRj = codec::AssociateRj {
        /// 1 permanent, 2 transient.
        result: u8,
        /// 1 user, 2 provider (ACSE), 3 provider (presentation).
        source: u8,
        /// By source.
        reason: u8,
    }
}

#[pymethods]
impl AssociateRj {
    #[new]
    fn new(result: u8, source: u8, reason: u8) -> Self {
        Self { result, source, reason }
    }

    /// The PDU as bytes, header included.
    fn encode<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let pdu: codec::AssociateRj = self.clone().convert();
        PyBytes::new(py, &pdu.encode())
    }

    fn __repr__(&self) -> String {
        format!("{self:?}")
    }
}

record! {
    /// A-RELEASE-RQ (PS3.8 9.3.6).
    ReleaseRq = codec::ReleaseRq {}
}

#[pymethods]
impl ReleaseRq {
    #[new]
    fn new() -> Self {
        Self {}
    }

    /// The PDU as bytes, header included.
    #[allow(clippy::unused_self, reason = "a method, as on every other PDU")]
    fn encode<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &codec::ReleaseRq.encode())
    }

    fn __repr__(&self) -> String {
        format!("{self:?}")
    }
}

record! {
    /// A-RELEASE-RP (PS3.8 9.3.7).
    ReleaseRp = codec::ReleaseRp {}
}

#[pymethods]
impl ReleaseRp {
    #[new]
    fn new() -> Self {
        Self {}
    }

    /// The PDU as bytes, header included.
    #[allow(clippy::unused_self, reason = "a method, as on every other PDU")]
    fn encode<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &codec::ReleaseRp.encode())
    }

    fn __repr__(&self) -> String {
        format!("{self:?}")
    }
}

record! {
    /// A-ABORT (PS3.8 9.3.8); the numbers are those of Table 9-26.
    Abort = codec::Abort {
        /// 0 user, 2 provider.
        source: u8,
        /// For source 2 why; else 0.
        reason: u8,
    }
}

#[pymethods]
impl Abort {
    #[new]
    fn new(source: u8, reason: u8) -> Self {
        Self { source, reason }
    }

    /// The PDU as bytes, header included.
    fn encode<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let pdu: codec::Abort = self.clone().convert();
        PyBytes::new(py, &pdu.encode())
    }

    fn __repr__(&self) -> String {
        format!("{self:?}")
    }
}

/// Any PDU, as the record that it is.
#[derive(IntoPyObject)]
pub(crate) enum AnyPdu {
    AssociateRq(AssociateRq),
    AssociateAc(AssociateAc),
    AssociateRj(AssociateRj),
    PData(PData),
    ReleaseRq(ReleaseRq),
    ReleaseRp(ReleaseRp),
    Abort(Abort),
}

impl From<codec::Pdu> for AnyPdu {
    fn from(pdu: codec::Pdu) -> Self {
        match pdu {
            codec::Pdu::AssociateRq(pdu) => Self::AssociateRq(pdu.convert()),
            codec::Pdu::AssociateAc(pdu) => Self::AssociateAc(pdu.convert()),
            codec::Pdu::AssociateRj(pdu) => Self::AssociateRj(pdu.convert()),
            codec::Pdu::PData(pdu) => Self::PData(pdu.convert()),
            codec::Pdu::ReleaseRq(pdu) => Self::ReleaseRq(pdu.convert()),
            codec::Pdu::ReleaseRp(pdu) => Self::ReleaseRp(pdu.convert()),
            codec::Pdu::Abort(pdu) => Self::Abort(pdu.convert()),
        }
    }
}
