//! Another PKCS#11 library that is a real one: NSS softokn, whose profile is
//! spelt out.

use std::path::{Path, PathBuf};

use super::folder;
use crate::harness::hsm::{INSTALL, run};
use crate::harness::{Folder, assert_xks_error, base64, from_base64, plaintext, text};

/// Where distributions put it.
fn softokn() -> PathBuf {
    let places = [
        "/usr/lib/x86_64-linux-gnu/libsoftokn3.so",
        "/usr/lib/aarch64-linux-gnu/libsoftokn3.so",
        "/usr/lib64/libsoftokn3.so",
        "/usr/lib/libsoftokn3.so",
    ];
    let mut places = places.iter().map(Path::new);
    places.find(|path| path.exists()).expect(INSTALL).to_owned()
}

/// The keys of the deployment in a database of NSS.
pub(super) fn with_softokn() -> Folder {
    let mut folder = folder("softhsm");
    let database = folder.path("nss");
    std::fs::create_dir(&database).unwrap();
    let database = format!("sql:{}", text(&database));
    let pin = text(&folder.path("credentials/hsm.pin"));
    run(
        folder.directory(),
        "certutil",
        &["-N", "-d", &database, "-f", &pin],
    );
    folder.set("tokens.hsm.module", text(&softokn()));
    folder.set("tokens.hsm.token_label", "NSS Certificate DB");
    let parameters =
        format!("configdir='{database}' certPrefix='' keyPrefix='' secmod='secmod.db'");
    folder.set("tokens.hsm.library_parameters", parameters);
    let profile: toml::Table = r#"
        mechanism = 0x1087
        iv_convention = "caller-random"
        iv_length = 12
        bad_tag_codes = [0x40]
    "#
    .parse()
    .unwrap();
    folder.set("tokens.hsm.profile", profile);
    folder.save();
    let keys = folder.deployment.keys;
    for (key, usage) in [
        (keys.usable, "encrypt,decrypt"),
        (keys.encrypt_only, "encrypt"),
        (keys.decrypt_only, "decrypt"),
        ("claviger-health", "encrypt,decrypt"),
    ] {
        let made = folder.claviger(&[
            "key",
            "create",
            "--key-store",
            "demo",
            key,
            "--usage",
            usage,
        ]);
        let error = String::from_utf8_lossy(&made.stderr);
        assert!(made.status.success(), "{key}: {error}");
    }
    folder
}

#[tokio::test]
async fn nss_softokn_encrypts_and_decrypts() {
    let server = with_softokn().serve();
    let key = server.keys().usable;
    for length in [1, 16, 4096] {
        let plaintext: Vec<u8> = plaintext()
            .into_bytes()
            .into_iter()
            .cycle()
            .take(length)
            .collect();
        let call = server.store.encrypt(key, &plaintext).with_aad("context");
        let encrypted = server.send(call.with_integrity_value()).await.ok();
        let call = server.store.decrypt(key, &encrypted).with_aad("context");
        let decrypted = server.send(call.clone()).await.ok();
        assert_eq!(decrypted["plaintext"], base64(&plaintext));
        for member in ["ciphertext", "initializationVector", "authenticationTag"] {
            let mut flipped = from_base64(encrypted[member].as_str().unwrap()).unwrap();
            flipped[0] ^= 1;
            let response = server
                .send(call.clone().with(member, base64(&flipped)))
                .await;
            assert_xks_error(&response, 400, "InvalidCiphertextException");
        }
        let response = server.send(call.with_aad("another context")).await;
        assert_xks_error(&response, 400, "InvalidCiphertextException");
    }
}

#[tokio::test]
async fn nss_softokn_tells_keys_and_health() {
    let server = with_softokn().serve();
    let keys = server.keys();
    for (key, usage) in [
        (keys.usable, &["ENCRYPT", "DECRYPT"][..]),
        (keys.encrypt_only, &["ENCRYPT"]),
        (keys.decrypt_only, &["DECRYPT"]),
    ] {
        let answer = server.send(server.store.metadata(key)).await.ok();
        assert_eq!(answer["keySpec"], "AES_256", "{key}");
        assert_eq!(answer["keyUsage"], serde_json::json!(usage), "{key}");
        assert_eq!(answer["keyStatus"], "ENABLED", "{key}");
    }
    for key in [keys.no_usage, keys.unknown] {
        let response = server.send(server.store.metadata(key)).await;
        assert_xks_error(&response, 404, "KeyNotFoundException");
    }
    let call = server.store.encrypt(keys.decrypt_only, plaintext());
    let response = server.send(call).await;
    assert_xks_error(&response, 400, "InvalidKeyUsageException");
    let answer = server.send(server.store.health()).await.ok();
    let manager = &answer["ekmFleetDetails"][0];
    assert_eq!(manager["healthStatus"], "ACTIVE", "{answer}");
    assert!(
        manager["model"].as_str().unwrap().contains("NSS"),
        "{answer}"
    );
    assert!(
        answer["ekmVendor"].as_str().unwrap().contains("Mozilla"),
        "{answer}"
    );
}
