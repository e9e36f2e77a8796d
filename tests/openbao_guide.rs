//! The guide in `examples/openbao`: every command of it is run as it stands there, and
//! the texts that its table of failures quotes are in the source.

use crate::harness::curl::Curl;
use crate::harness::deployment::shared_directory;
use crate::harness::guide::{Guide, texts_of_failures_not_in_the_source};
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

#[test]
fn the_table_of_failures_quotes_the_source() {
    let missing = texts_of_failures_not_in_the_source(EXAMPLE, &["bao ", "claviger "]);
    assert!(missing.is_empty(), "not in the source: {missing:#?}");
}
