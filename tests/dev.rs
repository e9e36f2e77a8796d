//! `claviger dev`: one command, no set-up.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use serde_json::Value;

use crate::harness::curl::Curl;
use crate::harness::{Deployment, Folder, Server, assert_xks_error, base64, plaintext};
use crate::local_kms::{Driver, python};

#[test]
fn the_folder_is_complete_and_its_secrets_are_private() {
    let folder = Folder::fresh();
    for (name, mode) in [
        ("claviger.toml", None),
        ("ca.pem", None),
        ("tls/server.pem", None),
        ("tls/server.key", Some(0o600)),
        ("credentials/demo.secret", Some(0o600)),
        ("xks-proxy-configuration.json", Some(0o600)),
        ("curl.conf", Some(0o600)),
        ("keys.sqlite", None),
        ("keys.kek", Some(0o600)),
        ("plugin-cache", Some(0o700)),
    ] {
        let metadata = std::fs::metadata(folder.path(name));
        let found = metadata.expect(name).permissions().mode() & 0o777;
        if let Some(mode) = mode {
            assert_eq!(found, mode, "{name}");
        }
        assert_eq!(found & 0o022, 0, "{name} is nobody else's to write");
    }
    // The private key of the certificate authority is not kept.
    assert!(!folder.path("ca.key").exists());
}

#[test]
fn what_is_there_already_is_kept() {
    let folder = Folder::fresh();
    let names = [
        "claviger.toml",
        "ca.pem",
        "tls/server.key",
        "credentials/demo.secret",
        "curl.conf",
        "keys.kek",
    ];
    let read = || names.map(|name| std::fs::read(folder.path(name)).unwrap());
    let before = read();
    folder.dev();
    assert!(before == read());
}

#[test]
fn xks_127_the_console_file_of_dev_is_that_of_its_key_store() {
    let mut folder = Folder::fresh();
    let file = std::fs::read(folder.path("xks-proxy-configuration.json")).unwrap();
    let file: Value = serde_json::from_slice(&file).expect("strict JSON");
    let credential = folder.credentials("demo").swap_remove(0);
    let written = &file["XksProxyAuthenticationCredential"];
    assert_eq!(file["XksProxyUriPath"], "/demo/kms/xks/v1");
    assert_eq!(written["AccessKeyId"], credential.access_key_id.as_str());
    assert_eq!(
        written["RawSecretAccessKey"],
        credential.secret_access_key.as_str()
    );
}

#[tokio::test]
async fn the_printed_line_of_curl_returns_a_ciphertext() {
    Curl::require();
    let server = Server::dev(Folder::fresh());
    let line = server.wait_for_output("curl --cacert");
    assert!(
        !line.contains(&server.store.credential.secret_access_key),
        "{line}"
    );
    let output = Command::new("sh").arg("-c").arg(&line).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    let encrypted: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{line}\n{stderr}"));
    assert!(encrypted["ciphertext"].is_string(), "{encrypted}");
    let decrypted = server
        .send(server.store.decrypt("demo", &encrypted))
        .await
        .ok();
    assert!(decrypted["plaintext"].is_string());
}

#[tokio::test]
async fn flt_85_the_printed_line_works_with_the_library_of_curl_7_84() {
    let server = Server::dev(Folder::fresh());
    let line = server.wait_for_output("curl --cacert");
    let Driver { program, arguments } = python("old_curl.py");
    let script = arguments.join(" ");
    let command = format!("{} {script} {line}", program.display());
    let output = Command::new("sh").arg("-c").arg(command).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    let encrypted: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{line}\n{stderr}"));
    assert!(encrypted["ciphertext"].is_string(), "{encrypted}");
}

#[tokio::test]
async fn the_promises_of_the_readme_hold() {
    let server = Server::dev(Folder::new(Deployment::software()));
    let store = &server.store;
    let plaintext = plaintext();
    let encrypted = server.send(store.encrypt("demo", &plaintext)).await.ok();
    let decrypted = server.send(store.decrypt("demo", &encrypted)).await.ok();
    assert_eq!(decrypted["plaintext"], base64(&plaintext));
    let mut wrong_secret = store.clone();
    wrong_secret.credential.secret_access_key.push('x');
    let mut wrong_path = store.clone();
    wrong_path.uri_path = "/nowhere/kms/xks/v1".to_owned();
    for (call, status, name) in [
        (
            store.encrypt("demo-disabled", &plaintext),
            400,
            "InvalidStateException",
        ),
        (
            store.encrypt("demo-no-usage", &plaintext),
            400,
            "InvalidKeyUsageException",
        ),
        (
            store.encrypt("no-such-key", &plaintext),
            404,
            "KeyNotFoundException",
        ),
        (
            wrong_secret.metadata("demo"),
            401,
            "AuthenticationFailedException",
        ),
        (wrong_path.metadata("demo"), 404, "InvalidUriPathException"),
    ] {
        let response = server.send(call).await;
        assert_xks_error(&response, status, name);
    }
}

#[tokio::test]
async fn keys_survive_a_restart() {
    let server = Server::start();
    let plaintext = plaintext();
    let call = server.store.encrypt("demo", &plaintext);
    let encrypted = server.send(call).await.ok();
    let server = server.stop().folder.serve();
    let decrypted = server
        .send(server.store.decrypt("demo", &encrypted))
        .await
        .ok();
    assert_eq!(decrypted["plaintext"], base64(&plaintext));
}
