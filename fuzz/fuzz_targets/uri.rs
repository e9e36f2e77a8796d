//! What is read from a path can be put together again, byte for byte.

#![no_main]

use claviger_xks::uri::{ExternalKeyId, KeyApi, MAX_PATH_BYTES, UriPathPrefix, XksUri};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(uri) = XksUri::parse(text) {
        check_uri(text, &uri);
    }
    if let Ok(prefix) = text.parse::<UriPathPrefix>() {
        check_prefix(text, &prefix);
    }
    if let Ok(id) = text.parse::<ExternalKeyId>() {
        let path = format!("/kms/xks/v1/keys/{id}/encrypt");
        assert!(XksUri::parse(&path).is_ok());
        assert!((1..=128).contains(&text.len()));
    }
});

fn check_uri(text: &str, uri: &XksUri<'_>) {
    let rebuilt = match uri {
        XksUri::Health { prefix } => format!("{prefix}/kms/xks/v1/health"),
        XksUri::Key {
            prefix,
            api,
            external_key_id,
        } => {
            let last = match api {
                KeyApi::GetKeyMetadata => "metadata",
                KeyApi::Encrypt => "encrypt",
                KeyApi::Decrypt => "decrypt",
            };
            assert_ne!(external_key_id.as_str(), ".");
            assert_ne!(external_key_id.as_str(), "..");
            format!("{prefix}/kms/xks/v1/keys/{external_key_id}/{last}")
        }
    };
    assert_eq!(rebuilt, text);
    assert!(text.len() <= MAX_PATH_BYTES);
    assert!(
        text.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte))
    );
    assert!(!text.contains("//"));
    let prefix: UriPathPrefix = uri
        .prefix()
        .parse()
        .expect("a prefix that can be configured");
    assert_eq!(prefix.as_str(), uri.prefix());
}

fn check_prefix(text: &str, prefix: &UriPathPrefix) {
    let path = prefix.proxy_uri_path();
    assert!((10..=128).contains(&path.len()));
    let uri = format!("{path}/health");
    assert_eq!(XksUri::parse(&uri), Ok(XksUri::Health { prefix: text }));
}
