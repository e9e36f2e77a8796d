//! What is wrong on a command line, or in a file, is said with what to do.

use std::path::Path;
use std::process::Output;

use super::report::{said, test, write};
use crate::harness::deployment::program;
use crate::harness::text;

fn plugin(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = program();
    command.current_dir(folder).arg("plugin").args(arguments);
    command.output().expect("the program starts")
}

#[test]
fn a_project_overwrites_nothing_and_is_whole_or_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let new = ["new", "mine", "--language", "js", "--kind", "policy"];
    assert!(plugin(folder.path(), &new).status.success());
    std::fs::remove_file(folder.path().join("mine/README.md")).unwrap();
    std::fs::write(folder.path().join("mine/package.json"), "mine").unwrap();
    let output = plugin(folder.path(), &new);
    assert_eq!(output.status.code(), Some(1));
    let told = said(output);
    assert!(told.contains("nothing is written"), "{told}");
    assert!(
        told.contains("mine/package.json") && told.contains("mine/src/plugin.js"),
        "{told}"
    );
    assert!(!folder.path().join("mine/README.md").exists());
    let kept = std::fs::read_to_string(folder.path().join("mine/package.json")).unwrap();
    assert_eq!(kept, "mine");
}

#[test]
fn a_name_that_is_none_and_an_sdk_for_no_one_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, reason) in [
        (
            &["new", "../up", "--language", "rust", "--kind", "policy"][..],
            "lower-case letters",
        ),
        (
            &["new", "std", "--language", "rust", "--kind", "policy"],
            "choose another",
        ),
        (
            &["new", "a", "--language", "cobol", "--kind", "policy"],
            "possible values: rust, js, python",
        ),
        (
            &["new", "a", "--language", "js", "--kind", "key"],
            "possible values: backend, directory, policy",
        ),
        (
            &[
                "new",
                "a",
                "--language",
                "js",
                "--kind",
                "policy",
                "--sdk",
                ".",
            ],
            "need no SDK",
        ),
    ] {
        let output = plugin(folder.path(), arguments);
        assert!(!output.status.success(), "{arguments:?}");
        let told = said(output);
        assert!(told.contains(reason), "{arguments:?}: {told}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_folder_without_a_project_and_missing_tools_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let told = said(plugin(folder.path(), &["build"]));
    assert!(
        told.contains("no Cargo.toml, package.json or pyproject.toml"),
        "{told}"
    );
    for (language, install) in [("js", "npm install"), ("python", "python3 -m venv .venv")] {
        let new = ["new", language, "--language", language, "--kind", "policy"];
        let output = plugin(folder.path(), &new);
        // `js` and `python` are names as good as others.
        assert!(output.status.success(), "{}", said(output));
        let mut command = program();
        command
            .current_dir(folder.path())
            .args(["plugin", "build", language]);
        let output = command
            .env("PATH", "")
            .env_remove("VIRTUAL_ENV")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        let told = said(output);
        assert!(
            told.contains("there is no componentize-") && told.contains(install),
            "{told}"
        );
    }
    std::fs::write(folder.path().join("js/package.json"), "{\"name\": 7}").unwrap();
    let told = said(plugin(folder.path(), &["build", "js"]));
    assert!(told.contains("it has no text `name`"), "{told}");
}

#[test]
fn what_is_given_with_a_plugin_is_checked_and_all_faults_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let with = "grant = {}\nupstreams = {}\n";
    let with = write(folder.path(), "with.toml", with);
    let settings = write(folder.path(), "settings.toml", "cipher = ");
    let report = test(
        "builtin:backend-software",
        &["--with", &with, "--settings", &settings],
    );
    assert_eq!(report.status, Some(2), "{}", report.said);
    for fault in [
        "--with: grant",
        "--with: upstreams",
        "--settings",
        "not TOML",
    ] {
        assert!(report.said.contains(fault), "{fault}: {}", report.said);
    }
    // What a host would say of it, without the names that nobody wrote.
    let with = write(
        folder.path(),
        "with.toml",
        "memory_mib = 0\ngrants = { wasi = true }\n",
    );
    let report = test("builtin:backend-software", &["--with", &with]);
    assert_eq!(report.status, Some(2), "{}", report.said);
    assert!(report.said.contains("memory_mib"), "{}", report.said);
    assert!(!report.said.contains("on-trial"), "{}", report.said);
    // Settings that the plugin refuses are no fault of the plugin.
    let settings = write(folder.path(), "settings.toml", "cipher = \"none\"");
    let report = test("builtin:backend-software", &["--settings", &settings]);
    assert_eq!(report.status, Some(1), "{}", report.said);
    let failed: Vec<_> = report.failed().collect();
    assert!(failed.len() == 1 && failed[0].id == "L03", "{failed:#?}");
    assert!(failed[0].text.contains("cipher"), "{failed:#?}");
}

#[test]
fn what_is_no_plugin_is_not_tried() {
    let folder = tempfile::tempdir().unwrap();
    let nothing = write(folder.path(), "nothing.wasm", "nothing");
    let nowhere = text(&folder.path().join("nowhere.wasm"));
    for component in [&*nothing, &nowhere, "builtin:none"] {
        for command in ["test", "bench"] {
            let output = plugin(folder.path(), &[command, component]);
            let expected = if command == "test" { 2 } else { 1 };
            assert_eq!(output.status.code(), Some(expected), "{component}");
            assert!(said(output).contains("is no plugin"), "{component}");
        }
    }
}
