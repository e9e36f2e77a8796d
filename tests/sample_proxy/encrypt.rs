//! What is encrypted with the setting, the sample proxy's way or our own.

use sha2::{Digest, Sha256};

use super::{CONTEXT, decrypted_their_way, serve, set};
use crate::harness::{Server, assert_xks_error, base64, from_base64, plaintext};

#[tokio::test]
async fn xks_063_new_ciphertexts_are_the_specification_s_while_theirs_are_opened() {
    let server = serve("decrypt-sample-proxy");
    let call = server.store.encrypt("good", plaintext()).with_aad(CONTEXT);
    let answer = server.send(call.with_integrity_value()).await.ok();
    assert_eq!(answer["ciphertextMetadata"], base64([1, 1]));
    assert_eq!(decrypted_their_way(&answer, CONTEXT), None);
    let call = server.store.decrypt("good", &answer).with_aad(CONTEXT);
    server.send(call.clone()).await.ok();
    // Neither way opens it without what it is bound to.
    for call in [
        call.clone().without("ciphertextMetadata"),
        call.clone().with("ciphertextMetadata", base64(b"v1.0.1")),
        call.without("additionalAuthenticatedData"),
    ] {
        let response = server.send(call).await;
        assert_xks_error(&response, 400, "InvalidCiphertextException");
    }
}

#[tokio::test]
async fn xks_069_a_ciphertext_made_for_the_sample_proxy_opens_there_and_here() {
    let server = serve("sample-proxy");
    for (key, aad) in [("good", CONTEXT), ("good", b"")] {
        let text = plaintext();
        let call = server.store.encrypt(key, &text).with_aad(aad);
        let answer = server.send(call).await.ok();
        let members: Vec<_> = answer.as_object().unwrap().keys().collect();
        assert_eq!(
            members,
            ["authenticationTag", "ciphertext", "initializationVector"]
        );
        let opened = decrypted_their_way(&answer, aad);
        assert_eq!(opened, Some(text.clone().into_bytes()));
        let call = server.store.decrypt(key, &answer).with_aad(aad);
        let decrypted = server.send(call).await.ok();
        assert_eq!(decrypted["plaintext"], base64(text));
    }
}

#[tokio::test]
async fn xks_075_the_value_of_a_ciphertext_made_for_the_sample_proxy_hashes_the_raw_aad() {
    let server = serve("sample-proxy");
    let call = server.store.encrypt("good", plaintext()).with_aad(CONTEXT);
    let answer = server.send(call.with_integrity_value()).await.ok();
    assert!(answer.get("ciphertextMetadata").is_none(), "{answer}");
    let mut hash = Sha256::new_with_prefix(CONTEXT);
    for member in ["initializationVector", "ciphertext", "authenticationTag"] {
        hash.update(from_base64(answer[member].as_str().unwrap()).unwrap());
    }
    let value = base64(hash.finalize());
    assert_eq!(answer["ciphertextDataIntegrityValue"], value);
}

/// A ciphertext without metadata belongs to the oldest key, and the plugin
/// encrypts with the newest.
#[tokio::test]
async fn a_ciphertext_that_would_be_lost_for_want_of_its_key_version_is_not_answered() {
    let server = serve("sample-proxy");
    let call = server.store.encrypt("rotated", plaintext());
    for call in [call.clone(), call.with_integrity_value()] {
        let response = server.send(call).await;
        assert_xks_error(&response, 500, "InternalException");
    }
    // Without versions nothing can be lost: no more than what KMS asks for is
    // verified (this key would not stand it).
    let call = server.store.encrypt("not-versioned", plaintext());
    server.send(call.clone()).await.ok();
    let response = server.send(call.with_integrity_value()).await;
    assert_xks_error(&response, 500, "InternalException");
}

/// The stock backend makes every key itself, so that none can be the sample
/// proxy's; nothing it encrypts without a version could be decrypted.
#[tokio::test]
async fn backend_software_encrypts_nothing_for_the_sample_proxy() {
    let server = Server::start_with(|folder| set(folder, "sample-proxy"));
    let key = server.keys().usable;
    let response = server.send(server.store.encrypt(key, plaintext())).await;
    assert_xks_error(&response, 500, "InternalException");
}
