//! The names of things: Regions, accounts, keys, key stores, aliases, ARNs.

/// Lets serde read and write a name as its text: with `FromStr`, which checks it, and
/// `Display`.
macro_rules! serde_as_text {
    ($name:ident, $fault:ident) => {
        impl TryFrom<String> for $name {
            type Error = $fault;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.to_string()
            }
        }
    };
}

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
