//! What operators see: health, the doctor, metrics, AWS's own client.

use serde_json::{Value, json};

use super::folder_on;
use crate::harness::demo::{doctor_finds, encrypts};
use crate::harness::openbao::{OpenBao, mount_of};
use crate::harness::{Deployment, Folder};
use crate::local_kms;
use crate::probe::{probe, with_probe};

#[tokio::test]
async fn xks_095_health_names_the_server_and_says_that_the_test_key_is_missing() {
    let bao = OpenBao::start();
    let server = folder_on(&bao).serve();
    let report = server.send(server.store.health()).await.ok();
    let manager = &report["ekmFleetDetails"][0];
    assert_eq!(manager["healthStatus"], "ACTIVE", "{report}");
    assert!(
        manager["model"].as_str().unwrap().starts_with("transit 2."),
        "{report}"
    );
    let folder = server.stop().folder;
    let mount = mount_of(&folder.config["key_store"][0]);
    let config = json!({ "deletion_allowed": true });
    bao.ok(
        "POST",
        &format!("{mount}/keys/claviger-health/config"),
        &config,
    );
    bao.ok(
        "DELETE",
        &format!("{mount}/keys/claviger-health"),
        &Value::Null,
    );
    let server = folder.serve();
    let report = server.send(server.store.health()).await.ok();
    assert_eq!(
        report["ekmFleetDetails"][0]["healthStatus"], "DEGRADED",
        "{report}"
    );
    server.wait_for_log("make it: bao write -f");
    server.stop();
}

#[tokio::test]
async fn the_doctor_finds_nothing_but_the_local_certificate_and_the_single_host() {
    let server = Folder::new(Deployment::openbao()).serve();
    assert_eq!(doctor_finds(&server), ["H04", "T03"]);
    server.stop();
}

#[tokio::test]
async fn upstreams_and_what_the_plugin_counts_are_in_the_metrics() {
    let bao = OpenBao::start();
    let mut folder = folder_on(&bao);
    with_probe(&mut folder);
    let server = folder.serve();
    encrypts(&server).await;
    let metrics = probe(&server, "GET", "/metrics").await.text();
    for line in [
        "claviger_upstream_up{upstream=\"vault\"} 1",
        "claviger_upstream_requests_total{key_store=\"demo\",upstream=\"vault\",result=\"answered\"}",
        "claviger_upstream_duration_seconds_count{key_store=\"demo\",upstream=\"vault\"}",
        "claviger_plugin_own_total{key_store=\"demo\",plugin=\"vault\",name=\"round_trips\"}",
    ] {
        assert!(metrics.contains(line), "{line}\n{metrics}");
    }
    server.stop();
}

#[test]
fn aws_s_client_with_keys_in_openbao() {
    local_kms::run(Deployment::openbao(), &local_kms::python("with_boto3.py"));
}
