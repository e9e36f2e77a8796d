//! Tokens through p11-kit's proxy, which hands whoever asks for its functions an
//! instance of its own.

use std::path::{Path, PathBuf};

use super::folder;
use crate::harness::hsm::INSTALL;
use crate::harness::{Folder, base64, plaintext, text};

/// Where distributions put it.
fn proxy() -> PathBuf {
    let places = [
        "/usr/lib/x86_64-linux-gnu/p11-kit-proxy.so",
        "/usr/lib/aarch64-linux-gnu/p11-kit-proxy.so",
        "/usr/lib64/p11-kit-proxy.so",
        "/usr/lib/p11-kit-proxy.so",
    ];
    let mut places = places.iter().map(Path::new);
    places.find(|path| path.exists()).expect(INSTALL).to_owned()
}

/// The keys of the deployment behind the proxy, which finds `SoftHSM` by the
/// configuration that comes with its package.
pub(super) fn with_proxy() -> Folder {
    let mut folder = folder("softhsm");
    for token in ["hsm", "other"] {
        folder.set(&format!("tokens.{token}.module"), text(&proxy()));
    }
    folder
}

#[tokio::test]
async fn flt_52_p11_kit_proxy_serves_a_token() {
    let folder = with_proxy();
    let (good, said) = folder.check();
    assert!(good && !said.contains("cannot be reached"), "{said}");
    let server = folder.serve();
    let key = server.keys().usable;
    let plaintext = plaintext();
    let call = server.store.encrypt(key, &plaintext);
    let encrypted = server.send(call.with_integrity_value()).await.ok();
    let decrypted = server.send(server.store.decrypt(key, &encrypted)).await;
    assert_eq!(decrypted.ok()["plaintext"], base64(&plaintext));
    let health = server.send(server.store.health()).await.ok();
    let manager = &health["ekmFleetDetails"][0];
    assert_eq!(manager["healthStatus"], "ACTIVE", "{health}");
}
