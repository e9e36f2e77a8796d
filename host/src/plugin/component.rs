//! From a file to a compiled component, once per configuration.

use std::fs;
use std::path::PathBuf;

use aws_lc_rs::digest;
use claviger_config::{ComponentSource, Digest, Isolation, Plugin};
use claviger_settings::Fault;
use thiserror::Error;
use tracing::warn;
use wasmtime::Engine;
use wasmtime::component::Component;

use super::cache::PluginCache;
use super::contract::{ContractFault, Declaration};
use super::stock;

/// Largest component that is read, in bytes.
const COMPONENT_BYTES: u64 = 64 << 20;

/// A plugin as configured: read, checked and compiled, linked with nothing yet.
pub(crate) struct PreparedPlugin {
    pub(super) name: String,
    pub(super) declaration: Declaration,
    pub(super) isolation: Isolation,
    pub(super) memory_bytes: usize,
    pub(super) instances: usize,
    pub(super) component: Component,
}

/// Why a component cannot be used.
#[derive(Debug, Error)]
pub(crate) enum ComponentFault {
    /// `builtin:NAME` of something that is not inside.
    #[error("there is no stock plugin of this name; there are: {}", stock::ALL.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", "))]
    NoSuchStockPlugin,
    /// The file cannot be read.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// Larger than 64 MiB.
    #[error("{0} is larger than 64 MiB")]
    TooLarge(PathBuf),
    /// Not the component that the operator meant.
    #[error("the component's digest is sha256:{found}")]
    Digest {
        /// What it is, in lower-case hexadecimal.
        found: String,
    },
    /// Not a plugin of this host.
    #[error(transparent)]
    Contract(#[from] ContractFault),
    /// Cranelift or the engine's limits refuse it.
    #[error("it cannot be compiled: {0}")]
    Compile(String),
}

impl ComponentFault {
    fn mend(&self) -> String {
        match self {
            Self::NoSuchStockPlugin => "write one of those, or the path of a component".to_owned(),
            Self::Io { .. } => "check the path and its permissions".to_owned(),
            Self::TooLarge(_) => {
                "build it with optimisation and without debug information".to_owned()
            }
            Self::Digest { found } => {
                format!("if this is the component you trust, write digest = \"sha256:{found}\"")
            }
            Self::Contract(_) | Self::Compile(_) => {
                "use a component built for this host".to_owned()
            }
        }
    }
}

impl PreparedPlugin {
    /// Reads, checks and compiles the plugin called `name`.
    pub(crate) fn prepare(
        engine: &Engine,
        cache: Option<&PluginCache>,
        name: &str,
        plugin: &Plugin,
    ) -> Result<Self, ComponentFault> {
        let bytes = read(&plugin.component)?;
        let digest = sha256(&bytes);
        match &plugin.component {
            ComponentSource::Builtin(_) => {}
            ComponentSource::File {
                digest: Digest::Sha256(expected),
                ..
            } if *expected == digest => {}
            ComponentSource::File {
                digest: Digest::Unchecked,
                ..
            } => {
                warn!(
                    plugin = name,
                    "the component's digest is not checked: for development only"
                );
            }
            ComponentSource::File { .. } => {
                return Err(ComponentFault::Digest {
                    found: Digest::digits(&digest),
                });
            }
        }
        // Before anything is compiled: what is it, and do we speak its contract?
        let declaration = Declaration::read(&bytes)?;
        let component = match cache {
            Some(cache) => cache.load_or_compile(engine, &Digest::digits(&digest), &bytes),
            None => Component::new(engine, &bytes),
        }
        .map_err(|error| ComponentFault::Compile(error.root_cause().to_string()))?;
        Ok(Self {
            name: name.to_owned(),
            declaration,
            isolation: plugin.isolation,
            memory_bytes: plugin.memory_bytes,
            instances: plugin.instances,
            component,
        })
    }

    /// The same fault as an entry of a configuration report.
    pub(crate) fn report(name: &str, fault: &ComponentFault) -> Fault {
        let key = match fault {
            ComponentFault::Digest { .. } => "digest",
            _ => "component",
        };
        Fault {
            path: format!("plugin.{name}.{key}"),
            problem: fault.to_string(),
            mend: fault.mend(),
        }
    }
}

fn read(source: &ComponentSource) -> Result<Vec<u8>, ComponentFault> {
    match source {
        ComponentSource::Builtin(name) => stock::by_name(name.as_str())
            .map(<[u8]>::to_vec)
            .ok_or(ComponentFault::NoSuchStockPlugin),
        ComponentSource::File { path, .. } => {
            let io = |source| ComponentFault::Io {
                path: path.clone(),
                source,
            };
            if fs::metadata(path).map_err(io)?.len() > COMPONENT_BYTES {
                return Err(ComponentFault::TooLarge(path.clone()));
            }
            fs::read(path).map_err(io)
        }
    }
}

/// The SHA-256 of a component, in lower-case hexadecimal.
pub(crate) fn digest_of(source: &ComponentSource) -> Result<String, ComponentFault> {
    Ok(Digest::digits(&sha256(&read(source)?)))
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut digest = [0; 32];
    digest.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    digest
}
