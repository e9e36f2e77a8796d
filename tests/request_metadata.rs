//! What AWS KMS tells about its caller: XKS-043 to XKS-049.

use serde_json::{Value, json};

use crate::harness::{Call, Server, assert_xks_error, plaintext};

/// One call of each API, and the members its requestMetadata needs.
async fn calls(server: &Server) -> [(Call, &'static [&'static str]); 4] {
    let key = server.keys().usable;
    let encrypted = server
        .send(server.store.encrypt(key, plaintext()))
        .await
        .ok();
    let [metadata, encrypt, decrypt, health] = server.store.all_four(key, &encrypted);
    [
        (
            metadata,
            &["awsPrincipalArn", "kmsOperation", "kmsRequestId"],
        ),
        (
            encrypt,
            &[
                "awsPrincipalArn",
                "kmsOperation",
                "kmsRequestId",
                "kmsKeyArn",
            ],
        ),
        (
            decrypt,
            &[
                "awsPrincipalArn",
                "kmsOperation",
                "kmsRequestId",
                "kmsKeyArn",
            ],
        ),
        (health, &["kmsOperation", "kmsRequestId"]),
    ]
}

#[tokio::test]
async fn xks_043_the_required_members_are_required() {
    let server = Server::start();
    for (call, required) in calls(&server).await {
        for name in required {
            let path = format!("requestMetadata/{name}");
            let mut broken = vec![call.clone().without(&path)];
            for value in [
                Value::Null,
                json!(7),
                json!(true),
                json!(["a"]),
                json!({ "a": "b" }),
            ] {
                broken.push(call.clone().with(&path, value));
            }
            for call in broken {
                let response = server.send(call).await;
                assert_xks_error(&response, 400, "ValidationException");
            }
        }
    }
}

#[tokio::test]
async fn xks_043_no_other_member_is_required() {
    let server = Server::start();
    for (call, required) in calls(&server).await {
        let metadata: serde_json::Map<_, _> = required
            .iter()
            .map(|&name| (name.to_owned(), json!("a")))
            .collect();
        server
            .send(call.with("requestMetadata", metadata))
            .await
            .ok();
    }
}

#[tokio::test]
async fn xks_043_the_object_is_required() {
    let server = Server::start();
    for (call, _) in calls(&server).await {
        let mut broken = vec![call.clone().without("requestMetadata")];
        for value in [Value::Null, json!({}), json!([]), json!("a"), json!(1)] {
            broken.push(call.clone().with("requestMetadata", value));
        }
        for call in broken {
            let response = server.send(call).await;
            assert_xks_error(&response, 400, "ValidationException");
        }
    }
}

#[tokio::test]
async fn xks_044_the_optional_members_are_optional() {
    let server = Server::start();
    for (call, _) in calls(&server).await {
        for (name, value) in [
            ("awsSourceVpc", "vpc-1234567890abcdef0"),
            ("awsSourceVpce", "vpce-1234567890abcdef0"),
            ("kmsViaService", "ebs"),
        ] {
            let call = call.clone().with(&format!("requestMetadata/{name}"), value);
            server.send(call).await.ok();
        }
        server.send(call).await.ok();
    }
}

#[tokio::test]
async fn xks_045_any_kms_operation_is_processed() {
    let server = Server::start();
    for (call, _) in calls(&server).await {
        for operation in [
            "CreateKey",
            "DescribeKey",
            "GenerateDataKeyPairWithoutPlaintext",
            "AnOperationOfTomorrow",
            "",
        ] {
            let call = call.clone().with("requestMetadata/kmsOperation", operation);
            server.send(call).await.ok();
        }
    }
}

#[tokio::test]
async fn xks_046_the_request_id_is_opaque() {
    let server = Server::start();
    let longest = "x".repeat(2048);
    for (call, _) in calls(&server).await {
        for id in ["", " ", "no-uuid", "é\u{2028}\n\"\\", &longest] {
            let call = call.clone().with("requestMetadata/kmsRequestId", id);
            server.send(call).await.ok();
        }
    }
}

#[tokio::test]
async fn xks_047_arns_of_2048_characters_are_accepted() {
    let server = Server::start();
    let arn = |start: &str| format!("{start}{}", "a".repeat(2048 - start.len()));
    for (call, required) in calls(&server).await {
        for (name, start) in [
            ("awsPrincipalArn", "arn:aws:iam::123456789012:role/"),
            ("kmsKeyArn", "arn:aws:kms:us-east-2:123456789012:key/"),
        ] {
            if required.contains(&name) {
                let call = call.clone();
                let call = call.with(&format!("requestMetadata/{name}"), arn(start));
                server.send(call).await.ok();
            }
        }
    }
}

#[tokio::test]
async fn xks_048_arns_are_not_parsed() {
    let server = Server::start();
    for (call, required) in calls(&server).await {
        for text in ["ec2.amazonaws.com", "AWS Internal", "", "arn:", "é"] {
            let mut call = call.clone();
            for name in ["awsPrincipalArn", "kmsKeyArn"] {
                if required.contains(&name) {
                    call = call.with(&format!("requestMetadata/{name}"), text);
                }
            }
            server.send(call).await.ok();
        }
    }
}

#[tokio::test]
async fn xks_049_unknown_members_are_ignored() {
    let server = Server::start();
    for (call, _) in calls(&server).await {
        for value in [
            Value::Null,
            json!("text"),
            json!(1.5e300),
            json!([1, { "a": [] }]),
            json!({ "PCR0": "00", "tags": { "a": "b" } }),
        ] {
            let call = call
                .clone()
                .with("sourceIdentity", value.clone())
                .with("requestMetadata/enclaveAttestation", value);
            server.send(call).await.ok();
        }
    }
}
