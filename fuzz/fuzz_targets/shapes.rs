#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| tensionmap_fuzz::shapes(data));
