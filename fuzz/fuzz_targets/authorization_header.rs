//! A header that is accepted has every part within its bounds, and is the same
//! when it is written the way AWS KMS writes it.

#![no_main]

use claviger_xks::sigv4::authorization_header::{
    AuthorizationHeader, MAX_BYTES, MAX_SIGNED_HEADERS,
};
use claviger_xks::sigv4::timestamp::Timestamp;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|value: &[u8]| {
    if let Ok(timestamp) = Timestamp::parse(value) {
        assert_eq!(timestamp.as_str().as_bytes(), value);
        assert_eq!(timestamp.date().len(), 8);
    }
    let Ok(header) = AuthorizationHeader::parse(value) else {
        return;
    };

    assert!(value.len() <= MAX_BYTES);
    assert!(!header.access_key_id().is_empty());
    assert!(
        header
            .scope()
            .date()
            .bytes()
            .all(|byte| byte.is_ascii_digit())
    );
    assert_eq!(header.scope().date().len(), 8);
    assert!((1..=64).contains(&header.scope().region().len()));
    assert_eq!(header.signature().len(), 64);
    let names: Vec<_> = header.signed_headers().iter().collect();
    assert!((1..=MAX_SIGNED_HEADERS).contains(&names.len()));
    assert!(names.is_sorted_by(|left, right| left < right));
    assert!(
        names
            .iter()
            .all(|name| header.signed_headers().contains(name))
    );
    assert!(names.iter().all(|name| **name == name.to_ascii_lowercase()));

    let rewritten = format!(
        "AWS4-HMAC-SHA256 Credential={}/{}/{}/kms-xks-proxy/aws4_request, SignedHeaders={}, \
         Signature={}",
        header.access_key_id(),
        header.scope().date(),
        header.scope().region(),
        names.join(";"),
        header.signature()
    );
    if rewritten.len() <= MAX_BYTES {
        assert_eq!(AuthorizationHeader::parse(rewritten.as_bytes()), Ok(header));
    }
});
