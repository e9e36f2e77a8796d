//! What a component says of itself, read from its bytes before anything of it
//! is compiled or run: the contract version, its role, and the capabilities it
//! wants.
//!
//! All three are in the names of its imports and exports
//! (`claviger:plugin/crypto@0.1.0`), so a plugin in any language carries them
//! without doing anything for it.

use std::collections::BTreeSet;

use thiserror::Error;
use wasmparser::{Encoding, Parser, Payload};

use crate::capability::Capability;

/// The contract versions that this host speaks, oldest first.
pub(crate) const SUPPORTED_VERSIONS: &[&str] = &["0.1.0"];

const PACKAGE: &str = "claviger:plugin/";

/// What a plugin can be: one world of the contract each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Holds keys: world `key-backend`.
    Backend,
    /// Names keys: world `key-directory`.
    Directory,
    /// Decides who may use them: world `authorization-policy`.
    Policy,
}

impl Role {
    /// The name of the world in the contract.
    pub(crate) fn world(self) -> &'static str {
        match self {
            Self::Backend => "key-backend",
            Self::Directory => "key-directory",
            Self::Policy => "authorization-policy",
        }
    }

    fn exports(self) -> &'static [&'static str] {
        match self {
            Self::Backend => &[
                "lifecycle",
                "key-lookup",
                "crypto",
                "health",
                "key-management",
            ],
            Self::Directory => &["lifecycle", "directory"],
            Self::Policy => &["lifecycle", "authorization"],
        }
    }
}

/// A component's own statement of what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Declaration {
    /// The contract version, one of [`SUPPORTED_VERSIONS`].
    pub(crate) version: &'static str,
    /// The world it exports.
    pub(crate) role: Role,
    /// The capabilities it imports.
    pub(crate) capabilities: BTreeSet<Capability>,
    /// Whether it imports anything of WASI, as components built with a standard
    /// library do even when they use nothing of it.
    pub(crate) wasi: bool,
}

/// Why a file is not a plugin of this host.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum ContractFault {
    /// Not WebAssembly at all, or damaged.
    #[error("it is not a WebAssembly component: {0}")]
    Malformed(String),
    /// A core module: the packaging step is missing.
    #[error(
        "it is a core WebAssembly module, not a component: build it for wasm32-wasip2 or package it with wit-component"
    )]
    CoreModule,
    /// A component of something else.
    #[error("it exports nothing of claviger:plugin, so it is not a Claviger plugin")]
    NotAPlugin,
    /// Made for another contract.
    #[error("it was built for contract {plugin}, and this host speaks {}: rebuild it with a matching claviger-sdk or use another host", SUPPORTED_VERSIONS.join(", "))]
    Version {
        /// The version the component names.
        plugin: String,
    },
    /// Exports do not make up one world.
    #[error(
        "its exports ({exports}) are not those of a plugin: it has to export the world key-backend, key-directory or authorization-policy"
    )]
    NoWorld {
        /// The interfaces it does export.
        exports: String,
    },
    /// Wants something that does not exist.
    #[error("it imports `{0}`, which this host does not have")]
    UnknownImport(String),
}

impl Declaration {
    /// Whether it can wait in an import: for a token, or for whatever WASI offers.
    pub(crate) fn waits(&self) -> bool {
        self.wasi || self.capabilities.contains(&Capability::Pkcs11)
    }

    /// Reads the declaration of a component.
    pub(crate) fn read(component: &[u8]) -> Result<Self, ContractFault> {
        let names = Names::read(component)?;
        let mut exports = BTreeSet::new();
        let mut capabilities = BTreeSet::new();
        let mut wasi = false;
        let mut version = None;

        for name in &names.exports {
            if let Some(interface) = contract_interface(name, &mut version)? {
                exports.insert(interface.to_owned());
            }
        }
        let version = version.ok_or(ContractFault::NotAPlugin)?;
        let mut same = Some(version);
        for name in &names.imports {
            match contract_interface(name, &mut same)? {
                Some("types") => {}
                Some(interface) => {
                    let capability = Capability::by_interface(interface)
                        .ok_or_else(|| ContractFault::UnknownImport(name.clone()))?;
                    capabilities.insert(capability);
                }
                None if name.starts_with("wasi:") => wasi = true,
                None => return Err(ContractFault::UnknownImport(name.clone())),
            }
        }
        let role = [Role::Backend, Role::Directory, Role::Policy]
            .into_iter()
            .find(|role| {
                role.exports()
                    .iter()
                    .all(|interface| exports.contains(*interface))
            })
            .ok_or_else(|| ContractFault::NoWorld {
                exports: exports.iter().cloned().collect::<Vec<_>>().join(", "),
            })?;
        Ok(Self {
            version,
            role,
            capabilities,
            wasi,
        })
    }
}

/// The interface of `claviger:plugin/INTERFACE@VERSION`, or `None` for a name of
/// another package.
fn contract_interface<'n>(
    name: &'n str,
    version: &mut Option<&'static str>,
) -> Result<Option<&'n str>, ContractFault> {
    let Some(rest) = name.strip_prefix(PACKAGE) else {
        return Ok(None);
    };
    let (interface, named) = rest.split_once('@').unwrap_or((rest, "none"));
    let supported = SUPPORTED_VERSIONS.iter().find(|version| **version == named);
    match (supported, *version) {
        (Some(supported), None) => *version = Some(supported),
        (Some(supported), Some(first)) if *supported == first => {}
        _ => {
            return Err(ContractFault::Version {
                plugin: named.to_owned(),
            });
        }
    }
    Ok(Some(interface))
}

/// The names at the outside of a component.
struct Names {
    imports: Vec<String>,
    exports: Vec<String>,
}

impl Names {
    fn read(component: &[u8]) -> Result<Self, ContractFault> {
        let mut names = Self {
            imports: Vec::new(),
            exports: Vec::new(),
        };
        // Components and modules inside the component have names of their own.
        let mut depth = 0_u32;
        for payload in Parser::new(0).parse_all(component) {
            match payload.map_err(malformed)? {
                Payload::Version {
                    encoding: Encoding::Module,
                    ..
                } if depth == 0 => {
                    return Err(ContractFault::CoreModule);
                }
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
                Payload::End(_) => depth = depth.saturating_sub(1),
                Payload::ComponentImportSection(section) if depth == 0 => {
                    for import in section {
                        names
                            .imports
                            .push(import.map_err(malformed)?.name.name.to_owned());
                    }
                }
                Payload::ComponentExportSection(section) if depth == 0 => {
                    for export in section {
                        names
                            .exports
                            .push(export.map_err(malformed)?.name.name.to_owned());
                    }
                }
                _ => {}
            }
        }
        Ok(names)
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that `map_err` takes"
)]
fn malformed(error: wasmparser::BinaryReaderError) -> ContractFault {
    ContractFault::Malformed(error.message().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_not_a_component() {
        assert!(matches!(
            Declaration::read(b"hello, world"),
            Err(ContractFault::Malformed(_))
        ));
    }

    #[test]
    fn a_core_module_is_told_apart_from_a_component() {
        let empty_module = b"\0asm\x01\0\0\0";
        assert_eq!(
            Declaration::read(empty_module),
            Err(ContractFault::CoreModule)
        );
    }

    #[test]
    fn a_component_of_something_else_is_refused() {
        let empty_component = b"\0asm\x0d\0\x01\0";
        assert_eq!(
            Declaration::read(empty_component),
            Err(ContractFault::NotAPlugin)
        );
    }

    #[test]
    fn a_contract_version_from_the_future_is_refused_with_both_versions() {
        let mut version = None;
        let fault = contract_interface("claviger:plugin/crypto@0.9.0", &mut version).unwrap_err();
        let message = fault.to_string();
        assert!(
            message.contains("0.9.0") && message.contains("0.1.0"),
            "{message}"
        );
    }

    #[test]
    fn stock_plugins_declare_only_what_they_use() {
        let policy = Declaration::read(crate::plugin::stock::POLICY_ALLOW_LIST).unwrap();
        assert_eq!(policy.role, Role::Policy);
        assert!(policy.capabilities.is_empty() && !policy.wasi);
        let backend = Declaration::read(crate::plugin::stock::BACKEND_SOFTWARE).unwrap();
        assert_eq!(backend.role, Role::Backend);
        assert!(!backend.wasi);
        assert!(backend.capabilities.contains(&Capability::KeyStorage));
    }
}
