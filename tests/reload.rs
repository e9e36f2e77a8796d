//! The configuration is taken up while the host serves: FLT-70, FLT-71, XKS-023.

use std::io;
use std::time::Instant;

use rustix::process::Signal;
use rustls::pki_types::CertificateDer;
use sha2::{Digest as _, Sha256};

use crate::harness::certificates::Authority;
use crate::harness::guests::{
    misbehaving_guest, misbehaving_in, misbehaving_with, wrong_contract_guest,
};
use crate::harness::process::LIMIT;
use crate::harness::{Folder, Server, assert_xks_error, base64, hex, plaintext};
use crate::probe::{becomes_ready, probe, with_probe};

/// With files watched.
fn watched() -> Server {
    Server::start_with(|folder: &mut Folder| folder.set("server.watch_files", true))
}

const TAKEN_UP: &str = "the configuration is taken up";
const REFUSED: &str = "the configuration is not taken up";

#[tokio::test]
async fn flt_70_sighup_takes_up_the_file() {
    let mut server = Server::start();
    let call = server.store.encrypt(server.keys().usable, plaintext());
    server.send(call.clone()).await.ok();
    server.folder_mut().add_key_store("other");
    server.folder().save();
    server.signal(Signal::HUP);
    server.says(TAKEN_UP, 1);
    let other = server.key_store("other").metadata("nothing");
    let response = server.send(other.clone()).await;
    assert_xks_error(&response, 404, "KeyNotFoundException");
    server.send(call.clone()).await.ok();

    std::fs::write(server.folder().path("claviger.toml"), "[server").unwrap();
    server.signal(Signal::HUP);
    server.says(REFUSED, 1);
    server.send(call).await.ok();
    let response = server.send(other).await;
    assert_xks_error(&response, 404, "KeyNotFoundException");
}

#[tokio::test]
async fn flt_71_a_policy_that_is_changed_in_the_file_decides() {
    let mut server = watched();
    let call = server.store.encrypt(server.keys().usable, plaintext());
    server.send(call.clone()).await.ok();
    let deny = serde_json::json!([{
        "id": "nobody", "effect": "deny", "principals": ["*"],
    }]);
    let folder = server.folder_mut();
    folder.add_policy(&deny);
    folder.save();
    server.says(TAKEN_UP, 1);
    let response = server.send(call).await;
    assert_xks_error(&response, 403, "AccessDeniedException");
}

/// A second credential beside the first; the key store with either.
fn with_two_credentials() -> (Server, [crate::harness::KeyStore; 2]) {
    let mut server = watched();
    let old = server.store.clone();
    let new = server.folder_mut().add_credential("another");
    server.folder().save();
    server.says(TAKEN_UP, 1);
    let with_new = crate::harness::KeyStore {
        credential: new,
        ..old.clone()
    };
    (server, [old, with_new])
}

#[tokio::test]
async fn xks_123_a_credential_is_added_while_the_host_serves() {
    let (server, stores) = with_two_credentials();
    // While both are there, KMS changes from one to the other.
    for store in &stores {
        server.send(store.metadata("demo")).await.ok();
    }
}

#[tokio::test]
async fn xks_124_the_old_credential_is_removed_when_kms_uses_the_new_one() {
    let (mut server, [old, with_new]) = with_two_credentials();
    let credentials = &mut server.folder_mut().main_key_store()["credential"];
    credentials.as_array_mut().expect("a list").remove(0);
    server.folder().save();
    server.says(TAKEN_UP, 2);
    server.send(with_new.metadata("demo")).await.ok();
    let response = server.send(old.metadata("demo")).await;
    assert_xks_error(&response, 401, "AuthenticationFailedException");
}

/// The certificate that a new connection is shown.
async fn shown(server: &Server, roots: &str) -> io::Result<CertificateDer<'static>> {
    let client = crate::harness::tls::TlsClient::trusting(roots);
    let stream = client.connect(server.address).await?;
    let certificates = stream.get_ref().1.peer_certificates();
    let leaf = certificates.and_then(|chain| chain.first());
    Ok(leaf.expect("a certificate").clone().into_owned())
}

#[tokio::test]
async fn xks_023_a_renewed_certificate_is_shown_to_new_connections() {
    let server = watched();
    let old = std::fs::read_to_string(server.folder().path("ca.pem")).unwrap();
    let before = shown(&server, &old).await.expect("a handshake");
    let authority = Authority::new("renewed");
    let renewed = authority.server(&rcgen::PKCS_ECDSA_P256_SHA256);
    // First the one, then the other, as tools do: what lies between is refused, or not
    // seen at all.
    server
        .folder()
        .write_private("tls/server.pem", &renewed.chain);
    server
        .folder()
        .write_private("tls/server.key", &renewed.key);
    server.says(TAKEN_UP, 1);
    let after = shown(&server, &authority.pem()).await.expect("a handshake");
    assert_ne!(before, after);
    assert!(shown(&server, &old).await.is_err());
}

#[tokio::test]
async fn flt_71_what_is_broken_is_refused_and_the_last_good_state_is_served() {
    let server = watched();
    let call = server.store.encrypt(server.keys().usable, plaintext());
    server.send(call.clone()).await.ok();
    let key = std::fs::read_to_string(server.folder().path("tls/server.key")).unwrap();
    server.folder().write_private("tls/server.key", "no key");
    server.says(REFUSED, 1);
    assert!(server.log().contains("server.tls.private_key"));
    server.send(call.clone()).await.ok();
    server.folder().write_private("tls/server.key", &key);
    server.says(TAKEN_UP, 1);
    server.send(call).await.ok();
}

/// The settings are good and the component starts; what is behind it does not serve.
#[tokio::test]
async fn flt_71_a_new_backend_that_does_not_serve_does_not_take_over_from_one_that_does() {
    for health in ["unavailable", "fails"] {
        let mut server = Server::start_with(with_probe);
        becomes_ready(&server).await;
        misbehaving_with(server.folder_mut(), health);
        server.folder().save();
        server.signal(Signal::HUP);
        server.says(REFUSED, 1);
        server.says("key_store[0].backend: no key manager serves", 1);
        let call = server.store.encrypt(server.keys().usable, plaintext());
        server.send(call).await.ok();
    }
}

/// A mistyped file, or one that is gone for a moment, takes nobody's key store away.
#[tokio::test]
async fn flt_71_a_key_store_that_is_served_does_not_wait_for_a_secret_that_is_gone() {
    let mut server = watched();
    server.folder_mut().add_key_store("other");
    server.folder().save();
    server.says(TAKEN_UP, 1);
    let other = server.key_store("other");
    let secret = server.folder().path("credentials/other.secret");
    let kept = server.folder().path("kept");
    std::fs::rename(&secret, &kept).unwrap();
    server.says(REFUSED, 1);
    server.says("key store `other` is served, and would wait for it", 1);
    let call = || other.metadata("nothing");
    assert_xks_error(&server.send(call()).await, 404, "KeyNotFoundException");
    // What was wrong is put right, and that is noticed.
    std::fs::rename(&kept, &secret).unwrap();
    server.says(TAKEN_UP, 2);
    assert_xks_error(&server.send(call()).await, 404, "KeyNotFoundException");
}

/// The files that only a refused configuration names are looked at, too.
#[tokio::test]
async fn flt_71_a_new_file_that_is_put_right_is_taken_up() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut server = watched();
    server.folder_mut().add_credential("another");
    let secret = server.folder().path("credentials/another.secret");
    let mode = |mode| std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(&secret, mode(0o644)).unwrap();
    server.folder().save();
    server.says(REFUSED, 1);
    std::fs::set_permissions(&secret, mode(0o600)).unwrap();
    server.says(TAKEN_UP, 1);
}

/// A backend's secret is changed, and what it says to the key manager with it is refused.
#[tokio::test]
async fn flt_71_a_new_secret_of_a_backend_is_tried_before_it_is_taken_up() {
    let server = Server::start_with(|folder: &mut Folder| {
        with_probe(folder);
        folder.set("server.watch_files", true);
        folder.write_private("health", "ok");
        let health = toml::Table::from_iter([("secret_file".to_owned(), "health".into())]);
        let key_store = folder.deployment.key_store;
        misbehaving_in(folder, key_store, &[("health", health.into())]);
    });
    becomes_ready(&server).await;
    server.folder().write_private("health", "unavailable");
    server.says(REFUSED, 1);
    server.says("key_store[0].backend: no key manager serves", 1);
    assert_eq!(probe(&server, "GET", "/readyz").await.status, 200);
}

/// The same component with a custom section at its end, so with another digest.
fn with_note(component: &[u8], note: u8) -> Vec<u8> {
    let section = [&[4][..], b"note", &[note]].concat();
    let length = u8::try_from(section.len()).unwrap();
    [component, &[0, length], &section].concat()
}

/// A component at the path that the configuration has.
async fn with_component_file(digest: Option<&str>) -> (Server, Vec<u8>) {
    let component = std::fs::read(&misbehaving_guest().path).unwrap();
    let bytes = component.clone();
    let server = Server::start_with(|folder: &mut Folder| {
        with_probe(folder);
        folder.set("server.watch_files", true);
        misbehaving_with(folder, "ok");
        std::fs::write(folder.path("plugin.wasm"), &bytes).unwrap();
        folder.set("plugin.misbehaving.component", "plugin.wasm");
        if let Some(digest) = digest {
            folder.set("plugin.misbehaving.digest", digest);
        }
    });
    becomes_ready(&server).await;
    (server, component)
}

/// Replaces the component as a package would: the old file is there until the new one is.
fn replace_component(server: &Server, bytes: &[u8]) {
    let new = server.folder().path("plugin.wasm.new");
    std::fs::write(&new, bytes).unwrap();
    std::fs::rename(&new, server.folder().path("plugin.wasm")).unwrap();
}

#[tokio::test]
async fn flt_71_a_component_that_is_replaced_is_tried_and_goes_live_while_requests_are_served() {
    let (server, component) = with_component_file(Some("unchecked")).await;
    let text = plaintext();
    let call = server.store.encrypt("good", &text);
    let encrypted = server.send(call.clone()).await.ok();
    let mut taken_up = 0;
    for (number, (bytes, is_good)) in [
        (with_note(&component, 1), true),
        (component[..component.len() / 2].to_vec(), false),
        (std::fs::read(&wrong_contract_guest().path).unwrap(), false),
        (with_note(&component, 2), true),
    ]
    .iter()
    .enumerate()
    {
        replace_component(&server, bytes);
        let (line, times) = if *is_good {
            taken_up += 1;
            (TAKEN_UP, taken_up)
        } else {
            (REFUSED, number + 1 - taken_up)
        };
        // Nobody who asks meanwhile notices.
        let began = Instant::now();
        while server.log().matches(line).count() < times {
            assert!(began.elapsed() < LIMIT, "{line}: {}", server.log());
            server.send(call.clone()).await.ok();
        }
        let decrypted = server.send(server.store.decrypt("good", &encrypted)).await;
        assert_eq!(decrypted.ok()["plaintext"], base64(&text));
    }
}

#[tokio::test]
async fn flt_71_a_component_that_is_not_the_one_of_the_digest_is_refused_until_the_digest_follows()
{
    let (mut server, component) = with_component_file(None).await;
    let call = server.store.encrypt("good", plaintext());
    let new = with_note(&component, 1);
    replace_component(&server, &new);
    server.says(REFUSED, 1);
    server.says("the component's digest is sha256:", 1);
    server.send(call.clone()).await.ok();
    let digest = format!("sha256:{}", hex(&Sha256::digest(&new)));
    server
        .folder_mut()
        .set("plugin.misbehaving.digest", digest.as_str());
    server.folder().save();
    server.says(TAKEN_UP, 1);
    server.send(call).await.ok();
}
