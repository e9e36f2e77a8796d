//! Encryption by the host itself, under a key of the storage.

use std::sync::Arc;

use tracing::{error, warn};

use super::super::super::fault::PluginFault;
use super::super::super::wit::claviger::plugin::{aead::AeadError, types::Sealed};
use super::super::super::wit::exports::claviger::plugin::key_lookup;
use super::{internal, not_authentic};
use crate::capability::AeadKey;
use crate::storage::{Counter, ScopedStorage, StorageFault};

/// With random 96-bit initialization vectors a key must not encrypt more often
/// (NIST SP 800-38D section 8.3, XKS-068).
const MOST_ENCRYPTIONS: u64 = 1 << 32;
/// From here on the operator is told to rotate: 90 %.
const WARN_FROM: u64 = MOST_ENCRYPTIONS / 10 * 9;
/// And told again after so many more.
const WARN_EVERY: u64 = 1 << 20;

/// A key that the host encrypts with by itself.
pub(in super::super) struct StoredCipher {
    key: AeadKey,
    counter: Arc<Counter>,
    storage: Arc<ScopedStorage>,
}

impl StoredCipher {
    /// The key and the counter of these names.
    pub(super) fn find(
        named: &key_lookup::StoredKey,
        storage: &Arc<ScopedStorage>,
    ) -> Result<Self, PluginFault> {
        let record = storage
            .read(&named.key_record)
            .ok_or(PluginFault::BadAnswer(
                "it names a key record that is not there",
            ))?;
        let key = AeadKey::new(&record.value).map_err(|_| {
            PluginFault::BadAnswer("it names a key record that is not an AES-256 key")
        })?;
        let counter = storage
            .counter(&named.counter)
            .map_err(|fault| stored(&fault))?;
        Ok(Self {
            key,
            counter,
            storage: Arc::clone(storage),
        })
    }

    /// Encrypts, and counts it before.
    pub(in super::super) fn seal(
        &self,
        additional_data: &[u8],
        plaintext: &[u8],
    ) -> Result<Sealed, PluginFault> {
        let used = self
            .storage
            .next(&self.counter)
            .map_err(|fault| stored(&fault))?;
        let (counter, key_store) = (self.counter.name(), self.storage.scope());
        match Use::of(used) {
            Use::Good => {}
            Use::NearlyLast => warn!(
                key_store,
                counter, "a key version is nearly used up: rotate the key"
            ),
            Use::TooMany => {
                error!(
                    key_store,
                    counter, "a key version is used up: rotate the key"
                );
                return Err(internal(
                    "the key version has made 2^32 encryptions, all that AES-GCM allows it",
                ));
            }
        }
        self.key
            .seal(additional_data, plaintext.to_vec())
            .map_err(|_| internal("AES-GCM failed"))
    }

    /// The plaintext of an authentic ciphertext.
    pub(in super::super) fn open(
        &self,
        additional_data: &[u8],
        sealed: Sealed,
    ) -> Result<Vec<u8>, PluginFault> {
        self.key
            .open(additional_data, sealed)
            .map_err(|fault| match fault {
                AeadError::AuthenticationFailed => not_authentic(),
                AeadError::NoSuchRecord | AeadError::InvalidKey | AeadError::Internal(_) => {
                    internal("AES-GCM failed")
                }
            })
    }
}

/// What the number of an encryption says about it.
#[derive(Debug, PartialEq, Eq)]
enum Use {
    Good,
    /// The operator is to be told.
    NearlyLast,
    TooMany,
}

impl Use {
    /// The encryption of this number; the first is 1.
    fn of(number: u64) -> Self {
        if number > MOST_ENCRYPTIONS {
            Self::TooMany
        } else if number >= WARN_FROM && number.is_multiple_of(WARN_EVERY) {
            Self::NearlyLast
        } else {
            Self::Good
        }
    }
}

fn stored(fault: &StorageFault) -> PluginFault {
    error!(error = %fault, "key storage");
    internal("the key storage failed")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::Storage;
    use claviger_xks::error::XksError;

    #[test]
    fn xks_068_the_last_of_2_to_the_32_encryptions_is_made_and_no_more() {
        assert_eq!(Use::of(1), Use::Good);
        assert_eq!(Use::of(MOST_ENCRYPTIONS - 1), Use::Good);
        assert_eq!(Use::of(MOST_ENCRYPTIONS), Use::NearlyLast);
        assert_eq!(Use::of(MOST_ENCRYPTIONS + 1), Use::TooMany);
    }

    #[test]
    fn xks_068_the_operator_is_told_from_90_percent_on() {
        let told = |from: u64| {
            (from..from + 2 * WARN_EVERY).any(|number| Use::of(number) == Use::NearlyLast)
        };
        assert!(!told(WARN_FROM - 4 * WARN_EVERY));
        assert!(told(WARN_FROM));
    }

    #[test]
    fn xks_088_what_it_encrypts_it_decrypts_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let storage = Storage::create(&directory.path().join("keys.sqlite"), &[1; 32]).unwrap();
        let storage = storage.scope("demo");
        storage.create_secret("secret/a/1").unwrap();
        let named = |key_record: &str| key_lookup::StoredKey {
            key_record: key_record.to_owned(),
            counter: "count/a/1".to_owned(),
        };
        let cipher = StoredCipher::find(&named("secret/a/1"), &storage)
            .ok()
            .unwrap();
        let sealed = cipher.seal(b"aad", b"plaintext").unwrap();
        assert_eq!(cipher.open(b"aad", sealed.clone()).unwrap(), b"plaintext");
        let refused = cipher.open(b"AAD", sealed).unwrap_err();
        assert_eq!(refused.xks_error(), XksError::InvalidCiphertext);
        assert!(StoredCipher::find(&named("secret/b/1"), &storage).is_err());
    }
}
