//! The shared scenario, once for each SDK, with software keys and with SoftHSM's.

use std::path::PathBuf;
use std::process::Command;

use serde_json::json;

use super::kms::Kms;
use crate::harness::deployment::shared_directory;
use crate::harness::guests::repository;
use crate::harness::hsm::Hsm;
use crate::harness::{Deployment, Folder, Server, text};

/// What is said when an SDK is not there.
const INSTALL: &str = "this test needs AWS's SDKs: bash tests/sdks/install";

#[test]
fn boto3_with_software_keys() {
    run(Deployment::software(), &python("with_boto3.py"));
}

#[test]
fn boto3_with_keys_on_softhsm() {
    run(softhsm(), &python("with_boto3.py"));
}

#[test]
fn aws_cli_with_software_keys() {
    run(Deployment::software(), &python("with_aws_cli.py"));
}

#[test]
fn aws_cli_with_keys_on_softhsm() {
    run(softhsm(), &python("with_aws_cli.py"));
}

#[test]
fn the_javascript_sdk_with_software_keys() {
    run(Deployment::software(), &javascript());
}

#[test]
fn the_javascript_sdk_with_keys_on_softhsm() {
    run(softhsm(), &javascript());
}

#[test]
fn the_rust_sdk_with_software_keys() {
    run(Deployment::software(), &rust());
}

#[test]
fn the_rust_sdk_with_keys_on_softhsm() {
    run(softhsm(), &rust());
}

#[test]
fn the_encryption_sdk_encrypts_a_file() {
    let kms = Kms::start(Folder::new(Deployment::software()).serve());
    let (_, arn) = kms.make_key();
    let mut driver = python("with_encryption_sdk.py");
    driver.arguments.push(arn);
    passes(&kms, &driver);
    kms.stop();
}

fn softhsm() -> Deployment {
    Deployment::on(Hsm::called("softhsm").expect("it is in the list"))
}

/// A program that takes the scenario from its environment.
pub(crate) struct Driver {
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<String>,
}

/// Where `tests/sdks/install` puts what it installs.
pub(super) fn installed(name: &str) -> PathBuf {
    let target = shared_directory();
    let path = target
        .parent()
        .expect("a folder of the target")
        .join("sdks")
        .join(name);
    assert!(path.exists(), "{INSTALL}");
    path
}

fn source(name: &str) -> String {
    text(&repository().join("tests/sdks").join(name))
}

pub(crate) fn python(script: &str) -> Driver {
    Driver {
        program: installed("python/bin/python"),
        arguments: vec![source(&format!("python/{script}"))],
    }
}

fn javascript() -> Driver {
    installed("javascript/node_modules");
    Driver {
        program: "node".into(),
        arguments: vec![source("javascript/scenario.mjs")],
    }
}

fn rust() -> Driver {
    Driver {
        program: installed("rust/debug/claviger-local-kms-rust-sdk"),
        arguments: Vec::new(),
    }
}

/// Runs the scenario, and looks for its operations in the audit records.
pub(crate) fn run(deployment: Deployment, driver: &Driver) {
    let proxy = Folder::new(deployment).serve();
    // Nobody listens on port 1, and the certificate is of another name.
    let other = format!("another-name.example.com={}", proxy.address);
    let resolve = [
        "--resolve",
        "nobody.example.com=127.0.0.1:1",
        "--resolve",
        &other,
    ];
    let kms = Kms::start_with(proxy, &resolve);
    passes(&kms, driver);
    let audit = kms.stop().stop().audit;
    for operation in [
        "CreateCustomKeyStore",
        "ConnectCustomKeyStore",
        "UpdateCustomKeyStore",
        "CreateKey",
        "Encrypt",
        "Decrypt",
        "ReEncrypt",
        "GenerateDataKey",
        "GenerateDataKeyWithoutPlaintext",
    ] {
        let recorded = audit
            .iter()
            .any(|record| record["kms_operation"] == operation);
        assert!(recorded, "{operation}");
    }
}

fn passes(kms: &Kms, driver: &Driver) {
    let output = command(
        &kms.proxy,
        &format!("http://{}", kms.process.address),
        driver,
    )
    .output()
    .unwrap_or_else(|error| panic!("{}: {error}; {INSTALL}", driver.program.display()));
    assert!(
        output.status.success(),
        "{}{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
        kms.process.log()
    );
}

/// Nothing of whoever runs the tests is used: no profile, no credential.
fn command(proxy: &Server, url: &str, driver: &Driver) -> Command {
    let credential = &proxy.store.credential;
    let given = json!({
        "scenario": source("scenario.json"),
        "run": "test",
        "endpoint": "https://localhost",
        "path": proxy.store.uri_path,
        "access_key_id": credential.access_key_id,
        "secret_access_key": credential.secret_access_key,
    });
    let mut command = Command::new(&driver.program);
    command.args(&driver.arguments).envs(environment(url));
    command.env("CLAVIGER_SDK_TEST", given.to_string());
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    let node = shared_directory().with_file_name("sdks").join("javascript");
    command.env("CLAVIGER_NODE_MODULES", node);
    command
}

/// What makes an SDK call this endpoint, with no credentials of anybody.
pub(super) fn environment(url: &str) -> [(&'static str, String); 8] {
    [
        ("AWS_ENDPOINT_URL_KMS", url.to_owned()),
        ("AWS_ACCESS_KEY_ID", "test".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_DEFAULT_REGION", "us-east-1".to_owned()),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ("AWS_CONFIG_FILE", "/dev/null".to_owned()),
        ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null".to_owned()),
    ]
}
