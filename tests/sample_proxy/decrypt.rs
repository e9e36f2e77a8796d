//! What the sample proxy has made is opened with the setting, and only then.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{CONTEXT, encrypted_their_way, serve};
use crate::harness::guests::misbehaving;
use crate::harness::{Server, assert_xks_error, base64, plaintext};

/// An answer of the sample proxy to Encrypt.
struct Made {
    aad: Option<&'static [u8]>,
    ciphertext: &'static str,
    initialization_vector: &'static str,
    authentication_tag: &'static str,
    metadata: &'static str,
}

/// Answers of aws-kms-xks-proxy 3.1.2 with SoftHSM 2.6 to the encryption of
/// `Hello World!` under a key of 32 bytes 0x5a, the one of the test backend. The
/// metadata is what its operator had configured: `\x01v1`, which looks like ours.
const MADE_BY_THE_SAMPLE_PROXY: [Made; 6] = [
    Made {
        aad: Some(CONTEXT),
        ciphertext: "/4ifKG7yIBjN1Ss3",
        initialization_vector: "C019ZnckIirciE5i",
        authentication_tag: "IVklj0V0rlLfkqiE4/bxGQ==",
        metadata: "",
    },
    Made {
        aad: Some(b""),
        ciphertext: "mNz40dbqMbXmGM4I",
        initialization_vector: "gRxPv2J+eYvQ3bdz",
        authentication_tag: "7mV5qh42eiCIr+Z3QMdKLA==",
        metadata: "",
    },
    Made {
        aad: None,
        ciphertext: "cuatSIyN9P/8LuRh",
        initialization_vector: "r0qBI4P5bQ5XCqvv",
        authentication_tag: "v+v/wnQAVwj/qj17waJC3w==",
        metadata: "",
    },
    Made {
        aad: Some(CONTEXT),
        ciphertext: "9/bIm/m6MWWijjwZ",
        initialization_vector: "jV4ydZEv4OTK91+G",
        authentication_tag: "gqN4h4SVietr4FbRmw4wTA==",
        metadata: "AXYx",
    },
    Made {
        aad: Some(b""),
        ciphertext: "S+Et+9/AEmlWaDER",
        initialization_vector: "YOZB741f1Ify9YAX",
        authentication_tag: "BrsOS7yhgITo25roLDEdOQ==",
        metadata: "AXYx",
    },
    Made {
        aad: None,
        ciphertext: "Hy0ARvs86Cr/CMtL",
        initialization_vector: "qY/YuvhG1x8Tkk/I",
        authentication_tag: "Xtt+3FcADUXfxJxL1GQRlw==",
        metadata: "AXYx",
    },
];

#[tokio::test]
async fn ciphertexts_that_the_sample_proxy_has_made_are_decrypted() {
    for convention in ["decrypt-sample-proxy", "sample-proxy"] {
        let server = serve(convention);
        for made in MADE_BY_THE_SAMPLE_PROXY {
            let answer = json!({
                "ciphertext": made.ciphertext,
                "initializationVector": made.initialization_vector,
                "authenticationTag": made.authentication_tag,
                "ciphertextMetadata": made.metadata,
            });
            let mut call = server.store.decrypt("good", &answer);
            if let Some(aad) = made.aad {
                call = call.with_aad(aad);
            }
            let decrypted = server.send(call).await.ok();
            assert_eq!(decrypted["plaintext"], base64("Hello World!"));
        }
    }
}

#[tokio::test]
async fn xks_091_a_ciphertext_of_the_sample_proxy_is_refused_unless_set() {
    for server in [Server::start_with(misbehaving), serve("specification")] {
        for metadata in [b"".as_slice(), b"v1.0.1", b"\x01v1"] {
            let answer = encrypted_their_way(&plaintext(), CONTEXT, metadata);
            let call = server.store.decrypt("good", &answer).with_aad(CONTEXT);
            let response = server.send(call).await;
            assert_xks_error(&response, 400, "InvalidCiphertextException");
        }
    }
}

#[tokio::test]
async fn xks_084_the_sample_proxy_s_ciphertexts_are_bound_to_their_aad() {
    let server = serve("decrypt-sample-proxy");
    let text = plaintext();
    let answer = encrypted_their_way(&text, CONTEXT, b"");
    let call = server.store.decrypt("good", &answer);
    let decrypted = server.send(call.clone().with_aad(CONTEXT)).await.ok();
    assert_eq!(decrypted["plaintext"], base64(&text));
    let hash = Sha256::digest(CONTEXT);
    for aad in [
        b"project=nile,department=marketinG".as_slice(),
        b"project=nile",
        b"",
        &hash,
    ] {
        let response = server.send(call.clone().with_aad(aad)).await;
        assert_xks_error(&response, 400, "InvalidCiphertextException");
    }
    let response = server.send(call).await;
    assert_xks_error(&response, 400, "InvalidCiphertextException");
}

#[tokio::test]
async fn xks_085_the_sample_proxy_s_ciphertexts_are_bound_to_their_metadata() {
    let server = serve("decrypt-sample-proxy");
    let answer = encrypted_their_way(&plaintext(), CONTEXT, b"v1.0.1");
    let call = server.store.decrypt("good", &answer);
    server.send(call.clone().with_aad(CONTEXT)).await.ok();
    for other in [
        b"v1.0.2".as_slice(),
        b"v1.0.11",
        b"v1.0.",
        b"",
        b"\x01",
        b"\x01v1.0.1",
    ] {
        let call = call.clone().with("ciphertextMetadata", base64(other));
        let response = server.send(call.with_aad(CONTEXT)).await;
        assert_xks_error(&response, 400, "InvalidCiphertextException");
    }
    let dropped = call.clone().without("ciphertextMetadata");
    let moved = dropped.clone().with_aad([CONTEXT, b"v1.0.1"].concat());
    for call in [dropped.with_aad(CONTEXT), moved] {
        let response = server.send(call).await;
        assert_xks_error(&response, 400, "InvalidCiphertextException");
    }
}

#[tokio::test]
async fn the_operator_can_go_back_and_forth() {
    let answers = {
        let server = serve("decrypt-sample-proxy");
        let call = server.store.encrypt("good", "Hello World!");
        let ours = server.send(call).await.ok();
        let theirs = encrypted_their_way("Hello World!", b"", b"");
        [ours, theirs]
    };
    let server = serve("sample-proxy");
    for answer in &answers {
        let call = server.store.decrypt("good", answer).with_aad("");
        let decrypted = server.send(call).await.ok();
        assert_eq!(decrypted["plaintext"], base64("Hello World!"));
    }
}

#[tokio::test]
async fn after_a_rotation_the_sample_proxy_s_ciphertexts_belong_to_the_oldest_key() {
    let server = serve("decrypt-sample-proxy");
    let (old, new) = (plaintext(), plaintext());
    let theirs = encrypted_their_way(&old, CONTEXT, b"");
    let call = server.store.encrypt("rotated", &new).with_aad(CONTEXT);
    let ours = server.send(call.with_integrity_value()).await.ok();
    for (answer, text) in [(theirs, old), (ours, new)] {
        let call = server.store.decrypt("rotated", &answer);
        let decrypted = server.send(call.with_aad(CONTEXT)).await.ok();
        assert_eq!(decrypted["plaintext"], base64(text));
    }
}

/// Whose a ciphertext is, is not known while the backend cannot decrypt.
#[tokio::test]
async fn xks_109_a_fault_of_the_backend_is_not_followed_by_another_try() {
    let server = serve("decrypt-sample-proxy");
    for (metadata, throttled) in [(b"\x01v1".as_slice(), true), (b"v1.0.1", false)] {
        let answer = encrypted_their_way(&plaintext(), CONTEXT, metadata);
        let call = server.store.decrypt("throttles-its-own", &answer);
        let response = server.send(call.with_aad(CONTEXT)).await;
        if throttled {
            assert_xks_error(&response, 429, "ThrottlingException");
        } else {
            response.ok();
        }
    }
}

#[tokio::test]
async fn xks_118_the_audit_record_names_the_sample_proxy_s_convention_and_no_other() {
    let server = serve("decrypt-sample-proxy");
    let call = server.store.encrypt("good", plaintext()).with_aad(CONTEXT);
    let ours = server.send(call).await.ok();
    let theirs = encrypted_their_way(&plaintext(), CONTEXT, b"");
    for answer in [&ours, &theirs] {
        let call = server.store.decrypt("good", answer).with_aad(CONTEXT);
        server.send(call).await.ok();
    }
    let call = server.store.decrypt("good", &theirs).with_aad("another");
    server.send(call).await;
    let stopped = server.stop();
    let shown: Vec<_> = stopped
        .audit
        .iter()
        .map(|record| record.get("aad_convention").and_then(Value::as_str))
        .collect();
    assert_eq!(shown, [None, None, Some("sample-proxy"), None]);
    assert!(
        stopped
            .stderr
            .contains("ciphertexts of AWS's sample proxy are opened too"),
        "{}",
        stopped.stderr
    );

    let server = serve("sample-proxy");
    server
        .send(server.store.encrypt("good", plaintext()))
        .await
        .ok();
    let stopped = server.stop();
    assert_eq!(stopped.audit[0]["aad_convention"], "sample-proxy");
    assert!(
        stopped
            .stderr
            .contains("new ciphertexts are made as AWS's sample proxy makes them"),
        "{}",
        stopped.stderr
    );
}
