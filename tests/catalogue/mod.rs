//! The catalogues in `docs/`: which of their rows have a test, and why the others
//! have none.

use std::collections::BTreeSet;
use std::path::Path;

use crate::documents::files;
use crate::harness::guests::repository;

mod faults;
mod requirements;

/// A numbered list of what has to hold.
struct Catalogue {
    /// Where it is.
    document: &'static str,
    /// What its rows are called: `XKS` for XKS-071 and tests named `xks_071_…`.
    prefix: &'static str,
    /// Why rows have no test: each reason with its rows.
    without_test: &'static [(&'static str, &'static [u32])],
    /// Rows that have tests, and a part of them that these leave out.
    partly: &'static [(u32, &'static str)],
}

impl Catalogue {
    /// Panics with every disagreement between the document, the tests and the reasons.
    fn check(&self) {
        let text = std::fs::read_to_string(repository().join(self.document)).unwrap();
        let rows = rows(&text, self.prefix);
        let faults = self.faults(&rows, &tested(self.prefix));
        assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    }

    fn faults(&self, rows: &[u32], tested: &BTreeSet<u32>) -> Vec<String> {
        let mut faults = Vec::new();
        let mut fault = |row: u32, what: &str| {
            let name = format!("{}-{row:02}", self.prefix);
            faults.push(format!("{name} {what}"));
        };
        let mut there = BTreeSet::new();
        for &row in rows {
            if !there.insert(row) {
                fault(row, "has two rows");
            }
        }
        let mut reasons = BTreeSet::new();
        for &(reason, rows) in self.without_test {
            for &row in rows {
                if !reasons.insert(row) {
                    fault(row, "is listed twice");
                }
                if tested.contains(&row) {
                    fault(
                        row,
                        &format!("has a test and a reason to have none: {reason}"),
                    );
                }
            }
        }
        for &(row, part) in self.partly {
            if !tested.contains(&row) {
                fault(
                    row,
                    &format!("has no test at all, not only none for: {part}"),
                );
            }
        }
        for &row in there.difference(tested) {
            if !reasons.contains(&row) {
                fault(row, "has neither a test nor a reason to have none");
            }
        }
        for &row in tested.union(&reasons) {
            if !there.contains(&row) {
                fault(row, &format!("is not in {}", self.document));
            }
        }
        faults
    }
}

/// The numbers of a document's rows: of table lines whose first cell is `XKS-071`.
fn rows(markdown: &str, prefix: &str) -> Vec<u32> {
    let rows: Vec<u32> = markdown
        .lines()
        .filter_map(|line| line.strip_prefix('|')?.split('|').next())
        .filter_map(|cell| cell.trim().strip_prefix(prefix)?.strip_prefix('-'))
        .map(|number| number.parse().expect("the number of a row"))
        .collect();
    assert!(!rows.is_empty(), "no row of {prefix}");
    rows
}

/// The numbers in the names of all tests, such as 71 in `xks_071_…`.
fn tested(prefix: &str) -> BTreeSet<u32> {
    let mut rows = BTreeSet::new();
    for folder in ["host", "sdk", "plugins", "tests"] {
        for path in files(&repository().join(folder), "rs") {
            rows.extend(tested_in(&path, prefix));
        }
    }
    rows
}

fn tested_in(path: &Path, prefix: &str) -> Vec<u32> {
    let source = std::fs::read_to_string(path).expect("a readable source");
    source
        .split(&format!("fn {}_", prefix.to_lowercase()))
        .skip(1)
        .filter_map(|rest| rest.split_once('_')?.0.parse().ok())
        .collect()
}

#[test]
fn names_of_tests_are_read() {
    let rows = tested_in(&repository().join("tests/catalogue/mod.rs"), "XKS");
    assert!(rows.is_empty(), "{rows:?}");
    let rows = tested_in(&repository().join("tests/uri.rs"), "XKS");
    assert!(rows.contains(&1) && rows.contains(&11), "{rows:?}");
}

#[test]
fn rows_of_a_document_are_read() {
    let text = "See XKS-009.\n|ID|Area|\n|---|---|\n|XKS-001|a|\n| XKS-012 | XKS-013 |\n";
    assert_eq!(rows(text, "XKS"), [1, 12]);
}

#[test]
fn every_disagreement_with_a_catalogue_is_a_fault() {
    let catalogue = Catalogue {
        document: "docs/list.md",
        prefix: "ABC",
        without_test: &[("why", &[1, 2, 2]), ("because", &[9])],
        partly: &[(3, "the rest")],
    };
    let faults = catalogue.faults(&[1, 2, 3, 4, 4, 5], &BTreeSet::from([1, 5, 8]));
    assert_eq!(
        faults,
        [
            "ABC-04 has two rows",
            "ABC-01 has a test and a reason to have none: why",
            "ABC-02 is listed twice",
            "ABC-03 has no test at all, not only none for: the rest",
            "ABC-03 has neither a test nor a reason to have none",
            "ABC-04 has neither a test nor a reason to have none",
            "ABC-08 is not in docs/list.md",
            "ABC-09 is not in docs/list.md",
        ]
    );
}
