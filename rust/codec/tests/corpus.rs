//! Every file of the fuzz corpora, run through the function of its fuzz target: what was found once
//! stays mended, without a fuzzer.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests may panic")]

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

#[path = "../../fuzz/src/lib.rs"]
mod fuzz;

/// Runs `target` on each file of its corpus, and names those on which it panics.
fn replay(name: &str, target: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(name);
    let mut files: Vec<_> =
        fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{} has no files", folder.display());
    let panics = |path: &Path| {
        let data = fs::read(path).unwrap();
        catch_unwind(AssertUnwindSafe(|| target(&data))).is_err()
    };
    files.retain(|path| panics(path));
    assert!(files.is_empty(), "{name} panics on {files:#?}");
}

#[test]
fn any_bytes_open_or_are_refused() {
    replay("open", fuzz::open::open);
}

#[test]
fn a_data_set_has_one_structure_however_it_is_read() {
    replay("index_vs_full", fuzz::index_vs_full::index_vs_full);
}

#[test]
fn what_is_read_is_written_and_back() {
    replay("round_trip", fuzz::round_trip::round_trip);
}

#[test]
fn any_data_set_has_a_model_and_any_text_is_one_or_is_refused() {
    replay("json", fuzz::json::json);
}
