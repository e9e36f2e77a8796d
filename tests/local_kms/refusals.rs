//! What does not start says why, in one message.

use std::process::Output;

use crate::harness::deployment::program;
use crate::harness::{Folder, text};

fn run(arguments: &[&str]) -> Output {
    let first = ["local-kms", "--listen", "127.0.0.1:0"];
    let mut command = program();
    command
        .args(first)
        .args(arguments)
        .output()
        .expect("the program starts")
}

#[track_caller]
fn refused(arguments: &[&str]) -> String {
    let output = run(arguments);
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success(), "{message}");
    assert!(output.stdout.is_empty());
    message
}

#[test]
fn addresses_that_others_can_reach_want_two_words() {
    let message = refused(&["--listen", "0.0.0.0:0"]);
    assert!(
        message.contains("cannot be used multiple times"),
        "{message}"
    );
    let mut command = program();
    command.args(["local-kms", "--listen", "0.0.0.0:0", "--not-only-loopback"]);
    let output = command.output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert_eq!(message.lines().count(), 1, "{message}");
    assert!(message.contains("--authenticate-nobody"), "{message}");
}

#[test]
fn other_causes_are_named() {
    let folder = Folder::fresh();
    let ca = text(&folder.path("ca.pem"));
    let other = text(folder.directory());
    for (arguments, words) in [
        (&["--ca-file", "/absent"][..], "/absent"),
        (
            &["--ca-file", &ca, "--dir", &other],
            "has files but no local-kms.json",
        ),
        (&["--ca-file", &ca, "--seed", "/absent"], "/absent"),
        (&["--ca-file", &ca, "--account", "1"], "12 digits"),
        (
            &["--ca-file", &ca, "--resolve", "localhost"],
            "HOST=ADDR:PORT",
        ),
        (&["--tls-cert", "/absent"], "--tls-key"),
        (&["--with-dev", "--ca-file", &ca], "cannot be used with"),
    ] {
        let message = refused(arguments);
        assert!(message.contains(words), "{arguments:?}: {message}");
    }
}
