//! The guide in `examples/kmip`, with the stock server of `PyKMIP`: every command of it is
//! run as it stands there, and the texts that its table of failures quotes are in the
//! source.

use crate::harness::curl::Curl;
use crate::harness::guide::{Guide, texts_of_failures_not_in_the_source};
use crate::harness::kmip::installed;

/// The folder of the guide.
const EXAMPLE: &str = "examples/kmip";

#[test]
fn every_command_of_the_kmip_guide_does_what_it_says() {
    Curl::require();
    let programs = installed().join("bin");
    Guide {
        example: EXAMPLE,
        files: &["claviger.toml"],
        // Of the host, of its probe, and of the server.
        ports: &["8443", "8080", "5696"],
        programs: Some(&programs),
        // The folder that it makes, and removes.
        made: "kmip",
    }
    .run();
}

#[test]
fn the_table_of_failures_quotes_the_source() {
    let missing = texts_of_failures_not_in_the_source(EXAMPLE, &["claviger "]);
    assert!(missing.is_empty(), "not in the source: {missing:#?}");
}
