//! `claviger plugin test` with plugins that break the contract: each breach is found, and
//! named by its requirement.

use super::report::{Report, test, write};
use crate::harness::guests::{
    build, looping_policy_guest, misbehaving_guest, wrong_contract_guest,
};
use crate::harness::text;

/// Keys of the misbehaving backend, and the requirement that each breaks.
const BREACHES: [(&str, &str, &str); 26] = [
    ("loops", "S01", "crypto.encrypt"),
    ("waits", "S01", "crypto.encrypt"),
    ("eats-memory", "S01", "crypto.encrypt"),
    ("traps", "S01", "crypto.encrypt"),
    ("lookup-traps", "B03", "key-lookup.lookup"),
    ("short-tag", "S02", "XKS-067"),
    ("iv-11", "S02", "XKS-067"),
    ("wrong-length", "S02", "XKS-067"),
    ("wrong-length", "S04", "XKS-090"),
    ("lies-on-decrypt", "S04", "XKS-079"),
    ("log-flood", "U02", "interface log"),
    ("leaks-plaintext", "U01", "XKS-116"),
    ("leaks-in-error", "U01", "XKS-116"),
    ("tells-call", "S01", "crypto.encrypt"),
    ("long-metadata", "B04", "XKS-066"),
    ("long-handle", "B05", "key-lookup.external-key"),
    ("not-aes", "B06", "XKS-051"),
    ("endless-usages", "B07", "XKS-053"),
    ("returns-megabytes", "S02", "XKS-067"),
    ("disabled", "B08", "XKS-070"),
    ("dependency-timeout", "S01", "crypto.encrypt"),
    ("throttling", "S01", "crypto.encrypt"),
    ("throttles-its-own", "S04", "XKS-079"),
    ("not-versioned", "S04", "XKS-079"),
    ("no-cipher", "S03", "crypto.encrypt"),
    ("no-cipher-zeros", "S06", "XKS-068"),
];

/// Runs the misbehaving backend with these keys, and `good`.
fn misbehaving(keys: &[&str], settings: &str) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let with = format!("grants = {{ wasi = true }}\n[settings]\n{settings}");
    let with = write(folder.path(), "with.toml", &with);
    let keys = keys.iter().flat_map(|key| ["--key", key]);
    let arguments: Vec<_> = ["--with", &with].into_iter().chain(keys).collect();
    test(&text(&misbehaving_guest().path), &arguments)
}

#[test]
fn every_breach_of_a_backend_is_named_by_its_requirement() {
    let mut keys: Vec<_> = BREACHES.iter().map(|(key, ..)| *key).collect();
    keys.dedup();
    keys.extend(["invalid-state", "internal", "unsupported"]);
    let report = misbehaving(&keys, "");
    assert_eq!(report.status, Some(1), "{}", report.said);
    for (key, id, requirement) in BREACHES {
        let failed = report.failed_of(key);
        let found = failed
            .iter()
            .any(|case| case.id == id && case.name.contains(requirement));
        assert!(found, "{key}: {id} {requirement}: {failed:#?}");
    }
    for key in ["invalid-state", "internal", "unsupported"] {
        assert!(!report.failed_of(key).is_empty(), "{key}");
    }
    // What was seen, and what is to be done.
    assert!(report.said.contains("a tag of 15 bytes"), "{}", report.said);
    assert!(
        report.said.contains("split what the key manager returns"),
        "{}",
        report.said
    );
    // No plaintext gets out with it.
    assert!(
        !report.said.contains("a plaintext that nobody is to read"),
        "{}",
        report.said
    );
}

#[test]
fn what_hurts_and_breaks_nothing_is_a_warning() {
    let report = misbehaving(&["good"], "health = 'ok'");
    report.assert_passed(&["L05", "S04", "E01"]);
    let report = misbehaving(&["many-usages"], "");
    let usages = report.cases.iter().find(|case| case.id == "B07").unwrap();
    assert!(usages.text.contains("14 usages"), "{usages:?}");
}

#[test]
fn two_keys_that_are_one_are_found() {
    let report = misbehaving(&["good", "many-usages"], "");
    let one: Vec<_> = report.failed().filter(|case| case.id == "S11").collect();
    assert!(
        !one.is_empty() && one[0].name.contains("XKS-088"),
        "{one:#?}"
    );
}

#[test]
fn a_health_report_that_aws_kms_cannot_be_given_is_found() {
    for (health, seen) in [
        ("broken", "vendor"),
        ("fails", "by setting"),
        ("loops", "deadline"),
        ("twelve", "12 key managers"),
    ] {
        let report = misbehaving(&[], &format!("health = '{health}'"));
        let failed: Vec<_> = report.failed().filter(|case| case.id == "Q02").collect();
        assert!(
            failed.len() == 1 && failed[0].text.contains(seen),
            "{health}: {failed:#?}"
        );
        assert!(failed[0].name.contains("XKS-092"), "{failed:#?}");
        assert_eq!(report.status, Some(1), "{}", report.said);
    }
}

#[test]
fn a_policy_that_does_not_end_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let settings = write(folder.path(), "settings.toml", "work = 0");
    let report = test(
        &text(&looping_policy_guest().path),
        &["--settings", &settings],
    );
    assert_eq!(report.status, Some(1), "{}", report.said);
    let failed: Vec<_> = report.failed().collect();
    assert_eq!(failed.len(), 1, "{failed:#?}");
    assert!(
        failed[0].name.contains("authorization.authorize"),
        "{failed:#?}"
    );
    assert!(failed[0].text.contains("deadline"), "{failed:#?}");
}

#[test]
fn backends_that_encrypt_nothing_fail_whatever_they_do_instead() {
    let hoarder = text(&build("tests/plugins/hoarder").path);
    let report = test(&hoarder, &["--key", "writes", "--key", "holds-counters"]);
    assert_eq!(report.status, Some(1), "{}", report.said);
    for key in ["writes", "holds-counters"] {
        assert!(
            report.failed_of(key).iter().any(|case| case.id == "S01"),
            "{key}"
        );
    }
    // It knows every key.
    let unknown: Vec<_> = report.failed().filter(|case| case.id == "B01").collect();
    assert!(
        unknown.len() == 1 && unknown[0].name.contains("XKS-056"),
        "{unknown:#?}"
    );
}

#[test]
fn answers_that_are_drawn_by_chance_do_not_pass() {
    let keys: Vec<_> = (0..20).map(|number| format!("any-{number}")).collect();
    let keys: Vec<_> = keys.iter().flat_map(|key| ["--key", key]).collect();
    for kind in ["backend", "directory", "policy"] {
        let component = build(&format!("tests/plugins/arbitrary-{kind}")).path;
        let report = test(&text(&component), &keys);
        assert_eq!(report.status, Some(1), "{kind}: {}", report.said);
        assert!(report.failed().next().is_some(), "{kind}");
    }
}

#[test]
fn a_component_of_another_contract_is_not_tried() {
    let report = test(&text(&wrong_contract_guest().path), &[]);
    assert_eq!(report.status, Some(2), "{}", report.said);
    assert!(
        report.said.contains("this host speaks 0.1.0"),
        "{}",
        report.said
    );
}
