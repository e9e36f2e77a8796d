//! A body that is accepted means the same to another reader of JSON.

#![no_main]

use claviger_fuzz::{check_fault, plainly_read};
use claviger_xks::request::GetHealthStatusRequest;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    match GetHealthStatusRequest::parse(body) {
        Err(fault) => check_fault(fault),
        Ok(request) => {
            let plain = plainly_read(body);
            assert_eq!(
                plain["requestMetadata"]["kmsOperation"],
                *request.kms_operation
            );
            assert_eq!(
                plain["requestMetadata"]["kmsRequestId"],
                *request.kms_request_id
            );
            let again = GetHealthStatusRequest::parse(plain.to_string().as_bytes());
            assert_eq!(again, Ok(request));
        }
    }
});
