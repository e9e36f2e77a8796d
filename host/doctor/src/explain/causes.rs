//! What can be the matter, how to tell, and what to do.

mod answers;
mod cloud_hsm;
mod connection;
mod endpoint_service;
mod key_stores;
mod keys;

use claviger_xks_client::outcome::Outcome;

use crate::catalogue::Check;

pub(super) use answers::*;
pub(super) use cloud_hsm::*;
pub(super) use connection::*;
pub(super) use endpoint_service::*;
pub(super) use key_stores::*;
pub(super) use keys::*;

/// One cause of an exception, a code or a message.
#[derive(Debug, PartialEq, Eq)]
pub struct Cause {
    /// What is the matter, as a sentence without a full stop.
    pub what: &'static str,
    /// How to tell it from the others.
    pub tell: &'static str,
    /// What to do.
    pub fix: &'static str,
    /// The checks that find it.
    pub checks: &'static [&'static Check],
}

/// The causes of an outcome of a call, the likeliest first.
pub(super) fn of_outcome(outcome: Outcome) -> &'static [&'static Cause] {
    match outcome {
        Outcome::Validation => const { &[&TOO_STRICT] },
        Outcome::Malformed => {
            const {
                &[
                    &SOMETHING_ELSE_ANSWERS,
                    &MALFORMED_ERROR,
                    &MALFORMED_HEALTH,
                    &PLAIN_HTTP,
                    &MALFORMED_CIPHERTEXT,
                ]
            }
        }
        Outcome::InvalidState => const { &[&KEY_DISABLED, &KEY_STORE_DISABLED] },
        Outcome::InvalidCiphertext => {
            const {
                &[
                    &OTHER_ENCRYPTION_CONTEXT,
                    &DAMAGED_CIPHERTEXT,
                    &KEY_VERSION_GONE,
                    &OTHER_FRAMING,
                ]
            }
        }
        Outcome::InnerLayer => const { &[&OTHER_BYTES, &OTHER_ENCRYPTION_CONTEXT] },
        Outcome::InvalidKeyUsage | Outcome::KeyUsage => const { &[&KEY_LACKS_USAGE] },
        Outcome::AuthenticationFailed => const { &[&OTHER_CREDENTIAL, &CLOCK, &HOST_CHANGED] },
        Outcome::AccessDenied => {
            const { &[&POLICY_DENIES, &HEALTH_BEHIND_POLICY, &ADDRESS_DENIED] }
        }
        Outcome::KeyNotFound => const { &[&KEY_ID_WRONG, &KEY_GONE] },
        Outcome::InvalidUriPath => const { &[&OTHER_PATH, &PATH_CHANGED] },
        Outcome::Throttling => const { &[&TOO_MANY_REQUESTS] },
        Outcome::Internal => const { &[&KEY_MANAGER_FAILS] },
        Outcome::UnsupportedOperation => const { &[&TOO_SMALL_LIMITS] },
        Outcome::DependencyTimeout => const { &[&KEY_MANAGER_SLOW] },
        Outcome::NotReachable => {
            const {
                &[
                    &NOBODY_ON_443,
                    &NO_HEALTHY_TARGET,
                    &NO_ADDRESS,
                    &OTHER_ENDPOINT,
                    &ENDPOINT_NOT_ACCEPTED,
                    &SECURITY_GROUP,
                ]
            }
        }
        Outcome::NoTls => {
            const {
                &[
                    &CHAIN_INCOMPLETE,
                    &CERTIFICATE_EXPIRED,
                    &NAME_DIFFERS,
                    &ROOT_NOT_LISTED,
                    &NO_COMMON_SUITE,
                    &CLIENT_CERTIFICATE_WANTED,
                ]
            }
        }
        Outcome::TimedOut => {
            const {
                &[
                    &PROXY_SLOW,
                    &TOO_FAR,
                    &ZONE_WITHOUT_TARGET,
                    &KEY_MANAGER_SLOW,
                ]
            }
        }
        Outcome::AllUnavailable => const { &[&ALL_KEY_MANAGERS_UNAVAILABLE] },
        Outcome::KeySpec => const { &[&KEY_NOT_AES_256] },
        Outcome::KeyStatus => const { &[&KEY_DISABLED] },
        Outcome::IntegrityValue => const { &[&INTEGRITY_VALUE_WRONG] },
        Outcome::NotConnected => const { &[&NOT_CONNECTED] },
    }
}
