use claviger_xks::integrity::integrity_value;
use claviger_xks::response::{HealthStatus, KeyStatus};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::*;
use crate::call::EncryptCall;
use crate::exchange::Times;
use crate::metadata::{KmsOperation, RequestMetadata};
use crate::outcome::Outcome;

fn answer(status: u16, body: impl AsRef<[u8]>) -> RawAnswer {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, "application/json".parse().unwrap());
    RawAnswer {
        status: StatusCode::from_u16(status).unwrap(),
        headers,
        body: Zeroizing::new(body.as_ref().to_vec()),
        times: Times {
            connection: None,
            exchange: std::time::Duration::ZERO,
        },
    }
}

fn failure(api: Api, status: u16, body: impl AsRef<[u8]>) -> Failure {
    read_object(api, &answer(status, body)).unwrap_err()
}

/// The value without one of its members, and with it replaced.
fn without(value: &Value, pointer: &str) -> Value {
    let mut value = value.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = value.pointer_mut(parent).unwrap();
    assert!(parent.as_object_mut().unwrap().remove(name).is_some());
    value
}

fn with(value: &Value, pointer: &str, new: impl Into<Value>) -> Value {
    let mut value = value.clone();
    *value.pointer_mut(pointer).unwrap() = new.into();
    value
}

fn parse<T>(
    value: &Value,
    read: impl Fn(&Object<'_>) -> Result<T, MalformedAnswer>,
) -> Result<T, MalformedAnswer> {
    let body = value.to_string();
    read(&Object::parse(body.as_bytes()).unwrap())
}

#[test]
fn refusals_are_read() {
    for error in XksError::ALL {
        let body = error.body("why");
        let Failure::Refused(refusal) = failure(Api::Decrypt, error.status().as_u16(), &body)
        else {
            panic!("{error:?}");
        };
        assert_eq!(refusal.error, error);
        assert_eq!(refusal.message.as_deref(), Some("why"));
        assert_eq!(refusal.outcome().error(), Some(error));
    }
    let bare = failure(
        Api::Encrypt,
        503,
        r#"{"errorName":"DependencyTimeoutException"}"#,
    );
    assert_eq!(bare.outcome(), Outcome::DependencyTimeout);
}

#[test]
fn other_answers_cannot_be_interpreted() {
    let malformed = |api, status, body: &str| match failure(api, status, body) {
        Failure::Malformed(malformed) => malformed,
        other => panic!("{other:?}"),
    };
    let long = format!(
        r#"{{"errorName":"InternalException","errorMessage":"{}"}}"#,
        "a".repeat(512)
    );
    let cases = [
        (405, "", "the status 405"),
        (302, "", "the status 302"),
        (204, "", "the status 204"),
        (500, "", "the body is not one JSON object"),
        (500, "<html>", "the body is not one JSON object"),
        (500, "[]", "the body is not a JSON object"),
        (500, "{}", "errorName is missing"),
        (500, r#"{"errorName":null}"#, "errorName is missing"),
        (500, r#"{"errorName":1}"#, "errorName is not a string"),
        (500, r#"{"errorName":"Oops"}"#, "errorName is not one of"),
        (
            400,
            r#"{"errorName":"InternalException"}"#,
            "InternalException comes with the status 400",
        ),
        (
            500,
            r#"{"errorName":"InternalException","errorMessage":"\u00e9"}"#,
            "errorMessage has characters",
        ),
        (
            500,
            r#"{"errorName":"InternalException","errorMessage":7}"#,
            "errorMessage is not a string",
        ),
        (500, &long, "errorMessage has 512 characters"),
        (
            404,
            r#"{"errorName":"KeyNotFoundException"}"#,
            "KeyNotFoundException is not an error of GetHealthStatus",
        ),
    ];
    for (status, body, expected) in cases {
        let text = malformed(Api::GetHealthStatus, status, body).to_string();
        assert!(text.starts_with(expected), "{status} {body}: {text}");
    }
    let mut untyped = answer(200, "{}");
    untyped.headers.clear();
    assert_eq!(
        read_object(Api::Encrypt, &untyped).unwrap_err(),
        Failure::Malformed(MalformedAnswer::ContentType)
    );
}

fn health() -> Value {
    json!({
        "xksProxyFleetSize": 1,
        "xksProxyVendor": "Acme",
        "xksProxyModel": "Acme 1",
        "ekmVendor": "Acme",
        "ekmFleetDetails": [
            {"id": "1", "model": "m", "healthStatus": "DEGRADED"},
            {"id": "2", "model": "m", "healthStatus": "UNAVAILABLE"}
        ]
    })
}

#[test]
fn health_reports_are_read() {
    let report = parse(&health(), HealthReport::read).unwrap();
    assert_eq!(report.proxy_fleet_size, 1);
    assert_eq!(report.key_managers[0].health_status, HealthStatus::Degraded);
    assert_eq!(report.require_serving(), Ok(()));
    let down = with(&health(), "/ekmFleetDetails/0/healthStatus", "UNAVAILABLE");
    let down = parse(&down, HealthReport::read).unwrap();
    assert_eq!(down.require_serving(), Err(Failure::AllUnavailable));
}

#[test]
fn health_reports_need_every_member() {
    for pointer in [
        "/xksProxyFleetSize",
        "/xksProxyVendor",
        "/xksProxyModel",
        "/ekmVendor",
        "/ekmFleetDetails",
        "/ekmFleetDetails/0/id",
        "/ekmFleetDetails/0/model",
        "/ekmFleetDetails/1/healthStatus",
    ] {
        let absent = parse(&without(&health(), pointer), HealthReport::read);
        assert!(
            matches!(absent, Err(MalformedAnswer::Missing(_))),
            "{pointer}: {absent:?}"
        );
        let other = parse(&with(&health(), pointer, false), HealthReport::read);
        assert!(
            matches!(other, Err(MalformedAnswer::Type { .. })),
            "{pointer}: {other:?}"
        );
    }
    let detail = &health()["ekmFleetDetails"][0];
    for (pointer, bad) in [
        ("/xksProxyFleetSize", json!(0)),
        ("/xksProxyFleetSize", json!(-1)),
        ("/xksProxyFleetSize", json!(1.5)),
        ("/xksProxyFleetSize", json!("1")),
        ("/ekmFleetDetails", json!([])),
        ("/ekmFleetDetails", json!([1])),
        ("/ekmFleetDetails", json!([detail, detail])),
        ("/ekmFleetDetails", json!(vec![detail; 11])),
        ("/ekmFleetDetails/0/healthStatus", json!("active")),
    ] {
        let read = parse(&with(&health(), pointer, bad), HealthReport::read);
        assert!(read.is_err(), "{pointer}: {read:?}");
    }
}

#[test]
fn key_metadata_is_judged_as_create_key_does() {
    let good = json!({
        "keySpec": "AES_256", "keyUsage": ["WRAP", "DECRYPT", "ENCRYPT"], "keyStatus": "ENABLED"
    });
    let read = |value: &Value| parse(value, KeyMetadata::read);
    assert_eq!(read(&good).unwrap().require_usable(), Ok(()));
    assert_eq!(read(&good).unwrap().key_status, KeyStatus::Enabled);
    for (pointer, value, text) in [
        ("/keySpec", json!("RSA_2048"), "external key is RSA_2048."),
        ("/keyStatus", json!("DISABLED"), "external key is DISABLED."),
        (
            "/keyUsage",
            json!(["SIGN", "ENCRYPT"]),
            "external key is SIGN, ENCRYPT.",
        ),
        ("/keyUsage", json!([]), "external key is empty."),
    ] {
        let failure = read(&with(&good, pointer, value))
            .unwrap()
            .require_usable()
            .unwrap_err();
        assert!(failure.text().ends_with(text), "{}", failure.text());
    }
    for (pointer, bad) in [
        ("/keySpec", json!(256)),
        ("/keyUsage", json!("ENCRYPT")),
        ("/keyUsage", json!([1])),
        ("/keyUsage", json!(vec!["ENCRYPT"; 11])),
        ("/keyStatus", json!("enabled")),
    ] {
        assert!(read(&with(&good, pointer, bad)).is_err(), "{pointer}");
        assert!(read(&without(&good, pointer)).is_err(), "{pointer}");
    }
}

#[test]
fn encrypt_answers_are_measured_and_their_integrity_recomputed() {
    use base64::Engine as _;
    let encode = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let key = "key".parse().unwrap();
    let metadata = RequestMetadata::health(KmsOperation::Encrypt, "id");
    let mut call = EncryptCall {
        key: &key,
        metadata: &metadata,
        plaintext: &[0; 4],
        aad: Some(b"aad"),
        integrity_value: true,
    };
    let value = integrity_value(b"aad", b"m", &[2; 12], &[1; 4], &[3; 16]);
    let good = json!({
        "ciphertext": encode(&[1; 4]),
        "ciphertextMetadata": encode(b"m"),
        "initializationVector": encode(&[2; 12]),
        "authenticationTag": encode(&[3; 16]),
        "ciphertextDataIntegrityValue": encode(&value),
    });
    let read = |value: &Value, call: &EncryptCall<'_>| {
        let body = value.to_string();
        Encrypted::read(&Object::parse(body.as_bytes()).unwrap(), call)
    };
    assert_eq!(read(&good, &call).unwrap().ciphertext_metadata, b"m");
    for (pointer, bytes) in [
        ("/ciphertext", 3),
        ("/ciphertext", 5),
        ("/ciphertextMetadata", 21),
        ("/initializationVector", 11),
        ("/initializationVector", 13),
        ("/authenticationTag", 12),
        ("/authenticationTag", 17),
    ] {
        let other = with(&good, pointer, encode(&vec![0; bytes]));
        let failure = read(&other, &call).unwrap_err();
        assert!(
            matches!(failure, Failure::Malformed(MalformedAnswer::Length { .. })),
            "{pointer}: {failure:?}"
        );
    }
    for pointer in ["/ciphertext", "/initializationVector", "/authenticationTag"] {
        let failure = read(&without(&good, pointer), &call).unwrap_err();
        assert_eq!(failure.outcome(), Outcome::Malformed);
        let failure = read(&with(&good, pointer, "AAE"), &call).unwrap_err();
        assert!(matches!(
            failure,
            Failure::Malformed(MalformedAnswer::Base64(_))
        ));
    }
    let pointer = "/ciphertextDataIntegrityValue";
    let wrong = with(&good, pointer, encode(&[0; 32]));
    assert_eq!(read(&wrong, &call), Err(Failure::IntegrityValueWrong));
    let absent = without(&good, pointer);
    assert_eq!(read(&absent, &call), Err(Failure::IntegrityValueMissing));
    call.aad = None;
    assert_eq!(read(&good, &call), Err(Failure::IntegrityValueWrong));
    call.integrity_value = false;
    assert!(read(&wrong, &call).is_ok());
}

#[test]
fn a_plaintext_is_as_long_as_its_ciphertext() {
    let read = |body: &str, length| {
        read_plaintext(&Object::parse(body.as_bytes()).unwrap(), length)
            .map(|plaintext| plaintext.to_vec())
    };
    let body = r#"{"plaintext":"YWJj"}"#;
    assert_eq!(read(body, 3).unwrap(), b"abc");
    assert!(matches!(read(body, 4), Err(MalformedAnswer::Length { .. })));
    assert_eq!(read("{}", 0), Err(MalformedAnswer::Missing("plaintext")));
}
