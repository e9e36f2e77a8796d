//! `explain`: codes, exceptions, messages, records of `CloudTrail`, audit lines.

use std::fs;

use claviger_doctor::command::Ended;
use claviger_xks_client::outcome::{ConnectionErrorCode, Outcome};
use tempfile::tempdir;

use crate::harness::{refused, run};

/// All that somebody may meet with an external key store, or take for such.
pub(crate) const EXCEPTIONS: [&str; 31] = [
    "XksProxyUriInUseException",
    "XksProxyUriEndpointInUseException",
    "XksProxyUriUnreachableException",
    "XksProxyIncorrectAuthenticationCredentialException",
    "XksProxyVpcEndpointServiceInUseException",
    "XksProxyVpcEndpointServiceNotFoundException",
    "XksProxyVpcEndpointServiceInvalidConfigurationException",
    "XksProxyInvalidResponseException",
    "XksProxyInvalidConfigurationException",
    "XksKeyInvalidConfigurationException",
    "XksKeyAlreadyInUseException",
    "XksKeyNotFoundException",
    "XksKeyInvalidResponseException",
    "CustomKeyStoreNotFoundException",
    "CustomKeyStoreNameInUseException",
    "CustomKeyStoreInvalidStateException",
    "CustomKeyStoreHasCMKsException",
    "CloudHsmClusterInUseException",
    "CloudHsmClusterNotFoundException",
    "CloudHsmClusterNotActiveException",
    "CloudHsmClusterNotRelatedException",
    "CloudHsmClusterInvalidConfigurationException",
    "IncorrectTrustAnchorException",
    "KMSInvalidStateException",
    "DisabledException",
    "LimitExceededException",
    "UnsupportedOperationException",
    "KMSInternalException",
    "IncorrectKeyException",
    "InvalidCiphertextException",
    "ThrottlingException",
];

fn explained(what: &str) -> String {
    let ran = run(&["explain", what], "");
    assert_eq!(ran.ended, Ended::Well, "{what}: {}", ran.errors);
    let long = ran.output.lines().find(|line| line.chars().count() > 100);
    assert_eq!(long, None, "{what}");
    ran.output
}

#[test]
fn every_code_and_every_exception_has_causes_and_fixes() {
    let codes = ConnectionErrorCode::ALL.map(ConnectionErrorCode::name);
    for name in codes.iter().chain(&EXCEPTIONS) {
        let text = explained(name);
        assert!(text.starts_with(&format!("{name}\n")), "{text}");
        for part in ["1. ", "tell: ", "fix: "] {
            assert!(text.contains(part), "{text}");
        }
        let without = name
            .strip_suffix("Exception")
            .unwrap_or(name)
            .to_lowercase();
        assert_eq!(explained(&without), text);
    }
}

#[test]
fn every_message_leads_to_its_outcome() {
    for outcome in Outcome::ALL {
        for text in [Some(outcome.text()), outcome.specification_text()] {
            let Some(text) = text else { continue };
            let printed = explained(&format!("(KMSInvalidStateException): {text}"));
            let summary: Vec<_> = outcome.summary().split(' ').skip(1).collect();
            let joined = printed.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(
                joined.contains(&summary.join(" ")),
                "{outcome:?}: {printed}"
            );
        }
    }
}

#[test]
fn causes_stand_in_the_order_of_their_likelihood() {
    let text = explained("INVALID_CREDENTIALS");
    let credential = text.find("different credentials").unwrap();
    let clock = text.find("clock is more than").unwrap();
    assert!(credential < clock, "{text}");
}

#[test]
fn what_frees_a_cluster_and_what_does_not_is_said() {
    let text = explained("CloudHsmClusterInUseException");
    assert!(
        text.contains("never concerns an external key store"),
        "{text}"
    );
    let order = explained("deletion");
    let steps: Vec<_> = [
        "ScheduleKeyDeletion",
        "Wait until",
        "3. Disconnect",
        "4. Delete",
    ]
    .iter()
    .map(|step| {
        order
            .find(step)
            .unwrap_or_else(|| panic!("{step}: {order}"))
    })
    .collect();
    assert!(steps.is_sorted(), "{order}");
}

#[test]
fn a_check_is_explained_by_its_id() {
    let text = explained("v07");
    assert!(
        text.starts_with("V07  The endpoint service accepts"),
        "{text}"
    );
    assert!(text.contains("--no-acceptance-required"), "{text}");
}

#[test]
fn a_record_is_joined_with_its_audit_line() {
    let folder = tempdir().unwrap();
    let audit = folder.path().join("audit.jsonl");
    let line = |id: &str, status: u16, more: &str| {
        format!(
            r#"{{"time":"2026-11-28T10:00:01.5Z","peer":"10.0.0.5:41200","key_store":"pay","operation":"Decrypt","external_key_id":"demo","status":{status}{more},"kms_operation":"Decrypt","kms_request_id":"{id}"}}"#
        )
    };
    let denied = r#","error":"AccessDeniedException","reason":"denied","policy":{"plugin":"allow","statement":"night","reason":"closed"}"#;
    let text = [line("other", 200, ""), line("0f1e2d3c-1", 403, denied)].join("\n");
    fs::write(&audit, text).unwrap();
    let record = r#"{"eventName":"Decrypt","eventTime":"2026-11-28T10:00:01Z",
        "eventSource":"kms.amazonaws.com","errorCode":"KMSInvalidStateException",
        "errorMessage":"The external key store proxy denied access to the operation. Verify that the user and the external key are both authorized for this operation, and try the request again.",
        "requestID":"0f1e2d3c-1","additionalEventData":{"customKeyStoreId":"cks-1","xksKeyId":"demo"},
        "resources":[{"ARN":"arn:aws:kms:eu-central-1:111122223333:key/1"}]}"#;
    let path = audit.to_str().unwrap();
    let ran = run(&["explain", "-", "--audit", path], record);
    assert_eq!(ran.ended, Ended::Well, "{}", ran.errors);
    for part in [
        "external key: demo",
        "403 AccessDeniedException",
        "A policy of the proxy denies",
        "Audit lines of request 0f1e2d3c-1:\n  line 2: ",
        "statement night (closed)",
    ] {
        assert!(ran.output.contains(part), "{part}: {}", ran.output);
    }
    let id = "0f1e2d3c-1111-2222-3333-444455556666";
    fs::write(&audit, line(id, 200, "")).unwrap();
    let ran = run(&["explain", id, "--audit", path], "");
    assert!(ran.output.contains("  line 1: "), "{}", ran.output);
}

#[test]
fn what_is_not_known_is_said_with_a_fix() {
    let ran = run(&["explain", "XKS_PROXY"], "");
    assert_eq!(ran.ended, Ended::CouldNotRun);
    assert!(
        ran.errors.contains("fix: quote the message whole"),
        "{}",
        ran.errors
    );
    let ran = run(&["explain", "INTERNAL_ERROR", "--audit", "/nowhere"], "");
    assert_eq!(ran.ended, Ended::CouldNotRun);
    assert!(
        ran.errors.contains("--audit needs something to look for"),
        "{}",
        ran.errors
    );
    assert!(refused(&["explain"]).contains("CODE|EXCEPTION|TEXT|-"));
}
