//! Contract 0.1: the worlds of `wit/v0.1`, in the host's words.

mod aead;
mod backend;
mod bindings;
mod directory;
mod key_storage;
mod lifecycle;
mod log;
mod management;
mod pkcs11;
mod policy;
mod random;
mod words;

use claviger_config::Capability;
use wasmtime::component::{HasSelf, Linker};

use crate::capability;
use crate::plugin::store::InstanceState;

pub(in crate::plugin) use backend::{Backend, KeyNamed};
pub(in crate::plugin) use directory::Directory;
pub(in crate::plugin) use lifecycle::Configure;
pub(in crate::plugin) use policy::Policy;

use bindings::wit;
use wit::claviger::plugin as imports;
use wit::exports::claviger::plugin as exports;

/// Makes one capability exist for the plugins of this linker.
pub(in crate::plugin) fn add_to_linker(
    capability: Capability,
    linker: &mut Linker<InstanceState>,
) -> wasmtime::Result<()> {
    type State = HasSelf<capability::State>;
    fn of(state: &mut InstanceState) -> &mut capability::State {
        &mut state.capabilities
    }
    match capability {
        Capability::Aead => imports::aead::add_to_linker::<_, State>(linker, of),
        Capability::KeyStorage => imports::key_storage::add_to_linker::<_, State>(linker, of),
        Capability::Log => imports::log::add_to_linker::<_, State>(linker, of),
        Capability::Pkcs11 => imports::pkcs11::add_to_linker::<_, State>(linker, of),
        Capability::Random => imports::random::add_to_linker::<_, State>(linker, of),
    }
}

impl imports::types::Host for capability::State {}
