//! Help texts and version.

use super::{run, stdout};

#[test]
fn the_version_is_that_of_the_package() {
    let output = run(&["version"]);
    assert!(output.status.success());
    assert!(stdout(&output).contains(env!("CARGO_PKG_VERSION")));
}

#[test]
fn every_help_text_shows_an_example() {
    for command in [
        &["dev"][..],
        &["serve"],
        &["check"],
        &["credential", "new"],
        &["console-file"],
        &["doctor"],
        &["doctor", "explain"],
        &["key", "create"],
        &["key", "list"],
        &["key", "show"],
        &["key", "disable"],
        &["key", "enable"],
        &["key", "rotate"],
        &["local-kms"],
        &["token", "test"],
        &["version"],
    ] {
        let output = run(&[command, &["--help"]].concat());
        assert!(output.status.success(), "{command:?}");
        let help = stdout(&output);
        let example = format!("claviger {}", command.join(" "));
        let (_, examples) = help.split_once("Example").expect("an example");
        assert!(examples.contains(&example), "{help}");
    }
}

#[test]
fn an_unknown_command_is_an_error() {
    let output = run(&["destroy"]);
    assert!(!output.status.success());
    assert!(stdout(&output).is_empty());
}
