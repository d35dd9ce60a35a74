#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rule_engine_fuzz::visual(bytes));
