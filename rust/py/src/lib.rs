//! `russet._core`: what Python sees of `russet-codec`. Conversions only; no rule of the standard.
#![allow(missing_docs, reason = "the docs of a binding are the docstrings of what it exports")]

use pyo3::prelude::*;

/// The codec of russet. Use `russet.codec`, the one door to it.
#[pymodule]
mod _core {
    /// Whether this is an optimised build.
    #[pymodule_export]
    const RELEASE: bool = !cfg!(debug_assertions);
}
