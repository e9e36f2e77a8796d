//! `--aws-commands`: the script is run, with an `aws` that has canned answers.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use claviger_doctor::command::Ended;
use serde_json::{Value, json};
use tempfile::tempdir;

use crate::answers::{Answers, CERTIFICATE_ARN, LISTENERS, SECURITY_GROUPS};
use crate::harness::{findings, folder, of_verdict, run};

#[test]
fn the_script_reads_what_the_checks_look_at_and_nothing_else() {
    let root = tempdir().unwrap();
    let bin = root.path().join("bin");
    fs::create_dir_all(bin.join("answers")).unwrap();
    let answers = Answers::good().add(
        LISTENERS,
        "/Listeners/0",
        "Certificates",
        json!([{"CertificateArn": CERTIFICATE_ARN}]),
    );
    answers.write(&bin.join("answers"));
    let script = fs::read_to_string(folder("fake-aws.py")).unwrap();
    let python = ["python3", "/usr/bin/python3"]
        .into_iter()
        .find(|python| {
            let tried = Command::new(python)
                .args(["-c", "import jmespath"])
                .output();
            tried.is_ok_and(|tried| tried.status.success())
        })
        .expect("python3 with botocore: apt-get install python3-botocore");
    let aws = bin.join("aws");
    fs::write(&aws, format!("#!/usr/bin/env {python}\n{script}")).unwrap();
    fs::set_permissions(&aws, Permissions::from_mode(0o755)).unwrap();

    let printed = run(&["--aws-commands"], "");
    assert_eq!(printed.ended, Ended::Well);
    let commands = root.path().join("read-aws.sh");
    fs::write(&commands, printed.output).unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let into = root.path().join("aws-side");
    let ran = Command::new("bash")
        .arg(&commands)
        .arg(&into)
        .args(["--region", "eu-central-1"])
        .env("PATH", path)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success() && errors.is_empty(), "{errors}");

    let mut written: Vec<String> = fs::read_dir(&into)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    written.sort();
    let expected: Vec<_> = answers
        .names()
        .iter()
        .map(|name| format!("{name}.json"))
        .collect();
    assert_eq!(written, expected);
    for name in answers.names() {
        let text = fs::read_to_string(into.join(format!("{name}.json"))).unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value, answers.get(name, ""), "{name}");
    }
    let log = fs::read_to_string(bin.join("log")).unwrap();
    for line in log.lines() {
        let operation = line.split(' ').nth(1).unwrap();
        let reads = ["describe-", "get-", "lookup-"]
            .iter()
            .any(|verb| operation.starts_with(verb));
        assert!(reads, "{line}");
    }

    let folder = into.to_str().unwrap();
    let ran = run(&["--aws", folder, "--region", "eu-central-1", "--json"], "");
    let found = findings(&ran);
    assert!(of_verdict(&found, "failure").is_empty() && of_verdict(&found, "warning").is_empty());

    // What cannot be read is left out, and the rest goes on.
    fs::remove_file(bin.join(format!("answers/{SECURITY_GROUPS}.json"))).unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let partly = root.path().join("partly");
    let ran = Command::new("bash")
        .arg(&commands)
        .arg(&partly)
        .args(["--region", "eu-central-1"])
        .env("PATH", path)
        .output()
        .unwrap();
    assert!(ran.status.success());
    let errors = String::from_utf8_lossy(&ran.stderr);
    assert!(errors.contains("no ec2-security-groups.json"), "{errors}");
    let ran = run(
        &[
            "--aws",
            partly.to_str().unwrap(),
            "--region",
            "eu-central-1",
            "--json",
        ],
        "",
    );
    assert!(of_verdict(&findings(&ran), "cannot_tell").contains_key("V18"));
}
