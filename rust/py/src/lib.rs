//! `russet._core`: what Python sees of `russet-codec`. Conversions only; no rule of the standard.
#![allow(missing_docs, reason = "the docs of a binding are the docstrings of what it exports")]
#![allow(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]

mod associate;
mod buffer;
mod command;
mod control;
mod dataset;
mod dictionary;
mod dump;
mod error;
mod event;
mod file;
mod pdu;
mod record;
mod stream;
mod uids;
mod user_info;
mod value;
mod walk;
mod warning;

use pyo3::prelude::*;

/// The codec of russet. Use `russet.codec`, the one door to it.
#[pymodule]
mod _core {
    /// Whether this is an optimised build.
    #[pymodule_export]
    const RELEASE: bool = !cfg!(debug_assertions);

    #[pymodule_export]
    use crate::associate::{AssociateAc, AssociateRq, ContextAc, ContextRq};
    #[pymodule_export]
    use crate::command::{Command, decode_command};
    #[pymodule_export]
    use crate::control::{Abort, AssociateRj, ReleaseRp, ReleaseRq};
    #[pymodule_export]
    use crate::dataset::{DatasetIndex, read_dataset};
    #[pymodule_export]
    use crate::dictionary::{DictionaryEntry, dictionary_entry, keyword_of, keywords, tag_of};
    #[pymodule_export]
    use crate::dump::{dump, dump_value, escape};
    #[pymodule_export]
    use crate::event::{CommandReceived, DataReceived, DataUnexpected};
    #[pymodule_export]
    use crate::file::{FileIndex, FileMeta, encode_file_head, read_file, read_meta};
    #[pymodule_export]
    use crate::pdu::{PData, Pdv, decode_pdu, encode_message, encode_pdvs};
    #[pymodule_export]
    use crate::stream::Stream;
    #[pymodule_export]
    use crate::uids::{UidEntry, all, transfer_syntaxes, uid_entry};
    #[pymodule_export]
    use crate::user_info::{CommonExtended, Extended, Identity, Role, UserInformation};
    #[pymodule_export]
    use crate::value::{decode_texts, decode_value};
    #[pymodule_export]
    use crate::walk::Walk;
}
