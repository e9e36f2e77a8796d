//! Servers that are sealed, gone, slow or over their limits, and networks in between.

use std::time::{Duration, Instant};

use serde_json::json;

use super::folder_on;
use crate::harness::demo::{decrypts, encrypts, is_answered, round_trip, until};
use crate::harness::openbao::{Cluster, OpenBao, free_address, mount_of};
use crate::harness::process::LIMIT;
use crate::harness::{assert_xks_error, plaintext};

#[tokio::test]
async fn a_sealed_server_is_a_key_manager_that_does_not_answer_until_it_is_unsealed() {
    let bao = OpenBao::start();
    let server = folder_on(&bao).serve();
    let encrypted = encrypts(&server).await;
    bao.seal();
    until(&server, |response| response.status != 200).await;
    for _ in 0..10 {
        let began = Instant::now();
        is_answered(&server, 503, "DependencyTimeoutException").await;
        assert!(began.elapsed() < Duration::from_millis(250));
        let opened = server.send(server.store.decrypt("demo", &encrypted)).await;
        assert_xks_error(&opened, 503, "DependencyTimeoutException");
    }
    bao.unseal();
    until(&server, |response| response.status == 200).await;
    decrypts(&server, &encrypted).await;
    server.stop();
}

#[tokio::test]
async fn a_server_that_is_gone_is_503_in_time_and_served_again_when_it_is_back() {
    let bao = OpenBao::start();
    let server = folder_on(&bao).serve();
    let encrypted = encrypts(&server).await;
    let address = bao.kill();
    for _ in 0..10 {
        let began = Instant::now();
        // Also while the lookup of the key is still fresh.
        is_answered(&server, 503, "DependencyTimeoutException").await;
        assert!(began.elapsed() < Duration::from_millis(250));
    }
    // Another one in its place, whose keys are others.
    let bao = OpenBao::start_at(address);
    let mount = mount_of(&server.folder().config["key_store"][0]);
    bao.ok(
        "POST",
        &format!("sys/mounts/{mount}"),
        &json!({ "type": "transit" }),
    );
    bao.create_key(&mount, "demo");
    until(&server, |response| response.status == 200).await;
    let opened = server.send(server.store.decrypt("demo", &encrypted)).await;
    assert_xks_error(&opened, 400, "InvalidCiphertextException");
    server.stop();
}

#[tokio::test]
async fn a_rate_limit_of_the_server_is_told_as_that() {
    let bao = OpenBao::start();
    let server = folder_on(&bao).serve();
    encrypts(&server).await;
    let quota = json!({ "rate": 1, "interval": "60s" });
    bao.ok("POST", "sys/quotas/rate-limit/all", &quota);
    let limited = until(&server, |response| response.status != 200).await;
    assert_xks_error(&limited, 429, "ThrottlingException");
    server.stop();
}

#[tokio::test]
async fn the_next_address_serves_when_one_is_gone_or_sealed() {
    let (bao, sealed) = (OpenBao::start(), OpenBao::start());
    let mut folder = folder_on(&bao);
    sealed.seal();
    let origins = [free_address(), sealed.address, bao.address];
    let origins = origins.map(|address| format!("http://{address}"));
    folder.set("upstream.vault.origins", origins.to_vec());
    let server = folder.serve();
    for _ in 0..50 {
        round_trip(&server).await;
    }
    server.stop();
}

#[tokio::test]
async fn a_cluster_serves_on_when_its_active_node_dies_and_is_sure_of_less_when_two_have() {
    let directory = tempfile::tempdir().unwrap();
    let mut cluster = Cluster::start(directory.path());
    let mut folder = folder_on(cluster.active());
    folder.set("upstream.vault.origins", cluster.origins());
    let server = folder.serve();
    let encrypted = encrypts(&server).await;
    cluster.kill_active();
    let end = Instant::now() + LIMIT;
    loop {
        let began = Instant::now();
        let call = server.store.encrypt("demo", plaintext());
        let response = server.send(call).await;
        assert!(began.elapsed() < Duration::from_millis(250));
        if response.status == 200 {
            break;
        }
        // While the others have not agreed on another one.
        assert!(Instant::now() < end, "{}", response.text());
        assert_xks_error(&response, 503, "DependencyTimeoutException");
    }
    decrypts(&server, &encrypted).await;
    for _ in 0..20 {
        round_trip(&server).await;
    }
    // Alone, the last one serves the keys that it has, and cannot know which others there
    // are by now.
    cluster.kill_active();
    let end = Instant::now() + LIMIT;
    loop {
        let call = server.store.encrypt("no-such-key", plaintext());
        let response = server.send(call).await;
        if response.status == 503 {
            break;
        }
        assert_xks_error(&response, 404, "KeyNotFoundException");
        assert!(Instant::now() < end, "it is sure of what it cannot know");
    }
    for _ in 0..10 {
        let call = server.store.encrypt("no-such-key", plaintext());
        let response = server.send(call).await;
        assert_xks_error(&response, 503, "DependencyTimeoutException");
        round_trip(&server).await;
    }
    server.stop();
}

#[tokio::test]
async fn a_path_that_the_operator_does_not_allow_is_not_reached() {
    let bao = OpenBao::start();
    let mut folder = folder_on(&bao);
    folder.set("upstream.vault.paths", vec!["/v1/sys/health", "/v1/auth/"]);
    let server = folder.serve();
    is_answered(&server, 500, "InternalException").await;
    // Of the check of health, which is not the request's.
    server.wait_for_log("not below one of the upstream's `paths`");
    server.stop();
}
