//! User information (PS3.8 9.3.2.3) and its sub-items (PS3.8 D.1, PS3.7 D.3.3).

use super::{Budget, Item, ended, sub16, text};
use crate::cursor::Cursor;
use crate::endian::Endian;
use crate::error::DecodeError;
use crate::writer::Writer;

/// Sub-items in ascending order of their types, 51H to 59H.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UserInformation {
    /// 51H: the largest P-DATA-TF variable field its sender will receive, 0 for any (PS3.8 D.1).
    pub max_length: Option<u32>,
    /// 52H (PS3.7 D.3.3.2.1).
    pub implementation_class_uid: Option<String>,
    /// 53H: operations outstanding, invoked and performed, 0 for any number (PS3.7 D.3.3.3).
    pub window: Option<(u16, u16)>,
    /// 54H, one for each SOP class concerned (PS3.7 D.3.3.4).
    pub roles: Vec<Role>,
    /// 55H (PS3.7 D.3.3.2.3).
    pub implementation_version: Option<String>,
    /// 56H (PS3.7 D.3.3.5).
    pub extended: Vec<Extended>,
    /// 57H (PS3.7 D.3.3.6).
    pub common_extended: Vec<CommonExtended>,
    /// 58H, in a request (PS3.7 D.3.3.7.1).
    pub identity: Option<Identity>,
    /// 59H, in an acceptance: the server's response (PS3.7 D.3.3.7.2).
    pub identity_response: Option<Vec<u8>>,
    /// Sub-items the standard does not define, type and value.
    pub unknown: Vec<(u8, Vec<u8>)>,
}

/// SCP/SCU role selection (PS3.7 D.3.3.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// The SOP class it is about.
    pub sop_class_uid: String,
    /// Whether the requestor is (to be) a user of the service.
    pub scu: bool,
    /// Whether the requestor is (to be) a provider of the service.
    pub scp: bool,
}

/// SOP class extended negotiation (PS3.7 D.3.3.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extended {
    /// The SOP class it is about.
    pub sop_class_uid: String,
    /// Service-class-application-information, as PS3.4 defines it for the class.
    pub information: Vec<u8>,
}

/// SOP class common extended negotiation (PS3.7 D.3.3.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommonExtended {
    /// The SOP class it is about.
    pub sop_class_uid: String,
    /// The service class it belongs to.
    pub service_class_uid: String,
    /// More general SOP classes that an acceptor may treat it as.
    pub related: Vec<String>,
}

/// User identity (PS3.7 D.3.3.7.1). Its `Debug` shows no credentials.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// 1 user name, 2 with passcode, 3 Kerberos, 4 SAML, 5 JWT.
    pub kind: u8,
    /// Whether an acceptance is to answer with a 59H.
    pub response_requested: bool,
    /// User name, ticket, assertion or token.
    pub primary: Vec<u8>,
    /// Passcode for kind 2, else empty.
    pub secondary: Vec<u8>,
}

impl UserInformation {
    /// Adds the sub-items of a 50H item; of a sub-item that may occur once the last one counts.
    pub(crate) fn read(
        &mut self,
        mut body: Cursor<'_>,
        budget: &mut Budget,
    ) -> Result<(), DecodeError> {
        while !body.is_empty() {
            let item = budget.item(&mut body)?;
            self.keep(&item, budget)?;
        }
        Ok(())
    }

    fn keep(&mut self, item: &Item<'_>, budget: &mut Budget) -> Result<(), DecodeError> {
        let body = item.body;
        match item.kind {
            0x51 => self.max_length = Some(exactly(body, |body| body.u32(Endian::Big))?),
            0x52 => self.implementation_class_uid = Some(text(body.rest())),
            0x53 => self.window = Some(exactly(body, window)?),
            0x54 => self.roles.push(exactly(body, Role::read)?),
            0x55 => self.implementation_version = Some(text(body.rest())),
            0x56 => self.extended.push(Extended::read(body)?),
            0x57 => self.common_extended.push(CommonExtended::read(body, budget)?),
            0x58 => self.identity = Some(exactly(body, Identity::read)?),
            0x59 => self.identity_response = Some(exactly(body, bytes16)?),
            kind => self.unknown.push((kind, body.rest().to_vec())),
        }
        Ok(())
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        if let Some(length) = self.max_length {
            out.item(0x51, |out| out.put(&length.to_be_bytes()));
        }
        if let Some(uid) = &self.implementation_class_uid {
            out.item(0x52, |out| out.put_text(uid));
        }
        if let Some((invoked, performed)) = self.window {
            out.item(0x53, |out| {
                out.put(&invoked.to_be_bytes());
                out.put(&performed.to_be_bytes());
            });
        }
        each(out, 0x54, &self.roles, Role::write);
        if let Some(name) = &self.implementation_version {
            out.item(0x55, |out| out.put_text(name));
        }
        each(out, 0x56, &self.extended, Extended::write);
        each(out, 0x57, &self.common_extended, CommonExtended::write);
        each(out, 0x58, self.identity.as_slice(), Identity::write);
        if let Some(response) = &self.identity_response {
            out.item(0x59, |out| out.put16(|out| out.put(response)));
        }
        for (kind, value) in &self.unknown {
            out.item(*kind, |out| out.put(value));
        }
    }
}

impl Role {
    fn read(body: &mut Cursor<'_>) -> Result<Self, DecodeError> {
        let sop_class_uid = text16(body)?;
        let [scu, scp] = body.array()?;
        Ok(Self { sop_class_uid, scu: scu != 0, scp: scp != 0 })
    }

    fn write(&self, out: &mut Writer) {
        out.put16(|out| out.put_text(&self.sop_class_uid));
        out.put(&[self.scu.into(), self.scp.into()]);
    }
}

impl Extended {
    fn read(mut body: Cursor<'_>) -> Result<Self, DecodeError> {
        let sop_class_uid = text16(&mut body)?;
        Ok(Self { sop_class_uid, information: body.rest().to_vec() })
    }

    fn write(&self, out: &mut Writer) {
        out.put16(|out| out.put_text(&self.sop_class_uid));
        out.put(&self.information);
    }
}

impl CommonExtended {
    /// Later versions of the sub-item may add fields at the end (PS3.7 Table D.3-12): not read.
    fn read(mut body: Cursor<'_>, budget: &mut Budget) -> Result<Self, DecodeError> {
        let sop_class_uid = text16(&mut body)?;
        let service_class_uid = text16(&mut body)?;
        let mut list = sub16(&mut body)?;
        let mut related = Vec::new();
        while !list.is_empty() {
            budget.spend(&list)?;
            related.push(text16(&mut list)?);
        }
        Ok(Self { sop_class_uid, service_class_uid, related })
    }

    fn write(&self, out: &mut Writer) {
        out.put16(|out| out.put_text(&self.sop_class_uid));
        out.put16(|out| out.put_text(&self.service_class_uid));
        out.put16(|out| {
            for uid in &self.related {
                out.put16(|out| out.put_text(uid));
            }
        });
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl Identity {
    fn read(body: &mut Cursor<'_>) -> Result<Self, DecodeError> {
        let [kind, response_requested] = body.array()?;
        let (primary, secondary) = (bytes16(body)?, bytes16(body)?);
        Ok(Self { kind, response_requested: response_requested != 0, primary, secondary })
    }

    fn write(&self, out: &mut Writer) {
        out.put(&[self.kind, self.response_requested.into()]);
        out.put16(|out| out.put(&self.primary));
        out.put16(|out| out.put(&self.secondary));
    }
}

/// Writes one sub-item for each of `records`.
fn each<T>(out: &mut Writer, kind: u8, records: &[T], write: fn(&T, &mut Writer)) {
    for record in records {
        out.item(kind, |out| write(record, out));
    }
}

/// Reads a value that fills its sub-item.
fn exactly<'a, T>(
    mut body: Cursor<'a>,
    read: impl FnOnce(&mut Cursor<'a>) -> Result<T, DecodeError>,
) -> Result<T, DecodeError> {
    let value = read(&mut body)?;
    ended(&body)?;
    Ok(value)
}

fn window(body: &mut Cursor<'_>) -> Result<(u16, u16), DecodeError> {
    Ok((body.u16(Endian::Big)?, body.u16(Endian::Big)?))
}

fn text16(body: &mut Cursor<'_>) -> Result<String, DecodeError> {
    Ok(text(sub16(body)?.rest()))
}

fn bytes16(body: &mut Cursor<'_>) -> Result<Vec<u8>, DecodeError> {
    Ok(sub16(body)?.rest().to_vec())
}
