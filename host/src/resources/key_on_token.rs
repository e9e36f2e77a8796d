//! The key of a token that opens a storage, and what is said when it does not.

use std::time::{Duration, Instant};

use claviger_config::KeyOnToken;
use claviger_settings::Fault;

use super::absence::Unopened;
use super::{Absence, Tokens};
use crate::pkcs11::{TokenFault, WrappingFault, WrappingKey};
use crate::words::Deadline;

/// How long the start waits for what the token does with the key.
const PATIENCE: Duration = Duration::from_secs(10);

/// Finds the key.
pub(super) async fn find(key: &KeyOnToken, tokens: &Tokens) -> Result<WrappingKey, Unopened> {
    let Some(token) = tokens.by_name(&key.token) else {
        let absent = tokens.absence(&key.token).cloned();
        return Err(absent.map_or(Unopened::Reported, Unopened::Absent));
    };
    let deadline = Deadline::after(Instant::now(), PATIENCE);
    WrappingKey::find(token, &key.label, deadline)
        .await
        .map_err(|fault| unopened(key, &fault, tokens.trouble(&key.token)))
}

/// The fault of a key, or the absence of its token.
pub(super) fn unopened(key: &KeyOnToken, fault: &WrappingFault, trouble: Option<&str>) -> Unopened {
    let report = report(key, fault, trouble);
    match fault {
        WrappingFault::Token(
            TokenFault::StaleKey
            | TokenFault::Throttled
            | TokenFault::Deadline
            | TokenFault::Unavailable,
        ) => Unopened::Absent(Absence {
            fault: report,
            file: None,
        }),
        _ => Unopened::Fault(report),
    }
}

/// The fault of a key; `trouble` is what its token said when it was opened.
fn report(key: &KeyOnToken, fault: &WrappingFault, trouble: Option<&str>) -> Fault {
    const UNSUITABLE: &str = "make one of AES-256 with CKA_ENCRYPT and CKA_DECRYPT for it alone: \
                              pkcs11-tool --keygen --key-type AES:32";
    let mut problem = fault.to_string();
    let (setting, fix) = match fault {
        WrappingFault::NoKey => (
            ".label",
            "name the key that the storage was made with; for a new storage, make one: \
             pkcs11-tool --keygen --key-type AES:32",
        ),
        WrappingFault::SeveralKeys(_) => (".label", "give each key a label of its own"),
        WrappingFault::NotAes256 | WrappingFault::NotPermitted => (".label", UNSUITABLE),
        WrappingFault::Refused => (
            ".label",
            "name the token and key that the storage was made with; \
             if they are the same, the file is damaged: put back a copy",
        ),
        WrappingFault::NotReversible | WrappingFault::Token(TokenFault::Invalid(_)) => {
            let path = format!("tokens.{}.profile", key.token);
            return Fault::new(path, problem, "name the kind of HSM that the token is in");
        }
        WrappingFault::Random => ("", "find out why the operating system has no random bytes"),
        WrappingFault::Token(TokenFault::Failed(_)) => (
            "",
            "look the return value up in the vendor's documentation; \
             the token's `profile` may be that of another kind of HSM",
        ),
        WrappingFault::Token(
            TokenFault::AuthenticationFailed
            | TokenFault::StaleKey
            | TokenFault::Throttled
            | TokenFault::Deadline
            | TokenFault::Unavailable,
        ) => {
            if let Some(trouble) = trouble {
                problem = format!("{problem}: {trouble}");
            }
            (
                ".token",
                "make the token reachable: the storage cannot be opened without it",
            )
        }
    };
    Fault::new(format!("{}{setting}", key.table_path), problem, fix)
}
