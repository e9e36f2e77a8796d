use std::sync::Arc;

use super::{Alias, Key, KeyStore};
use crate::names::{AliasName, KeyId, KeyStoreId};

/// One change of what is known of a Region. Several are made in their order; a
/// process that ends between two of them leaves a state that is valid.
#[derive(Debug, Clone)]
pub enum Change {
    /// A key store is new or different.
    PutKeyStore(Arc<KeyStore>),
    /// A key store is gone.
    RemoveKeyStore(KeyStoreId),
    /// A KMS key is new or different.
    PutKey(Arc<Key>),
    /// A KMS key is gone.
    RemoveKey(KeyId),
    /// An alias is new or different.
    PutAlias(Alias),
    /// An alias is gone.
    RemoveAlias(AliasName),
}
