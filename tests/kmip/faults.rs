//! Servers that end connections, are gone, slow or broken.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{folder_on, name_of};
use crate::harness::assert_xks_error;
use crate::harness::demo::{decrypts, encrypts, is_answered, round_trip, until};
use crate::harness::kmip::{Kmip, prefix_of};
use crate::harness::plaintext;

/// How long AWS KMS waits.
const KMS_WAITS: Duration = Duration::from_millis(250);

#[tokio::test]
async fn connections_that_the_server_ends_are_nobodys_fault() {
    let kmip = Kmip::start();
    let server = folder_on(&kmip).serve();
    for most in [1, 3] {
        kmip.behave(&json!({ "max_requests": most }));
        for _ in 0..10 {
            round_trip(&server).await;
        }
    }
    server.stop();
}

#[tokio::test]
async fn a_server_that_is_gone_is_503_in_time_and_served_again_when_it_is_back() {
    let kmip = Kmip::start();
    let mut folder = folder_on(&kmip);
    let names = ["demo", "health"].map(|key| name_of(&mut folder, key));
    let server = folder.serve();
    let encrypted = encrypts(&server).await;
    let while_it_is_gone = async {
        for _ in 0..5 {
            let began = Instant::now();
            is_answered(&server, 503, "DependencyTimeoutException").await;
            assert!(began.elapsed() < KMS_WAITS);
        }
    };
    let kmip = Box::pin(kmip.start_again(while_it_is_gone)).await;
    // Another one in its place, whose keys are others.
    for name in &names {
        kmip.create_key(name);
    }
    until(&server, |response| response.status == 200).await;
    let opened = server.send(server.store.decrypt("demo", &encrypted)).await;
    assert_xks_error(&opened, 400, "InvalidCiphertextException");
    server.stop();
}

#[tokio::test]
async fn a_slow_server_is_503_in_time_and_not_noticed_by_another_key_store() {
    let (slow, quick) = (Kmip::start(), Kmip::start());
    let mut folder = folder_on(&slow);
    folder.set("server.deadline_ms", 170);
    folder.add_key_store("other");
    let other = folder.key_store("other");
    let prefix = prefix_of(&other.clone().into());
    other["backend"]["grants"]["streams"] = vec!["quick"].into();
    let settings = other["backend"]["settings"].as_table_mut().unwrap();
    settings.insert("upstream".to_owned(), "quick".into());
    settings.insert("health_key".to_owned(), format!("{prefix}health").into());
    quick.create_key(&format!("{prefix}demo"));
    quick.create_key(&format!("{prefix}health"));
    for name in ["ca.pem", "claviger.pem", "claviger.key"] {
        let file = folder.path(&format!("kmip/quick-{name}"));
        std::fs::copy(quick.file(name), &file).unwrap();
        let private = std::fs::metadata(folder.path("credentials/demo.secret")).unwrap();
        std::fs::set_permissions(&file, private.permissions()).unwrap();
    }
    let origin = format!("tls://localhost:{}", quick.port);
    folder.set("upstream.quick.origins", vec![origin]);
    folder.set("upstream.quick.ca", "kmip/quick-ca.pem");
    folder.set("upstream.quick.certificate", "kmip/quick-claviger.pem");
    folder.set("upstream.quick.private_key", "kmip/quick-claviger.key");
    let mut server = folder.serve();
    let other = server.key_store("other");
    let encrypted = encrypts(&server).await;
    slow.behave(&json!({ "delay": 1000 }));
    for _ in 0..10 {
        let began = Instant::now();
        let (slow, quick) = tokio::join!(
            server.send(server.store.encrypt("demo", plaintext())),
            server.send(other.encrypt("demo", plaintext())),
        );
        assert!(began.elapsed() < KMS_WAITS);
        assert_xks_error(&slow, 503, "DependencyTimeoutException");
        quick.ok();
    }
    slow.behave(&json!({ "delay": 0 }));
    until(&server, |response| response.status == 200).await;
    decrypts(&server, &encrypted).await;
    server.stop();
}

/// XKS-109
#[tokio::test]
async fn a_server_that_is_out_of_order_is_not_a_wrong_ciphertext() {
    let kmip = Kmip::start();
    let server = folder_on(&kmip).serve();
    let encrypted = encrypts(&server).await;
    kmip.behave(&json!({ "broken": true }));
    is_answered(&server, 500, "InternalException").await;
    let opened = server.send(server.store.decrypt("demo", &encrypted)).await;
    assert_xks_error(&opened, 500, "InternalException");
    kmip.behave(&json!({ "broken": false }));
    until(&server, |response| response.status == 200).await;
    decrypts(&server, &encrypted).await;
    let stopped = server.stop();
    // What the server says is withheld, and its number is not (FLT-93).
    let mut records = stopped.audit.iter().map(ToString::to_string);
    let coded = records.any(|record| record.contains("code 256"));
    assert!(coded, "{:?}", stopped.audit);
}
