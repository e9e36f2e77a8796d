//! What answers for the host when a plugin is tested natively: one set of
//! capabilities for each thread, kept in memory.

use crate::http::{HttpError, Request, Response};
use crate::key_storage::{StorageError, Stored};
use crate::log::Level;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// One thread's host.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) lines: Vec<(Level, String)>,
    pub(crate) records: BTreeMap<String, Stored>,
    pub(crate) last_revision: u64,
    pub(crate) counters: BTreeMap<String, u64>,
    pub(crate) storage_fails: bool,
    pub(crate) storage_is_away: bool,
    pub(crate) damaged: BTreeSet<String>,
    pub(crate) tokens: BTreeMap<String, pkcs11::StoredToken>,
    pub(crate) calls: BTreeMap<&'static str, u64>,
    pub(crate) secrets: BTreeMap<String, Vec<u8>>,
    pub(crate) upstreams: BTreeMap<String, Upstream>,
    pub(crate) peers: BTreeMap<String, streams::Peer>,
    /// Connections that were kept, by upstream.
    pub(crate) kept: BTreeMap<String, usize>,
    pub(crate) counts: BTreeMap<String, u64>,
}

/// What answers for an upstream.
pub(crate) type Upstream = Rc<dyn Fn(&Request) -> Result<Response, HttpError>>;

thread_local! {
    pub(crate) static STATE: RefCell<State> = RefCell::default();
}

/// Counts the call and gives it the thread's host.
fn call<T>(function: &'static str, call: impl FnOnce(&mut State) -> T) -> T {
    STATE.with_borrow_mut(|state| {
        *state.calls.entry(function).or_default() += 1;
        call(state)
    })
}

pub(crate) mod log {
    use super::{Level, call};

    pub(crate) fn write(level: Level, message: &str) {
        call("log.write", |state| {
            state.lines.push((level, message.to_owned()));
        });
    }
}

pub(crate) mod random {
    use super::call;

    #[expect(
        clippy::expect_used,
        reason = "stands in for a trap, and a test machine has random numbers"
    )]
    pub(crate) fn bytes(count: u32) -> Vec<u8> {
        assert!(count <= crate::random::MOST_BYTES, "a trap in the host");
        call("random.bytes", |_| ());
        let mut bytes = vec![0; usize::try_from(count).expect("it is at most 1024")];
        getrandom::fill(&mut bytes).expect("a random generator");
        bytes
    }
}

pub(crate) mod key_storage {
    use super::{State, StorageError, Stored, call};

    pub(crate) fn read(name: &str) -> Result<Option<Stored>, StorageError> {
        call("key-storage.read", |state| {
            state.is_readable()?;
            if state.damaged.contains(name) {
                return Err(StorageError::Damaged);
            }
            Ok(state.records.get(name).cloned())
        })
    }

    pub(crate) fn revision(name: &str) -> Result<Option<u64>, StorageError> {
        call("key-storage.revision", |state| {
            state.is_readable()?;
            Ok(state.records.get(name).map(|stored| stored.revision))
        })
    }

    pub(crate) fn names(
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<String>, StorageError> {
        call("key-storage.names", |state| {
            state.is_readable()?;
            let names = state.records.keys();
            let after = |name: &&String| after.is_none_or(|after| name.as_str() > after);
            Ok(names
                .filter(|name| name.starts_with(prefix))
                .filter(after)
                .take(usize::try_from(limit).unwrap_or_default())
                .cloned()
                .collect())
        })
    }

    pub(crate) fn compare_and_set(
        name: &str,
        expected: Option<u64>,
        value: &[u8],
    ) -> Result<u64, StorageError> {
        call("key-storage.compare-and-set", |state| {
            if value.len() > 65_536 {
                return Err(StorageError::Invalid("the value is over 64 KiB".into()));
            }
            state.write(name, expected, value.to_vec())
        })
    }

    pub(crate) fn delete(name: &str, expected: u64) -> Result<u64, StorageError> {
        call("key-storage.delete", |state| {
            state.is_writable()?;
            if state.records.get(name).map(|stored| stored.revision) != Some(expected) {
                return Err(StorageError::Conflict);
            }
            state.records.remove(name);
            state.last_revision += 1;
            Ok(state.last_revision)
        })
    }

    pub(crate) fn create_secret(name: &str) -> Result<u64, StorageError> {
        let secret = super::random::bytes(32);
        call("key-storage.create-secret", |state| {
            state.write(name, None, secret)
        })
    }

    impl State {
        pub(super) fn is_readable(&self) -> Result<(), StorageError> {
            if self.storage_is_away {
                return Err(StorageError::Unavailable("the test says so".into()));
            }
            Ok(())
        }

        fn is_writable(&self) -> Result<(), StorageError> {
            self.is_readable()?;
            if self.storage_fails {
                return Err(StorageError::Unavailable("the test says so".into()));
            }
            Ok(())
        }

        fn write(
            &mut self,
            name: &str,
            expected: Option<u64>,
            value: Vec<u8>,
        ) -> Result<u64, StorageError> {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._/-".contains(&byte);
            if name.is_empty() || name.len() > 200 || !name.bytes().all(allowed) {
                return Err(StorageError::Invalid("the name breaks the limits".into()));
            }
            self.is_writable()?;
            self.damaged.remove(name);
            if self.records.get(name).map(|stored| stored.revision) != expected {
                return Err(StorageError::Conflict);
            }
            self.last_revision += 1;
            let revision = self.last_revision;
            self.records
                .insert(name.to_owned(), Stored { revision, value });
            Ok(revision)
        }
    }

    #[derive(Debug)]
    pub(crate) struct Counter(String);

    impl Counter {
        pub(crate) fn open(name: &str) -> Result<Self, StorageError> {
            call("key-storage.counter.open", |_| Ok(Self(name.to_owned())))
        }

        pub(crate) fn next(&self) -> Result<u64, StorageError> {
            call("key-storage.counter.next", |state| {
                if state.storage_fails {
                    return Err(StorageError::Unavailable("the test says so".into()));
                }
                let last = state.counters.entry(self.0.clone()).or_default();
                *last += 1;
                Ok(*last)
            })
        }
    }
}

pub(crate) mod aead {
    use super::call;
    use crate::aead::AeadError;
    use crate::types::Sealed;
    use aes_gcm::aead::{AeadInOut, Nonce, Tag};
    use aes_gcm::{Aes256Gcm, KeyInit};
    use std::fmt;

    pub(crate) struct Key(Box<Aes256Gcm>);

    impl fmt::Debug for Key {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("[redacted]")
        }
    }

    impl Key {
        pub(crate) fn from_record(name: &str) -> Result<Self, AeadError> {
            let stored = call("aead.key.from-record", |state| {
                if state.is_readable().is_err() {
                    return Err(AeadError::Unavailable);
                }
                if state.damaged.contains(name) {
                    return Err(AeadError::DamagedRecord);
                }
                let stored = state.records.get(name).cloned();
                stored.ok_or(AeadError::NoSuchRecord)
            });
            Self::new(&stored?.value)
        }

        pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, AeadError> {
            call("aead.key.from-bytes", |_| Self::new(bytes))
        }

        fn new(bytes: &[u8]) -> Result<Self, AeadError> {
            let cipher = Aes256Gcm::new_from_slice(bytes);
            cipher
                .map(|cipher| Self(Box::new(cipher)))
                .map_err(|_| AeadError::InvalidKey)
        }

        pub(crate) fn seal(
            &self,
            additional_data: &[u8],
            plaintext: &[u8],
        ) -> Result<Sealed, AeadError> {
            let initialization_vector = super::random::bytes(12);
            let nonce = Nonce::<Aes256Gcm>::try_from(initialization_vector.as_slice())
                .map_err(|_| AeadError::Internal("not 12 bytes".into()))?;
            let mut ciphertext = plaintext.to_vec();
            call("aead.key.seal", |_| ());
            let tag = self
                .0
                .encrypt_inout_detached(&nonce, additional_data, ciphertext.as_mut_slice().into())
                .map_err(|_| AeadError::Internal("too long".into()))?;
            Ok(Sealed {
                ciphertext,
                initialization_vector,
                authentication_tag: tag.to_vec(),
            })
        }

        pub(crate) fn open(
            &self,
            additional_data: &[u8],
            sealed: &Sealed,
        ) -> Result<Vec<u8>, AeadError> {
            call("aead.key.open", |_| ());
            let failed = AeadError::AuthenticationFailed;
            let (Ok(nonce), Ok(tag)) = (
                Nonce::<Aes256Gcm>::try_from(sealed.initialization_vector.as_slice()),
                Tag::<Aes256Gcm>::try_from(sealed.authentication_tag.as_slice()),
            ) else {
                return Err(failed);
            };
            let mut plaintext = sealed.ciphertext.clone();
            let buffer = plaintext.as_mut_slice().into();
            match self
                .0
                .decrypt_inout_detached(&nonce, additional_data, buffer, &tag)
            {
                Ok(()) => Ok(plaintext),
                Err(_) => Err(failed),
            }
        }
    }
}

mod network;
pub(crate) mod pkcs11;

pub(crate) use network::{http, metrics, secrets, streams};

#[cfg(test)]
mod tests;
