//! Encrypt: XKS-057 to XKS-072.

use serde_json::Value;

use crate::harness::{Call, Server, from_base64, plaintext};

mod input;
mod output;
mod usage;

/// Bytes that tests can recognise, so many of them.
fn bytes(count: usize) -> Vec<u8> {
    plaintext().bytes().cycle().take(count).collect()
}

fn decoded(answer: &Value, member: &str) -> Vec<u8> {
    from_base64(answer[member].as_str().unwrap()).unwrap()
}

/// Encrypts, decrypts with the same AAD, and compares.
async fn round_trip(server: &Server, plaintext: &[u8], aad: Option<&[u8]>) -> Value {
    let key = server.keys().usable;
    let with_aad = |call: Call| match aad {
        Some(aad) => call.with_aad(aad),
        None => call,
    };
    let call = with_aad(server.store.encrypt(key, plaintext));
    let encrypted = server.send(call).await.ok();
    let call = with_aad(server.store.decrypt(key, &encrypted));
    let decrypted = server.send(call).await.ok();
    assert_eq!(decoded(&decrypted, "plaintext"), plaintext);
    encrypted
}
