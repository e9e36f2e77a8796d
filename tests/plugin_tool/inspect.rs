//! `claviger plugin inspect`

use std::process::Output;

use serde_json::Value;

use crate::harness::deployment::program;
use crate::harness::guests::{misbehaving_guest, repository, wrong_contract_guest};
use crate::harness::text;

fn inspect(arguments: &[&str]) -> Output {
    let mut command = program();
    command.args(["plugin", "inspect"]).args(arguments);
    command.output().expect("the program starts")
}

fn said(output: Output) -> String {
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

#[test]
fn every_stock_plugin_says_what_it_is_and_what_it_needs() {
    for (name, world, grants) in [
        (
            "backend-kmip",
            "key-backend",
            &["log", "metrics", "random", "secrets", "streams"][..],
        ),
        ("backend-pkcs11", "key-backend", &["log", "pkcs11"]),
        (
            "backend-software",
            "key-backend",
            &["aead", "key-storage", "log", "random"],
        ),
        (
            "backend-vault",
            "key-backend",
            &["http", "log", "metrics", "secrets"],
        ),
        ("directory-map", "key-directory", &[]),
        ("policy-allow-list", "authorization-policy", &[]),
    ] {
        let output = inspect(&["--json", &format!("builtin:{name}")]);
        assert!(output.status.success(), "{}", said(output));
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["contract"], "0.1.0");
        assert_eq!(report["world"], world);
        assert_eq!(report["plugin"]["name"], name);
        assert_eq!(report["plugin"]["vendor"], "Claviger");
        assert_eq!(report["plugin"]["version"], env!("CARGO_PKG_VERSION"));
        let needed: Vec<_> = report["capabilities"].as_array().unwrap().iter().collect();
        assert_eq!(needed, grants, "{name}");
        // The schema is one, and has what the plugin's documentation has.
        let schema = report["plugin"]["settings_schema"].as_str().unwrap();
        let schema: Value = serde_json::from_str(schema).unwrap();
        let settings = schema["properties"].as_object().unwrap();
        let source = repository().join("plugins").join(name).join("src/lib.rs");
        let documented = std::fs::read_to_string(source).unwrap();
        for setting in settings.keys() {
            assert!(documented.contains(setting), "{name}: {setting}");
        }
    }
}

#[test]
fn flt_95_a_file_is_described_with_the_lines_that_a_configuration_needs() {
    let guest = misbehaving_guest();
    let output = inspect(&[&text(&guest.path)]);
    assert!(output.status.success());
    let told = said(output);
    for line in [
        "plugin     misbehaving 0.1.0, by unknown",
        "world      key-backend",
        "grant      `aead = true`",
        "may want   `wasi = true`",
        &format!("digest = \"{}\"", guest.digest),
    ] {
        assert!(told.contains(line), "{line}\n{told}");
    }
}

#[test]
fn what_is_no_plugin_is_told_apart() {
    let file = text(&repository().join("README.md"));
    for (component, reason) in [
        (
            &*text(&wrong_contract_guest().path),
            "this host speaks 0.1.0",
        ),
        (&*file, "is not a WebAssembly component"),
        ("builtin:none", "there is no stock plugin of this name"),
        ("/nowhere.wasm", "No such file"),
    ] {
        let output = inspect(&[component]);
        assert_eq!(output.status.code(), Some(1), "{component}");
        let told = said(output);
        assert!(told.contains(reason), "{told}");
    }
}
