//! A state file of the audit log is taken whole or not at all.

#![no_main]

use claviger_audit::verify::is_state_file;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    if is_state_file(text) {
        let (last, rest) = text.split_last().expect("it has lines");
        assert_eq!(*last, b'\n');
        assert!(!is_state_file(rest));
        let more = [text, b"\n"].concat();
        assert!(!is_state_file(&more));
    }
});
