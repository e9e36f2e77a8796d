//! From a file to a compiled component, once per configuration.

use std::sync::Arc;

use claviger_config::{Digest, Isolation, Plugin};
use claviger_settings::Fault;
use thiserror::Error;
use wasmtime::Engine;
use wasmtime::component::Component;

use super::contract::{ContractFault, Declaration};
use crate::resources::{
    ArtefactCache, CompileFault, ComponentSourceFault, Epochs, ReadComponent, Runtime,
};

/// A plugin as configured: read, checked and compiled, linked with nothing yet.
pub(crate) struct PreparedPlugin {
    pub(super) name: String,
    /// SHA-256 of the component, in hexadecimal.
    pub(super) digest: String,
    pub(super) declaration: Declaration,
    pub(super) isolation: Isolation,
    pub(super) memory_bytes: usize,
    pub(super) instances: usize,
    pub(super) engine: Engine,
    pub(super) epochs: Epochs,
    pub(super) component: Arc<Component>,
}

/// Why a component cannot be used.
#[derive(Debug, Error)]
pub(crate) enum ComponentFault {
    /// It cannot be read or compiled.
    #[error(transparent)]
    Source(#[from] ComponentSourceFault),
    /// Not a plugin of this host.
    #[error(transparent)]
    Contract(#[from] ContractFault),
    /// The thread that was to read it ended.
    #[error("the host failed to read it")]
    Host,
}

impl PreparedPlugin {
    /// Reads, checks and compiles the plugin called `name`, on a thread that may wait.
    pub(crate) async fn prepare(
        runtime: &Runtime,
        cache: Option<&Arc<ArtefactCache>>,
        name: &str,
        plugin: &Plugin,
    ) -> Result<Self, ComponentFault> {
        let (runtime, cache) = (runtime.clone(), cache.cloned());
        let (name, plugin) = (name.to_owned(), plugin.clone());
        tokio::task::spawn_blocking(move || {
            Self::prepare_here(&runtime, cache.as_deref(), &name, &plugin)
        })
        .await
        .map_err(|_| ComponentFault::Host)?
    }

    fn prepare_here(
        runtime: &Runtime,
        cache: Option<&ArtefactCache>,
        name: &str,
        plugin: &Plugin,
    ) -> Result<Self, ComponentFault> {
        let read = ReadComponent::read(name, &plugin.component)?;
        // Before anything is compiled: what is it, and do we speak its contract?
        let declaration = Declaration::read(read.bytes())?;
        Ok(Self {
            name: name.to_owned(),
            digest: Digest::digits(&read.digest()),
            declaration,
            isolation: plugin.isolation,
            memory_bytes: plugin.memory_bytes,
            instances: plugin.instances,
            engine: runtime.engine().clone(),
            epochs: runtime.epochs().clone(),
            component: runtime
                .compile(&read, plugin.compile, cache)
                .map_err(ComponentSourceFault::from)?,
        })
    }
}

impl ComponentFault {
    /// As an entry of a configuration report, for the plugin called `name`.
    pub(crate) fn report(&self, name: &str) -> Fault {
        let key = match self {
            Self::Source(ComponentSourceFault::Digest { .. }) => "digest",
            Self::Source(ComponentSourceFault::Compile(
                CompileFault::Time(_) | CompileFault::Memory(_),
            )) => "compile",
            _ => "component",
        };
        Fault {
            path: format!("plugin.{name}.{key}"),
            problem: self.to_string(),
            fix: match self {
                Self::Source(fault) => fault.fix(),
                Self::Contract(fault) => fault.fix().to_owned(),
                Self::Host => "report it with the component".to_owned(),
            },
        }
    }
}
