//! What the proxy is told of a caller, and what it makes of it.

use serde_json::json;

use super::kms::Kms;
use crate::harness::{Folder, Server};

const ALICE: &str = "x-claviger-principal: arn:aws:iam::111122223333:user/alice\r\n";
const MALLORY: &str = "x-claviger-principal: arn:aws:iam::111122223333:user/mallory\r\n";

#[test]
fn a_policy_can_be_tried() {
    let proxy = Server::start_with(|folder: &mut Folder| {
        folder.main_key_store().remove("policy");
        folder.add_policy(&json!([
            { "id": "all", "effect": "allow", "principals": ["*"] },
            { "id": "no-mallory", "effect": "deny", "principals": ["arn:aws:iam::*:user/mallory"] },
        ]));
    });
    let kms = Kms::start(proxy);
    let (_, arn) = kms.make_key();
    let encrypt = json!({ "KeyId": arn, "Plaintext": "aGVsbG8=" });
    kms.call("Encrypt", &encrypt, ALICE).ok();
    let denied = kms.call("Encrypt", &encrypt, MALLORY);
    assert_eq!(denied.status, 400);
    assert_eq!(denied.body["__type"], "KMSInvalidStateException");
    let text = "The external key store proxy denied access to the operation. Verify that the user \
                and the external key are both authorized for this operation, and try the request \
                again.";
    assert_eq!(denied.body["message"], text);
    kms.stop();
}

#[test]
fn an_answer_is_found_again_in_the_audit_records() {
    let kms = Kms::start(Server::start());
    let (_, arn) = kms.make_key();
    let encrypt = json!({ "KeyId": arn, "Plaintext": "aGVsbG8=" });
    let answer = kms.call("Encrypt", &encrypt, ALICE);
    let id = answer.header("x-amzn-requestid").expect("an id").to_owned();
    assert_eq!(
        answer.header("x-claviger-local-kms"),
        Some("this is not AWS KMS")
    );
    answer.ok();
    let audit = kms.stop().stop().audit;
    let found: Vec<_> = audit
        .iter()
        .filter(|record| record["kms_request_id"] == id.as_str())
        .collect();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["kms_operation"], "Encrypt");
    assert_eq!(found[0]["kms_key_arn"], arn.as_str());
    let principal = "arn:aws:iam::111122223333:user/alice";
    assert_eq!(found[0]["aws_principal_arn"], principal);
}
