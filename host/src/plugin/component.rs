//! From a file to something that can be instantiated, once per configuration.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_lc_rs::digest;
use claviger_config::{ComponentSource, Digest, Grants, Isolation, Plugin, PluginUse};
use claviger_settings::Fault;
use thiserror::Error;
use tracing::warn;
use wasmtime::Engine;
use wasmtime::component::{Component, Linker};

use super::cache::PluginCache;
use super::contract::{ContractFault, Declaration};
use super::exports::World;
use super::fault::PluginFault;
use super::instance::Recipe;
use super::pool::{Pool, PoolFault};
use super::stock;
use super::store::PluginState;
use crate::capability::{self, Capability};
use crate::deadline::Deadline;
use crate::storage::ScopedStorage;

/// Largest component that is read, in bytes.
const COMPONENT_BYTES: u64 = 64 << 20;

/// A plugin's first instance may take longer than a request: it runs its
/// initialisers on cold caches.
const START: Duration = Duration::from_secs(5);

/// A plugin as configured: read, checked and compiled, linked with nothing yet.
pub(crate) struct PreparedPlugin {
    pub(super) name: String,
    pub(super) declaration: Declaration,
    pub(super) isolation: Isolation,
    pub(super) memory_bytes: usize,
    pub(super) instances: usize,
    component: Component,
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
                    found: hex(&digest),
                });
            }
        }
        // Before anything is compiled: what is it, and do we speak its contract?
        let declaration = Declaration::read(&bytes)?;
        let component = match cache {
            Some(cache) => cache.load_or_compile(engine, &hex(&digest), &bytes),
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
    Ok(hex(&sha256(&read(source)?)))
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut digest = [0; 32];
    digest.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    digest
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// One use of a plugin by a key store, as the pool needs it.
pub(crate) struct PluginBinding<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) plugin: &'a Arc<PreparedPlugin>,
    pub(crate) usage: &'a PluginUse,
    pub(crate) key_store: &'a str,
    /// The key store's part of the storage that is granted.
    pub(crate) key_storage: Option<Arc<ScopedStorage>>,
}

impl PluginBinding<'_> {
    /// Links what is granted and starts the first instance. All faults are
    /// returned, with their key paths.
    pub(crate) async fn start<W: World>(self) -> Result<Pool<W>, Vec<Fault>> {
        let plugin = self.plugin;
        let path = self.usage.path.trim_end_matches(".settings");
        if !W::fits(&plugin.declaration) {
            return Err(vec![Fault {
                path: format!("{path}.plugin"),
                problem: format!(
                    "`{}` is a plugin of world {}, and this place takes {}",
                    plugin.name,
                    plugin.declaration.role.world(),
                    W::ROLE.world()
                ),
                mend: "name a plugin of that world".to_owned(),
            }]);
        }
        let faults = grant_faults(&plugin.declaration, &self.usage.grants, path);
        if !faults.is_empty() {
            return Err(faults);
        }
        let start_fault = |text: String| {
            vec![Fault {
                path: format!("{path}.plugin"),
                problem: format!("`{}` does not start: {text}", plugin.name),
                mend: "see the plugin's documentation, or its vendor".to_owned(),
            }]
        };
        let linked = link(self.engine, &plugin.declaration)
            .and_then(|linker| linker.instantiate_pre(&plugin.component))
            .map_err(|error| start_fault(error.root_cause().to_string()))?;
        let settings = serde_json::Value::Object(self.usage.settings.clone()).to_string();
        let recipe = Recipe {
            engine: self.engine.clone(),
            plugin: Arc::clone(plugin),
            linked,
            key_storage: self.key_storage,
            settings: settings.into(),
            log_source: format!("{}/{}", self.key_store, plugin.name).into(),
        };
        let deadline = Deadline::after(Instant::now(), START);
        Pool::start(recipe, deadline)
            .await
            .map_err(|fault| match fault {
                PoolFault::Settings(faults) => faults
                    .into_iter()
                    .map(|fault| settings_fault(path, &fault.path, fault.problem, fault.mend))
                    .collect(),
                PoolFault::Plugin(PluginFault::Start(text)) => start_fault(text),
                PoolFault::Plugin(fault) => start_fault(fault.to_string()),
            })
    }
}

fn settings_fault(plugin: &str, path: &str, problem: String, mend: String) -> Fault {
    let separator = if path.is_empty() { "" } else { "." };
    Fault {
        path: format!("{plugin}.settings{separator}{path}"),
        problem,
        mend,
    }
}

/// A capability exists for a plugin when the plugin imports it *and* the
/// operator grants it. Either without the other is a mistake of somebody.
fn grant_faults(declaration: &Declaration, grants: &Grants, path: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    for capability in Capability::ALL {
        let wanted = declaration.capabilities.contains(capability);
        let granted = capability.granted_by(grants);
        let label = capability.label();
        let (problem, mend) = match (wanted, granted) {
            (true, false) => (
                format!("the plugin needs the capability `{label}`, and it is not granted"),
                format!("write {} if the plugin may have it", capability.example()),
            ),
            (false, true) => (
                format!("`{label}` is granted, and the plugin does not import it"),
                "take the grant out".to_owned(),
            ),
            _ => continue,
        };
        faults.push(Fault {
            path: format!("{path}.grants.{label}"),
            problem,
            mend,
        });
    }
    faults
}

/// Links the declared capabilities, which [`grant_faults`] found to be granted,
/// and nothing else.
fn link(engine: &Engine, declaration: &Declaration) -> wasmtime::Result<Linker<PluginState>> {
    let mut linker = Linker::new(engine);
    for capability in &declaration.capabilities {
        capability::add_to_linker(*capability, &mut linker)?;
    }
    if declaration.wasi {
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    }
    Ok(linker)
}
