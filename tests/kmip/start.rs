//! What a server lacks, or has not been given, is told at the start.

use serde_json::{Value, json};

use super::{folder_on, name_of, set};
use crate::harness::demo::{decrypts, is_answered, round_trip, until};
use crate::harness::kmip::Kmip;

#[test]
fn what_a_server_lacks_is_told_by_the_check() {
    let kmip = Kmip::start();
    let mut folder = folder_on(&kmip);
    for (behaviour, expected) in [
        (
            json!({ "no_encrypt": true }),
            "the server does not have the operations Encrypt, Decrypt",
        ),
        (
            json!({ "versions": "1.2,1.1" }),
            "the server has none of KMIP 1.4, 2.0 and 2.1 but 1.2, 1.1",
        ),
        (
            json!({ "ignore_aad": true }),
            "the server does not authenticate additional data",
        ),
        (
            json!({ "login": ["claviger", "never-log-this"] }),
            "the server does not accept the client's certificate or login",
        ),
        (
            json!({ "iv_length": 13 }),
            "the server's answer has an initialization vector of neither 12 nor 16 bytes",
        ),
    ] {
        kmip.behave(&behaviour);
        let (fine, told) = folder.check();
        assert!(fine && told.contains(expected), "{told}");
        let usual = json!({
            "no_encrypt": false,
            "versions": "2.0,1.4",
            "ignore_aad": false,
            "login": Value::Null,
            "iv_length": 16,
        });
        kmip.behave(&usual);
    }
    let (fine, told) = folder.check();
    assert!(fine && !told.contains("key_store[0]"), "{told}");
    set(&mut folder, "version", "2.1");
    let (_, told) = folder.check();
    assert!(told.contains("the server does not have KMIP 2.1"), "{told}");
    // The certificate of somebody else.
    set(&mut folder, "version", "1.4");
    folder.set("upstream.kmip.certificate", "kmip/other.pem");
    folder.set("upstream.kmip.private_key", "kmip/other.key");
    let (_, told) = folder.check();
    let health = name_of(&mut folder, "health");
    let expected = format!("make a 256-bit AES key called {health} for Encrypt and Decrypt");
    assert!(told.contains(&expected), "{told}");
}

#[tokio::test]
async fn a_server_that_ignores_additional_data_is_not_used_until_it_is_another() {
    let kmip = Kmip::start_with(&json!({ "ignore_aad": true }));
    let server = folder_on(&kmip).serve();
    is_answered(&server, 500, "InternalException").await;
    server.wait_for_log("the server does not authenticate additional data");
    let report = server.send(server.store.health()).await.ok();
    let status = &report["ekmFleetDetails"][0]["healthStatus"];
    assert_eq!(status, "UNAVAILABLE", "{report}");
    kmip.behave(&json!({ "ignore_aad": false }));
    until(&server, |response| response.status == 200).await;
    // Another version since.
    kmip.behave(&json!({ "versions": "2.0" }));
    let encrypted = until(&server, |response| response.status == 200).await;
    decrypts(&server, &encrypted.ok()).await;
    server.stop();
}

#[tokio::test]
async fn a_user_is_named_in_every_message_and_the_password_is_never_shown() {
    let password = "never-log-this-password-of-kmip";
    let kmip = Kmip::start_with(&json!({ "login": ["claviger", password] }));
    let mut folder = folder_on(&kmip);
    folder.write_private("credentials/kmip-password", password);
    folder.set("secret.kmip-password.file", "credentials/kmip-password");
    folder.set("secret.kmip-password.reveal", true);
    folder.main_key_store()["backend"]["grants"]["secrets"] = vec!["kmip-password"].into();
    let login: toml::Table = "user = \"claviger\"\npassword = \"kmip-password\""
        .parse()
        .unwrap();
    set(&mut folder, "login", login);
    let server = folder.serve();
    round_trip(&server).await;
    let stopped = server.stop();
    let mut folder = stopped.folder;
    folder.write_private("credentials/kmip-password", "never-log-this-other-password");
    let (_, told) = folder.check();
    assert!(told.contains("certificate or login"), "{told}");
    assert!(!told.contains("never-log-this"), "{told}");
    folder.set("secret.kmip-password.reveal", false);
    let (_, told) = folder.check();
    assert!(
        told.contains("does not let the plugin see this secret"),
        "{told}"
    );
}
