//! What it means that the server refuses.

use crate::Kmip;
use crate::server::Profile;
use claviger_kmip::{Attributes, DECRYPT, ENCRYPT, Reason, Refusal, state};
use claviger_sdk::{Error, FailureKind};
use std::collections::BTreeMap;

/// What was to be done with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    Encrypt,
    Decrypt,
}

/// What Get Attributes says of keys, once for each.
pub(crate) type Seen = BTreeMap<String, Result<Attributes, Error>>;

/// What a refusal means that is nobody's fault in particular.
pub(crate) fn refused(refusal: &Refusal) -> Error {
    let text = || format!("the server refuses it: {refusal}");
    let error = match refusal.reason {
        reason if reason.is_not_found() => Error::key_not_found(),
        Reason::USAGE_LIMIT_EXCEEDED | Reason::SERVER_LIMIT_EXCEEDED => Error::throttling(text()),
        Reason::OBJECT_ARCHIVED => Error::invalid_state("the key is archived"),
        Reason::OPERATION_NOT_SUPPORTED | Reason::FEATURE_NOT_SUPPORTED => {
            Error::unsupported_operation(text())
        }
        _ => Error::internal(text()),
    };
    error.with_code(refusal.reason.0)
}

impl Kmip {
    /// Why the server does not use a key. Servers give the same reason for a state, a
    /// usage mask and a client that do not fit, so the key's attributes tell.
    pub(crate) fn why(
        &self,
        profile: Profile,
        (use_of, identifier): (Use, &str),
        refusal: &Refusal,
        now: u64,
        seen: &mut Seen,
    ) -> Error {
        let of_the_key = matches!(
            refusal.reason,
            Reason::ILLEGAL_OPERATION
                | Reason::PERMISSION_DENIED
                | Reason::INCOMPATIBLE_USAGE_MASK
                | Reason::NOT_AUTHORISED
                | Reason::WRONG_STATE
        );
        if !of_the_key && !refusal.reason.is_not_found() {
            return refused(refusal);
        }
        if !seen.contains_key(identifier) {
            let attributes = self.attributes(profile.version, identifier);
            seen.insert(identifier.to_owned(), attributes);
        }
        let error = match seen.get(identifier) {
            Some(Ok(attributes)) => told_by(attributes, use_of, refusal, now),
            // It was there a moment ago.
            Some(Err(error)) if error.kind == FailureKind::KeyNotFound => match use_of {
                Use::Encrypt => Error::stale_key("it is gone since it was looked up"),
                Use::Decrypt => Error::key_not_found(),
            },
            Some(Err(error)) => return error.clone(),
            None => refused(refusal),
        };
        error.with_code(refusal.reason.0)
    }
}

fn told_by(attributes: &Attributes, use_of: Use, refusal: &Refusal, now: u64) -> Error {
    if let Some(state) = attributes.state
        && state != state::ACTIVE
    {
        return Error::invalid_state(format!("the key is {}", name_of(state)));
    }
    let bit = match use_of {
        Use::Encrypt => ENCRYPT,
        Use::Decrypt => DECRYPT,
    };
    if !attributes.permits(bit) {
        return Error::invalid_key_usage("the key's usage mask does not permit it");
    }
    let now = i64::try_from(now / 1000).unwrap_or(i64::MAX);
    let outside_its_dates = match use_of {
        Use::Encrypt => attributes.protect_stop.is_some_and(|stop| stop <= now),
        Use::Decrypt => attributes.process_start.is_some_and(|start| start > now),
    };
    if outside_its_dates {
        return Error::invalid_state("the key's dates do not permit it now");
    }
    if matches!(
        refusal.reason,
        Reason::WRONG_STATE | Reason::ILLEGAL_OPERATION
    ) {
        return Error::invalid_state(format!("the server refuses it: {refusal}"));
    }
    Error::internal(format!(
        "the server does not permit it to this client: {refusal}"
    ))
}

/// A State in words.
pub(crate) fn name_of(state: u32) -> String {
    let name = match state {
        state::PRE_ACTIVE => "pre-active",
        state::ACTIVE => "active",
        state::DEACTIVATED => "deactivated",
        state::COMPROMISED => "compromised",
        state::DESTROYED | state::DESTROYED_COMPROMISED => "destroyed",
        other => return format!("in state {other}"),
    };
    name.to_owned()
}
