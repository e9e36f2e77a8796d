//! The HSM guides in `examples/`: every command of the SoftHSM guide is run as it
//! stands there, the CloudHSM guide's configuration is accepted, and the texts that
//! the page on failures quotes are in the source.

use std::path::Path;
use std::process::Command;

use claviger_config::Configuration;
use toml::{Table, Value};

use crate::harness::curl::Curl;
use crate::harness::deployment::program;
use crate::harness::guests::repository;
use crate::harness::guide::{Guide, blocks, not_in_the_source};
use crate::harness::text;

const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";

/// Fails with the fix when something that the guide tells to install is missing.
pub(crate) fn require_softhsm() {
    let tools = ["softhsm2-util", "pkcs11-tool"].map(|tool| {
        let started = Command::new(tool).arg("--help").output();
        started.is_ok()
    });
    assert!(
        tools == [true; 2] && Path::new(MODULE).exists(),
        "this test needs SoftHSM 2 and OpenSC: apt-get install softhsm2 opensc"
    );
}

#[test]
fn every_command_of_the_softhsm_guide_does_what_it_says() {
    require_softhsm();
    Curl::require();
    Guide {
        example: "examples/softhsm",
        files: &["claviger.toml"],
        ports: &["8443"],
        programs: None,
        made: "hsm",
    }
    .run();
}

/// The CloudHSM guide's configuration, and the folder that it is for.
fn cloudhsm() -> (String, Table) {
    let path = repository().join("examples/cloudhsm/claviger.toml");
    let text = std::fs::read_to_string(path).unwrap();
    let table = text.parse().expect("TOML");
    (text, table)
}

#[test]
fn the_configuration_for_cloudhsm_has_no_faults() {
    let (text, _) = cloudhsm();
    let configuration = Configuration::parse(&text, Path::new("/etc/claviger")).unwrap();
    assert_eq!(configuration.warnings(), []);
    for token in configuration.tokens.values() {
        let module = Path::new("/opt/cloudhsm/lib/libcloudhsm_pkcs11.so");
        assert_eq!(token.module, module);
    }
}

/// SoftHSM in CloudHSM's place: the plugin accepts its settings, the names and
/// grants fit.
#[test]
fn the_configuration_for_cloudhsm_is_accepted_by_the_plugin() {
    require_softhsm();
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = |name: &str| folder.path().join(name);
    let claviger = |arguments: &[&str]| {
        let mut command = program();
        command.args(arguments).current_dir(folder.path());
        command.env("SOFTHSM2_CONF", path("softhsm2.conf"));
        let output = command.output().expect("the program starts");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {stderr}");
    };
    claviger(&["dev", "--no-serve", "--dir", "."]);
    std::fs::copy(
        path("credentials/demo.secret"),
        path("credentials/ledgers.secret"),
    )
    .unwrap();
    std::fs::create_dir(path("tokens")).unwrap();
    let softhsm = format!("directories.tokendir = {}\n", path("tokens").display());
    std::fs::write(path("softhsm2.conf"), softhsm).unwrap();
    let (_, mut table) = cloudhsm();
    for name in ["primary", "replica"] {
        let made = Command::new("softhsm2-util")
            .args(["--init-token", "--free", "--label", name])
            .args(["--pin", "user:password", "--so-pin", "12345678"])
            .env("SOFTHSM2_CONF", path("softhsm2.conf"))
            .output()
            .unwrap();
        assert!(made.status.success(), "softhsm2-util: {made:?}");
        let pin = path(&format!("credentials/{name}.pin"));
        // A copy has the mode of what is copied: 0600.
        std::fs::copy(path("credentials/demo.secret"), &pin).unwrap();
        std::fs::write(&pin, "user:password").unwrap();
        let token = table["tokens"][name].as_table_mut().unwrap();
        token.remove("token_serial").expect("to be replaced");
        token.insert("token_label".to_owned(), name.into());
        token.insert("module".to_owned(), MODULE.into());
        token.insert("sessions".to_owned(), 1.into());
    }
    let cache: Value = text(&path("plugin-cache")).into();
    table["plugin_cache"]["directory"] = cache;
    let file = path("cloudhsm.toml");
    std::fs::write(&file, toml::to_string(&table).unwrap()).unwrap();
    let file = text(&file);
    claviger(&["check", "--config", &file]);
    let key = ["key", "create", "--config", &file, "--key-store", "ledgers"];
    for id in ["claviger-health", "orders"] {
        claviger(&[&key[..], &[id]].concat());
    }
}

#[test]
fn no_command_of_the_cloudhsm_guide_looks_as_if_it_were_run() {
    let guide = repository().join("examples/cloudhsm/README.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    for block in blocks(&guide) {
        assert!(block.skipped.is_some(), "{}", block.commands);
    }
}

#[test]
fn the_page_on_failures_quotes_the_source() {
    let page = repository().join("examples/hsm-troubleshooting.md");
    let page = std::fs::read_to_string(page).unwrap();
    let mut inside = false;
    let quoted = page.lines().filter(|line| {
        let is_fence = line.starts_with("```");
        if is_fence {
            inside = *line == "```text";
        }
        inside && !is_fence
    });
    let missing = not_in_the_source(quoted);
    assert!(missing.is_empty(), "not in the source: {missing:#?}");
}
