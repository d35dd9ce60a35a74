#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| rule_engine_fuzz::documents(text));
