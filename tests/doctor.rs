//! `claviger doctor` as a program: its exit status, and records of `CloudTrail` that are
//! joined with lines that the host has written.

use std::io::Write as _;
use std::path::Path;
use std::process::{Output, Stdio};

use serde_json::{Value, json};

use crate::harness::deployment::program;
use crate::harness::{Call, Server, plaintext};

const ID: &str = "5b1d5c3e-2f0a-4c56-9d7e-8f9012345678";

/// Runs the doctor with this standard input.
fn doctor(arguments: &[&str], input: &str) -> Output {
    let mut child = program()
        .arg("doctor")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(input.as_bytes()).expect("it reads");
    drop(stdin);
    child.wait_with_output().expect("it ends")
}

/// What the doctor says of a record, on one line.
fn explained(audit: &Path, record: &Value) -> String {
    let audit = audit.to_str().unwrap();
    let output = doctor(&["explain", "-", "--audit", audit], &record.to_string());
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn record(message: &str) -> Value {
    json!({
        "eventSource": "kms.amazonaws.com",
        "eventName": "Encrypt",
        "eventTime": "2026-11-28T10:00:00Z",
        "errorCode": "KMSInvalidStateException",
        "errorMessage": message,
        "requestID": ID,
        "additionalEventData": {"customKeyStoreId": "cks-1234567890abcdef0", "xksKeyId": "demo"},
    })
}

fn encrypt(server: &Server, key: &str) -> Call {
    let call = server.store.encrypt(key, plaintext());
    call.with("requestMetadata/kmsRequestId", ID)
}

#[tokio::test]
async fn a_record_of_cloudtrail_leads_to_the_line_of_its_request() {
    let server = Server::start();
    let missing = encrypt(&server, server.keys().unknown);
    assert_eq!(server.send(missing).await.status, 404);
    let other = server.store.encrypt(server.keys().usable, plaintext());
    assert_eq!(server.send(other).await.status, 200);
    let stopped = server.stop();
    let text = explained(
        &stopped.folder.path("audit.jsonl"),
        &record(
            "The external key store proxy rejected the request because it could not find the \
             external key.",
        ),
    );
    assert!(text.contains("404 KeyNotFoundException"), "{text}");
    // After a checkpoint and the record of the start.
    let line = format!("Audit lines of request {ID}: line 3: ");
    assert!(text.contains(&line), "{text}");
    assert!(text.contains("status 404, KeyNotFoundException"), "{text}");
    assert!(!text.contains("line 4: "), "{text}");
}

#[tokio::test]
async fn flt_100_a_request_that_nobody_authenticated_is_found_by_what_it_claimed() {
    let server = Server::start();
    let forged = encrypt(&server, server.keys().usable).signer(|mut signer| {
        signer.credential.secret_access_key = "not the secret of this key store".to_owned();
        signer
    });
    assert_eq!(server.send(forged).await.status, 401);
    let id = server.store.credential.access_key_id.clone();
    let stopped = server.stop();
    let text = explained(
        &stopped.folder.path("audit.jsonl"),
        &record(
            "The external key store proxy rejected the request because it could not authenticate \
             AWS KMS. Verify the credentials for your external key store and update if necessary.",
        ),
    );
    let line = format!("refused requests that claim to be request {ID}: line 3: ");
    assert!(text.contains(&line), "{text}");
    assert!(text.contains(&format!("with credential {id}")), "{text}");
}

#[test]
fn the_exit_status_tells_failures_from_checks_that_were_not_made() {
    let fine = doctor(
        &[
            "--vpc-endpoint-service",
            "com.amazonaws.vpce.eu-west-1.vpce-svc-0",
        ],
        "",
    );
    assert_eq!(fine.status.code(), Some(0), "{fine:?}");
    let failing = doctor(&["--vpc-endpoint-service", "vpce-svc-0"], "");
    assert_eq!(failing.status.code(), Some(1), "{failing:?}");
    for arguments in [
        &[][..],
        &["--aws", "/nowhere"],
        &["explain", "nothing"],
        &["--nonsense"],
    ] {
        let output = doctor(arguments, "");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
        assert!(
            output.stdout.is_empty() && !output.stderr.is_empty(),
            "{arguments:?}"
        );
    }
}
