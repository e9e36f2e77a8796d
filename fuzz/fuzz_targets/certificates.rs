//! A file of certificates that has no fault is read as rustls reads it. Whatever two files
//! hold, there is something to serve or a fault, and texts are of one line.

#![no_main]

use std::time::{Duration, SystemTime};

use claviger_certificates::roots::Roots;
use claviger_certificates::{ExpectedRoots, PemFile, judge, read_certificates};
use libfuzzer_sys::fuzz_target;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

fuzz_target!(|bytes: &[u8]| {
    let file = |setting| PemFile {
        bytes,
        setting,
        path: "file",
    };
    let certificates = file("certificate");
    let read = read_certificates(&certificates);
    if read.faults.is_empty() {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        // Another block, a key beside the certificates, may be unreadable: it is not served.
        let theirs: Vec<_> = CertificateDer::pem_slice_iter(bytes)
            .filter_map(Result::ok)
            .collect();
        let ours: Vec<_> = read.certificates.into_iter().map(|(_, der)| der).collect();
        assert_eq!(ours, theirs);
    }

    let roots = Roots::published();
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_796_000_000);
    for roots in [ExpectedRoots::Listed(&roots), ExpectedRoots::Private] {
        let judgement = judge(&certificates, &file("private_key"), roots, now);
        let texts = judgement.faults.iter().chain(&judgement.warnings);
        for text in texts.map(ToString::to_string) {
            assert!(!text.chars().any(char::is_control), "{text:?}");
        }
        let faultless = judgement.faults.is_empty();
        assert_eq!(judgement.certified_key().is_ok(), faultless);
    }
});
