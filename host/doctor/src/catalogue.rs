//! The table of all checks.
//!
//! A check is a `static` named by its id: [`V07`]. The program's texts and the page
//! of documents are made from it, so that they cannot differ.

mod authentication;
mod cryptography;
mod endpoint_service;
mod health;
mod key_metadata;
mod key_stores;
mod load_balancer;
mod network;
mod other;
mod protocol;
mod tls;
mod values;

pub use authentication::{A01, A02, A03, A04, A05};
pub use cryptography::{E01, E02, E03, E04, E05, E06, E07};
pub use endpoint_service::{V01, V02, V03, V04, V05, V06, V07, V08, V09, V10, V11, V12, V13, V14};
pub use health::{H01, H02, H03, H04, H05};
pub use key_metadata::{M01, M02, M03};
pub use key_stores::{K01, K02, K03, K04};
pub use load_balancer::{V15, V16, V17, V18, V19, V20};
pub use network::{N01, N02, N03};
pub use other::{X01, X02};
pub use protocol::{P01, P02};
pub use tls::{T01, T02, T03, T04, T05, T06, T07};
pub use values::{C01, C02};

use crate::becomes::Becomes;

/// One check.
#[derive(Debug, PartialEq, Eq)]
pub struct Check {
    /// A letter for the subject and two digits: `V07`.
    pub id: &'static str,
    /// What holds when the check is ok, as a sentence of at most 70 characters
    /// without a full stop.
    pub title: &'static str,
    /// The worst verdict that it gives.
    pub severity: Severity,
    /// What is sent to the proxy, or read from a file.
    pub looks_at: &'static str,
    /// What AWS KMS answers when the check fails; several when it depends.
    pub becomes: &'static [Becomes],
    /// What to do, as one command where there is one; words in capitals stand for
    /// values.
    pub fix: &'static str,
    /// What the page of documents says further; paragraphs separated by blank lines.
    pub more: &'static str,
}

/// How bad it is when a check does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is wrong with any answer; it is good to know.
    Information,
    /// It will hurt.
    Warning,
    /// AWS KMS will fail, or the keys are not safe.
    Failure,
}

/// All checks, in the order in which they run and are listed.
pub static ALL: [&Check; 60] = [
    &C01, &C02, &N01, &N02, &N03, &T01, &T02, &T03, &T04, &T05, &T06, &T07, &H01, &H02, &H03, &H04,
    &H05, &A01, &A02, &A03, &A04, &A05, &P01, &P02, &M01, &M02, &M03, &E01, &E02, &E03, &E04, &E05,
    &E06, &E07, &K01, &K02, &K03, &K04, &V01, &V02, &V03, &V04, &V05, &V06, &V07, &V08, &V09, &V10,
    &V11, &V12, &V13, &V14, &V15, &V16, &V17, &V18, &V19, &V20, &X01, &X02,
];

/// The check of this id, whatever its case.
pub fn find(id: &str) -> Option<&'static Check> {
    ALL.iter()
        .copied()
        .find(|check| check.id.eq_ignore_ascii_case(id))
}
