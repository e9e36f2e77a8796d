//! Whatever bytes a log has, verification ends and has something to say of them.

#![no_main]

use std::io::Write as _;

use claviger_audit::verify::{Expectation, files};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(bytes).expect("written");
    let paths = [file.path().to_owned()];
    let report = files(&paths, &Expectation::default()).expect("a file can be read");
    // Nobody but the one with the key writes a chain.
    assert!(!report.to_string().is_empty());
    assert_eq!(report.is_ok(), report.findings.is_empty());
    assert!(!report.is_ok() || report.head.is_some());
});
