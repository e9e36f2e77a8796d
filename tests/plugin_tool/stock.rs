//! `claviger plugin test` and `bench` with the stock plugins: everything holds.

use serde_json::Value;
use toml::Table;

use super::report::{cache, said, test, test_with, write};
use crate::harness::deployment::program;
use crate::harness::hsm::{self, Hsm};
use crate::harness::openbao::{OpenBao, ROOT};
use crate::harness::{Deployment, Folder, text};

/// Checks of a backend that have to have been made, not skipped.
const OF_A_BACKEND: [&str; 22] = [
    "L01", "L03", "L04", "L06", "Q01", "Q02", "B01", "B02", "B03", "B09", "S02", "S04", "S05",
    "S06", "S07", "S08", "S10", "S14", "U01", "U03", "M02", "E01",
];

#[test]
fn backend_software_holds_what_is_asked_of_a_backend_and_makes_its_own_keys() {
    let report = test("builtin:backend-software", &[]);
    report.assert_passed(&OF_A_BACKEND);
    report.assert_passed(&["S11", "G01", "G02", "G03", "G04", "G05", "E04", "E05"]);
    for line in ["key-lookup.lookup ", "crypto.encrypt ", "crypto.decrypt "] {
        assert!(report.said.contains(line), "{}", report.said);
    }
    let folder = tempfile::tempdir().unwrap();
    let settings = write(folder.path(), "settings.toml", "cipher = \"guest\"");
    let report = test("builtin:backend-software", &["--settings", &settings]);
    report.assert_passed(&["L02", "L05", "S06", "E01"]);
}

#[test]
fn policy_allow_list_holds_what_is_asked_of_a_policy() {
    let folder = tempfile::tempdir().unwrap();
    let settings = "[[statements]]\nid = 'all'\neffect = 'allow'\nprincipals = ['*']\n\
                    [[statements]]\nid = 'none'\neffect = 'deny'\nkms_operations = ['ReEncrypt']\n";
    let settings = write(folder.path(), "settings.toml", settings);
    let report = test("builtin:policy-allow-list", &["--settings", &settings]);
    report.assert_passed(&[
        "L02", "L05", "Z01", "Z02", "Z03", "Z04", "Z05", "Z06", "Z07", "Z08", "Z09", "U03", "E01",
    ]);
}

#[test]
fn directory_map_holds_what_is_asked_of_a_directory() {
    let folder = tempfile::tempdir().unwrap();
    let settings = "keys = { orders = 'key-17', billing = 'key-18' }";
    let settings = write(folder.path(), "settings.toml", settings);
    let keys = [
        "--settings",
        &settings,
        "--key",
        "orders",
        "--key",
        "billing",
    ];
    let report = test("builtin:directory-map", &keys);
    report.assert_passed(&[
        "L05", "D01", "D02", "D03", "D04", "D05", "U03", "M02", "E01",
    ]);
    // Without a key there is nothing to try, and that is said.
    let report = test("builtin:directory-map", &keys[..2]);
    assert_eq!(report.status, Some(2), "{}", report.said);
    assert!(
        report.said.contains("no key is given: --key ID"),
        "{}",
        report.said
    );
}

#[test]
fn backend_pkcs11_holds_it_with_keys_on_a_token() {
    let folder = Folder::new(Deployment::on(Hsm::called("softhsm").unwrap()));
    let mut with = Table::new();
    let token = folder.config["tokens"]["hsm"].clone();
    with.insert(
        "tokens".to_owned(),
        Table::from_iter([("hsm".to_owned(), token)]).into(),
    );
    with.insert(
        "settings".to_owned(),
        folder.config["key_store"][0]["backend"]["settings"].clone(),
    );
    let with = write(folder.directory(), "with.toml", &with.to_string());
    let report = test_with(
        "builtin:backend-pkcs11",
        &["--with", &with, "--key", "demo"],
        |command| {
            let (name, value) = hsm::environment(folder.directory());
            command.env(name, value);
        },
    );
    report.assert_passed(&OF_A_BACKEND);
    report.assert_passed(&["L02", "L05", "E04"]);
}

#[test]
fn backend_vault_holds_it_with_keys_in_openbao() {
    let server = OpenBao::shared();
    let mount = server.mount();
    for key in ["demo", "billing", "claviger-health"] {
        server.create_key(&mount, key);
    }
    let folder = Folder::new(Deployment::software());
    folder.write_private("credentials/vault-token", ROOT);
    let with = format!(
        r#"
        [upstream.vault]
        origins = ["http://{address}"]
        paths = ["/v1/"]
        [secret.vault-token]
        file = "credentials/vault-token"
        [settings]
        mount = "{mount}"
        login = {{ method = "token", token = "vault-token" }}
        "#,
        address = server.address
    );
    let with = write(folder.directory(), "with.toml", &with);
    let keys = ["--with", &with, "--key", "demo", "--key", "billing"];
    let report = test("builtin:backend-vault", &keys);
    report.assert_passed(&OF_A_BACKEND);
    report.assert_passed(&["S11", "S12", "S13", "E04"]);
}

#[test]
fn bench_says_how_fast_a_plugin_is() {
    let mut command = program();
    command.args([
        "plugin",
        "bench",
        "builtin:backend-software",
        "--seconds",
        "1",
    ]);
    command.args([
        "--callers",
        "2",
        "--json",
        "--plugin-cache",
        &text(&cache()),
    ]);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", said(output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(
        report["component_bytes"].as_u64().unwrap() > 10_000,
        "{report}"
    );
    assert!(report["start_ms"].as_f64().unwrap() > 0.0, "{report}");
    let functions = report["functions"].as_array().unwrap();
    assert_eq!(functions.len(), 6, "{report}");
    for function in functions {
        assert!(function["calls"].as_u64().unwrap() > 100, "{function}");
        assert!(
            function["calls_per_second"].as_f64().unwrap() > 100.0,
            "{function}"
        );
        let time = |name: &str| function[name].as_f64().unwrap();
        assert!(
            time("p50_ms") <= time("p99_ms") && time("p99_ms") <= time("max_ms"),
            "{function}"
        );
    }
}
