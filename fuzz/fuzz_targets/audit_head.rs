//! A head of the audit log has one form only.

#![no_main]

use claviger_audit::Head;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Some(head) = Head::parse(text) {
        assert_eq!(head.to_string(), text.strip_suffix('\n').unwrap_or(text));
    }
});
