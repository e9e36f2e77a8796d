//! What the contract in `wit/` gives plugins no words for.

use std::collections::BTreeSet;

use crate::documents::files;
use crate::harness::guests::repository;

/// All parameters of all functions of the interface `pkcs11`.
const PARAMETERS: [&str; 8] = [
    "additional-data: list<u8>",
    "count: u32",
    "name: string",
    "plaintext: list<u8>",
    "reference: key-reference",
    "sealed: sealed",
    "selector: key-selector",
    "template: key-template",
];

/// How a token does AES-GCM, in the words of `[tokens.NAME]`.
const OPERATORS_WORDS: [&str; 6] = [
    "profile",
    "mechanism",
    "iv-convention",
    "iv-length",
    "bad-tag-codes",
    "fatal-codes",
];

/// The files of the contract without their comments.
fn contract() -> String {
    let mut contract = String::new();
    for file in files(&repository().join("wit"), "wit") {
        for line in std::fs::read_to_string(file).unwrap().lines() {
            contract += line.split("//").next().unwrap_or_default();
            contract.push('\n');
        }
    }
    contract
}

/// The parameters, as they are written, of each `func(…)`.
fn parameters(interface: &str) -> BTreeSet<&str> {
    let lists = interface.split("func(").skip(1);
    lists
        .filter_map(|rest| rest.split_once(')'))
        .flat_map(|(list, _)| list.split(','))
        .map(str::trim)
        .filter(|parameter| !parameter.is_empty())
        .collect()
}

/// A library that is told another mechanism than the one its parameters are for
/// reads and writes the host's memory.
#[test]
fn flt_55_no_plugin_can_choose_a_mechanism_or_its_parameters() {
    let contract = contract();
    let (_, pkcs11) = contract.split_once("interface pkcs11 {").unwrap();
    let (pkcs11, _) = pkcs11.split_once("\n}").unwrap();
    assert_eq!(parameters(pkcs11), BTreeSet::from(PARAMETERS));
    assert!(pkcs11.contains("open: static func(name: string) ->"));
    let between = |c: char| !c.is_ascii_alphanumeric() && c != '-';
    let words: BTreeSet<&str> = contract.split(between).collect();
    assert!(words.contains("key-reference"));
    for word in OPERATORS_WORDS {
        assert!(!words.contains(word), "{word}");
    }
}

#[test]
fn parameters_are_read() {
    let interface = "a: func(x: u8, y: list<u8>) -> u8;\nb: static func();";
    let expected = BTreeSet::from(["x: u8", "y: list<u8>"]);
    assert_eq!(parameters(interface), expected);
}
