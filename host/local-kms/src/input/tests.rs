use serde_json::json;

use super::constraint::{CUSTOM_KEY_STORE_NAME, KEY_ID, LIMIT, TAG_KEY, XKS_RAW_SECRET_ACCESS_KEY};
use super::*;

/// What `read` makes of a body.
fn message(body: &Value, read: impl FnOnce(&Members<'_, '_>)) -> Option<String> {
    let map = body.as_object().unwrap();
    let notes = Notes::default();
    read(&Members::new(map, &notes));
    notes.finish().err().map(|exception| exception.to_string())
}

#[test]
fn a_body_is_one_object() {
    assert_eq!(parse(b"").unwrap().len(), 0);
    assert_eq!(parse(b" \n").unwrap().len(), 0);
    assert_eq!(parse(br#"{"a":1}"#).unwrap().len(), 1);
    for bad in [b"[]".as_slice(), b"{", b"{}{}", b"\xff", b"null"] {
        let exception = parse(bad).unwrap_err();
        assert_eq!(exception.name(), ExceptionName::Serialization);
    }
}

#[test]
fn breaches_are_said_in_the_words_of_aws() {
    let absent = message(&json!({}), |members| {
        members.required_text("KeyId", &KEY_ID);
    });
    assert_eq!(
        absent.unwrap(),
        "ValidationException: 1 validation error detected: Value null at 'keyId' failed to \
         satisfy constraint: Member must not be null"
    );
    let great = message(&json!({ "Limit": 1001 }), |members| {
        members.integer("Limit", LIMIT);
    });
    assert_eq!(
        great.unwrap(),
        "ValidationException: 1 validation error detected: Value '1001' at 'limit' failed to \
         satisfy constraint: Member must have value less than or equal to 1000"
    );
    let long = message(&json!({ "Plaintext": STANDARD_FIVE }), |members| {
        members.required_bytes("Plaintext", 4);
    });
    assert_eq!(
        long.unwrap(),
        "ValidationException: 1 validation error detected: Value at 'plaintext' failed to \
         satisfy constraint: Member must have length less than or equal to 4"
    );
    let unknown = message(&json!({ "KeySpec": "AES_512" }), |members| {
        members.choice("KeySpec", &["AES_256", "AES_128"]);
    });
    assert_eq!(
        unknown.unwrap(),
        "ValidationException: 1 validation error detected: Value 'AES_512' at 'keySpec' failed \
         to satisfy constraint: Member must satisfy enum value set: [AES_256, AES_128]"
    );
}

/// Five bytes.
const STANDARD_FIVE: &str = "YWJjZGU=";

#[test]
fn all_breaches_are_named_and_secrets_are_not() {
    let body = json!({
        "CustomKeyStoreName": "",
        "XksProxyAuthenticationCredential": { "RawSecretAccessKey": "a secret that is short" },
        "Tags": [{ "TagKey": "" }],
    });
    let found = message(&body, |members| {
        members.text("CustomKeyStoreName", &CUSTOM_KEY_STORE_NAME);
        let credential = members
            .structure("XksProxyAuthenticationCredential")
            .unwrap();
        credential.required_text("RawSecretAccessKey", &XKS_RAW_SECRET_ACCESS_KEY);
        for tag in members.structures("Tags").unwrap() {
            tag.required_text("TagKey", &TAG_KEY);
        }
    })
    .unwrap();
    assert!(
        found.starts_with("ValidationException: 4 validation errors detected: "),
        "{found}"
    );
    assert!(found.contains("at 'xksProxyAuthenticationCredential.rawSecretAccessKey'"));
    assert!(found.contains("; Value '' at 'tags.1.member.tagKey'"));
    assert!(!found.contains("a secret"));
}

#[test]
fn wrong_types_come_before_everything_else() {
    let body = json!({ "KeyId": 7, "Limit": "x" });
    let found = message(&body, |members| {
        members.required_text("KeyId", &KEY_ID);
        members.integer("Limit", LIMIT);
    });
    assert_eq!(
        found.unwrap(),
        "SerializationException: NUMBER_VALUE can not be converted to a String"
    );
    let found = message(&json!({ "Plaintext": "not Base64!" }), |members| {
        members.required_bytes("Plaintext", 4096);
    });
    assert!(found.unwrap().starts_with("SerializationException"));
}

#[test]
fn null_counts_as_absent() {
    let body = json!({ "KeyId": null, "DryRun": null });
    let found = message(&body, |members| {
        assert_eq!(members.flag("DryRun"), None);
        assert!(!members.has("KeyId"));
    });
    assert_eq!(found, None);
}
