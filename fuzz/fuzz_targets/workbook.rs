#![no_main]
libfuzzer_sys::fuzz_target!(init: tensionmap_fuzz::leave_decoder_panics(), |data: &[u8]| tensionmap_fuzz::workbook(data));
