//! What a component is, found out without a configuration and without granting it
//! anything: for `claviger plugin inspect`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use claviger_config::{Capability, CompileLimits, ComponentSource, Isolation, Plugin};
use tokio::sync::Semaphore;

use super::binding::link;
use super::component::{ComponentFault, PreparedPlugin};
use super::contract::{self, Role, World};
use super::description::Description;
use super::driver::Driver;
use super::fault::{PluginFault, shown};
use super::instance::{Instance, Recipe, SettingsText, StartFault};
use crate::capability::{Granted, LogSource};
use crate::metrics::PluginMetrics;
use crate::resources::Runtime;

/// The most memory that an instance is given here, in bytes: as much as a configuration
/// can give.
pub(crate) const MEMORY: usize = 512 << 20;

/// What was found out.
pub(crate) struct Inspection {
    /// The version of the contract.
    pub(crate) contract: &'static str,
    pub(crate) world: &'static str,
    /// What it imports, and has to be granted.
    pub(crate) capabilities: Vec<Capability>,
    /// SHA-256 in hexadecimal.
    pub(crate) digest: String,
    /// Linear memories and tables of an instance.
    pub(crate) memories: u32,
    pub(crate) tables: u32,
    /// From bytes to a component that can be instantiated.
    pub(crate) compile: Duration,
    /// What its first instance says, or why there is none.
    pub(crate) started: Result<Started, String>,
}

/// An instance that has described itself.
pub(crate) struct Started {
    pub(crate) description: Description,
    pub(crate) start: Duration,
    /// Of its largest memory, in bytes.
    pub(crate) memory: usize,
}

/// Reads, compiles and starts a component, and asks it what it is.
pub(crate) async fn inspect(
    runtime: &Runtime,
    component: ComponentSource,
) -> Result<Inspection, ComponentFault> {
    let plugin = Plugin {
        component,
        isolation: Isolation::Warm,
        memory_bytes: MEMORY,
        instances: 1,
        compile: CompileLimits::default(),
        table_path: "plugin".to_owned(),
    };
    let began = Instant::now();
    let prepared = PreparedPlugin::prepare(runtime, None, "inspected", &plugin).await?;
    let compile = began.elapsed();
    let prepared = Arc::new(prepared);
    let started = match prepared.declaration.role {
        Role::Backend => start::<contract::Backend>(runtime, &prepared).await,
        Role::Directory => start::<contract::Directory>(runtime, &prepared).await,
        Role::Policy => start::<contract::Policy>(runtime, &prepared).await,
    };
    let required = prepared.component.resources_required();
    Ok(Inspection {
        contract: prepared.declaration.version.number,
        world: prepared.declaration.role.world(),
        capabilities: prepared.declaration.capabilities.iter().copied().collect(),
        digest: prepared.digest.clone(),
        memories: required.as_ref().map_or(0, |it| it.num_memories),
        tables: required.as_ref().map_or(0, |it| it.num_tables),
        compile,
        started: started.map_err(|fault| match fault {
            StartFault::Plugin(PluginFault::Start(cause)) => shown(&cause),
            fault => PluginFault::from(fault).to_string(),
        }),
    })
}

async fn start<W: World>(
    runtime: &Runtime,
    prepared: &Arc<PreparedPlugin>,
) -> Result<Started, StartFault> {
    let linked = link(&prepared.engine, &prepared.declaration)
        .and_then(|linker| linker.instantiate_pre(&prepared.component))
        .map_err(PluginFault::Start)?;
    let name: Arc<str> = "inspected".into();
    let metrics = PluginMetrics::default();
    let recipe = Arc::new(Recipe {
        engine: prepared.engine.clone(),
        plugin: Arc::clone(prepared),
        linked,
        granted: Granted::nothing(LogSource::new(Arc::clone(&name))),
        settings: SettingsText::none(),
        share: runtime.lane().share(),
        counted: metrics.of(&name, &name),
    });
    let driver = Driver::new(recipe.share.clone());
    let seat = Arc::new(Semaphore::new(1)).acquire_owned().await;
    let seat = seat.map_err(|_| PluginFault::Busy)?;
    let began = Instant::now();
    let (instance, description) = Instance::<W>::describe(&recipe, &driver, seat).await?;
    Ok(Started {
        description,
        start: began.elapsed(),
        memory: instance.memory(),
    })
}
