//! A body that is accepted is within the limits, means the same to another
//! reader of JSON, and can be framed.

#![no_main]

use claviger_fuzz::{check_bytes, check_fault, check_metadata, plainly_read};
use claviger_xks::framing::{CiphertextMetadata, additional_data};
use claviger_xks::request::{EncryptRequest, MAX_TEXT_BYTES};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    match EncryptRequest::parse(body) {
        Err(fault) => check_fault(fault),
        Ok(request) => {
            let plain = plainly_read(body);
            check_metadata(&request.metadata, &plain);
            assert!(request.metadata.kms_key_arn.is_some());
            assert_eq!(plain["encryptionAlgorithm"], "AES_GCM");
            assert!((1..=MAX_TEXT_BYTES).contains(&request.plaintext.len()));
            check_bytes(&request.plaintext, &plain, "plaintext");
            let aad = request.additional_authenticated_data.as_bytes();
            check_bytes(aad, &plain, "additionalAuthenticatedData");
            let wanted = !plain["ciphertextDataIntegrityValueAlgorithm"].is_null();
            assert_eq!(request.integrity_value_wanted, wanted);

            let metadata = CiphertextMetadata::new(b"v1").expect("three bytes");
            let framed = additional_data(&request.additional_authenticated_data, &metadata);
            assert_eq!(framed.len(), 2 + aad.len() + 1 + 3);
        }
    }
});
