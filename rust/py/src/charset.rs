//! Specific Character Set (0008,0005).

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use russet_codec::charset::{self, Charset};
use russet_codec::value::Context;

/// A value of Specific Character Set in the words of the standard: without misspellings, repeated
/// terms, and those that must stand alone and do not.
#[pyfunction]
pub(crate) fn charset_named(charset: &str) -> String {
    Charset::of(charset.as_bytes()).to_string()
}

/// The terms in a value of Specific Character Set that the standard does not have.
#[pyfunction]
pub(crate) fn unknown_charset_terms(charset: &str) -> Vec<String> {
    let unknown = charset::unknown_terms(charset.as_bytes());
    unknown.map(|term| String::from_utf8_lossy(term).into_owned()).collect()
}

/// What is around a data set that does not say its character set.
///
/// # Errors
/// `ValueError` for a term that the standard does not have.
pub(crate) fn around(fallback: &str) -> PyResult<Context> {
    if fallback.is_empty() {
        return Ok(Context::default());
    }
    if let Some(term) = unknown_charset_terms(fallback).first() {
        return Err(PyValueError::new_err(format!("no character set is named {term:?}")));
    }
    Ok(Context { charset: Charset::of(fallback.as_bytes()), ..Context::default() })
}
