//! E02: the lengths of what Encrypt answers.

use claviger_xks::uri::ExternalKeyId;
use claviger_xks_client::answer::{Failure, MalformedAnswer};

use crate::catalogue::E02;
use crate::finding::Finding;

/// Whether a failure of Encrypt is one of its answer's members.
pub(super) const fn is_of_members(failure: &Failure) -> bool {
    matches!(
        failure,
        Failure::Malformed(
            MalformedAnswer::Missing(_)
                | MalformedAnswer::Type { .. }
                | MalformedAnswer::Base64(_)
                | MalformedAnswer::Length { .. }
        )
    )
}

pub(super) fn judge(key: &ExternalKeyId, fault: Option<&String>, answers: usize) -> Finding {
    match (fault, answers) {
        (Some(fault), _) => Finding::failure(&E02, key.as_str(), fault),
        (None, 0) => Finding::skipped(&E02, "nothing was encrypted"),
        (None, answers) => Finding::ok(&E02, key.as_str(), &format!("{answers} answers")),
    }
}
