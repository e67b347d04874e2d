//! The records of user information (PS3.8 9.3.2.3, PS3.7 D.3.3).

use pyo3::prelude::*;
use russet_codec::pdu::user_info as codec;

use crate::record::{NONE, record};

record! {
    /// SCP/SCU role selection (PS3.7 D.3.3.4).
    Role = codec::Role {
        /// The SOP class it is about.
        sop_class_uid: String,
        /// Whether the requestor is (to be) a user of the service.
        scu: bool,
        /// Whether the requestor is (to be) a provider of the service.
        scp: bool,
    }
}

#[pymethods]
impl Role {
    #[new]
    fn new(sop_class_uid: String, scu: bool, scp: bool) -> Self {
        Self { sop_class_uid, scu, scp }
    }

    fn __repr__(&self) -> String {
        format!("{self:?}")
    }
}

record! {
    /// SOP class extended negotiation (PS3.7 D.3.3.5).
    Extended = codec::Extended {
        /// The SOP class it is about.
        sop_class_uid: String,
        /// Service-class-application-information, as PS3.4 defines it for the class.
        information: Vec<u8>,
    }
}

#[pymethods]
impl Extended {
    #[new]
    fn new(sop_class_uid: String, information: &[u8]) -> Self {
        Self { sop_class_uid, information: information.into() }
    }

    fn __repr__(&self) -> String {
        format!("{self:?}")
    }
}

record! {
    /// SOP class common extended negotiation (PS3.7 D.3.3.6).
    CommonExtended = codec::CommonExtended {
        /// The SOP class it is about.
        sop_class_uid: String,
        /// The service class it belongs to.
        service_class_uid: String,
        /// More general SOP classes that an acceptor may treat it as.
        related: Vec<String>,
    }
}

#[pymethods]
impl CommonExtended {
    #[new]
    fn new(sop_class_uid: String, service_class_uid: String, related: Vec<String>) -> Self {
        Self { sop_class_uid, service_class_uid, related }
    }

    fn __repr__(&self) -> String {
        format!("{self:?}")
    }
}

record! {
    /// User identity (PS3.7 D.3.3.7.1); its repr shows no credentials.
    Identity = codec::Identity {
        /// 1 user name, 2 with passcode, 3 Kerberos, 4 SAML, 5 JWT.
        kind: u8,
        /// Whether an acceptance is to answer with a 59H.
        response_requested: bool,
        /// User name, ticket, assertion or token.
        primary: Vec<u8>,
        /// Passcode for kind 2, else empty.
        secondary: Vec<u8>,
    }
}

#[pymethods]
impl Identity {
    #[new]
    #[pyo3(signature = (kind, response_requested, primary, secondary = NONE))]
    fn new(kind: u8, response_requested: bool, primary: &[u8], secondary: &[u8]) -> Self {
        Self { kind, response_requested, primary: primary.into(), secondary: secondary.into() }
    }

    fn __repr__(&self) -> String {
        format!("{self:?}")
    }
}

record! {
    /// User information: sub-items 51H to 59H (PS3.8 9.3.2.3, PS3.7 D.3.3).
    UserInformation = codec::UserInformation {
        /// Bytes of the largest P-DATA-TF variable field its sender will receive, 0 for any.
        max_length: Option<u32>,
        /// PS3.7 D.3.3.2.1.
        implementation_class_uid: Option<String>,
        /// Operations outstanding, invoked and performed, 0 for any number (PS3.7 D.3.3.3).
        window: Option<(u16, u16)>,
        /// One for each SOP class concerned.
        roles: Vec<Role>,
        /// PS3.7 D.3.3.2.3.
        implementation_version: Option<String>,
        /// One for each SOP class concerned.
        extended: Vec<Extended>,
        /// One for each SOP class concerned, in a request.
        common_extended: Vec<CommonExtended>,
        /// In a request.
        identity: Option<Identity>,
        /// In an acceptance: the server's response.
        identity_response: Option<Vec<u8>>,
        /// Sub-items the standard does not define, type and value.
        unknown: Vec<(u8, Vec<u8>)>,
    }
}

#[pymethods]
impl UserInformation {
    #[new]
    #[pyo3(signature = (
        max_length = None, implementation_class_uid = None, window = None, roles = Vec::new(),
        implementation_version = None, extended = Vec::new(), common_extended = Vec::new(),
        identity = None, identity_response = None,
        unknown = Vec::new()
    ))]
    #[allow(clippy::too_many_arguments, reason = "keywords of Python, one per sub-item")]
    fn new(
        max_length: Option<u32>,
        implementation_class_uid: Option<String>,
        window: Option<(u16, u16)>,
        roles: Vec<Role>,
        implementation_version: Option<String>,
        extended: Vec<Extended>,
        common_extended: Vec<CommonExtended>,
        identity: Option<Identity>,
        identity_response: Option<&[u8]>,
        unknown: Vec<(u8, Vec<u8>)>,
    ) -> Self {
        Self {
            max_length,
            implementation_class_uid,
            window,
            roles,
            implementation_version,
            extended,
            common_extended,
            identity,
            identity_response: identity_response.map(Into::into),
            unknown,
        }
    }

    fn __repr__(&self) -> String {
        format!("{self:?}")
    }
}
