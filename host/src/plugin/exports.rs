//! The functions that a plugin exports, found and type-checked once per
//! instance.
//!
//! Parameters are `Arc`s: a call may have to outlive the borrow of whoever
//! started it, and nothing is copied but into the guest.

use std::sync::Arc;

use wasmtime::component::{ComponentNamedList, Instance, Lift, Lower, TypedFunc};
use wasmtime::{Result, Store, error::Context as _};

use super::contract::{Declaration, Role};
use super::store::PluginState;
use super::wit::claviger::plugin::types::{Error, KeyStatus, RequestContext, Sealed};
use super::wit::exports::claviger::plugin::{
    authorization::Verdict, directory::DirectoryEntry, health::HealthReport,
    key_lookup::ExternalKey, key_management, lifecycle,
};

/// Octets on their way into a guest.
pub(crate) type Octets = Arc<Vec<u8>>;

/// Handle, ciphertext metadata, additional data, plaintext.
type Encrypt = (Octets, Octets, Octets, Octets);
/// Handle, ciphertext metadata, additional data, sealed.
type Decrypt = (Octets, Octets, Octets, Arc<Sealed>);
/// External key id, key usage.
type CreateKey = (Arc<str>, Arc<Vec<String>>);

type Answer<T> = (core::result::Result<T, Error>,);
type Managed<T> = (core::result::Result<T, key_management::ManagementError>,);

/// Interface `lifecycle`.
pub(super) type Configure =
    TypedFunc<(Arc<str>,), (core::result::Result<(), Vec<lifecycle::Fault>>,)>;

/// World `key-backend`.
pub(crate) struct Backend {
    pub(super) lookup: TypedFunc<(Arc<str>,), Answer<ExternalKey>>,
    pub(super) encrypt: TypedFunc<Encrypt, Answer<Sealed>>,
    pub(super) decrypt: TypedFunc<Decrypt, Answer<Vec<u8>>>,
    pub(super) check: TypedFunc<(), Answer<HealthReport>>,
    pub(super) create_key: TypedFunc<CreateKey, Managed<key_management::KeySummary>>,
    pub(super) list_keys: TypedFunc<(), Managed<Vec<key_management::KeySummary>>>,
    pub(super) show_key: TypedFunc<(Arc<str>,), Managed<key_management::KeySummary>>,
    pub(super) set_key_status:
        TypedFunc<(Arc<str>, KeyStatus), Managed<key_management::KeySummary>>,
    pub(super) rotate_key: TypedFunc<(Arc<str>,), Managed<key_management::KeySummary>>,
}

/// World `key-directory`.
pub(crate) struct Directory {
    pub(super) resolve: TypedFunc<(Arc<str>,), Answer<DirectoryEntry>>,
}

/// World `authorization-policy`.
pub(crate) struct Policy {
    pub(super) authorize: TypedFunc<(Arc<RequestContext>,), (Verdict,)>,
}

/// Looks the functions of an instance up by the names of its contract version.
pub(crate) struct Finder<'a> {
    pub(super) store: &'a mut Store<PluginState>,
    pub(super) instance: Instance,
    pub(super) version: &'static str,
}

impl Finder<'_> {
    pub(super) fn configure(&mut self) -> Result<Configure> {
        self.find("lifecycle", "configure")
    }

    fn find<P, R>(&mut self, interface: &str, function: &str) -> Result<TypedFunc<P, R>>
    where
        P: ComponentNamedList + Lower,
        R: ComponentNamedList + Lift,
    {
        let interface = format!("claviger:plugin/{interface}@{}", self.version);
        let index = self
            .instance
            .get_export_index(&mut *self.store, None, &interface)
            .and_then(|interface| {
                self.instance
                    .get_export_index(&mut *self.store, Some(&interface), function)
            })
            .with_context(|| format!("no export {interface}#{function}"))?;
        self.instance
            .get_typed_func(&mut *self.store, index)
            .with_context(|| format!("export {interface}#{function} has another type"))
    }
}

/// A world whose functions can be found in an instance.
pub(crate) trait World: Sized + Send {
    /// The role a component must declare.
    const ROLE: Role;

    /// Finds all functions of the world.
    fn find(finder: &mut Finder<'_>) -> Result<Self>;

    /// Whether a component of this declaration is of this world.
    fn fits(declaration: &Declaration) -> bool {
        declaration.role == Self::ROLE
    }
}

impl World for Backend {
    const ROLE: Role = Role::Backend;

    fn find(finder: &mut Finder<'_>) -> Result<Self> {
        Ok(Self {
            lookup: finder.find("key-lookup", "lookup")?,
            encrypt: finder.find("crypto", "encrypt")?,
            decrypt: finder.find("crypto", "decrypt")?,
            check: finder.find("health", "check")?,
            create_key: finder.find("key-management", "create-key")?,
            list_keys: finder.find("key-management", "list-keys")?,
            show_key: finder.find("key-management", "show-key")?,
            set_key_status: finder.find("key-management", "set-key-status")?,
            rotate_key: finder.find("key-management", "rotate-key")?,
        })
    }
}

impl World for Directory {
    const ROLE: Role = Role::Directory;

    fn find(finder: &mut Finder<'_>) -> Result<Self> {
        Ok(Self {
            resolve: finder.find("directory", "resolve")?,
        })
    }
}

impl World for Policy {
    const ROLE: Role = Role::Policy;

    fn find(finder: &mut Finder<'_>) -> Result<Self> {
        Ok(Self {
            authorize: finder.find("authorization", "authorize")?,
        })
    }
}
