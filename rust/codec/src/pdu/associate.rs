//! A-ASSOCIATE-RQ and A-ASSOCIATE-AC (PS3.8 9.3.2, 9.3.3): one layout, two kinds of context.

use super::user_info::UserInformation;
use super::{Budget, Item, pdu_type, text};
use crate::cursor::Cursor;
use crate::endian::Endian;
use crate::error::{DecodeError, EncodeError, ErrorKind};
use crate::limits::Limits;
use crate::writer::Writer;

/// The only application context of DICOM (PS3.7 A.2.1).
pub const APPLICATION_CONTEXT: &str = "1.2.840.10008.3.1.1.1";

const APPLICATION_CONTEXT_ITEM: u8 = 0x10;
const ABSTRACT_SYNTAX_ITEM: u8 = 0x30;
const TRANSFER_SYNTAX_ITEM: u8 = 0x40;
const USER_INFORMATION_ITEM: u8 = 0x50;

/// A request or an acceptance; `C` is its presentation context item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Associate<C> {
    /// Bit field; bit 0 is version 1, the only one there is.
    pub version: u16,
    /// Title of the called AE, 16 bytes as on the wire.
    pub called: [u8; 16],
    /// Title of the calling AE, 16 bytes as on the wire.
    pub calling: [u8; 16],
    /// Zeros in a request; an acceptance repeats what the request had.
    pub reserved: [u8; 32],
    /// UID of the application context; empty when the item is missing.
    pub application_context: String,
    /// Presentation contexts in wire order, ids odd and each used once.
    pub contexts: Vec<C>,
    /// Everything else that is negotiated.
    pub user: UserInformation,
}

/// A-ASSOCIATE-RQ (PS3.8 9.3.2).
pub type AssociateRq = Associate<ContextRq>;
/// A-ASSOCIATE-AC (PS3.8 9.3.3).
pub type AssociateAc = Associate<ContextAc>;

/// A proposed presentation context (PS3.8 9.3.2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContextRq {
    /// Odd, 1 to 255.
    pub context_id: u8,
    /// SOP class UID; empty when the item is missing.
    pub abstract_syntax: String,
    /// Transfer syntax UIDs as proposed.
    pub transfer_syntaxes: Vec<String>,
}

/// The answer to one proposed presentation context (PS3.8 9.3.3.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContextAc {
    /// Of the context that is answered.
    pub context_id: u8,
    /// 0 is acceptance, 1 to 4 are refusals (PS3.8 Table 9-18).
    pub result: u8,
    /// The accepted transfer syntax UID; without meaning in a refusal.
    pub transfer_syntax: String,
}

/// What the two presentation context items differ in.
pub trait Context: Sized {
    /// Type of the PDU it occurs in.
    const PDU_TYPE: u8;
    /// Type of the item.
    const ITEM: u8;

    /// A context before its syntaxes are read; `header` is bytes 5 to 8 of the item.
    fn begin(header: [u8; 4]) -> Self;
    /// Keeps the UID of a sub-item; of other types nothing is kept.
    fn syntax(&mut self, kind: u8, uid: &[u8]);
    /// Writes the value of the item.
    fn write(&self, out: &mut Writer);
    /// The presentation context id.
    fn context_id(&self) -> u8;
}

impl Context for ContextRq {
    const PDU_TYPE: u8 = pdu_type::ASSOCIATE_RQ;
    const ITEM: u8 = 0x20;

    fn begin([context_id, ..]: [u8; 4]) -> Self {
        Self { context_id, abstract_syntax: String::new(), transfer_syntaxes: Vec::new() }
    }

    fn syntax(&mut self, kind: u8, uid: &[u8]) {
        match kind {
            ABSTRACT_SYNTAX_ITEM => self.abstract_syntax = text(uid),
            TRANSFER_SYNTAX_ITEM => self.transfer_syntaxes.push(text(uid)),
            _ => {}
        }
    }

    fn write(&self, out: &mut Writer) {
        out.put(&[self.context_id, 0, 0, 0]);
        out.item(ABSTRACT_SYNTAX_ITEM, |out| out.put_text(&self.abstract_syntax));
        for syntax in &self.transfer_syntaxes {
            out.item(TRANSFER_SYNTAX_ITEM, |out| out.put_text(syntax));
        }
    }

    fn context_id(&self) -> u8 {
        self.context_id
    }
}

impl Context for ContextAc {
    const PDU_TYPE: u8 = pdu_type::ASSOCIATE_AC;
    const ITEM: u8 = 0x21;

    fn begin([context_id, _, result, _]: [u8; 4]) -> Self {
        Self { context_id, result, transfer_syntax: String::new() }
    }

    fn syntax(&mut self, kind: u8, uid: &[u8]) {
        if kind == TRANSFER_SYNTAX_ITEM {
            self.transfer_syntax = text(uid);
        }
    }

    fn write(&self, out: &mut Writer) {
        out.put(&[self.context_id, 0, self.result, 0]);
        out.item(TRANSFER_SYNTAX_ITEM, |out| out.put_text(&self.transfer_syntax));
    }

    fn context_id(&self) -> u8 {
        self.context_id
    }
}

impl<C: Context> Associate<C> {
    /// Decodes the variable field. Missing items leave their field empty for policy to judge; of
    /// an item that may occur once the last one counts.
    pub(crate) fn decode(mut body: Cursor<'_>, limits: &Limits) -> Result<Self, DecodeError> {
        let version = body.u16(Endian::Big)?;
        let [_, _] = body.array()?;
        let mut found = Self {
            version,
            called: body.array()?,
            calling: body.array()?,
            reserved: body.array()?,
            application_context: String::new(),
            contexts: Vec::new(),
            user: UserInformation::default(),
        };
        let mut budget = Budget::new(limits.items);
        while !body.is_empty() {
            let item = budget.item(&mut body)?;
            found.keep(&item, &mut budget)?;
        }
        Ok(found)
    }

    /// The PDU as bytes, header included; items in ascending order of their types.
    ///
    /// # Errors
    /// An item above 65 535 bytes, or text that is not one byte per character.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        let mut out = Writer::new();
        out.pdu(C::PDU_TYPE, |out| {
            out.put(&self.version.to_be_bytes());
            out.put(&[0; 2]);
            out.put(&self.called);
            out.put(&self.calling);
            out.put(&self.reserved);
            out.item(APPLICATION_CONTEXT_ITEM, |out| out.put_text(&self.application_context));
            for context in &self.contexts {
                out.item(C::ITEM, |out| context.write(out));
            }
            out.item(USER_INFORMATION_ITEM, |out| self.user.write(out));
        });
        out.finish()
    }

    fn keep(&mut self, item: &Item<'_>, budget: &mut Budget) -> Result<(), DecodeError> {
        match item.kind {
            APPLICATION_CONTEXT_ITEM => self.application_context = text(item.body.rest()),
            kind if kind == C::ITEM => {
                let id_at = item.body;
                let context: C = decode_context(item.body, budget)?;
                self.check_id(context.context_id(), &id_at)?;
                self.contexts.push(context);
            }
            USER_INFORMATION_ITEM => self.user.read(item.body, budget)?,
            _ => {}
        }
        Ok(())
    }

    fn check_id(&self, id: u8, at: &Cursor<'_>) -> Result<(), DecodeError> {
        if id & 1 == 0 {
            return Err(at.error(ErrorKind::Invalid("presentation context id not odd")));
        }
        if self.contexts.iter().any(|known| known.context_id() == id) {
            return Err(at.error(ErrorKind::Invalid("presentation context id used twice")));
        }
        Ok(())
    }
}

fn decode_context<C: Context>(mut body: Cursor<'_>, budget: &mut Budget) -> Result<C, DecodeError> {
    let mut context = C::begin(body.array()?);
    while !body.is_empty() {
        let item = budget.item(&mut body)?;
        context.syntax(item.kind, item.body.rest());
    }
    Ok(context)
}
