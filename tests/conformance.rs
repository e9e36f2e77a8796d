//! The conformance tests once more, for each way of having keys on a token.
//!
//! Those are the tests whose names begin with `xks_`. Without a word more they run
//! with software keys; here this program is run again for each other deployment.
//! A single test by hand: `CLAVIGER_TEST_DEPLOYMENT=softhsm cargo test xks_091`.

use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::harness::deployment::{RUN, SELECTION, dev_template};
use crate::harness::hsm;
use crate::harness::kmip::Kmip;
use crate::harness::openbao::OpenBao;
use crate::harness::transcript::Transcript;

/// Conformance tests that run once only. A module stands for all
/// its tests.
const ONCE_ONLY: [(&str, &str); 5] = [
    (
        "command_line::",
        "these are about files that only software keys have, and about what runs before any key is used",
    ),
    ("dev::", "`claviger dev` makes software keys"),
    ("openbao::", "these have a key manager of their own"),
    (
        "rotation::xks_070_a_key_that_is_disabled_is_refused_within_a_second",
        "a token has no switch for a key; a directory's entry is read at the start",
    ),
    (
        "rotation::xks_012_a_new_key_is_seen_and_keeps_its_id_for_ever",
        "the directory in front of the token names no new key before the next start",
    ),
];

/// Fewer than these cannot be the conformance tests.
const FEWEST: usize = 190;

/// They take a quarter of a minute each; more than this is a test that hangs.
const LONGEST: Duration = Duration::from_mins(5);

/// They would wait for each other's servers.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn conformance_tests() -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.arg("::xks_");
    for (name, reason) in ONCE_ONLY {
        assert!(!reason.is_empty());
        command.args(["--skip", name]);
    }
    command
}

/// Runs the conformance tests with keys on an HSM of this name; all must pass.
fn pass_with(name: &str) {
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let listed = conformance_tests().arg("--list").output();
    let listed = String::from_utf8(listed.expect("it starts").stdout).expect("UTF-8");
    let expected = listed
        .lines()
        .filter(|line| line.ends_with(": test"))
        .count();
    assert!(expected >= FEWEST, "only {expected} conformance tests");

    // It uses the templates of this run, so they have to be there.
    dev_template();
    hsm::template();
    let run = std::env::var(RUN).unwrap_or_else(|_| std::process::id().to_string());
    let mut child = conformance_tests()
        .env(SELECTION, name)
        .envs((name == "openbao").then(OpenBao::lent))
        .envs((name == "kmip").then(Kmip::lent))
        .env(RUN, run)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let stdout = Transcript::of(child.stdout.take().expect("piped above"));
    let stderr = Transcript::of(child.stderr.take().expect("piped above"));
    let ended = stdout.wait_for_end(LONGEST);
    if !ended {
        let _ = child.kill();
    }
    let status = child.wait().expect("our own child");
    let text = String::from_utf8_lossy(&stdout.so_far()).into_owned();
    let passed = format!("test result: ok. {expected} passed; 0 failed; 0 ignored;");
    assert!(
        status.success() && text.contains(&passed),
        "with {name}: {status:?}, where {expected} tests should pass within {LONGEST:?}\n{text}\n{}",
        String::from_utf8_lossy(&stderr.so_far())
    );
}

#[test]
fn the_conformance_tests_pass_with_softhsm() {
    pass_with("softhsm");
}

#[test]
fn the_conformance_tests_pass_with_openbao() {
    pass_with("openbao");
}

#[test]
fn the_conformance_tests_pass_with_kmip() {
    pass_with("kmip");
}

#[test]
fn the_conformance_tests_pass_with_a_simulated_cloudhsm() {
    pass_with("cloudhsm");
}

#[test]
fn the_conformance_tests_pass_with_a_simulated_cloudhsm_by_its_own_mechanism() {
    pass_with("cloudhsm-vendor");
}

#[test]
fn the_conformance_tests_pass_with_a_simulated_luna_in_fips_mode() {
    pass_with("luna-fips");
}

#[test]
fn the_conformance_tests_pass_with_a_simulated_luna() {
    pass_with("luna");
}

#[test]
fn the_conformance_tests_pass_with_a_simulated_nshield() {
    pass_with("nshield");
}

#[test]
fn every_kind_of_hsm_has_its_test() {
    let source = include_str!("conformance.rs");
    for hsm in &hsm::HSMS {
        let call = format!("pass_with(\"{}\")", hsm.name);
        assert!(source.contains(&call), "{call} is in no test");
    }
}

#[test]
fn what_runs_once_only_exists() {
    let mut list = Command::new(std::env::current_exe().expect("this program"));
    let listed = list.args(["::xks_", "--list"]).output().expect("it starts");
    let listed = String::from_utf8(listed.stdout).expect("UTF-8");
    for (name, _) in ONCE_ONLY {
        assert!(listed.lines().any(|line| line.starts_with(name)), "{name}");
    }
}
