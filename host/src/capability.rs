//! Capabilities: the host imports that a plugin may be granted.
//!
//! One module each. What is not linked here does not exist for a plugin: no
//! files, no sockets, no environment.

mod aead;
mod key_storage;
mod log;
mod pkcs11;
mod random;

use claviger_config::Grants;
use wasmtime::component::{HasSelf, Linker};

use crate::plugin::{PluginState, wit::claviger::plugin as contract};

// `pub`, because generated code re-exports them.
pub(crate) use log::LogLines;
#[expect(unreachable_pub, reason = "re-exported by generated code")]
pub use {aead::AeadKey, key_storage::CounterHandle, pkcs11::SecretKey, pkcs11::TokenHandle};

/// A capability by its name in the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Capability {
    /// AES-256-GCM with keys in host memory.
    Aead,
    /// Named records, sealed at rest.
    KeyStorage,
    /// Lines for the operator's log.
    Log,
    /// AES keys on PKCS#11 tokens.
    Pkcs11,
    /// Random bytes.
    Random,
}

impl Capability {
    /// All of them.
    pub(crate) const ALL: &[Self] = &[
        Self::Aead,
        Self::KeyStorage,
        Self::Log,
        Self::Pkcs11,
        Self::Random,
    ];

    /// The name in `grants`, which is also the name of the interface.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Aead => "aead",
            Self::KeyStorage => "key-storage",
            Self::Log => "log",
            Self::Pkcs11 => "pkcs11",
            Self::Random => "random",
        }
    }

    /// The capability that is the interface of this name.
    pub(crate) fn by_interface(interface: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|capability| capability.label() == interface)
    }

    pub(crate) fn granted_by(self, grants: &Grants) -> bool {
        match self {
            Self::Aead => grants.aead,
            Self::KeyStorage => grants.key_storage.is_some(),
            Self::Log => grants.log,
            Self::Pkcs11 => !grants.pkcs11.is_empty(),
            Self::Random => grants.random,
        }
    }

    /// How a grant is written.
    pub(crate) fn example(self) -> &'static str {
        match self {
            Self::Aead => "`aead = true`",
            Self::KeyStorage => "`key-storage = \"NAME OF A STORAGE\"`",
            Self::Log => "`log = true`",
            Self::Pkcs11 => "`pkcs11 = [\"NAME OF A TOKEN\"]`",
            Self::Random => "`random = true`",
        }
    }
}

/// Makes one capability exist for the plugins of this linker.
pub(crate) fn add_to_linker(
    capability: Capability,
    linker: &mut Linker<PluginState>,
) -> wasmtime::Result<()> {
    type State = HasSelf<PluginState>;
    match capability {
        Capability::Aead => contract::aead::add_to_linker::<_, State>(linker, |state| state),
        Capability::KeyStorage => {
            contract::key_storage::add_to_linker::<_, State>(linker, |state| state)
        }
        Capability::Log => contract::log::add_to_linker::<_, State>(linker, |state| state),
        Capability::Pkcs11 => contract::pkcs11::add_to_linker::<_, State>(linker, |state| state),
        Capability::Random => contract::random::add_to_linker::<_, State>(linker, |state| state),
    }
}

impl contract::types::Host for PluginState {}
