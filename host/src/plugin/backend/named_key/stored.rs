//! Encryption by the host itself, under a key of the storage.

use std::sync::Arc;

use tracing::{error, warn};

use crate::capability::{AeadFault, AeadKey};
use crate::plugin::fault::{NamedKeyFault, PluginFault};
use crate::storage::{Counter, ScopedStorage};
use crate::words::{Deadline, Sealed};

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
    counter: Counter,
    storage: Arc<ScopedStorage>,
}

impl StoredCipher {
    /// The key and the counter of these names.
    pub(super) fn find(
        key_record: &str,
        counter: &str,
        storage: &Arc<ScopedStorage>,
    ) -> Result<Self, PluginFault> {
        let record = storage
            .read(key_record)
            .map_err(NamedKeyFault::Storage)?
            .ok_or(PluginFault::BadAnswer(
                "it names a key record that is not there",
            ))?;
        let key = AeadKey::new(&record.value).map_err(|_| {
            PluginFault::BadAnswer("it names a key record that is not an AES-256 key")
        })?;
        let counter = storage.counter(counter).map_err(NamedKeyFault::Storage)?;
        Ok(Self {
            key,
            counter,
            storage: Arc::clone(storage),
        })
    }

    /// Encrypts, and counts it before.
    pub(in super::super) async fn seal(
        &self,
        deadline: Deadline,
        additional_data: &[u8],
        plaintext: &[u8],
    ) -> Result<Sealed, NamedKeyFault> {
        let used = self.counter.next(deadline).await?;
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
                return Err(NamedKeyFault::UsedUp);
            }
        }
        self.key
            .seal(additional_data, plaintext.to_vec())
            .map_err(|_| NamedKeyFault::Cipher)
    }

    /// The plaintext of an authentic ciphertext.
    pub(in super::super) fn open(
        &self,
        additional_data: &[u8],
        sealed: Sealed,
    ) -> Result<Vec<u8>, NamedKeyFault> {
        self.key
            .open(additional_data, sealed)
            .map_err(|fault| match fault {
                AeadFault::AuthenticationFailed => NamedKeyFault::NotAuthentic,
                AeadFault::NoSuchRecord
                | AeadFault::DamagedRecord
                | AeadFault::Unavailable
                | AeadFault::InvalidKey
                | AeadFault::Failed => NamedKeyFault::Cipher,
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

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use claviger_config::StorageQuota;

    use super::*;
    use crate::storage::Storage;

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

    #[tokio::test]
    async fn xks_088_what_it_encrypts_it_decrypts_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let storage = Storage::create(&directory.path().join("keys.sqlite"), &[1; 32]).unwrap();
        let storage = storage.scope("demo", StorageQuota::default());
        let deadline = Deadline::after(Instant::now(), Duration::from_secs(30));
        storage.create_secret("secret/a/1", deadline).await.unwrap();
        let find = |key_record| StoredCipher::find(key_record, "count/a/1", &storage);
        let cipher = find("secret/a/1").ok().unwrap();
        let sealed = cipher.seal(deadline, b"aad", b"plaintext").await.unwrap();
        assert_eq!(cipher.open(b"aad", sealed.clone()).unwrap(), b"plaintext");
        let refused = cipher.open(b"AAD", sealed).unwrap_err();
        assert!(matches!(refused, NamedKeyFault::NotAuthentic));
        assert!(find("secret/b/1").is_err());
    }
}
