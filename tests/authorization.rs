//! Secondary authorization: XKS-111 to XKS-115.

use serde_json::{Value, json};

use crate::harness::calls::PRINCIPAL;
use crate::harness::{Call, Folder, Server, assert_xks_error, plaintext};

/// Serves with one allow-list policy of these statements.
fn with_statements(statements: &Value) -> Server {
    Server::start_with(|folder: &mut Folder| {
        folder.main_key_store().remove("policy");
        folder.add_policy(statements);
    })
}

async fn allowed(server: &Server, call: Call) {
    server.send(call).await.ok();
}

async fn denied(server: &Server, call: Call) {
    let response = server.send(call).await;
    assert_xks_error(&response, 403, "AccessDeniedException");
}

#[tokio::test]
async fn xks_111_policies_decide_by_request_metadata() {
    let server = with_statements(&json!([
        { "id": "all", "effect": "allow", "principals": ["*"] },
        { "id": "no-mallory", "effect": "deny", "principals": ["arn:aws:iam::*:user/Mallory"] },
    ]));
    let call = server.store.encrypt("demo", plaintext());
    allowed(&server, call.clone()).await;
    let mallory = "arn:aws:iam::999999999999:user/Mallory";
    denied(
        &server,
        call.with("requestMetadata/awsPrincipalArn", mallory),
    )
    .await;
}

#[tokio::test]
async fn xks_112_a_key_can_be_limited_to_callers() {
    for (limit, member, good, bad) in [
        (
            json!({ "principals": [PRINCIPAL] }),
            "awsPrincipalArn",
            PRINCIPAL,
            "arn:aws:iam::123456789012:user/Bob",
        ),
        (
            json!({ "caller_accounts": ["123456789012"] }),
            "awsPrincipalArn",
            PRINCIPAL,
            "arn:aws:iam::210987654321:user/Alice",
        ),
        (
            json!({ "key_accounts": ["123456789012"] }),
            "kmsKeyArn",
            "arn:aws:kms:us-east-2:123456789012:key/1234abcd",
            "arn:aws:kms:us-east-2:210987654321:key/1234abcd",
        ),
        (
            json!({ "source_vpcs": ["vpc-1"] }),
            "awsSourceVpc",
            "vpc-1",
            "vpc-11",
        ),
        (
            json!({ "source_vpc_endpoints": ["vpce-1"] }),
            "awsSourceVpce",
            "vpce-1",
            "vpce-2",
        ),
        (
            json!({ "via_services": ["ebs"] }),
            "kmsViaService",
            "ebs",
            "s3",
        ),
        (
            json!({ "kms_operations": ["Encrypt"] }),
            "kmsOperation",
            "Encrypt",
            "ReEncrypt",
        ),
    ] {
        let mut statement = limit;
        statement["id"] = json!("the-only-one");
        statement["effect"] = json!("allow");
        let server = with_statements(&json!([statement]));
        let path = format!("requestMetadata/{member}");
        let call = server.store.encrypt("demo", plaintext());
        allowed(&server, call.clone().with(&path, good)).await;
        denied(&server, call.with(&path, bad)).await;
    }
}

#[tokio::test]
async fn xks_112_a_statement_can_name_keys() {
    let server = with_statements(&json!([
        { "id": "some", "effect": "allow", "keys": ["demo", "demo-encrypt-*"] },
    ]));
    allowed(&server, server.store.metadata("demo")).await;
    allowed(&server, server.store.metadata("demo-encrypt-only")).await;
    denied(&server, server.store.metadata("demo-decrypt-only")).await;
}

#[tokio::test]
async fn xks_113_what_no_statement_allows_is_denied() {
    let server = with_statements(&json!([
        { "id": "another", "effect": "allow", "keys": ["another"] },
    ]));
    denied(&server, server.store.metadata("demo")).await;
}

#[tokio::test]
async fn xks_113_a_missing_attribute_matches_nothing() {
    let server = with_statements(&json!([
        { "id": "behind-the-endpoint", "effect": "allow", "source_vpc_endpoints": ["*"] },
    ]));
    let call = server.store.encrypt("demo", plaintext());
    denied(&server, call.clone()).await;
    allowed(
        &server,
        call.with("requestMetadata/awsSourceVpce", "vpce-1"),
    )
    .await;
}

#[tokio::test]
async fn xks_113_the_default_counts_when_all_policies_abstain() {
    let abstaining = json!([{ "id": "other", "effect": "allow", "keys": ["other"] }]);
    let server = Server::start_with(|folder| {
        folder.main_key_store().remove("policy");
        folder.add_policy(&abstaining);
        folder.add_policy(&abstaining);
        folder
            .main_key_store()
            .insert("default".to_owned(), "allow".into());
    });
    allowed(&server, server.store.metadata("demo")).await;
    let server = with_statements(&abstaining);
    denied(&server, server.store.metadata("demo")).await;
}

#[tokio::test]
async fn xks_113_any_deny_denies() {
    let server = Server::start_with(|folder| {
        folder.main_key_store().remove("policy");
        folder.add_policy(&json!([{ "id": "all", "effect": "allow", "principals": ["*"] }]));
        folder.add_policy(&json!([{ "id": "none", "effect": "deny", "keys": ["demo"] }]));
    });
    denied(&server, server.store.metadata("demo")).await;
    allowed(&server, server.store.metadata("demo-encrypt-only")).await;
}

/// One plugin is three policies; the record says which of them said what.
#[tokio::test]
async fn flt_96_records_tell_uses_of_one_plugin_apart_and_name_the_default() {
    for default in ["allow", "deny"] {
        let server = Server::start_with(|folder| {
            folder.main_key_store().remove("policy");
            let one = |id, effect, key| json!([{ "id": id, "effect": effect, "keys": [key] }]);
            folder.add_policy(&one("other", "allow", "other"));
            folder.add_policy(&one("usable", "allow", "demo"));
            folder.add_policy(&one("none", "deny", "demo-encrypt-only"));
            folder
                .main_key_store()
                .insert("default".to_owned(), default.into());
        });
        for key in ["demo", "demo-encrypt-only", "demo-disabled"] {
            server.send(server.store.metadata(key)).await;
        }
        let audit = server.stop().audit;
        let policy = |n: usize| {
            let mut policy = audit[n]["policy"].clone();
            policy.as_object_mut().expect("an object").remove("reason");
            policy
        };
        let said = |place, statement, abstained| {
            json!({"plugin": "allow-list", "place": place, "statement": statement,
                   "abstained": abstained})
        };
        assert_eq!(policy(0), said(1, "usable", "0 2"));
        assert_eq!(policy(1), said(2, "none", "0 1"));
        assert_eq!(policy(2), json!({"default": default, "abstained": "0 1 2"}));
    }
}

#[test]
fn xks_113_a_policy_with_faults_stops_the_start() {
    let mut folder = Folder::new(crate::harness::Deployment::selected());
    folder.main_key_store().remove("policy");
    folder.add_policy(&json!([
        { "id": "a", "effect": "allow", "principals": ["*"] },
        { "id": "b", "effect": "permit", "principal": ["*"] },
    ]));
    let stderr = folder.serve_refuses();
    // Both faults, each with its key path in the operator's file.
    for path in ["effect", "principal"] {
        let path = format!("key_store[0].policy[0].settings.statements[1].{path}");
        assert!(stderr.contains(&path), "{path} in {stderr}");
    }
}

#[tokio::test]
async fn xks_115_policies_work_without_a_key_arn() {
    let server = with_statements(&json!([
        { "id": "create", "effect": "allow", "kms_operations": ["CreateKey"] },
    ]));
    let call = server.store.metadata("demo");
    allowed(
        &server,
        call.with("requestMetadata/kmsOperation", "CreateKey"),
    )
    .await;
}

#[tokio::test]
async fn xks_045_only_a_policy_denies_a_kms_operation() {
    let server = with_statements(&json!([
        { "id": "all", "effect": "allow", "principals": ["*"] },
        { "id": "tomorrow", "effect": "deny", "kms_operations": ["AnOperationOfTomorrow"] },
    ]));
    let call = server.store.encrypt("demo", plaintext());
    let path = "requestMetadata/kmsOperation";
    denied(&server, call.clone().with(path, "AnOperationOfTomorrow")).await;
    allowed(&server, call.with(path, "AnOperationOfNextWeek")).await;
}
