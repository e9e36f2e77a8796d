//! The faults that were seen when Claviger was attacked and operated.
//!
//! A reason that begins with `open` names the work that is to correct its rows: they
//! are as the catalogue describes them. A row leaves the list with its test.

use super::Catalogue;

const CATALOGUE: Catalogue = Catalogue {
    document: "docs/faults.md",
    prefix: "FLT",
    without_test: &[
        (
            "open: backup, restore, and more keys than one list",
            &[34, 41, 42],
        ),
        (
            "open: what `claviger check` says of configurations and certificates",
            &[43, 82, 85],
        ),
        (
            "open: the contract and tools that plugin authors need",
            &[90, 91, 92, 93, 94, 97],
        ),
        ("open: each policy's part in the audit record", &[96]),
    ],
    partly: &[
        (
            73,
            "open: readiness by storages, tokens and connections; the audit log's and the clock's are there",
        ),
        (
            95,
            "open: digests in the start line; the status and the metrics have them",
        ),
        (
            64,
            "keys in locked memory: the ciphers of libraries keep keys on their own heap, so memory is protected as a whole, and swap by the operator",
        ),
        (
            84,
            "open: MemoryDenyWriteExecute, whose cause only the loading of components sees",
        ),
    ],
};

#[test]
fn every_fault_has_a_test_or_a_reason() {
    CATALOGUE.check();
}
