//! The DICOM JSON Model (PS3.18 F): a data set becomes text, and text a data set, in one pass each.
//!
//! No tree is built in between and nothing recurses: [`write::Model`] is told of a data set in order
//! and appends text; [`read`] goes through text and appends elements.

mod escape;
mod lexer;
mod order;
mod path;
pub mod read;
mod value;
pub mod write;

/// The groups of a person name (PS3.18 F.2.2).
const NAME_GROUPS: [&str; 3] = ["Alphabetic", "Ideographic", "Phonetic"];
