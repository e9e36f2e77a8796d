//! A request to use a key, of a caller whom a front door has verified.

use std::marker::PhantomData;
use std::sync::Arc;

use super::KeyStore;
use crate::words::{Caller, KeyId, Operation, RequestContext};

/// What is to be done with a key, as a type: a permit to decrypt is of no use for
/// encryption.
pub(crate) trait Api {
    /// The same, as a word.
    const OPERATION: Operation;
}

/// Saying what a key is.
pub(crate) enum Describe {}
/// Encrypting under it.
pub(crate) enum Encrypt {}
/// Decrypting what it encrypted.
pub(crate) enum Decrypt {}

impl Api for Describe {
    const OPERATION: Operation = Operation::Describe;
}

impl Api for Encrypt {
    const OPERATION: Operation = Operation::Encrypt;
}

impl Api for Decrypt {
    const OPERATION: Operation = Operation::Decrypt;
}

/// A request that no policy has judged yet.
pub(crate) struct KeyRequest<'k, A> {
    pub(super) key_store: &'k KeyStore,
    pub(super) context: Arc<RequestContext>,
    api: PhantomData<A>,
}

impl KeyStore {
    /// A caller wants to use a key of this key store.
    pub(crate) fn request<A: Api>(&self, key_id: KeyId, caller: Caller) -> KeyRequest<'_, A> {
        KeyRequest {
            key_store: self,
            context: Arc::new(RequestContext {
                key_store: Arc::clone(self.name()),
                operation: A::OPERATION,
                key_id,
                caller,
            }),
            api: PhantomData,
        }
    }
}

impl<A> KeyRequest<'_, A> {
    /// What policies judge.
    pub(crate) fn context(&self) -> &Arc<RequestContext> {
        &self.context
    }
}
