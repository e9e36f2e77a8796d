//! Runs the command with streams of its own.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use clap::Parser;
use claviger_doctor::command::{DoctorCommand, Ended};
use claviger_doctor::progress::Progress;
use claviger_doctor::streams::Streams;
use serde_json::Value;

/// A secret that no output may show.
pub(crate) const SECRET: &str = "hJ3k+9dV/0aQ2sWzX7bNcM5tYuIoP1gFeRlKjHvTqAE=";

#[derive(Parser)]
struct CommandLine {
    #[command(flatten)]
    doctor: DoctorCommand,
}

/// What came of a run.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) ended: Ended,
    pub(crate) output: String,
    pub(crate) errors: String,
}

/// Runs the command with these arguments and standard input.
pub(crate) fn run(arguments: &[&str], input: &str) -> Ran {
    let all = ["doctor"].iter().chain(arguments);
    let command = CommandLine::try_parse_from(all).unwrap_or_else(|error| panic!("{error}"));
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let ended = command.doctor.run_with(&mut Streams {
        input: &mut input.as_bytes(),
        output: &mut output,
        errors: &mut errors,
        colour: false,
        progress: Progress::silent(),
    });
    let ran = Ran {
        ended,
        output: String::from_utf8(output).unwrap(),
        errors: String::from_utf8(errors).unwrap(),
    };
    assert!(!ran.output.contains(SECRET) && !ran.errors.contains(SECRET));
    ran
}

/// What clap says of arguments that it refuses.
pub(crate) fn refused(arguments: &[&str]) -> String {
    let all = ["doctor"].iter().chain(arguments);
    match CommandLine::try_parse_from(all) {
        Ok(_) => panic!("{arguments:?} are accepted"),
        Err(error) => error.to_string(),
    }
}

/// The findings of a run with `--json`.
pub(crate) fn findings(ran: &Ran) -> Vec<Value> {
    let document: Value = serde_json::from_str(&ran.output)
        .unwrap_or_else(|error| panic!("{error}: {} {}", ran.output, ran.errors));
    document["findings"].as_array().unwrap().clone()
}

/// Subject and text of each finding of a verdict, by check.
pub(crate) fn of_verdict(findings: &[Value], verdict: &str) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for finding in findings
        .iter()
        .filter(|finding| finding["verdict"] == verdict)
    {
        let text = |member: &str| finding[member].as_str().unwrap().to_owned();
        let seen = format!("{}: {}", text("subject"), text("seen"));
        found.entry(text("check")).or_default().push(seen);
    }
    found
}

/// A file that nobody else may read.
pub(crate) fn private_file(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    path
}

/// The folder of this test's files.
pub(crate) fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/command")
        .join(name)
}
