//! Contract versions: what a component says of itself, and how the host speaks
//! to it in its own version's words.
//!
//! A version is a file: [`v0_1`] holds the types generated from `wit/v0.1`, the
//! worlds, the conversions and the host's side of the imports. Nothing outside it
//! names a generated type. A later version is a file beside it and a line of
//! [`VERSIONS`]. The worlds named here become enums then, whose `find` chooses by
//! [`Exports::version`]; what calls them speaks the host's words and stays.

mod declaration;
mod v0_1;
mod wasi;
mod wasi_http;

use claviger_config::Capability;
use wasmtime::component::Linker;

pub(crate) use declaration::{ContractFault, Declaration, Role};
pub(super) use v0_1::{Backend, Decryption, Directory, Encryption, Lifecycle, Policy, Purpose};
pub(super) use wasi::GatedClocks;

use super::exports::Exports;
use super::store::InstanceState;

/// The contract versions that this host speaks, oldest first.
static VERSIONS: [Version; 1] = [v0_1::VERSION];

/// A version of the contract: what components of it are made of.
#[derive(Debug)]
pub(crate) struct Version {
    /// As in `claviger:plugin/crypto@0.1.0`.
    pub(super) number: &'static str,
    /// The interfaces that a component of a role exports.
    exports: fn(Role) -> &'static [&'static str],
    /// What it may import.
    imports: fn(Role) -> &'static [Capability],
    /// Makes a capability exist for the plugins of a linker.
    pub(super) link: fn(Capability, &mut Linker<InstanceState>) -> wasmtime::Result<()>,
}

/// The numbers of all versions that this host speaks.
pub(crate) fn supported() -> String {
    VERSIONS.each_ref().map(|version| version.number).join(", ")
}

/// The functions of one role, found in an instance.
pub(crate) trait World: Sized + Send + Sync + 'static {
    /// The role that a component must declare.
    const ROLE: Role;

    /// Finds all functions of the world.
    fn find(exports: &mut Exports<'_>) -> wasmtime::Result<Self>;
}
