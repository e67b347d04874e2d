//! The PDUs of four bytes as records (PS3.8 9.3.4, 9.3.6 to 9.3.8), and their union
//! with A-ASSOCIATE-RQ and -AC.

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use russet_codec::pdu as codec;

use crate::associate::{AssociateAc, AssociateRq};
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

/// A PDU that is about the association, as the record that it is.
#[derive(IntoPyObject)]
pub(crate) enum Control {
    AssociateRq(AssociateRq),
    AssociateAc(AssociateAc),
    AssociateRj(AssociateRj),
    ReleaseRq(ReleaseRq),
    ReleaseRp(ReleaseRp),
    Abort(Abort),
}

impl From<codec::Control> for Control {
    fn from(pdu: codec::Control) -> Self {
        match pdu {
            codec::Control::AssociateRq(pdu) => Self::AssociateRq(pdu.convert()),
            codec::Control::AssociateAc(pdu) => Self::AssociateAc(pdu.convert()),
            codec::Control::AssociateRj(pdu) => Self::AssociateRj(pdu.convert()),
            codec::Control::ReleaseRq(pdu) => Self::ReleaseRq(pdu.convert()),
            codec::Control::ReleaseRp(pdu) => Self::ReleaseRp(pdu.convert()),
            codec::Control::Abort(pdu) => Self::Abort(pdu.convert()),
        }
    }
}
