//! What to do about what a proxy answers: one command or one act for each outcome.

use claviger_xks::uri::{Api, ExternalKeyId};
use claviger_xks_client::outcome::Outcome;

use super::session::Session;
use crate::finding::Finding;

/// What a health report of Claviger says of its vendor.
const CLAVIGER: &str = "Claviger";

/// What helps whichever API is answered so; none where it depends on the API.
pub(super) const fn of_any(outcome: Outcome) -> Option<&'static str> {
    Some(match outcome {
        Outcome::TimedOut => "see the proxy's log and its load, and start it again",
        Outcome::NotReachable => "see the proxy's log: it no longer takes connections",
        Outcome::Throttling => "raise the proxy's limit of requests",
        Outcome::Internal | Outcome::DependencyTimeout => {
            "see the proxy's log, and repair its way to the key manager"
        }
        _ => return None,
    })
}

/// What helps against the refusal of a call with a key.
pub(super) struct OfKey<'a> {
    pub(super) key: &'a ExternalKeyId,
    /// The proxy is Claviger, or nothing is known of it: it takes `claviger key`.
    pub(super) claviger: bool,
    /// Nobody said for whom the proxy's policy is asked.
    pub(super) made_up_caller: bool,
    /// Nobody said for which KMS key.
    pub(super) made_up_kms_key: bool,
}

impl<'a> OfKey<'a> {
    pub(super) fn new(session: &Session, key: &'a ExternalKeyId) -> Self {
        let vendor = session.vendor.as_deref();
        Self {
            key,
            claviger: vendor.is_none_or(|vendor| vendor == CLAVIGER),
            made_up_caller: session.has_made_up_caller(),
            made_up_kms_key: session.has_made_up_kms_key(),
        }
    }

    /// The finding with the fix for this outcome, or with that of the catalogue.
    pub(super) fn put(&self, finding: Finding, api: Api, outcome: Outcome) -> Finding {
        match self.of(api, outcome) {
            Some(fix) => finding.fix(&fix),
            None => finding,
        }
    }

    /// None where the catalogue's fix is the right one.
    pub(super) fn of(&self, api: Api, outcome: Outcome) -> Option<String> {
        let metadata = matches!(api, Api::GetKeyMetadata);
        let fix = match outcome {
            Outcome::KeyNotFound if metadata => {
                return Some(self.by_key_manager("create", "correct the id, or make the key"));
            }
            Outcome::InvalidState | Outcome::KeyStatus => {
                return Some(self.by_key_manager("enable", "enable the key"));
            }
            Outcome::KeySpec => {
                return Some(self.by_key_manager("create", "make another key, AES of 256 bits,"));
            }
            Outcome::KeyUsage | Outcome::InvalidKeyUsage => {
                "let the key encrypt and decrypt, in the key manager"
            }
            Outcome::AccessDenied if metadata && self.made_up_caller => {
                "say whom the proxy's policy allows: --principal ARN"
            }
            Outcome::AccessDenied if !metadata && (self.made_up_caller || self.made_up_kms_key) => {
                "say what the proxy's policy allows: --principal ARN --kms-key-arn ARN"
            }
            Outcome::AccessDenied if metadata => {
                "let the proxy's policy allow CreateKey, for which AWS KMS has no kmsKeyArn yet"
            }
            Outcome::AccessDenied => "let the proxy's policy allow this caller and this key",
            Outcome::Validation if metadata => {
                "report it to the vendor of the proxy: CreateKey has no kmsKeyArn"
            }
            Outcome::AuthenticationFailed => {
                "report it to the vendor of the proxy: it takes the signature of other requests"
            }
            Outcome::UnsupportedOperation => {
                "update the proxy: it has to take 4300 bytes of plaintext and 8192 of AAD"
            }
            Outcome::Validation
            | Outcome::InvalidUriPath
            | Outcome::KeyNotFound
            | Outcome::Malformed => "report it to the vendor of the proxy",
            other => of_any(other)?,
        };
        Some(fix.to_owned())
    }

    /// A command of Claviger, or else `what` is to be done in another key manager.
    fn by_key_manager(&self, verb: &str, what: &str) -> String {
        if self.claviger {
            let key = self.key;
            format!("claviger key {verb} --config FILE --key-store NAME {key}")
        } else {
            format!("{what} in the key manager")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fix(api: Api, outcome: Outcome, claviger: bool, made_up: bool) -> Option<String> {
        let key = "demo".parse().unwrap();
        let fixes = OfKey {
            key: &key,
            claviger,
            made_up_caller: made_up,
            made_up_kms_key: made_up,
        };
        fixes.of(api, outcome)
    }

    #[test]
    fn what_claviger_can_do_is_a_command_and_other_key_managers_are_not_given_it() {
        for (outcome, command) in [
            (Outcome::KeyNotFound, "claviger key create "),
            (Outcome::InvalidState, "claviger key enable "),
            (Outcome::KeyStatus, "claviger key enable "),
        ] {
            let fix = |claviger| fix(Api::GetKeyMetadata, outcome, claviger, false).unwrap();
            assert!(fix(true).starts_with(command), "{}", fix(true));
            assert!(fix(true).ends_with(" demo"), "{}", fix(true));
            assert!(!fix(false).contains("claviger"), "{}", fix(false));
        }
    }

    #[test]
    fn a_policy_that_denies_a_made_up_caller_need_not_be_changed() {
        for api in [Api::GetKeyMetadata, Api::Encrypt] {
            let fix = |made_up| fix(api, Outcome::AccessDenied, true, made_up).unwrap();
            assert!(fix(true).contains("--principal"), "{}", fix(true));
            assert!(fix(false).contains("policy allow"), "{}", fix(false));
        }
    }

    #[test]
    fn only_lost_bytes_are_a_reason_to_stop_using_a_proxy() {
        for outcome in Outcome::ALL {
            let lost = matches!(
                outcome,
                Outcome::InnerLayer
                    | Outcome::InvalidCiphertext
                    | Outcome::IntegrityValue
                    | Outcome::AllUnavailable
                    | Outcome::NoTls
                    | Outcome::NotConnected
            );
            let fix = fix(Api::Encrypt, outcome, true, false);
            assert_eq!(fix.is_none(), lost, "{outcome:?}: {fix:?}");
        }
    }
}
