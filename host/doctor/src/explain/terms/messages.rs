//! Messages: those of outcomes of a call to the proxy, and others.

use claviger_xks_client::outcome::Outcome;

use super::super::causes::{
    self, Cause, KMS_KEY_ABSENT, KMS_KEY_DISABLED, KMS_KEY_NOT_PENDING, KMS_KEY_PENDING_DELETION,
    NOT_CONNECTED, NOT_FOR_KEY_STORES, OTHER_KMS_KEY, WRONG_FORM,
};
use super::{Kind, Term};

/// The message of an outcome as a term.
pub(crate) fn of_outcome(outcome: Outcome) -> Term {
    Term {
        name: outcome.text(),
        kind: Kind::Message,
        from: "KMSInvalidStateException of the cryptographic operations; exceptions of key stores",
        meaning: outcome.summary(),
        causes: causes::of_outcome(outcome),
        note: "",
    }
}

const fn message(
    name: &'static str,
    from: &'static str,
    meaning: &'static str,
    causes: &'static [&'static Cause],
) -> Term {
    Term {
        name,
        kind: Kind::Message,
        from,
        meaning,
        causes,
        note: "",
    }
}

/// Messages of AWS KMS's own, by the part that does not vary. A later one that fits is
/// not looked at: ` is not pending deletion` stands before ` is pending deletion`.
pub(super) static ALL: [Term; 8] = [
    message(
        " is not pending deletion",
        "CancelKeyDeletion, KMSInvalidStateException",
        "the KMS key is not pending deletion",
        &[&KMS_KEY_NOT_PENDING],
    ),
    message(
        " is pending deletion",
        "KMSInvalidStateException",
        "the KMS key is pending deletion",
        &[&KMS_KEY_PENDING_DELETION],
    ),
    message(
        " is unavailable",
        "KMSInvalidStateException of the cryptographic operations",
        "the KMS key's key store is not connected; the proxy was not called",
        &[&NOT_CONNECTED],
    ),
    message(
        " is disabled",
        "DisabledException",
        "the KMS key is disabled in AWS KMS; the proxy was not called",
        &[&KMS_KEY_DISABLED],
    ),
    message(
        "The key ID in the request does not identify a CMK",
        "IncorrectKeyException",
        "the ciphertext is of another KMS key",
        &[&OTHER_KMS_KEY],
    ),
    message(
        "does not exist",
        "NotFoundException",
        "there is no such KMS key",
        &[&KMS_KEY_ABSENT],
    ),
    message(
        "which is not valid for this operation",
        "UnsupportedOperationException",
        "keys of this origin do not have the operation",
        &[&NOT_FOR_KEY_STORES],
    ),
    message(
        "validation error detected",
        "ValidationException",
        "a parameter does not have the form of the API",
        &[&WRONG_FORM],
    ),
];
