//! What a plugin has of WASI, with and without the grant: FLT-61.

use serde_json::Value;

use super::only_policy;
use super::parts::COMPOSED;
use crate::harness::guests::misbehaving;
use crate::harness::{Deployment, Folder, Server, assert_xks_error, plaintext};

/// The policy of `composed-policy.wat`, which asks for this many random bytes first.
fn asks_for_random_bytes(count: u64) -> String {
    let mut text = COMPOSED.to_owned();
    for (place, new) in [
        (
            "(component\n",
            "(component
              (import \"wasi:random/random@0.2.0\" (instance $random
                (export \"get-random-bytes\" (func (param \"len\" u64) (result (list u8))))))\n",
        ),
        (
            "(component $policy\n",
            "(component $policy
              (import \"random\" (func $random (param \"len\" u64) (result (list u8))))\n",
        ),
        (
            "(core module $m\n      (import \"memory\"",
            "(core func $random (canon lower (func $random)
               (memory $memory \"memory\") (realloc (func $memory \"realloc\"))))
             (core module $m
               (import \"words\" \"random\" (func $random (param i64 i32)))
               (import \"memory\"",
        ),
        (
            "(func (export \"authorize\") (param $context i32) (result i32)\n",
            &format!(
                "(func (export \"authorize\") (param $context i32) (result i32)
                   (call $random (i64.const {count}) (i32.const 256))\n"
            ),
        ),
        (
            "(instance (export \"say\" (func $say)))",
            "(instance (export \"say\" (func $say)) (export \"random\" (func $random)))",
        ),
        (
            "(instantiate $policy (with",
            "(instantiate $policy (with \"random\" (func $random \"get-random-bytes\")) (with",
        ),
    ] {
        assert!(text.contains(place), "{place}");
        text = text.replacen(place, new, 1);
    }
    text
}

/// The status of a request, and why.
async fn with_policy(count: u64, granted: bool) -> (u16, String) {
    let mut folder = Folder::new(Deployment::software());
    only_policy(&mut folder, "greedy", &asks_for_random_bytes(count));
    if granted {
        let policy = &mut folder.main_key_store()["policy"][0];
        let grants: toml::Table = "wasi = true".parse().unwrap();
        let policy = policy.as_table_mut().unwrap();
        policy.insert("grants".to_owned(), grants.into());
    }
    let server = folder.serve();
    let call = server.store.encrypt(server.keys().usable, plaintext());
    let status = server.send(call).await.status;
    let record = server.stop().audit.pop().unwrap();
    (status, reason(&record))
}

fn reason(record: &Value) -> String {
    record["reason"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn flt_61_randomness_comes_with_the_grant_and_in_small_pieces() {
    let (status, reason) = with_policy(1000, true).await;
    assert_eq!(status, 200, "{reason}");
    let (status, reason) = with_policy(60 << 20, true).await;
    assert_eq!(status, 500, "{reason}");
    assert!(reason.contains("65536 at most"), "{reason}");
    let (status, reason) = with_policy(1000, false).await;
    assert_eq!(status, 500, "{reason}");
    assert!(reason.contains("`wasi = true`"), "{reason}");
}

#[tokio::test]
async fn flt_61_a_plugin_without_the_grant_serves_but_has_no_time_and_cannot_sleep() {
    let server = Server::start_with(|folder| {
        misbehaving(folder);
        let backend = &mut folder.main_key_store()["backend"];
        let grants = backend["grants"].as_table_mut().unwrap();
        grants.remove("wasi").expect("it is granted otherwise");
    });
    server
        .send(server.store.encrypt("good", plaintext()))
        .await
        .ok();
    let response = server
        .send(server.store.encrypt("waits", plaintext()))
        .await;
    assert_xks_error(&response, 500, "InternalException");
    server
        .send(server.store.encrypt("good", plaintext()))
        .await
        .ok();
    let audit = server.stop().audit;
    let reason = reason(&audit[1]);
    assert!(reason.contains("`wasi = true`"), "{reason}");
}
