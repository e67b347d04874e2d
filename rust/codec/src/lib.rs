//! PDUs, DIMSE command sets and data sets for DICOM(R): bytes in, structure out.
//!
//! No I/O, no unsafe, no Python. Every read goes through [`cursor::Cursor`], the only place with
//! bounds checks; every length is compared with what is there, or with a limit, before anything is
//! allocated; every failure is a [`error::DecodeError`] that says what, at which offset, in which
//! element.
#![forbid(unsafe_code)]

pub mod charset;
pub mod command;
pub mod cursor;
pub mod dataset;
pub mod dictionary;
pub mod dump;
pub mod endian;
pub mod error;
pub mod file;
pub mod json;
pub mod limits;
pub mod pdu;
pub mod private;
pub mod scan;
pub mod stream;
pub mod syntax;
pub mod tag;
pub mod uids;
pub mod value;
pub mod vr;
pub mod writer;
