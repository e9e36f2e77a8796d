use super::*;
use crate::front;
use crate::moment::Moment;
use crate::sealed::EncryptionContext;
use crate::state::{Alias, ConnectionState, Key, KeyMaterial, KeyStore, RegionState, limits};

/// The page that describes seeds, header fields and bounds.
const PAGE: &str = include_str!("../../../../docs/local-kms.md");

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

/// The seed of the page, with its settings that are comments, too.
fn seed_of_the_page() -> String {
    let (_, rest) = PAGE.split_once("```toml\n").unwrap();
    let (seed, _) = rest.split_once("```").unwrap();
    let is_name = |name: &str| {
        name.bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    let lines = seed.lines().map(|line| {
        let setting = line.strip_prefix("# ").and_then(|rest| {
            let (name, _) = rest.split_once(" = ")?;
            is_name(name).then_some(rest)
        });
        setting.unwrap_or(line)
    });
    lines.collect::<Vec<&str>>().join("\n")
}

#[test]
fn the_seed_of_the_page_is_a_seed() {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("xks-proxy-configuration.json");
    let credential = claviger_xks::credential::Credential::generate().unwrap();
    let prefix = "/demo".parse().unwrap();
    let written = claviger_xks::proxy_configuration::proxy_configuration(&prefix, &credential);
    std::fs::write(file, written.as_bytes()).unwrap();
    let map = claviger_config::parse_toml(&seed_of_the_page()).unwrap();
    let region = "us-east-1".parse().unwrap();
    let seed = Seed::of(&map, folder.path(), &region);
    let seed = seed.unwrap_or_else(|faults| panic!("{}", claviger_config::report(&faults)));
    let key_store = &seed.key_stores[0];
    assert_eq!(key_store.path.as_str(), "/demo/kms/xks/v1");
    assert_eq!(key_store.region.as_str(), "eu-central-1");
    assert!(!key_store.connect && key_store.connectivity.service_name().is_some());
    assert!(!seed.keys[0].enabled && seed.keys[0].policy.is_some());
    assert!(seed.keys[0].material.is_some());
    assert!(seed.callers["payments"].via_service.is_some());
}

#[test]
fn the_page_has_the_header_fields_and_the_bounds() {
    let headers = [
        front::PRINCIPAL,
        front::SOURCE_VPC,
        front::SOURCE_VPCE,
        front::VIA_SERVICE,
    ];
    for header in headers.into_iter().chain([front::NOT_AWS]) {
        assert!(PAGE.contains(&format!("`{header}`")), "{header}");
    }
    let of_a_key = format!(
        "| aliases, tags, grants, rotations on demand of a key | {}, {}, {}, {} |",
        limits::ALIASES_OF_A_KEY,
        limits::TAGS,
        limits::GRANTS,
        limits::ROTATIONS_ON_DEMAND
    );
    let key_stores = format!("| custom key stores of a Region | {}", limits::KEY_STORES);
    assert!(PAGE.contains(&of_a_key) && PAGE.contains(&key_stores));
    assert_eq!((limits::KEYS, limits::ALIASES), (10_000, 10_000));
    assert!(PAGE.contains("| KMS keys of a Region, and aliases | 10,000 each |"));
    assert!(PAGE.contains(&format!("| Regions | {} |", limits::REGIONS)));
    assert_eq!(EncryptionContext::MAX_BYTES, 8163);
    assert!(PAGE.contains("| an encryption context | 8,163 bytes"));
}

#[test]
fn what_differs_from_a_seed_is_named_without_values() {
    let seed = || {
        let key = r#"
            [[key]]
            id = "1234abcd-12ab-34cd-56ef-1234567890ab"
            key_material = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
            aliases = ["alias/demo"]
        "#;
        read(&format!("{KEY_STORE}{key}")).unwrap()
    };
    let (store, key) = (&seed().key_stores[0], &seed().keys[0]);
    let now = Moment::from_milliseconds(1);
    let mut stored = KeyStore {
        id: store.id.clone(),
        name: store.name.clone(),
        created: now,
        connectivity: store.connectivity.clone(),
        endpoint: store.endpoint.clone(),
        path: store.path.clone(),
        credential: store.credential.clone(),
        connection: ConnectionState::Disconnected,
        attempt: 0,
    };
    let none: [&str; 0] = [];
    assert_eq!(differences::of_key_store(store, &stored), none);
    stored.credential = claviger_xks::credential::Credential::generate().unwrap();
    stored.endpoint = "https://other.example.com".parse().unwrap();
    let expected = ["endpoint", "access key id", "secret access key"];
    assert_eq!(differences::of_key_store(store, &stored), expected);

    let mut stored = Key {
        id: key.id,
        created: now,
        description: key.description.clone(),
        enabled: key.enabled,
        deletion: None,
        origin: key.origin(),
        materials: vec![KeyMaterial::chosen(key.material.clone().unwrap(), now)],
        policy: "{}".to_owned(),
        tags: key.tags.clone(),
        grants: Vec::new(),
        rotation: None,
    };
    let mut state = RegionState::default();
    assert_eq!(differences::of_key(key, &stored, &state), none);
    stored.materials = vec![KeyMaterial::random(now, None).unwrap()];
    stored.enabled = false;
    let alias = Alias {
        name: key.aliases[0].clone(),
        target: crate::names::KeyId::from_bytes([7; 16]),
        created: now,
        updated: now,
    };
    state.aliases.insert(alias.name.clone(), alias);
    let expected = [
        "state (enabled or disabled)",
        "key material",
        "target of an alias",
    ];
    assert_eq!(differences::of_key(key, &stored, &state), expected);
}

#[test]
fn a_seed_with_a_secret_in_it_is_told_from_one_without() {
    let has = |text: &str| has_secrets(&claviger_config::parse_toml(text).unwrap());
    assert!(has(KEY_STORE));
    assert!(has("[[key]]\nkey_material = \"a\""));
    let elsewhere = KEY_STORE.replace("secret_access_key", "secret_access_key_file");
    assert!(!has(&elsewhere) && !has(""));
}
