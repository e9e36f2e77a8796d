//! The names of things: Regions, accounts, keys, key stores, aliases, ARNs.

mod account_id;
mod alias_name;
mod key_id;
mod key_reference;
mod key_store_id;

pub use claviger_xks_client::target::Region;

pub use account_id::AccountId;
pub use alias_name::AliasName;
pub use key_id::KeyId;
pub use key_reference::KeyReference;
pub use key_store_id::KeyStoreId;
