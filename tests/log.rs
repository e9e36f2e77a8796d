//! Log and audit records: XKS-116 to XKS-121, and the faults of their group.

use serde_json::{Value, json};

use crate::harness::calls::{KEY_ARN, PRINCIPAL};
use crate::harness::guests::misbehaving;
use crate::harness::{Server, assert_xks_error, base64, plaintext};

/// The only record of this operation.
fn record<'a>(audit: &'a [Value], operation: &str) -> &'a Value {
    let mut records = audit
        .iter()
        .filter(|record| record["operation"] == operation);
    let first = records.next().expect("a record");
    assert!(records.next().is_none(), "one record only");
    first
}

#[tokio::test]
async fn xks_116_no_plaintext_is_logged_at_level_debug() {
    let server = Server::start_with(|folder| folder.set("log.level", "debug"));
    let plaintext = plaintext();
    let call = server
        .store
        .encrypt("demo", &plaintext)
        .with_aad("the encryption context");
    let encrypted = server.send(call.with_integrity_value()).await.ok();
    let call = server
        .store
        .decrypt("demo", &encrypted)
        .with_aad("the encryption context");
    server.send(call).await.ok();
    // Requests that fail at every stage have a plaintext too.
    for call in [
        server
            .store
            .encrypt("demo", &plaintext)
            .with("encryptionAlgorithm", "X"),
        server.store.encrypt("no-such-key", &plaintext),
        server.store.encrypt("demo-disabled", &plaintext),
        server
            .store
            .encrypt("demo", &plaintext)
            .with_body(format!("{{\"plaintext\":\"{}", base64(&plaintext))),
    ] {
        assert_ne!(server.send(call).await.status, 200);
    }
    let forbidden = server.forbidden.clone();
    let stopped = server.stop();
    assert!(!stopped.stderr.is_empty());
    forbidden.assert_absent("standard error", stopped.stderr.as_bytes());
    for record in &stopped.audit {
        forbidden.assert_absent("an audit record", record.to_string().as_bytes());
    }
}

#[tokio::test]
async fn xks_116_a_plugin_cannot_log_a_plaintext() {
    let server = Server::start_with(misbehaving);
    let plaintext = plaintext();
    let call = server.store.encrypt("leaks-plaintext", &plaintext);
    let encrypted = server.send(call).await.ok();
    let call = server.store.decrypt("leaks-plaintext", &encrypted);
    server.send(call).await.ok();
    let stopped = server.stop();
    assert!(!stopped.stderr.contains(&plaintext));
}

#[tokio::test]
async fn xks_117_no_secret_and_no_authorization_value_is_logged() {
    let server = Server::start();
    let good = server.store.metadata("demo");
    let mut stranger = good.clone();
    stranger.signer.credential.secret_access_key = base64(plaintext());
    server
        .forbidden
        .note_text("secret", &stranger.signer.credential.secret_access_key);
    for call in [
        good.clone(),
        stranger,
        good.signer(|signer| signer.at_offset(-900)),
    ] {
        server.send(call).await;
    }
    let malformed = server.store.metadata("demo").sign();
    let malformed = malformed.change_header("authorization", |value| format!("Bearer {value}"));
    server.send(malformed).await;
    let forbidden = server.forbidden.clone();
    let stderr = server.stop().stderr;
    forbidden.assert_absent("standard error", stderr.as_bytes());
}

#[tokio::test]
async fn xks_118_audit_records_have_what_kms_said_of_its_caller() {
    let server = Server::start();
    let call = server
        .store
        .encrypt("demo", plaintext())
        .with("requestMetadata/awsSourceVpc", "vpc-1")
        .with("requestMetadata/awsSourceVpce", "vpce-2")
        .with("requestMetadata/kmsViaService", "ebs")
        .with("requestMetadata/kmsRequestId", "request-3");
    server.send(call).await.ok();
    let credential = server.store.credential.clone();
    let audit = server.stop().audit;
    let record = record(&audit, "Encrypt");
    for (member, value) in [
        ("key_store", "demo"),
        ("external_key_id", "demo"),
        ("access_key_id", credential.access_key_id.as_str()),
        ("aws_principal_arn", PRINCIPAL),
        ("kms_operation", "Encrypt"),
        ("kms_request_id", "request-3"),
        ("kms_key_arn", KEY_ARN),
        ("aws_source_vpc", "vpc-1"),
        ("aws_source_vpce", "vpce-2"),
        ("kms_via_service", "ebs"),
    ] {
        assert_eq!(record[member], value, "{member} in {record}");
    }
}

#[tokio::test]
async fn xks_119_audit_records_have_duration_outcome_and_backend() {
    let server = Server::start();
    let backend = server.folder().deployment.backend;
    server
        .send(server.store.encrypt("demo", plaintext()))
        .await
        .ok();
    let response = server.send(server.store.metadata("no-such-key")).await;
    assert_xks_error(&response, 404, "KeyNotFoundException");
    server.send(server.store.health()).await.ok();
    let unsigned = server.store.call("/keys/demo/decrypt", &json!({})).request;
    server.send(unsigned).await;
    let audit = server.stop().audit;
    assert_eq!(audit.len(), 4, "one record for each request: {audit:?}");
    for record in &audit {
        assert!(
            record["duration_us"].as_u64().is_some_and(|us| us > 0),
            "{record}"
        );
        let time = record["time"].as_str().unwrap();
        assert!(time.len() >= 20 && time.ends_with('Z'), "RFC 3339: {time}");
        assert!(
            record["peer"].as_str().unwrap().starts_with("127.0.0.1"),
            "{record}"
        );
    }
    for (operation, status, error) in [
        ("Encrypt", 200, Value::Null),
        ("GetKeyMetadata", 404, json!("KeyNotFoundException")),
        ("GetHealthStatus", 200, Value::Null),
        ("Decrypt", 401, json!("AuthenticationFailedException")),
    ] {
        let record = record(&audit, operation);
        assert_eq!(record["status"], status, "{record}");
        assert_eq!(record["error"], error, "{record}");
    }
    assert_eq!(record(&audit, "Encrypt")["backend"], backend);
    assert!(record(&audit, "GetKeyMetadata")["reason"].is_string());
}

#[tokio::test]
async fn xks_120_a_denial_names_the_statement() {
    let server = Server::start_with(|folder| {
        folder.add_policy(&json!([
            { "id": "no-alice", "effect": "deny", "principals": [PRINCIPAL] },
        ]));
    });
    let response = server.send(server.store.encrypt("demo", plaintext())).await;
    assert_xks_error(&response, 403, "AccessDeniedException");
    assert!(!response.text().contains("no-alice"), "{}", response.text());
    let audit = server.stop().audit;
    let policy = &record(&audit, "Encrypt")["policy"];
    assert_eq!(policy["plugin"], "allow-list", "{policy}");
    assert_eq!(policy["statement"], "no-alice", "{policy}");
    assert!(policy["reason"].is_string(), "{policy}");
}

#[tokio::test]
async fn xks_121_requests_cannot_forge_log_lines() {
    let server = Server::start();
    let forged = "\r\n{\"status\":200}\n2026-01-01T00:00:00Z ERROR forged\u{1b}[2J\u{2028}\0";
    let call = server.store.encrypt("demo", plaintext());
    for name in [
        "awsPrincipalArn",
        "kmsOperation",
        "kmsRequestId",
        "kmsKeyArn",
    ] {
        let call = call
            .clone()
            .with(&format!("requestMetadata/{name}"), forged);
        server.send(call).await.ok();
    }
    let call = call.request(|request| request.add_header("User-Agent", "a\tforged"));
    server.send(call).await.ok();
    let stopped = server.stop();
    // Each line is one record, and the text is in it as it was sent.
    assert_eq!(stopped.audit.len(), 5);
    assert_eq!(stopped.audit[0]["aws_principal_arn"], forged);
    assert!(!stopped.stderr.contains('\u{1b}'), "{}", stopped.stderr);
    let forged = stopped
        .stderr
        .lines()
        .any(|line| line.starts_with("2026-01-01T00:00:00Z"));
    assert!(!forged, "{}", stopped.stderr);
}

#[tokio::test]
async fn xks_119_audit_records_can_go_to_standard_output() {
    let server = Server::start_with(|folder| folder.set("log.audit", "stdout"));
    server
        .send(server.store.encrypt("demo", plaintext()))
        .await
        .ok();
    let line = server.wait_for_output("Encrypt");
    let record: Value = serde_json::from_str(&line).expect("a JSON line");
    assert_eq!(record["operation"], "Encrypt");
    assert_eq!(record["status"], 200);
}

#[tokio::test]
async fn xks_121_every_line_of_a_json_log_is_json() {
    let server = Server::start_with(|folder| {
        misbehaving(folder);
        folder.set("log.format", "json");
    });
    for key in ["log-flood", "internal", "traps"] {
        server.send(server.store.encrypt(key, plaintext())).await;
    }
    let stderr = server.stop().stderr;
    assert!(stderr.lines().count() > 5, "{stderr}");
    for line in stderr.lines() {
        let value: Value = serde_json::from_str(line).expect("a JSON line");
        assert!(value.is_object(), "{line}");
    }
}

/// Key stores with a plugin that floods the log. Each may write 100 lines at once, so
/// that it takes several to write more than waits in memory and in the pipe together.
const FLOODING: usize = 25;

fn flooding(round: usize) -> impl Iterator<Item = String> {
    (0..FLOODING).map(move |number| format!("flood-{round}-{number}"))
}

async fn flood(server: &mut Server, round: usize) {
    for name in flooding(round) {
        let store = server.key_store(&name);
        for _ in 0..4 {
            let response = server.send(store.metadata("log-flood")).await;
            assert_eq!(response.status, 200);
        }
    }
}

#[tokio::test]
async fn flt_36_a_log_that_nobody_reads_stops_nothing() {
    let mut server = Server::start_with(|folder| {
        misbehaving(folder);
        for name in flooding(1).chain(flooding(2)) {
            folder.add_key_store(&name);
        }
    });
    server.hold_log(true);
    flood(&mut server, 1).await;
    // New connections, new calls and the end need no reader either.
    let mut connection = server.connect().await;
    let call = server.store.encrypt("good", plaintext());
    server.send_on(&mut connection, call).await.ok();
    server.hold_log(false);
    server.wait_for_log("lines of the log were lost");
    server.hold_log(true);
    flood(&mut server, 2).await;
    server.stop_unread();
}

#[tokio::test]
async fn flt_40_no_character_of_a_request_has_an_effect_on_a_reader() {
    let server = Server::start_with(misbehaving);
    let sent = "a\u{9b}2J\u{85}b\u{2028}c\u{202e}d\u{7f}e\u{2066}f\u{feff}g\u{e0001}h";
    let call = server.store.encrypt("good", plaintext());
    for name in ["awsPrincipalArn", "kmsOperation", "kmsRequestId"] {
        let call = call.clone().with(&format!("requestMetadata/{name}"), sent);
        server.send(call).await.ok();
    }
    // What a plugin says has them too.
    server
        .send(server.store.encrypt("internal", plaintext()))
        .await;
    let audit = std::fs::read(server.folder().path("audit.jsonl"));
    let stopped = server.stop();
    let audit = String::from_utf8(audit.unwrap()).unwrap();
    let harmless = |text: &str| text.chars().all(|c| matches!(c, ' '..='~' | '\n'));
    assert!(harmless(&stopped.stderr), "{}", stopped.stderr);
    assert!(harmless(&audit), "{audit}");
    assert_eq!(stopped.audit[0]["aws_principal_arn"], sent);
}
