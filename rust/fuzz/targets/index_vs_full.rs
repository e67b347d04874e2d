#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| russet_fuzz::index_vs_full::index_vs_full(data));
