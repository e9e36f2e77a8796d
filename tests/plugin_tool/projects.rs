//! `claviger plugin new`, `build` and `test`: from nothing to a plugin that holds.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::report::{Report, said, test};
use crate::harness::deployment::{program, shared_directory};
use crate::harness::guests::repository;
use crate::harness::text;

/// Where the tools of other languages are, and what is built here.
fn target() -> PathBuf {
    let shared = shared_directory();
    shared.parent().expect("a folder of the target").to_owned()
}

/// A folder in which everything happens.
struct Workshop(tempfile::TempDir);

impl Workshop {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary directory"))
    }

    /// A project of this kind, called `mine`.
    fn project(&self, language: &str, kind: &str) -> PathBuf {
        let output = program()
            .current_dir(self.0.path())
            .args([
                "plugin",
                "new",
                "mine",
                "--language",
                language,
                "--kind",
                kind,
            ])
            .output()
            .expect("the program starts");
        let success = output.status.success();
        let said = said(output);
        assert!(success, "{said}");
        assert!(said.contains("claviger plugin build"), "{said}");
        self.0.path().join("mine")
    }
}

/// `claviger plugin build` of a project.
fn build(project: &Path, tell: impl FnOnce(&mut Command)) -> Output {
    let mut command = program();
    command.args(["plugin", "build"]).arg(project);
    command
        .arg("--target-dir")
        .arg(shared_directory().join("projects"));
    command.env("CARGO_NET_OFFLINE", "true");
    tell(&mut command);
    command.output().expect("the program starts")
}

/// Builds it, and tries what was built, as its README says.
fn build_and_test(project: &Path, keys: &[&str], tell: impl FnOnce(&mut Command)) -> Report {
    let output = build(project, tell);
    let success = output.status.success();
    let said = said(output);
    assert!(success, "{said}");
    let component = project.join("mine.wasm");
    let bytes = std::fs::read(&component).expect("it was built");
    assert!(
        said.contains(&format!("size    {} bytes", bytes.len())),
        "{said}"
    );
    assert!(said.contains("digest  sha256:"), "{said}");
    let with = text(&project.join("test.toml"));
    test(&text(&component), &[&["--with", &with], keys].concat())
}

#[test]
fn a_new_plugin_in_rust_builds_offline_passes_its_own_tests_and_holds() {
    for (kind, keys, made) in [
        ("backend", &[][..], &["S04", "G02", "E01"][..]),
        ("directory", &["--key", "orders"], &["L05", "D03", "E01"]),
        ("policy", &[], &["L05", "Z08", "E01"]),
    ] {
        let workshop = Workshop::new();
        let project = workshop.project("rust", kind);
        let tests = Command::new("cargo")
            .args(["test", "--quiet", "--offline", "--target-dir"])
            .arg(shared_directory().join("projects"))
            .current_dir(&project)
            .env_remove("CARGO_TARGET_DIR")
            .output()
            .expect("cargo runs");
        let tested = String::from_utf8_lossy(&tests.stdout).into_owned();
        assert!(tests.status.success(), "{kind}: {}", said(tests));
        assert!(tested.contains("1 passed"), "{kind}: {tested}");
        let report = build_and_test(&project, keys, |_| {});
        report.assert_passed(made);
    }
}

#[test]
fn another_sdk_can_be_named() {
    let workshop = Workshop::new();
    let sdk = text(&repository().join("sdk"));
    let new = |directory: &str, sdk: &str| {
        let mut command = program();
        command.current_dir(workshop.0.path());
        command.args([
            "plugin",
            "new",
            "mine",
            "--language",
            "rust",
            "--kind",
            "policy",
        ]);
        command.args(["--sdk", sdk, directory]).output().unwrap()
    };
    assert!(new("here", &sdk).status.success());
    let here = workshop.0.path().join("here");
    assert!(!here.join("claviger-sdk").exists());
    let manifest = std::fs::read_to_string(here.join("Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    assert_eq!(
        manifest["dependencies"]["claviger-sdk"]["path"].as_str(),
        Some(&*sdk)
    );
    let output = new("there", &text(workshop.0.path()));
    assert_eq!(output.status.code(), Some(1));
    assert!(said(output).contains("there is no claviger-sdk"));
}

/// The path with a language's tools in front.
fn with_tools(folder: &str) -> impl FnOnce(&mut Command) {
    let tools = target().join("languages").join(folder);
    assert!(
        tools.is_dir(),
        "install them first: bash examples/languages js and python"
    );
    move |command| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let all = std::iter::once(tools).chain(std::env::split_paths(&path));
        command.env("PATH", std::env::join_paths(all).unwrap());
    }
}

/// This build of the host compiles slowly.
fn with_time_to_compile(project: &Path) {
    let path = project.join("test.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut with: toml::Table = text.parse().unwrap();
    let compile: toml::Table = "seconds = 600\nmemory_mib = 4096".parse().unwrap();
    with.insert("compile".to_owned(), compile.into());
    std::fs::write(path, with.to_string()).unwrap();
}

#[test]
fn flt_91_a_new_backend_in_javascript_holds() {
    let workshop = Workshop::new();
    let project = workshop.project("js", "backend");
    with_time_to_compile(&project);
    let report = build_and_test(&project, &[], with_tools("js/node_modules/.bin"));
    report.assert_passed(&["L04", "S04", "S06", "S11", "G02", "U01", "E01"]);
}

#[test]
fn flt_90_a_new_directory_in_python_holds() {
    let workshop = Workshop::new();
    let project = workshop.project("python", "directory");
    with_time_to_compile(&project);
    let report = build_and_test(
        &project,
        &["--key", "orders"],
        with_tools("python/venv/bin"),
    );
    report.assert_passed(&["L05", "D02", "D03", "D04", "E01"]);
}

/// The versions that the repository's own examples are built with.
#[test]
fn templates_name_the_tools_that_are_tested() {
    let tested = std::fs::read_to_string(repository().join("examples/languages")).unwrap();
    let template = |name: &str| {
        let path = repository().join("host/templates").join(name);
        std::fs::read_to_string(path).unwrap()
    };
    let python = template("python/requirements.txt");
    assert!(tested.contains(python.trim()), "{python}");
    let package: serde_json::Value = serde_json::from_str(&template("js/package.json")).unwrap();
    let version = package["devDependencies"]["componentize-qjs"]
        .as_str()
        .unwrap();
    assert!(
        tested.contains(&format!("componentize-qjs@{version}")),
        "{version}"
    );
}
