use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::*;
use crate::error::XksError;

mod fields;
mod metadata;

/// `Ok` or the fault's text, for any of the four requests.
type Outcome = Result<(), RequestFault>;
type Parser = fn(&Value) -> Outcome;

fn get_key_metadata(body: &Value) -> Outcome {
    GetKeyMetadataRequest::parse(body.to_string().as_bytes()).map(drop)
}

fn encrypt(body: &Value) -> Outcome {
    EncryptRequest::parse(body.to_string().as_bytes()).map(drop)
}

fn decrypt(body: &Value) -> Outcome {
    DecryptRequest::parse(body.to_string().as_bytes()).map(drop)
}

fn get_health_status(body: &Value) -> Outcome {
    GetHealthStatusRequest::parse(body.to_string().as_bytes()).map(drop)
}

fn metadata_body() -> Value {
    json!({"requestMetadata": {
        "awsPrincipalArn": "arn:aws:iam::123456789012:user/Alice",
        "kmsOperation": "CreateKey",
        "kmsRequestId": "4112f4d6-db54-4af4-ae30-c55a22a8dfae"
    }})
}

/// The samples of the specification.
fn encrypt_body() -> Value {
    json!({
        "requestMetadata": {
            "awsPrincipalArn": "arn:aws:iam::123456789012:user/Alice",
            "kmsKeyArn": "arn:aws:kms:us-east-2:123456789012:/key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "kmsOperation": "Encrypt",
            "kmsRequestId": "4112f4d6-db54-4af4-ae30-c55a22a8dfae",
            "kmsViaService": "ebs"
        },
        "additionalAuthenticatedData": "cHJvamVjdD1uaWxlLGRlcGFydG1lbnQ9bWFya2V0aW5n",
        "plaintext": "SGVsbG8gV29ybGQh",
        "encryptionAlgorithm": "AES_GCM",
        "ciphertextDataIntegrityValueAlgorithm": "SHA_256"
    })
}

fn decrypt_body() -> Value {
    let mut body = encrypt_body();
    let members = body.as_object_mut().unwrap();
    members.remove("plaintext");
    members.remove("ciphertextDataIntegrityValueAlgorithm");
    members.insert("ciphertext".into(), "ghxkK1txeDNn3q8Y".into());
    members.insert("ciphertextMetadata".into(), "a2V5X3ZlcnNpb249MQ==".into());
    members.insert("initializationVector".into(), "HMrlRw85cAJUd5Ax".into());
    members.insert(
        "authenticationTag".into(),
        "vBxN2ncH1oEkR8WVXpmyYQ==".into(),
    );
    body
}

fn health_body() -> Value {
    json!({"requestMetadata": {"kmsRequestId": "1", "kmsOperation": "KmsHealthCheck"}})
}

fn all() -> [(Parser, Value, &'static [&'static str]); 4] {
    let key = [
        "awsPrincipalArn",
        "kmsOperation",
        "kmsRequestId",
        "kmsKeyArn",
    ]
    .as_slice();
    [
        (
            get_key_metadata,
            metadata_body(),
            &["awsPrincipalArn", "kmsOperation", "kmsRequestId"],
        ),
        (encrypt, encrypt_body(), key),
        (decrypt, decrypt_body(), key),
        (
            get_health_status,
            health_body(),
            &["kmsOperation", "kmsRequestId"],
        ),
    ]
}

fn with(mut body: Value, pointer: &str, value: impl Into<Value>) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    body.pointer_mut(parent).unwrap()[name] = value.into();
    body
}

fn without(mut body: Value, pointer: &str) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    body.pointer_mut(parent)
        .unwrap()
        .as_object_mut()
        .unwrap()
        .remove(name)
        .unwrap();
    body
}

fn is_validation(outcome: Outcome) -> bool {
    outcome.is_err_and(|fault| fault.error() == XksError::Validation)
}

fn base64(length: usize) -> String {
    STANDARD.encode(vec![0x5a; length])
}
