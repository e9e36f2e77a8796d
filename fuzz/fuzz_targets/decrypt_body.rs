//! A body that is accepted is within the limits and means the same to another
//! reader of JSON; what frames alike is alike.

#![no_main]

use claviger_fuzz::{check_bytes, check_fault, check_metadata, plainly_read};
use claviger_xks::framing::{AadConvention, CiphertextMetadata, additional_data};
use claviger_xks::request::{DecryptRequest, MAX_TEXT_BYTES};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    match DecryptRequest::parse(body) {
        Err(fault) => check_fault(fault),
        Ok(request) => {
            let plain = plainly_read(body);
            check_metadata(&request.metadata, &plain);
            assert!(request.metadata.kms_key_arn.is_some());
            assert_eq!(plain["encryptionAlgorithm"], "AES_GCM");
            assert!((1..=MAX_TEXT_BYTES).contains(&request.ciphertext.len()));
            check_bytes(&request.ciphertext, &plain, "ciphertext");
            check_bytes(
                &request.initialization_vector,
                &plain,
                "initializationVector",
            );
            check_bytes(&request.authentication_tag, &plain, "authenticationTag");
            let metadata = request.ciphertext_metadata;
            check_bytes(metadata.as_bytes(), &plain, "ciphertextMetadata");
            let aad = &request.additional_authenticated_data;
            check_bytes(aad.as_bytes(), &plain, "additionalAuthenticatedData");

            if let Ok(plugin_metadata) = metadata.open() {
                assert_eq!(CiphertextMetadata::new(plugin_metadata), Ok(metadata));
            }
            let framed = additional_data(aad, &metadata);
            assert_eq!(
                unframe(&framed),
                Some((aad.as_bytes(), metadata.as_bytes()))
            );
            assert_eq!(
                aad.present().is_some(),
                !plain["additionalAuthenticatedData"].is_null()
            );
            let hash = if aad.present().is_some() { 32 } else { 0 };
            let theirs = AadConvention::SampleProxy.additional_data(aad, &metadata);
            assert_eq!(theirs.len(), 2 + hash + 1 + metadata.as_bytes().len());
        }
    }
});

/// The framing can be undone in one way only.
fn unframe(framed: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = framed.split_first_chunk::<2>()?;
    let (aad, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
    let (length, metadata) = rest.split_first()?;
    (metadata.len() == usize::from(*length)).then_some((aad, metadata))
}
