//! The guide in `examples/openbao`: every command of it is run as it stands there, and
//! the texts that its table of failures quotes are in the source.

use crate::harness::curl::Curl;
use crate::harness::deployment::shared_directory;
use crate::harness::guests::repository;
use crate::harness::guide::{Guide, not_in_the_source};
use crate::harness::openbao::INSTALL;

/// The folder of the guide.
const EXAMPLE: &str = "examples/openbao";

#[test]
fn every_command_of_the_openbao_guide_does_what_it_says() {
    Curl::require();
    let target = shared_directory();
    let openbao = target.parent().expect("a folder of the target");
    let openbao = openbao.join("openbao");
    assert!(openbao.join("bao").exists(), "{INSTALL}");
    Guide {
        example: EXAMPLE,
        files: &["claviger.toml", "claviger-policy.hcl"],
        // Of the host, of its probe, and of the server.
        ports: &["8443", "8080", "8200"],
        programs: Some(&openbao),
        // The folder that it makes, and removes.
        made: "openbao",
    }
    .run();
}

/// What stands between backticks in the table and is no command, no setting and no name:
/// texts with spaces.
#[test]
fn the_table_of_failures_quotes_the_source() {
    let guide = repository().join(EXAMPLE).join("README.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    let (_, section) = guide.split_once("## When something fails").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let rows = section.lines().filter(|line| line.starts_with('|'));
    let quoted = rows.flat_map(|row| row.split('`').skip(1).step_by(2));
    let texts = quoted.filter(|quoted| {
        let is_command = quoted.starts_with("bao ") || quoted.starts_with("claviger ");
        quoted.contains(' ') && !quoted.contains(" = ") && !is_command
    });
    let texts: Vec<_> = texts.collect();
    assert!(texts.len() > 5, "{texts:?}");
    let missing = not_in_the_source(texts.into_iter());
    assert!(missing.is_empty(), "not in the source: {missing:#?}");
}
