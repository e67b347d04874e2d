//! Data sets as bytes (PS3.5 7): single elements, and whole data sets in another transfer syntax.

mod element;

pub use element::{put_element, put_header, written_vr};
