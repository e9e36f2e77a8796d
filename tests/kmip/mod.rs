//! `backend-kmip` on `PyKMIP`, the reference server: what a server, its operator and the
//! network do to it. The conformance tests run on it, too (`tests/conformance.rs`).

mod faults;
mod keys;
mod seen;
mod start;

use serde_json::json;

use crate::harness::demo::{encrypts, round_trip};
use crate::harness::kmip::{Kmip, prefix_of, settle_on};
use crate::harness::{Deployment, Folder, assert_xks_error, from_base64};

/// A folder whose keys are on this server.
fn folder_on(server: &Kmip) -> Folder {
    let mut folder = Folder::new(Deployment::software());
    let directory = folder.directory().to_owned();
    settle_on(server, &directory, &mut folder.config);
    folder.deployment = Deployment::kmip();
    folder
}

/// The name of a key on the server.
fn name_of(folder: &mut Folder, key: &str) -> String {
    let key_store = folder.main_key_store().clone();
    format!("{}{key}", prefix_of(&key_store.into()))
}

/// Sets one of the plugin's settings.
fn set(folder: &mut Folder, name: &str, value: impl Into<toml::Value>) {
    let settings = folder.main_key_store()["backend"]["settings"].as_table_mut();
    settings
        .expect("a table")
        .insert(name.to_owned(), value.into());
}

#[tokio::test]
async fn every_version_and_either_initialization_vector_does_round_trips() {
    let kmip = Kmip::start();
    for (versions, spoken, made, reason) in [
        ("2.0,1.4,1.3,1.2", "1.4", 16, 0x100),
        ("1.4", "1.4", 12, 0xA),
        ("2.0", "2.0", 12, 0x100),
        ("2.1", "2.1", 16, 0xA),
        ("2.1,2.0", "2.1", 12, 0x7),
    ] {
        kmip.behave(&json!({ "versions": versions, "iv_length": made, "tag_failure": reason }));
        let server = folder_on(&kmip).serve();
        round_trip(&server).await;
        let encrypted = encrypts(&server).await;
        let vector = encrypted["initializationVector"].as_str().unwrap();
        assert_eq!(from_base64(vector).unwrap().len(), made);
        let report = server.send(server.store.health()).await.ok();
        let manager = &report["ekmFleetDetails"][0];
        let expected = format!("KMIP {spoken}, PyKMIP 0.11.0 Software Server");
        assert_eq!(manager["model"], expected);
        assert_eq!(manager["healthStatus"], "ACTIVE");
        // XKS-091, whatever the server calls it.
        let wrong = server.store.decrypt("demo", &encrypted).with_aad("other");
        let invalid = "InvalidCiphertextException";
        assert_xks_error(&server.send(wrong).await, 400, invalid);
        let wrong = server.store.decrypt("demo", &encrypted);
        let wrong = wrong.with("authenticationTag", "AAAAAAAAAAAAAAAAAAAAAA==");
        assert_xks_error(&server.send(wrong).await, 400, invalid);
        server.stop();
    }
}

#[tokio::test]
async fn versions_and_initialization_vectors_can_be_said() {
    let kmip = Kmip::start();
    kmip.behave(&json!({ "echo_iv": true }));
    let mut folder = folder_on(&kmip);
    set(&mut folder, "version", "2.0");
    set(&mut folder, "initialization_vectors", "host");
    let server = folder.serve();
    round_trip(&server).await;
    let encrypted = encrypts(&server).await;
    let vector = encrypted["initializationVector"].as_str().unwrap();
    assert_eq!(from_base64(vector).unwrap().len(), 12);
    let report = server.send(server.store.health()).await.ok();
    let model = report["ekmFleetDetails"][0]["model"].as_str().unwrap();
    assert!(model.starts_with("KMIP 2.0"), "{model}");
    server.stop();
}

#[tokio::test]
async fn a_server_that_takes_one_question_at_a_time_is_asked_so() {
    let kmip = Kmip::start_with(&json!({ "no_batch": true, "locate_not_found": true }));
    let server = folder_on(&kmip).serve();
    round_trip(&server).await;
    let encrypted = encrypts(&server).await;
    let wrong = server.store.decrypt("demo", &encrypted).with_aad("other");
    let response = server.send(wrong).await;
    assert_xks_error(&response, 400, "InvalidCiphertextException");
    let unknown = server.store.encrypt("no-such-key", "text");
    let response = server.send(unknown).await;
    assert_xks_error(&response, 404, "KeyNotFoundException");
    server.stop();
}
