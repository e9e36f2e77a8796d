//! The message texts that callers of AWS KMS read.

use super::Outcome;

/// What stands for a value of the external key in three of the texts.
const KEY_SPEC: &str = "<key-spec>";
const KEY_STATUS: &str = "<status>";
const KEY_USAGE: &str = "<key-usage>";

impl Outcome {
    /// The message that callers of AWS KMS read, in the wording of the developer
    /// guide, which is the one that records of `CloudTrail` show. Three texts have
    /// a place for a value of the key: see [`Self::text_with`].
    pub const fn text(self) -> &'static str {
        match self {
            // That an integrity value that does not fit has this text is inferred.
            Self::Validation | Self::Malformed | Self::IntegrityValue => {
                "AWS KMS cannot interpret the response from the external key store proxy. If you \
                 see this error repeatedly, report it to your external key store proxy \
                 administrator."
            }
            Self::InvalidState => {
                "The external key store proxy rejected the request because the external key is \
                 not enabled in the external key manager."
            }
            Self::InvalidCiphertext => {
                "The external key store proxy rejected the request because the specified \
                 ciphertext or additional authenticated data is corrupted, missing, or otherwise \
                 invalid."
            }
            Self::InnerLayer => {
                "The ciphertext that the external key store proxy submitted for decryption, or \
                 the encryption context, is corrupted, missing, or otherwise invalid."
            }
            Self::InvalidKeyUsage => {
                "The external key store proxy rejected the request because the external key does \
                 not support the requested operation."
            }
            Self::AuthenticationFailed => {
                "The external key store proxy rejected the request because it could not \
                 authenticate AWS KMS. Verify the credentials for your external key store and \
                 update if necessary."
            }
            Self::AccessDenied => {
                "The external key store proxy denied access to the operation. Verify that the \
                 user and the external key are both authorized for this operation, and try the \
                 request again."
            }
            Self::KeyNotFound => {
                "The external key store proxy rejected the request because it could not find the \
                 external key."
            }
            Self::InvalidUriPath => {
                "The external key store proxy rejected the request because of an invalid URI \
                 path. Verify the URI path for your external key store and update if necessary."
            }
            Self::Throttling => {
                "The external key store proxy rejected the request due to a very high request \
                 rate. Reduce the frequency of your calls using KMS keys in this external key \
                 store."
            }
            Self::Internal => {
                "The external key store proxy rejected the request because it cannot communicate \
                 with the external key manager. Verify that the external key store proxy \
                 configuration is correct and that the external key manager is available."
            }
            Self::UnsupportedOperation => {
                "The external key store proxy rejected the request because it does not support \
                 the requested cryptographic operation."
            }
            Self::DependencyTimeout => {
                "The external key store proxy did not respond to the request in the time \
                 allotted. Retry the request. If you see this error repeatedly, report it to \
                 your external key store proxy administrator."
            }
            Self::NotReachable => {
                "AWS KMS cannot communicate with the external key store proxy. This might be a \
                 transient network issue. If you see this error repeatedly, verify that your \
                 external key store proxy is active and is connected to the network, and that \
                 its endpoint URI is correct in your external key store."
            }
            Self::NoTls => {
                "AWS KMS cannot establish a TLS connection to the external key store proxy. \
                 Verify the TLS configuration, including its certificate."
            }
            Self::TimedOut => {
                "AWS KMS rejected the request because the external key store proxy did not \
                 respond in time. Retry the request. If you see this error repeatedly, report it \
                 to your external key store proxy administrator."
            }
            Self::AllUnavailable => {
                "The external key store proxy is in an unhealthy state. If you see this message \
                 repeatedly, notify your external key store proxy administrator."
            }
            Self::KeySpec => {
                "The key spec of the external key must be AES_256. The key spec of specified \
                 external key is <key-spec>."
            }
            Self::KeyStatus => {
                "The status of the external key must be ENABLED. The status of specified \
                 external key is <status>."
            }
            Self::KeyUsage => {
                "The key usage of the external key must include ENCRYPT and DECRYPT. The key use \
                 of specified external key is <key-usage>."
            }
            Self::NotConnected => {
                "This KMS key is in a custom key store that is not connected to its external key \
                 store proxy. Connect the external key store and try the request again."
            }
        }
    }

    /// [`Self::text`] with the key spec, status or usage that the proxy gave.
    pub fn text_with(self, value: &str) -> String {
        // So that the sentence has an end. What AWS KMS says then is not known.
        let value = if value.is_empty() { "empty" } else { value };
        let place = match self {
            Self::KeySpec => KEY_SPEC,
            Self::KeyStatus => KEY_STATUS,
            Self::KeyUsage => KEY_USAGE,
            _ => return self.text().to_owned(),
        };
        self.text().replace(place, value)
    }

    /// The wording of the XKS specification, where it differs from the guide's.
    pub const fn specification_text(self) -> Option<&'static str> {
        Some(match self {
            Self::InvalidState => {
                "The external key associated with this KMS key in an external key store is not \
                 enabled in the external key manager. Enable the external key in the external \
                 key manager and retry the request."
            }
            Self::InvalidCiphertext => {
                "The external key store proxy rejected the request because the specified \
                 ciphertext or encryption context is corrupted, missing, or otherwise invalid."
            }
            Self::InvalidKeyUsage => {
                "The external key associated with this KMS key in an external key store does not \
                 support the requested operation. Enable the operation on the key in your \
                 external key manager, and try the request again."
            }
            Self::AuthenticationFailed => {
                "The external key store proxy rejected the request because it could not \
                 authenticate AWS KMS. Verify the XKS proxy authentication credentials for your \
                 external key store and update if necessary."
            }
            Self::KeyNotFound => {
                "The external key associated with this KMS key in an external key store was not \
                 found in its external key manager. If the external key ID associated with this \
                 KMS key is incorrect, create a new KMS key with the correct external key ID."
            }
            Self::UnsupportedOperation => {
                "The external key store proxy rejected the request because it does not support \
                 the requested operation. If you see this error repeatedly, report it to your \
                 external key store proxy administrator."
            }
            Self::NotReachable => {
                "AWS KMS cannot communicate with the external key store proxy. This might be a \
                 transient network issue. If you see this error repeatedly, verify that your \
                 external key store proxy is active and is connected to the network, and that \
                 its endpoint URI is correct in your external keystore."
            }
            _ => return None,
        })
    }

    /// The outcomes whose message is `text`, in either wording, in the order of
    /// [`Self::ALL`]. The three texts with a place for a value match with any
    /// value; a final full stop and white space around do not count.
    pub fn of_text(text: &str) -> impl Iterator<Item = Self> {
        let wanted = trimmed(text);
        Self::ALL.into_iter().filter(move |outcome| {
            matches(trimmed(outcome.text()), wanted)
                || outcome
                    .specification_text()
                    .is_some_and(|other| trimmed(other) == wanted)
        })
    }
}

fn trimmed(text: &str) -> &str {
    text.trim().trim_end_matches('.')
}

fn matches(template: &str, text: &str) -> bool {
    match template.split_once('<') {
        Some((before, _)) => text.starts_with(before),
        None => template == text,
    }
}
