//! Which keys encrypt: XKS-070 to XKS-072.

use crate::harness::guests::misbehaving;
use crate::harness::{Server, assert_xks_error, plaintext};

#[tokio::test]
async fn xks_070_a_disabled_key_is_refused() {
    let server = Server::start();
    let keys = server.keys();
    let call = server.store.encrypt(keys.usable, plaintext());
    let encrypted = server.send(call).await.ok();
    for call in [
        server.store.encrypt(keys.disabled, plaintext()),
        server
            .store
            .encrypt(keys.disabled, plaintext())
            .with_integrity_value(),
        server.store.decrypt(keys.disabled, &encrypted),
    ] {
        let response = server.send(call).await;
        assert_xks_error(&response, 400, "InvalidStateException");
    }
}

#[tokio::test]
async fn xks_071_a_key_without_encrypt_is_refused() {
    let server = Server::start();
    let keys = server.keys();
    for key in [keys.decrypt_only, keys.no_usage] {
        for call in [
            server.store.encrypt(key, plaintext()),
            server.store.encrypt(key, plaintext()).with_aad("context"),
            server
                .store
                .encrypt(key, plaintext())
                .with_integrity_value(),
            server
                .store
                .encrypt(key, plaintext())
                .with_aad("context")
                .with_integrity_value(),
        ] {
            let response = server.send(call).await;
            assert_xks_error(&response, 400, "InvalidKeyUsageException");
        }
    }
}

#[tokio::test]
async fn xks_072_a_key_that_is_not_aes_256_is_refused() {
    let server = Server::start_with(misbehaving);
    let good = server.store.encrypt("good", plaintext());
    let encrypted = server.send(good).await.ok();
    for call in [
        server.store.encrypt("not-aes", plaintext()),
        server.store.decrypt("not-aes", &encrypted),
    ] {
        let response = server.send(call).await;
        assert_xks_error(&response, 400, "InvalidKeyUsageException");
    }
}
