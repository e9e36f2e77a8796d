//! The faults that were seen when Claviger was attacked and operated.
//!
//! A reason that begins with `open` names the work that is to correct its rows: they
//! are as the catalogue describes them. A row leaves the list with its test.

use super::Catalogue;

const CATALOGUE: Catalogue = Catalogue {
    document: "docs/faults.md",
    prefix: "FLT",
    without_test: &[(
        "open: backup, restore, and more keys than one list",
        &[34, 41, 42],
    )],
    partly: &[(
        64,
        "keys in locked memory: the ciphers of libraries keep keys on their own heap, so memory is protected as a whole, and swap by the operator",
    )],
};

#[test]
fn every_fault_has_a_test_or_a_reason() {
    CATALOGUE.check();
}
