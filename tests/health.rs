//! `GetHealthStatus`: XKS-092 to XKS-100.

use serde_json::{Value, json};

use crate::harness::guests::{misbehaving, misbehaving_with};
use crate::harness::{Server, assert_xks_error};

/// Checks every member that the specification requires.
fn assert_complete(answer: &Value) -> Vec<Value> {
    let size = answer["xksProxyFleetSize"].as_u64();
    assert!(size.is_some_and(|size| size > 0), "{answer}");
    for name in ["xksProxyVendor", "xksProxyModel", "ekmVendor"] {
        let text = answer[name].as_str();
        assert!(
            text.is_some_and(|text| !text.is_empty()),
            "{name} in {answer}"
        );
    }
    let details = answer["ekmFleetDetails"].as_array().unwrap().clone();
    assert!((1..=10).contains(&details.len()), "{answer}");
    let mut ids = Vec::new();
    for manager in &details {
        assert!(!manager["model"].as_str().unwrap().is_empty(), "{answer}");
        let status = manager["healthStatus"].as_str().unwrap();
        assert!(["ACTIVE", "DEGRADED", "UNAVAILABLE"].contains(&status));
        ids.push(manager["id"].as_str().unwrap().to_owned());
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), details.len(), "ids are unique in {answer}");
    details
}

#[tokio::test]
async fn xks_092_every_member_of_the_answer_is_there() {
    let server = Server::start_with(|folder| folder.set("server.fleet_size", 3));
    let answer = server.send(server.store.health()).await.ok();
    assert_complete(&answer);
    assert_eq!(answer["xksProxyFleetSize"], json!(3));
}

#[tokio::test]
async fn xks_093_no_more_than_ten_key_managers_are_listed() {
    let server = Server::start_with(|folder| misbehaving_with(folder, "twelve"));
    let response = server.send(server.store.health()).await;
    let details = assert_complete(&response.ok());
    assert!(
        details
            .iter()
            .any(|manager| manager["healthStatus"] != "UNAVAILABLE")
    );
}

#[tokio::test]
async fn xks_094_a_healthy_key_manager_is_active() {
    let server = Server::start();
    let answer = server.send(server.store.health()).await.ok();
    let details = assert_complete(&answer);
    assert_eq!(details[0]["healthStatus"], "ACTIVE");
}

#[tokio::test]
async fn xks_095_the_model_names_product_and_version() {
    let server = Server::start();
    let answer = server.send(server.store.health()).await.ok();
    let model = answer["xksProxyModel"].as_str().unwrap();
    assert!(model.to_lowercase().contains("claviger"), "{model}");
    assert!(model.contains(env!("CARGO_PKG_VERSION")), "{model}");
}

#[tokio::test]
async fn xks_096_no_external_key_is_needed_for_the_check() {
    let server = Server::start_with(|folder| {
        let keys = folder.deployment.keys;
        for key in [
            keys.usable,
            keys.encrypt_only,
            keys.decrypt_only,
            keys.no_usage,
        ] {
            folder.disable_key(key);
        }
    });
    let answer = server.send(server.store.health()).await.ok();
    assert_eq!(assert_complete(&answer)[0]["healthStatus"], "ACTIVE");
    // And the check's own key is none that AWS KMS could use.
    let listed = server
        .folder()
        .claviger(&["key", "list", "--key-store", "demo"]);
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.contains("demo-no-usage"), "{listed}");
    assert!(!listed.contains("health"), "{listed}");
}

#[tokio::test]
async fn xks_098_policies_are_not_asked_but_the_signature_is() {
    let server = Server::start_with(|folder| {
        folder.main_key_store().remove("policy");
        folder.add_policy(&json!([{ "id": "nobody", "effect": "deny", "principals": ["*"] }]));
    });
    let response = server.send(server.store.metadata("demo")).await;
    assert_xks_error(&response, 403, "AccessDeniedException");
    server.send(server.store.health()).await.ok();
    let unsigned = server.store.health().request;
    let response = server.send(unsigned).await;
    assert_xks_error(&response, 401, "AuthenticationFailedException");
}

#[tokio::test]
async fn xks_099_request_metadata_is_required_here_too() {
    let server = Server::start();
    let call = server.store.health();
    for call in [
        call.clone().without("requestMetadata"),
        call.clone().with("requestMetadata", json!({})),
        call.clone().with_body("{}"),
        call.with_body(""),
    ] {
        let response = server.send(call).await;
        assert_xks_error(&response, 400, "ValidationException");
    }
}

#[tokio::test]
async fn xks_100_unavailable_key_managers_are_reported_with_200() {
    for health in ["unavailable", "fails"] {
        let server = Server::start_with(|folder| misbehaving_with(folder, health));
        let answer = server.send(server.store.health()).await.ok();
        for manager in assert_complete(&answer) {
            assert_eq!(manager["healthStatus"], "UNAVAILABLE", "{health}");
        }
    }
}

#[tokio::test]
async fn xks_094_a_backend_that_misbehaves_elsewhere_is_still_healthy() {
    let server = Server::start_with(misbehaving);
    server.send(server.store.metadata("good")).await.ok();
    let answer = server.send(server.store.health()).await.ok();
    assert_eq!(assert_complete(&answer)[0]["healthStatus"], "ACTIVE");
}
