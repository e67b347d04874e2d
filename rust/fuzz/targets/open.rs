#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| russet_fuzz::open::open(data));
