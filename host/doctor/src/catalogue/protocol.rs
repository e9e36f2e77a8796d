//! P: what every API has in common.

use super::{Check, Severity};
use crate::becomes::Becomes;
use claviger_xks_client::outcome::Outcome;

/// What is unknown.
pub static P01: Check = Check {
    id: "P01",
    title: "Unknown operations, unknown members and long values are taken",
    severity: Severity::Failure,
    looks_at: "requests with an unknown kmsOperation, unknown members, an ARN of 2048 \
               characters and a kmsRequestId of no known form",
    becomes: &[Becomes::Call(Outcome::Validation)],
    fix: "report it to the vendor of the proxy",
    more: "\
AWS KMS may add operations and members at any time, and the specification asks proxies to \
ignore what they do not know. A proxy that refuses them works until the day of the change, \
and then none of its keys does.",
};

/// Errors.
pub static P02: Check = Check {
    id: "P02",
    title: "Every error has a name, its status, and a short plain message",
    severity: Severity::Failure,
    looks_at: "every error that the other checks provoke: status, Content-Type, errorName, \
               errorMessage",
    becomes: &[Becomes::Call(Outcome::Malformed)],
    fix: "report it to the vendor of the proxy",
    more: "\
An error is JSON with errorName and, optionally, errorMessage of at most 511 printable ASCII \
characters, and the status is the one that the specification pairs with the name. Whatever \
differs is for AWS KMS a response that it cannot interpret, and the cause is lost.",
};
