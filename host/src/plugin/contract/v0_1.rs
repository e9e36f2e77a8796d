//! Contract 0.1: the worlds of `wit/v0.1`, in the host's words.

mod aead;
mod backend;
mod bindings;
mod call;
mod directory;
mod http;
mod key_storage;
mod lifecycle;
mod log;
mod management;
mod metrics;
mod pkcs11;
mod policy;
mod random;
mod secrets;
mod streams;
mod words;

use claviger_config::Capability;
use wasmtime::component::{HasSelf, Linker};

use super::{Role, Version};
use crate::capability;
use crate::plugin::store::InstanceState;

pub(in crate::plugin) use backend::{Backend, Decryption, Encryption};
pub(in crate::plugin) use directory::Directory;
pub(in crate::plugin) use lifecycle::{Lifecycle, Purpose};
pub(in crate::plugin) use policy::Policy;

use bindings::wit;
use wit::claviger::plugin as imported;
use wit::exports::claviger::plugin as exported;

/// This version, for [`super::VERSIONS`].
pub(super) const VERSION: Version = Version {
    number: "0.1.0",
    exports,
    imports,
    link,
};

/// The interfaces that a component of this role exports.
fn exports(role: Role) -> &'static [&'static str] {
    match role {
        Role::Backend => &[
            "lifecycle",
            "key-lookup",
            "crypto",
            "upkeep",
            "health",
            "key-management",
        ],
        Role::Directory => &["lifecycle", "directory"],
        Role::Policy => &["lifecycle", "authorization"],
    }
}

/// What it may import.
fn imports(role: Role) -> &'static [Capability] {
    use Capability::{
        Aead, Http, KeyStorage, Log, Metrics, Pkcs11, Random, Secrets, Streams, Wasi,
    };
    match role {
        Role::Backend => &[
            Aead, Http, KeyStorage, Log, Metrics, Pkcs11, Random, Secrets, Streams, Wasi,
        ],
        Role::Directory => &[Http, KeyStorage, Log, Metrics, Random, Secrets, Wasi],
        Role::Policy => &[Log, Metrics, Wasi],
    }
}

/// Makes one capability exist for the plugins of this linker.
fn link(capability: Capability, linker: &mut Linker<InstanceState>) -> wasmtime::Result<()> {
    type State = HasSelf<capability::State>;
    fn of(state: &mut InstanceState) -> &mut capability::State {
        &mut state.capabilities
    }
    match capability {
        Capability::Aead => imported::aead::add_to_linker::<_, State>(linker, of),
        Capability::Http => {
            imported::http::add_to_linker::<_, State>(linker, of)?;
            super::wasi_http::link(linker)
        }
        Capability::KeyStorage => imported::key_storage::add_to_linker::<_, State>(linker, of),
        Capability::Log => imported::log::add_to_linker::<_, State>(linker, of),
        Capability::Metrics => imported::metrics::add_to_linker::<_, State>(linker, of),
        Capability::Pkcs11 => imported::pkcs11::add_to_linker::<_, State>(linker, of),
        Capability::Random => imported::random::add_to_linker::<_, State>(linker, of),
        Capability::Secrets => imported::secrets::add_to_linker::<_, State>(linker, of),
        Capability::Streams => imported::streams::add_to_linker::<_, State>(linker, of),
        Capability::Wasi => super::wasi::link(linker),
    }
}

impl imported::types::Host for capability::State {}
