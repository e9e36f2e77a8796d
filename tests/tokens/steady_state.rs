//! What a request costs on the token.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::folder;
use crate::harness::{Folder, Server, base64, plaintext};

/// One object for each key: with numbered versions every lookup looks for the next.
fn one_version(hsm: &str) -> Folder {
    let mut folder = folder(hsm);
    let settings = &mut folder.main_key_store()["backend"]["settings"];
    settings["label"] = "{key}.v1".into();
    folder
}

/// For how long a lookup is good, less what a request takes.
const FRESH: Duration = Duration::from_millis(400);

/// Encrypts with an integrity value directly after a request that has looked the
/// key up; the calls of the token that this takes.
async fn calls_of_one_encrypt(server: &Server) -> BTreeMap<String, u64> {
    let simulator = server.folder().simulator("hsm");
    simulator.count();
    let key = server.keys().usable;
    let call = server
        .store
        .encrypt(key, plaintext())
        .with_integrity_value();
    server.send(call.clone()).await.ok();
    // The first may have been sent at the end of a lookup's time, the second not.
    let mut start = Instant::now();
    let mut before = simulator.counts();
    loop {
        server.send(call.clone()).await.ok();
        let after = simulator.counts();
        if start.elapsed() < FRESH {
            let count = |(name, count): (&String, &u64)| {
                let new = count - before.get(name).unwrap_or(&0);
                (new > 0).then(|| (name.clone(), new))
            };
            return after.iter().filter_map(count).collect();
        }
        start = Instant::now();
        before = after;
    }
}

#[tokio::test]
async fn an_encryption_with_integrity_value_is_four_calls() {
    for hsm in ["cloudhsm-vendor", "cloudhsm", "luna-fips", "nshield"] {
        let server = one_version(hsm).serve();
        // The check of its health is over.
        server.send(server.store.health()).await.ok();
        let calls = calls_of_one_encrypt(&server).await;
        let expected = ["C_Decrypt", "C_DecryptInit", "C_Encrypt", "C_EncryptInit"];
        let expected = expected.map(|name| (name.to_owned(), 1));
        assert_eq!(calls, BTreeMap::from(expected), "{hsm}");
    }
}

#[tokio::test]
async fn an_object_that_has_gone_stale_is_found_again() {
    let server = one_version("cloudhsm-vendor").serve();
    let simulator = server.folder().simulator("hsm");
    simulator.count();
    let key = server.keys().usable;
    let plaintext = plaintext();
    let call = server.store.encrypt(key, &plaintext);
    let encrypted = server.send(call.clone()).await.ok();
    let searches = || simulator.counts().get("C_FindObjectsInit").copied();
    let mut before = searches().unwrap_or(0);
    for number in 1..=3 {
        simulator.set("stale_objects", number);
        server.send(call.clone()).await.ok();
        let after = searches().unwrap_or(0);
        // Once for the request, and once for a lookup that happens to be due.
        assert!((1..=2).contains(&(after - before)), "{before} {after}");
        before = after;

        simulator.set("stale_objects", number + 10);
        let call = server.store.decrypt(key, &encrypted);
        let decrypted = server.send(call).await.ok();
        assert_eq!(decrypted["plaintext"], base64(&plaintext));
        before = searches().unwrap_or(0).max(before);
    }
}
