//! Data sets (PS3.5 7): one forward pass over the bytes, without recursion and without copies.
//!
//! [`walk::Walk`] is the only element loop. It is fed with the bytes, all at once or in parts, and
//! tells a [`visitor::Visitor`] what it meets. Reading a file ([`index::Index`]) and checking what
//! arrives from a peer ([`feed::Feed`]) are visitors of the same loop, and so is whoever reads all of
//! it in order ([`deep::View`]).

mod block;
pub mod deep;
pub mod deflate;
pub mod encode;
pub mod extract;
pub mod feed;
mod frame;
pub mod harvest;
pub mod header;
pub mod index;
pub mod inflate;
mod level;
mod lookup;
mod nesting;
mod sequence;
pub mod skim;
pub mod visitor;
pub mod walk;

use crate::dictionary;
use crate::endian::Endian;
use crate::error::DecodeError;
use crate::limits::Limits;
use crate::syntax::Syntax;
use crate::tag::Tag;
use crate::value::Context;
use crate::vr::Vr;

/// How the elements of a data set are written (PS3.5 7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoding {
    /// Whether elements carry their VR.
    pub explicit: bool,
    /// The byte order of tags, lengths and numbers.
    pub endian: Endian,
}

impl Encoding {
    /// Implicit VR Little Endian: the default syntax, and the content of UN (PS3.5 6.2.2).
    pub const IMPLICIT: Self = Self { explicit: false, endian: Endian::Little };
    /// Explicit VR Little Endian: file meta, and every syntax of today but the default.
    pub const EXPLICIT: Self = Self { explicit: true, endian: Endian::Little };
    /// Explicit VR Big Endian, retired.
    pub const BIG_ENDIAN: Self = Self { explicit: true, endian: Endian::Big };
}

impl From<Syntax> for Encoding {
    fn from(syntax: Syntax) -> Self {
        Self { explicit: syntax.explicit, endian: syntax.endian }
    }
}

/// What a reader accepts: how much, and whether what is merely odd is an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rules {
    /// Nesting, elements and inflated bytes.
    pub limits: Limits,
    /// Whether every deviation is an error. Otherwise what can be read is, with a warning.
    pub strict: bool,
}

/// An element as it stands in the bytes. Offsets count from the start of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element {
    /// Its tag.
    pub tag: Tag,
    /// The VR as written; None when the bytes do not say, or say nothing that the standard knows.
    pub vr: Option<Vr>,
    /// Where its header starts.
    pub offset: u64,
    /// Bytes of the header: 8, or 12 in the 32-bit form of Explicit VR.
    pub header_length: u8,
    /// Bytes of the value. Of an undefined length known only when its end was met, 0 until then.
    pub length: u64,
    /// Whether the length was written as FFFFFFFFH.
    pub undefined: bool,
}

impl Element {
    /// Where its value starts.
    #[must_use]
    pub fn value(&self) -> u64 {
        self.offset.saturating_add(self.header_length.into())
    }

    /// Where its value ends; the delimiter of an undefined length comes after.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.value().saturating_add(self.length)
    }

    /// The VR as written, else the one of the dictionary (PS3.5 A.1).
    #[must_use]
    pub fn vr(&self) -> Vr {
        self.vr.unwrap_or_else(|| dictionary::vr_of(self.tag))
    }

    /// Whether its value is fragments, as that of encapsulated pixel data is (PS3.5 A.4): by its VR, or the
    /// one of the dictionary. Whatever else is of undefined length is a sequence (PS3.5 7.5 and 6.2.2).
    #[must_use]
    pub fn has_fragments(&self) -> bool {
        let binary = || matches!(self.vr(), Vr::OB | Vr::OW);
        self.undefined && (self.tag == Tag::PIXEL_DATA || binary())
    }

    /// The VR to take the value by: as written, but for UN what the dictionary knows; what is US or SS by
    /// `context`. Of undefined length, fragments are OB unless they are OW, and everything else is SQ;
    /// but a group length holds neither (PS3.5 7.2), and is UN where it seems to.
    #[must_use]
    pub fn value_vr(&self, context: Context) -> Vr {
        match self.vr {
            vr if self.tag.is_group_length() && (self.undefined || vr == Some(Vr::SQ)) => {
                return Vr::UN;
            }
            Some(Vr::OW) => return Vr::OW,
            _ if self.has_fragments() => return Vr::OB,
            _ if self.undefined => return Vr::SQ,
            Some(vr) if vr != Vr::UN => return vr,
            _ => {}
        }
        let known = if context.signed { dictionary::signed_vr_of } else { dictionary::vr_of };
        known(self.tag)
    }
}

/// What was odd but readable. Only the first are kept: a warning is a service, not a cost.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Warnings {
    /// The first ones, in the order they were met.
    pub kept: Vec<DecodeError>,
    /// How many there were in all.
    pub count: usize,
}

impl Warnings {
    const KEPT: usize = 64;

    /// Notes one more.
    pub fn push(&mut self, warning: DecodeError) {
        self.count = self.count.saturating_add(1);
        if self.kept.len() < Self::KEPT {
            self.kept.push(warning);
        }
    }

    /// Notes those of another pass.
    pub fn extend(&mut self, other: Self) {
        self.count = self.count.saturating_add(other.count);
        let room = Self::KEPT.saturating_sub(self.kept.len());
        self.kept.extend(other.kept.into_iter().take(room));
    }
}

/// A count as an offset.
pub(crate) fn wide(count: usize) -> u64 {
    count.try_into().unwrap_or(u64::MAX)
}
