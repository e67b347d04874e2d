//! `russet._core`: what Python sees of `russet-codec`. Conversions only; no rule of the standard.
#![allow(missing_docs, reason = "the docs of a binding are the docstrings of what it exports")]
#![allow(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]

mod associate;
mod buffer;
mod charset;
mod command;
mod control;
mod dataset;
mod dictionary;
mod disk;
mod dump;
mod encode;
mod error;
mod event;
mod file;
mod given;
mod items;
mod json;
mod many;
mod meta;
mod pdu;
mod private;
mod pydicom;
mod read;
mod recode;
mod record;
mod rules;
mod scan;
mod skim;
mod source;
mod span;
mod stream;
mod uids;
mod user_info;
mod value;
mod values;
mod view;
mod walk;
mod warning;
mod whole;

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
    use crate::charset::{charset_named, unknown_charset_terms};
    #[pymodule_export]
    use crate::command::{Command, decode_command};
    #[pymodule_export]
    use crate::control::{Abort, AssociateRj, ReleaseRp, ReleaseRq};
    #[pymodule_export]
    use crate::dataset::DatasetIndex;
    #[pymodule_export]
    use crate::dictionary::{DictionaryEntry, dictionary_entry, keyword_of, keywords, tag_of};
    #[pymodule_export]
    use crate::dump::{dump, dump_value, escape};
    #[pymodule_export]
    use crate::encode::{encode_element, encode_value};
    #[pymodule_export]
    use crate::event::{CommandReceived, DataReceived, DataUnexpected};
    #[pymodule_export]
    use crate::file::FileIndex;
    #[pymodule_export]
    use crate::json::{LargeValue, decode_json, encode_json};
    #[pymodule_export]
    use crate::meta::{FileMeta, encode_file_head, read_meta};
    #[pymodule_export]
    use crate::pdu::{PData, Pdv, decode_pdu, encode_message, encode_pdvs};
    #[pymodule_export]
    use crate::private::{PrivateEntry, private_entry, register_private};
    #[pymodule_export]
    use crate::pydicom::raw_elements;
    #[pymodule_export]
    use crate::read::{read_dataset, read_file, read_path};
    #[pymodule_export]
    use crate::recode::recode;
    #[pymodule_export]
    use crate::scan::{Scan, ScanTable, path_text};
    #[pymodule_export]
    use crate::span::{bytes_between, element_span, fragments, is_undefined_item, item_span};
    #[pymodule_export]
    use crate::stream::Stream;
    #[pymodule_export]
    use crate::uids::{UidEntry, all, is_encapsulated, transfer_syntaxes, uid_entry};
    #[pymodule_export]
    use crate::user_info::{CommonExtended, Extended, Identity, Role, UserInformation};
    #[pymodule_export]
    use crate::value::{decode_texts, decode_value, number_array};
    #[pymodule_export]
    use crate::values::{index_arrays, values};
    #[pymodule_export]
    use crate::view::view;
    #[pymodule_export]
    use crate::walk::{Tags, Walk};
}
