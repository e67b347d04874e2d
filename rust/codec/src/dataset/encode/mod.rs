//! Data sets as bytes (PS3.5 7): single elements, and whole data sets in another transfer syntax.

mod arrange;
mod element;
mod fragments;
mod recode;

pub(crate) use element::defined;
pub use element::{put_element, put_header, written_vr};
pub(crate) use fragments::{fragments_of, put_fragments};

use self::recode::{Pixels, Recoder};
use crate::dataset::deep::View;
use crate::dataset::deflate::deflate;
use crate::error::{DecodeError, EncodeError};
use crate::syntax::Syntax;

/// How the lengths of sequences and items are written (PS3.5 7.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lengths {
    /// As they were, defined or undefined; but undefined where Implicit VR would not show otherwise that
    /// a private element is a sequence.
    #[default]
    AsWritten,
    /// As a number of bytes, where 32 bits can tell it.
    Defined,
    /// As FFFFFFFFH, with a delimiter at the end.
    Undefined,
}

/// What becomes of group lengths, which are retired (PS3.5 7.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GroupLengths {
    /// None is written.
    #[default]
    Remove,
    /// Those that are there are made right.
    Keep,
    /// Every group gets one.
    Add,
}

/// Where a data set may be written in more than one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// Lengths of sequences and items.
    pub lengths: Lengths,
    /// Group lengths.
    pub group_lengths: GroupLengths,
}

/// Why a data set could not be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecodeError {
    /// It cannot be read.
    Decode(DecodeError),
    /// It has no place in the transfer syntax.
    Encode(EncodeError),
}

/// The data set `view`, read in the transfer syntax `from`, as it is written in `to`: the same
/// elements with the same values, in ascending order, all of even length.
///
/// What Implicit VR does not say is written by the data dictionary; what that does not know as UN. UN
/// stays as it is (PS3.5 6.2.2). Encapsulated pixel data are copied when the transfer syntaxes are the
/// same.
///
/// # Errors
/// `Decode` for what cannot be read. `Encode` for a transfer syntax that nobody knows, and for pixel
/// data that would have to be decoded or encoded.
pub fn recode(
    view: &View<'_>,
    from: &str,
    to: &str,
    options: Options,
) -> Result<Vec<u8>, RecodeError> {
    let same = from == to;
    let known = Syntax::of(to).or(same.then_some(Syntax::EXPLICIT));
    let syntax = known.ok_or(RecodeError::Encode(UNKNOWN))?;
    if !same && [from, to].contains(&BIG_ENDIAN_PIXELS) {
        return Err(RecodeError::Encode(SWAPPED));
    }
    let pixels = match syntax.encapsulated {
        _ if same => Pixels::Copied,
        true => Pixels::Refused,
        false => Pixels::Native,
    };
    let length = view.index.end().saturating_sub(view.index.start());
    // Four more bytes for a VR and reserved bytes, for a few elements.
    let room = usize::try_from(length.saturating_add(length >> 4)).unwrap_or_default();
    let mut recoder = Recoder::new(view.data, syntax.into(), options, pixels, room);
    view.read(&mut recoder).map_err(|error| {
        recoder.failure().map_or(RecodeError::Decode(error), RecodeError::Encode)
    })?;
    let written = recoder.finish();
    if syntax.deflated { deflate(&written).map_err(RecodeError::Encode) } else { Ok(written) }
}

/// Implicit VR Little Endian of GE, but for the pixels.
const BIG_ENDIAN_PIXELS: &str = "1.2.840.113619.5.2";
const SWAPPED: EncodeError =
    EncodeError::Invalid("pixels of 1.2.840.113619.5.2, which are in big endian");
const UNKNOWN: EncodeError = EncodeError::Invalid("a transfer syntax that nobody knows");
