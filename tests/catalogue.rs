//! Which requirements of the catalogue have a test, and why the others have none.

use std::collections::BTreeSet;
use std::path::Path;

use crate::documents::files;
use crate::harness::guests::repository;

/// The requirements are XKS-001 to XKS-137.
const LAST: u32 = 137;

/// Requirements that no test of this repository checks.
const WITHOUT_TEST: [(u32, &str); 6] = [
    (
        16,
        "deployment: the certificate of a public authority; `claviger dev` has its own",
    ),
    (22, "deployment: what a load balancer does in front"),
    (123, "later work: credentials are read at the start"),
    (124, "later work: the procedure needs XKS-123"),
    (133, "a rate: the load comparison measures it"),
    (
        136,
        "deployment: the distance between AWS Region and key manager",
    ),
];

/// Requirements that have tests, and a part of them that these leave out.
const PARTLY: [(u32, &str); 7] = [
    (
        3,
        "deployment: the endpoint's DNS name and port 443 are not in the configuration",
    ),
    (
        21,
        "may: without a certificate TLS 1.3 has an alert of its own, certificate_required",
    ),
    (23, "later work: certificates are read at the start"),
    (
        42,
        "deployment: what a front proxy does; only its consequence is tested",
    ),
    (
        105,
        "a head that HTTP itself refuses is answered by the HTTP library, without a body",
    ),
    (132, "later work: a request quota for each key store"),
    (
        137,
        "half a head is cut off with the idle connection, after more time than a test has",
    ),
];

#[test]
fn every_requirement_has_a_test_or_a_reason() {
    let tested = tested();
    let mut faults = Vec::new();
    let mut reasons = BTreeSet::new();
    for (row, reason) in WITHOUT_TEST {
        assert!((1..=LAST).contains(&row) && !reason.is_empty());
        if !reasons.insert(row) {
            faults.push(format!("XKS-{row:03} is listed twice"));
        }
        if tested.contains(&row) {
            faults.push(format!(
                "XKS-{row:03} has a test and a reason to have none: {reason}"
            ));
        }
    }
    for (row, part) in PARTLY {
        if !tested.contains(&row) {
            faults.push(format!(
                "XKS-{row:03} has no test at all, not only none for: {part}"
            ));
        }
    }
    for row in 1..=LAST {
        if !tested.contains(&row) && !reasons.contains(&row) {
            faults.push(format!(
                "XKS-{row:03} has neither a test nor a reason to have none"
            ));
        }
    }
    faults.extend(
        tested
            .iter()
            .filter(|row| !(1..=LAST).contains(*row))
            .map(|row| format!("a test checks XKS-{row:03}, which does not exist")),
    );
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// The numbers in the names of all tests, such as 71 in `xks_071_…`.
fn tested() -> BTreeSet<u32> {
    let mut rows = BTreeSet::new();
    for folder in ["host", "sdk", "plugins", "tests"] {
        for path in files(&repository().join(folder), "rs") {
            rows.extend(rows_in(&path));
        }
    }
    rows
}

fn rows_in(path: &Path) -> Vec<u32> {
    let source = std::fs::read_to_string(path).expect("a readable source");
    source
        .split(concat!("fn ", "xks_"))
        .skip(1)
        .filter_map(|rest| rest.split_once('_')?.0.parse().ok())
        .collect()
}

#[test]
fn names_of_tests_are_read() {
    let rows = rows_in(&repository().join("tests/catalogue.rs"));
    assert!(rows.is_empty(), "{rows:?}");
    let rows = rows_in(&repository().join("tests/uri.rs"));
    assert!(rows.contains(&1) && rows.contains(&11), "{rows:?}");
}
