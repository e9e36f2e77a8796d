//! A body that is accepted means the same to another reader of JSON.

#![no_main]

use claviger_fuzz::{check_fault, check_metadata, plainly_read};
use claviger_xks::request::GetKeyMetadataRequest;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    match GetKeyMetadataRequest::parse(body) {
        Err(fault) => check_fault(fault),
        Ok(request) => {
            let plain = plainly_read(body);
            check_metadata(&request.metadata, &plain);
            let again = GetKeyMetadataRequest::parse(plain.to_string().as_bytes())
                .expect("a body written anew");
            check_metadata(&again.metadata, &plain);
        }
    }
});
