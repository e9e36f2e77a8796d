//! What every fuzz target of a request body asserts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claviger_xks::error::{MAX_MESSAGE_CHARS, XksError};
use claviger_xks::request::{RequestFault, RequestMetadata};
use serde_json::Value;

/// A fault is one of two errors, and its text may be sent as it is.
pub fn check_fault(fault: RequestFault) {
    let error = fault.error();
    assert!(matches!(
        error,
        XksError::Validation | XksError::UnsupportedOperation
    ));
    let message = fault.to_string();
    assert!(message.len() <= MAX_MESSAGE_CHARS);
    assert!(message.bytes().all(|byte| (0x20..=0x7e).contains(&byte)));
    let body: Value = serde_json::from_slice(&error.body(&message)).expect("JSON");
    assert_eq!(body["errorName"], error.name());
    assert_eq!(body["errorMessage"], message);
}

/// The body as another reader of JSON sees it: it must see one, and since no name
/// is repeated it can only see the same.
pub fn plainly_read(body: &[u8]) -> Value {
    let value: Value = serde_json::from_slice(body).expect("what is accepted is JSON");
    assert!(value.is_object());
    value
}

/// Every member of the metadata is the body's, and none is lost.
pub fn check_metadata(metadata: &RequestMetadata, body: &Value) {
    let object = body["requestMetadata"].as_object().expect("an object");
    let text = |name: &str| object.get(name).and_then(Value::as_str);
    assert_eq!(text("awsPrincipalArn"), Some(&*metadata.aws_principal_arn));
    assert_eq!(text("kmsOperation"), Some(&*metadata.kms_operation));
    assert_eq!(text("kmsRequestId"), Some(&*metadata.kms_request_id));
    assert_eq!(text("kmsKeyArn"), metadata.kms_key_arn.as_deref());
    assert_eq!(text("awsSourceVpc"), metadata.aws_source_vpc.as_deref());
    assert_eq!(text("awsSourceVpce"), metadata.aws_source_vpce.as_deref());
    assert_eq!(text("kmsViaService"), metadata.kms_via_service.as_deref());
    for (name, json) in &metadata.unknown {
        let value: Value = serde_json::from_str(json).expect("JSON");
        assert_eq!(object.get(name), Some(&value));
    }
    let known = [
        "awsPrincipalArn",
        "kmsOperation",
        "kmsRequestId",
        "kmsKeyArn",
        "awsSourceVpc",
        "awsSourceVpce",
        "kmsViaService",
    ];
    let known = known
        .iter()
        .filter(|name| object.contains_key(**name))
        .count();
    assert_eq!(object.len(), known + metadata.unknown.len());
}

/// Bytes are those of the member, in the one Base64 form that is taken; absent,
/// null and empty are no bytes.
pub fn check_bytes(bytes: &[u8], body: &Value, name: &str) {
    let text = body.get(name).and_then(Value::as_str).unwrap_or_default();
    assert_eq!(STANDARD.encode(bytes), text);
}
