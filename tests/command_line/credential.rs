//! `claviger credential` and `claviger console-file`: XKS-036, XKS-037, XKS-127,
//! XKS-128.

use serde_json::Value;

use super::{folder, mode, run, stdout};
use crate::harness::from_base64;

/// Three credentials: access key ids and secrets.
fn generated() -> Vec<(String, String)> {
    let credential = || {
        let output = run(&["credential", "new"]);
        assert!(output.status.success());
        let credential: Value = serde_json::from_str(&stdout(&output)).expect("JSON");
        let member = |name: &str| credential[name].as_str().unwrap().to_owned();
        (member("AccessKeyId"), member("RawSecretAccessKey"))
    };
    vec![credential(), credential(), credential()]
}

#[test]
fn xks_036_generated_access_key_ids_have_their_form() {
    let credentials = generated();
    for (id, secret) in &credentials {
        assert!((20..=30).contains(&id.len()), "{id}");
        assert!(
            id.bytes()
                .all(|byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'7')),
            "{id}"
        );
        assert!(!secret.contains(id) && !id.contains(secret));
    }
    assert!(credentials[0].0 != credentials[1].0 && credentials[1].0 != credentials[2].0);
}

#[test]
fn xks_037_generated_secrets_have_their_form() {
    let credentials = generated();
    for (_, secret) in &credentials {
        assert!((43..=64).contains(&secret.len()));
        let charset = |byte: u8| byte.is_ascii_alphanumeric() || b"/+=".contains(&byte);
        assert!(secret.bytes().all(charset));
        let decoded = from_base64(secret).expect("32 random bytes in Base64");
        assert!(decoded.len() >= 32);
    }
    assert!(credentials[0].1 != credentials[1].1 && credentials[1].1 != credentials[2].1);
}

#[test]
fn xks_128_written_credentials_are_private() {
    let folder = folder();
    let path = folder.path("new-credential.json");
    let output = run(&["credential", "new", "--output", path.to_str().unwrap()]);
    assert!(output.status.success());
    assert_eq!(mode(&path), 0o600);
    let file = std::fs::read_to_string(&path).unwrap();
    let credential: Value = serde_json::from_str(&file).expect("JSON");
    let secret = credential["RawSecretAccessKey"].as_str().unwrap();
    assert!(!stdout(&output).contains(secret));
    // What is there already is not overwritten.
    let output = run(&["credential", "new", "--output", path.to_str().unwrap()]);
    assert!(!output.status.success());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), file);
}

#[test]
fn xks_127_the_console_file_is_what_kms_reads() {
    let mut folder = folder();
    let credential = folder.credentials("demo").swap_remove(0);
    folder.save();
    let output = folder.claviger(&["console-file", "--key-store", "demo"]);
    assert!(output.status.success());
    let file: Value = serde_json::from_slice(&output.stdout).expect("strict JSON");
    let expected = serde_json::json!({
        "XksProxyUriPath": "/demo/kms/xks/v1",
        "XksProxyAuthenticationCredential": {
            "AccessKeyId": credential.access_key_id,
            "RawSecretAccessKey": credential.secret_access_key,
        },
    });
    assert_eq!(file, expected);

    let path = folder.path("console.json");
    let output = folder.claviger(&[
        "console-file",
        "--key-store",
        "demo",
        "--output",
        path.to_str().unwrap(),
    ]);
    assert!(output.status.success());
    assert_eq!(mode(&path), 0o600);
    let written: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).expect("JSON");
    assert_eq!(written, expected);
    assert!(!stdout(&output).contains(&credential.secret_access_key));
}
