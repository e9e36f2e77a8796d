//! What a component says of itself, read from its bytes before anything of it
//! is compiled or run: the contract version, its role, and the capabilities it
//! wants.
//!
//! All three are in the names of its imports and exports
//! (`claviger:plugin/crypto@0.1.0`), so a plugin in any language carries them
//! without doing anything for it.

use std::collections::BTreeSet;

use claviger_config::Capability;
use thiserror::Error;
use wasmparser::{Encoding, Parser, Payload};

use super::wasi::{self, WasiFault};
use super::{VERSIONS, Version, supported};
use crate::words::printable;

const PACKAGE: &str = "claviger:plugin/";

/// Longest name of a component's that is shown, in bytes.
const NAME: usize = 128;

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
}

/// A component's own statement of what it is.
#[derive(Debug)]
pub(crate) struct Declaration {
    /// The contract version.
    pub(crate) version: &'static Version,
    /// The world it exports.
    pub(crate) role: Role,
    /// The capabilities it imports: `wasi` with any interface of it, `http` with those
    /// of `wasi:http`.
    pub(crate) capabilities: BTreeSet<Capability>,
    /// Whether it imports `wasi:http`.
    pub(crate) wasi_http: bool,
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
    #[error(
        "it was built for contract {plugin}, and this host speaks {}: rebuild it with a matching claviger-sdk or use another host",
        supported()
    )]
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
    /// Wants something of WASI that this host does not have.
    #[error(transparent)]
    Wasi(#[from] WasiFault),
    /// Wants something that plugins of its role cannot be granted.
    #[error("it imports `{import}`, which the world {world} does not have")]
    ImportOfAnotherWorld {
        /// The interface.
        import: &'static str,
        /// The world that it exports.
        world: &'static str,
    },
}

impl Declaration {
    /// The number of the contract's version.
    pub(crate) fn contract(&self) -> &'static str {
        self.version.number
    }

    /// Reads the declaration of a component.
    pub(crate) fn read(component: &[u8]) -> Result<Self, ContractFault> {
        Self::of(&Names::read(component)?)
    }

    fn of(names: &Names) -> Result<Self, ContractFault> {
        let mut exports = BTreeSet::new();
        let mut capabilities = BTreeSet::new();
        let (mut version, mut wasi_http) = (None, None);

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
                    let capability = Capability::ALL
                        .into_iter()
                        .filter(|capability| *capability != Capability::Wasi)
                        .find(|capability| capability.label() == interface)
                        .ok_or_else(|| unknown(name))?;
                    capabilities.insert(capability);
                }
                None if name.starts_with("wasi:") => {
                    let capability = wasi::admit(name)?;
                    if capability == Capability::Http {
                        wasi_http = Some(name);
                    }
                    capabilities.insert(capability);
                }
                None => return Err(unknown(name)),
            }
        }
        let role = [Role::Backend, Role::Directory, Role::Policy]
            .into_iter()
            .find(|role| {
                (version.exports)(*role)
                    .iter()
                    .all(|interface| exports.contains(*interface))
            })
            .ok_or_else(|| ContractFault::NoWorld {
                exports: printable(
                    &exports.iter().cloned().collect::<Vec<_>>().join(", "),
                    NAME,
                ),
            })?;
        let foreign = capabilities
            .iter()
            .find(|capability| !(version.imports)(role).contains(capability));
        match (foreign, wasi_http) {
            (None, _) => {}
            (Some(Capability::Http), Some(name)) => return Err(WasiFault::network(name).into()),
            (Some(foreign), _) => {
                return Err(ContractFault::ImportOfAnotherWorld {
                    import: foreign.label(),
                    world: role.world(),
                });
            }
        }
        Ok(Self {
            version,
            role,
            capabilities,
            wasi_http: wasi_http.is_some(),
        })
    }
}

impl ContractFault {
    /// What the operator can do about it.
    pub(crate) fn fix(&self) -> &'static str {
        match self {
            Self::Wasi(fault) => fault.fix(),
            _ => "use a component built for this host",
        }
    }
}

fn unknown(import: &str) -> ContractFault {
    ContractFault::UnknownImport(printable(import, NAME))
}

/// The interface of `claviger:plugin/INTERFACE@VERSION`, or `None` for a name of
/// another package.
fn contract_interface<'n>(
    name: &'n str,
    version: &mut Option<&'static Version>,
) -> Result<Option<&'n str>, ContractFault> {
    let Some(rest) = name.strip_prefix(PACKAGE) else {
        return Ok(None);
    };
    let (interface, named) = rest.split_once('@').unwrap_or((rest, "none"));
    let supported = VERSIONS.iter().find(|version| version.number == named);
    match (supported, *version) {
        (Some(supported), None) => *version = Some(supported),
        (Some(supported), Some(first)) if supported.number == first.number => {}
        _ => {
            return Err(ContractFault::Version {
                plugin: printable(named, NAME),
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
            Declaration::read(empty_module).err(),
            Some(ContractFault::CoreModule)
        );
    }

    #[test]
    fn a_component_imports_only_what_its_world_has() {
        let named = |imports: &[&str], exports: &[&str]| {
            let qualified = |names: &[&str]| -> Vec<String> {
                let names = names.iter();
                names
                    .map(|name| format!("claviger:plugin/{name}@0.1.0"))
                    .collect()
            };
            Declaration::of(&Names {
                imports: qualified(imports),
                exports: qualified(exports),
            })
        };
        let policy = (VERSIONS[0].exports)(Role::Policy);
        assert!(named(&["types", "log"], policy).is_ok());
        for import in ["aead", "key-storage", "pkcs11", "random"] {
            let world = "authorization-policy";
            assert_eq!(
                named(&["log", import], policy).err(),
                Some(ContractFault::ImportOfAnotherWorld { import, world })
            );
        }
        let directory = (VERSIONS[0].exports)(Role::Directory);
        assert!(named(&["log", "random", "key-storage"], directory).is_ok());
        assert!(named(&["pkcs11"], directory).is_err());
        let all = ["aead", "key-storage", "log", "pkcs11", "random"];
        assert!(named(&all, (VERSIONS[0].exports)(Role::Backend)).is_ok());
    }

    #[test]
    fn a_component_of_something_else_is_refused() {
        let empty_component = b"\0asm\x0d\0\x01\0";
        assert_eq!(
            Declaration::read(empty_component).err(),
            Some(ContractFault::NotAPlugin)
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
        let policy = Declaration::read(crate::resources::stock::POLICY_ALLOW_LIST).unwrap();
        assert_eq!(policy.role, Role::Policy);
        assert!(policy.capabilities.is_empty());
        let backend = Declaration::read(crate::resources::stock::BACKEND_SOFTWARE).unwrap();
        assert_eq!(backend.role, Role::Backend);
        assert!(!backend.capabilities.contains(&Capability::Wasi));
        assert!(backend.capabilities.contains(&Capability::KeyStorage));
    }
}
