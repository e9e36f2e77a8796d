use super::*;

fn read(text: &str) -> Result<Seed, String> {
    let map = claviger_config::parse_toml(text).unwrap();
    let region = "us-east-1".parse().unwrap();
    Seed::of(&map, Path::new("/absent"), &region).map_err(|faults| claviger_config::report(&faults))
}

const KEY_STORE: &str = r#"
    [[key_store]]
    id = "cks-1234567890abcdef0"
    name = "demo"
    endpoint = "https://xks.example.com"
    path = "/demo/kms/xks/v1"
    access_key_id = "ABCDEFGHIJKLMNOPQRST"
    secret_access_key = "0123456789012345678901234567890123456789012="
"#;

#[test]
fn a_seed_has_key_stores_keys_and_callers() {
    let seed = read(&format!(
        r#"{KEY_STORE}
        [[key]]
        id = "1234abcd-12ab-34cd-56ef-1234567890ab"
        key_store = "cks-1234567890abcdef0"
        external_key = "demo"
        aliases = ["alias/demo"]
        tags = {{ a = "b" }}
        [[key]]
        region = "eu-west-1"
        id = "1234abcd-12ab-34cd-56ef-1234567890ac"
        key_material = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
        [[caller]]
        access_key_id = "alice"
        principal = "arn:aws:iam::111122223333:user/alice"
        "#
    ))
    .unwrap();
    assert!(seed.key_stores[0].connect);
    assert_eq!(seed.keys[0].aliases[0].as_str(), "alias/demo");
    assert_eq!(seed.keys[1].region.as_str(), "eu-west-1");
    assert!(seed.keys[1].material.is_some());
    assert!(seed.callers["alice"].principal.is_some());
}

#[test]
fn all_faults_are_reported_at_once_and_secrets_are_not() {
    let report = read(
        r#"
        [[key_store]]
        id = "store"
        endpoint = "https://xks.example.com:8443"
        path = "/demo"
        access_key_id = "short"
        secret_access_key = "this is a secret"
        colour = "blue"
        [[key]]
        id = "mrk-1234abcd12ab34cd56ef1234567890ab"
        aliases = ["demo"]
        key_material = "c2hvcnQ="
        "#,
    )
    .unwrap_err();
    for path in [
        "key_store[0].id",
        "key_store[0].name",
        "key_store[0].endpoint",
        "key_store[0].path",
        "key_store[0].access_key_id",
        "key_store[0].secret_access_key",
        "key_store[0].colour",
        "key[0].id",
        "key[0].aliases[0]",
        "key[0].key_material",
    ] {
        assert!(report.contains(&format!("{path}\n")), "{path}:\n{report}");
    }
    assert!(!report.contains("this is a secret") && !report.contains("c2hvcnQ="));
}

#[test]
fn an_empty_seed_has_nothing() {
    let seed = read("").unwrap();
    assert!(seed.key_stores.is_empty() && seed.keys.is_empty() && seed.callers.is_empty());
}
