//! Contract versions: what a component says of itself, and how the host speaks
//! to it in its own version's words.
//!
//! A version is a file: [`v0_1`] holds the types generated from `wit/v0.1`, the
//! worlds, the conversions and the host's side of the imports. Nothing outside it
//! names a generated type. A later version is a file beside it; the worlds named
//! here then choose by [`Exports::version`], and the rest of the host does not
//! notice.

mod declaration;
mod v0_1;

pub(crate) use declaration::{ContractFault, Declaration, Role, SUPPORTED_VERSIONS};
pub(super) use v0_1::{Backend, Configure, Directory, KeyNamed, Policy, add_to_linker};

use super::exports::Exports;

/// The functions of one role, found in an instance.
pub(crate) trait World: Sized + Send {
    /// The role that a component must declare.
    const ROLE: Role;

    /// Finds all functions of the world.
    fn find(exports: &mut Exports<'_>) -> wasmtime::Result<Self>;
}
