//! Messages that several operations have.
//!
//! Those marked "recorded" are AWS's own, as seen in its answers. AWS publishes
//! none for the exceptions of custom key stores: what stands here for those says
//! what their documentation says, in other words.

use crate::exception::{Exception, ExceptionName};
use crate::names::KeyStoreId;

/// Recorded.
pub(super) fn key_not_found(arn: &str) -> Exception {
    Exception::new(
        ExceptionName::NotFound,
        format!("Key '{arn}' does not exist"),
    )
}

/// Recorded.
pub(super) fn alias_not_found(arn: &str) -> Exception {
    Exception::new(
        ExceptionName::NotFound,
        format!("Alias {arn} is not found."),
    )
}

/// Recorded.
pub(super) fn disabled(arn: &str) -> Exception {
    Exception::new(ExceptionName::Disabled, format!("{arn} is disabled."))
}

/// Recorded.
pub(super) fn pending_deletion(arn: &str) -> Exception {
    invalid_state(format!("{arn} is pending deletion."))
}

/// In the key state table of the developer guide.
pub(super) fn unavailable(arn: &str) -> Exception {
    invalid_state(format!("{arn} is unavailable."))
}

/// Recorded.
pub(super) fn not_pending_deletion(arn: &str) -> Exception {
    invalid_state(format!("{arn} is not pending deletion."))
}

/// Recorded.
pub(super) fn dry_run() -> Exception {
    Exception::new(
        ExceptionName::DryRunOperation,
        "The request would have succeeded, but the DryRun option is set.",
    )
}

/// Recorded.
pub(super) fn incorrect_key() -> Exception {
    Exception::new(
        ExceptionName::IncorrectKey,
        "The key ID in the request does not identify a CMK that can perform this operation.",
    )
}

/// Recorded: without a message.
pub(super) const fn invalid_ciphertext() -> Exception {
    Exception::silent(ExceptionName::InvalidCiphertext)
}

/// Recorded of other origins.
pub(super) fn origin_not_valid(arn: &str, origin: &str) -> Exception {
    Exception::unsupported(format!(
        "{arn} origin is {origin} which is not valid for this operation."
    ))
}

pub(super) fn key_store_not_found(id: &str) -> Exception {
    Exception::new(
        ExceptionName::CustomKeyStoreNotFound,
        format!("There is no custom key store with the ID {id} in this account and Region."),
    )
}

pub(super) fn key_store_name_not_found(name: &str) -> Exception {
    Exception::new(
        ExceptionName::CustomKeyStoreNotFound,
        format!("There is no custom key store with the name {name} in this account and Region."),
    )
}

pub(super) fn key_store_state(id: &KeyStoreId, state: &str, operation: &str) -> Exception {
    Exception::new(
        ExceptionName::CustomKeyStoreInvalidState,
        format!(
            "The connection state of the custom key store {id} is {state}, which is not valid \
             for {operation}."
        ),
    )
}

/// Nobody is told why the service itself fails; its log says so.
pub const fn internal() -> Exception {
    Exception::silent(ExceptionName::KmsInternal)
}

fn invalid_state(message: String) -> Exception {
    Exception::new(ExceptionName::KmsInvalidState, message)
}
