//! What operators see: keys, the doctor, metrics, AWS's own client.

use serde_json::json;

use super::{folder_on, name_of};
use crate::harness::demo::{decrypts, doctor_finds, encrypts, until};
use crate::harness::kmip::Kmip;
use crate::harness::{Deployment, Folder, plaintext};
use crate::local_kms;
use crate::probe::{probe, with_probe};

#[tokio::test]
async fn the_operator_sees_keys_and_is_told_how_to_make_them() {
    let kmip = Kmip::start();
    let mut folder = folder_on(&kmip);
    let demo = name_of(&mut folder, "demo");
    kmip.change_called(&demo, &json!({ "rekey": true }));
    folder.save();
    let list = folder.claviger(&["key", "list", "--key-store", "demo"]);
    let list = String::from_utf8(list.stdout).unwrap();
    let lines: Vec<_> = list.lines().collect();
    assert_eq!(lines.len(), 5, "{list}");
    let replaced = |line: &&str| line.starts_with("demo ") && line.ends_with("version 2 of 2");
    assert!(lines.iter().any(replaced), "{list}");
    let disabled = lines.iter().find(|line| line.contains("demo-disabled"));
    assert!(disabled.unwrap().contains("DISABLED"), "{list}");
    let made = folder.claviger(&["key", "create", "--key-store", "demo", "new"]);
    let told = String::from_utf8(made.stderr).unwrap();
    let expected = "keys are managed on the KMIP server: make a 256-bit AES key";
    assert!(!made.status.success() && told.contains(expected), "{told}");
}

#[tokio::test]
async fn the_health_key_that_is_gone_is_told_while_the_others_are_served() {
    let kmip = Kmip::start();
    let mut folder = folder_on(&kmip);
    let health = name_of(&mut folder, "health");
    let server = folder.serve();
    encrypts(&server).await;
    kmip.change_called(&health, &json!({ "destroy": true }));
    // The next check, in a quarter of a minute, finds out; so does a new start, which
    // has not seen the server with a key.
    let folder = server.stop().folder;
    let server = folder.serve();
    let call = server.store.encrypt("demo", plaintext());
    assert_eq!(server.send(call).await.status, 500);
    server.wait_for_log("there is no key for health checks that this client may use");
    kmip.create_key(&health);
    let made = until(&server, |it| it.status == 200).await;
    decrypts(&server, &made.ok()).await;
    server.stop();
}

#[tokio::test]
async fn the_doctor_finds_nothing_but_the_local_certificate_and_the_single_host() {
    let server = Folder::new(Deployment::kmip()).serve();
    let mut found = doctor_finds(&server);
    // How many at once, and how fast: PyKMIP does one after the other, some 4 ms each, and
    // this machine may be doing something else as well.
    found.retain(|check| !["E06", "E07"].contains(&&**check));
    assert_eq!(found, ["H04", "T03"]);
    server.stop();
}

#[tokio::test]
async fn requests_that_wait_together_travel_together_and_are_counted() {
    let kmip = Kmip::start();
    let mut folder = folder_on(&kmip);
    with_probe(&mut folder);
    folder.set("upstream.kmip.connections", 1);
    let server = folder.serve();
    encrypts(&server).await;
    kmip.behave(&json!({ "delay": 20 }));
    let calls = (0..8).map(|_| server.send(server.store.encrypt("demo", plaintext())));
    for response in futures_util::future::join_all(calls).await {
        decrypts(&server, &response.ok()).await;
    }
    let metrics = probe(&server, "GET", "/metrics").await.text();
    let count = |name: &str| -> u64 {
        let line = format!(
            "claviger_plugin_own_total{{key_store=\"demo\",plugin=\"kmip\",name=\"{name}\"}} "
        );
        let rest = metrics.split_once(&line).expect(&metrics).1;
        rest.lines().next().unwrap().parse().unwrap()
    };
    assert_eq!(count("requests"), 1 + 8 + 8);
    assert!(count("round_trips") > 0);
    let answered = "claviger_upstream_requests_total{key_store=\"demo\",upstream=\"kmip\",result=\"answered\"}";
    assert!(metrics.contains(answered), "{metrics}");
    server.stop();
}

#[test]
fn aws_s_client_with_keys_on_a_kmip_server() {
    local_kms::run(Deployment::kmip(), &local_kms::python("with_boto3.py"));
}
