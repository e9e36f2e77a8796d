//! A checkpoint of the audit log has one form only, and a head says the same of it.

#![no_main]

use claviger_audit::{Checkpoint, Head};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|line: &[u8]| {
    let Some(checkpoint) = Checkpoint::parse(line) else {
        return;
    };
    assert_eq!(checkpoint.line(), line);
    let json: serde_json::Value = serde_json::from_slice(line).expect("JSON");
    assert_eq!(json["audit"], "checkpoint");
    assert_eq!(json["seq"], checkpoint.seq);
    let head = Head::of(&checkpoint);
    assert_eq!(Head::parse(&head.to_string()), Some(head));
});
