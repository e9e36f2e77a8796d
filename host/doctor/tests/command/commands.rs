//! Every command of the AWS CLI that a fix proposes is one, and works in both versions of
//! the AWS CLI.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use claviger_doctor::catalogue::ALL;
use claviger_xks_client::outcome::{ConnectionErrorCode, Outcome};
use tempfile::tempdir;

use crate::answers::Answers;
use crate::explain::EXCEPTIONS;
use crate::faulty;
use crate::harness::{folder, run};

/// The lines that are commands, alone or after `fix:`, with those that go on joined.
fn commands(output: &str) -> BTreeSet<String> {
    let joined = output.replace(" \\\n", " ");
    let command = |line: &str| {
        let line = line.trim();
        let line = line.strip_prefix("fix:").unwrap_or(line).trim();
        line.starts_with("aws ").then(|| line.to_owned())
    };
    joined
        .lines()
        .filter_map(command)
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

/// The fixes of every faulty set of answers, and of another endpoint, as they are shown.
fn of_findings() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let sets = faulty::all().into_iter().map(|faulty| faulty.answers);
    for answers in sets.chain([Answers::good()]) {
        let folder = tempdir().unwrap();
        answers.write(folder.path());
        let aws = folder.path().to_str().unwrap();
        let endpoint = "https://other.example.com";
        let path = "/payments-7cq2/kms/xks/v1";
        let region = ["--region", "eu-central-1"];
        let arguments = [endpoint, "--uri-path", path, "--aws", aws];
        let ran = run(&[&arguments[..], &region[..]].concat(), "");
        found.extend(commands(&ran.output));
    }
    found
}

/// Those of every explanation.
fn of_explanations() -> BTreeSet<String> {
    let codes = ConnectionErrorCode::ALL.map(ConnectionErrorCode::name);
    let checks = ALL.map(|check| check.id);
    let texts = Outcome::ALL.map(Outcome::text);
    let all = codes.iter().chain(&EXCEPTIONS).chain(&checks).chain(&texts);
    all.flat_map(|what| commands(&run(&["explain", what], "").output))
        .collect()
}

/// The lines of the documents that call the AWS CLI.
fn of_documents() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = fs::read_to_string(root.join("docs/local-kms.md")).unwrap();
    commands(&text)
}

#[test]
fn every_command_of_the_aws_cli_works_in_both_of_its_versions() {
    let mut all = of_findings();
    assert!(all.len() > 10, "{all:#?}");
    let explained = of_explanations();
    assert!(explained.len() > 20, "{explained:#?}");
    let documented = of_documents();
    assert!(documented.len() > 2, "{documented:#?}");
    all.extend(explained);
    all.extend(documented);
    let lines: Vec<_> = all.into_iter().collect();
    let text = lines.join("\n");

    let script = folder("check-commands.py");
    // The one in the path, and where Debian's package is seen.
    let answers = ["python3", "/usr/bin/python3"].map(|python| {
        let mut checking = Command::new(python)
            .arg(&script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        // A script that ends early has said why.
        let _ = checking.stdin.take()?.write_all(text.as_bytes());
        let ended = checking.wait_with_output().ok()?;
        let said = String::from_utf8_lossy(&ended.stdout).into_owned();
        (!said.is_empty()).then_some((ended.status.success(), said))
    });
    let (fine, said) = answers
        .into_iter()
        .flatten()
        .next()
        .expect("python3 with botocore: apt-get install python3-botocore");
    assert!(fine, "{said}");
}
