//! The plugin on trial: linked with what it is granted, and started as often as wanted.

use std::sync::Arc;
use std::time::{Duration, Instant};

use claviger_config::PluginUse;
use claviger_config::secrets::PluginSettings;
use claviger_settings::Fault;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::capability::{Granted, LogSource, Witness};
use crate::metrics::Counted;
use crate::plugin::PluginBinding;
use crate::plugin::component::PreparedPlugin;
use crate::plugin::contract::{Role, World};
use crate::plugin::description::Description;
use crate::plugin::driver::Driver;
use crate::plugin::fault::PluginFault;
use crate::plugin::instance::{Instance, Recipe, SettingsFault, SettingsText, StartFault};
use crate::plugin::pool::Pool;
use crate::resources::LaneShare;

/// One use of a plugin that is tried.
pub(crate) struct Subject {
    plugin: Arc<PreparedPlugin>,
    usage: PluginUse,
    granted: Granted,
    share: LaneShare,
    counted: Counted,
    witness: Arc<Witness>,
    key_store: Arc<str>,
}

/// What becomes of settings that a plugin is offered.
pub(super) enum Offered {
    Accepted,
    Refused(Vec<SettingsFault>),
}

impl Subject {
    /// From what a key store called `key_store` would start.
    pub(crate) fn new(binding: PluginBinding<'_>, key_store: Arc<str>) -> Self {
        let witness = Arc::new(Witness::default());
        let name = Arc::clone(&binding.granted.log_source.name);
        let log_source = LogSource::on_trial(name, Arc::clone(&witness));
        Self {
            plugin: Arc::clone(binding.plugin),
            usage: binding.usage.clone(),
            granted: Granted {
                log_source: Arc::new(log_source),
                ..binding.granted
            },
            share: binding.share,
            counted: binding.counted,
            witness,
            key_store,
        }
    }

    /// What it exports.
    pub(crate) fn role(&self) -> Role {
        self.plugin.declaration.role
    }

    pub(super) fn key_store(&self) -> Arc<str> {
        Arc::clone(&self.key_store)
    }

    /// Hears what it says.
    pub(super) fn witness(&self) -> &Witness {
        &self.witness
    }

    /// What each instance may have of memory, in bytes.
    pub(super) fn memory_bytes(&self) -> usize {
        self.plugin.memory_bytes
    }

    /// Instances at the most.
    pub(crate) fn instances(&self) -> usize {
        self.plugin.instances
    }

    fn binding(&self) -> PluginBinding<'_> {
        PluginBinding {
            plugin: &self.plugin,
            usage: &self.usage,
            granted: self.granted.clone(),
            share: self.share.clone(),
            counted: self.counted.clone(),
        }
    }

    /// Instances of its own for a check, the first of them started.
    pub(super) async fn pool<W: World>(&self) -> Result<Pool<W>, Vec<Fault>> {
        self.binding()
            .start()
            .await
            .map_err(|faults| self.told(faults))
    }

    /// Faults by their paths below this use of the plugin: nobody has written the rest.
    fn told(&self, faults: Vec<Fault>) -> Vec<Fault> {
        let own = format!("{}.", self.usage.table_path);
        let told = |fault: Fault| match fault.path.strip_prefix(&own) {
            Some(path) => Fault {
                path: path.to_owned(),
                ..fault
            },
            None => fault,
        };
        faults.into_iter().map(told).collect()
    }

    /// The settings that it is given.
    pub(super) fn settings(&self) -> Result<PluginSettings, Vec<Fault>> {
        self.usage.read_settings()
    }

    /// What it says of itself, and how long an instance took until it did.
    pub(super) async fn describe<W: World>(&self) -> Result<(Description, Duration), PluginFault> {
        let began = Instant::now();
        let Begun {
            recipe,
            driver,
            seat,
        } = self.begin(W::ROLE, SettingsText::none()).await?;
        let described = Instance::<W>::describe(&recipe, &driver, seat).await;
        let (_, description) = described.map_err(PluginFault::from)?;
        Ok((description, began.elapsed()))
    }

    /// Offers it other settings: a new instance validates them, and takes them up.
    pub(super) async fn offer<W: World>(
        &self,
        good: &PluginSettings,
        json: &str,
    ) -> Result<Offered, PluginFault> {
        let settings = SettingsText::changed(good, json);
        let Begun {
            recipe,
            driver,
            seat,
        } = self.begin(W::ROLE, settings).await?;
        match Instance::<W>::start_first(&recipe, &driver, seat).await {
            Ok(_) => Ok(Offered::Accepted),
            Err(StartFault::Settings(faults)) => Ok(Offered::Refused(faults)),
            Err(StartFault::Plugin(fault)) => Err(fault),
        }
    }

    async fn begin(&self, role: Role, settings: SettingsText) -> Result<Begun, PluginFault> {
        let binding = self.binding();
        let linked = binding.linked(role).map_err(|faults| {
            let told: Vec<_> = faults.iter().map(ToString::to_string).collect();
            PluginFault::Start(wasmtime::Error::msg(told.join("; ")))
        })?;
        let recipe = Arc::new(binding.recipe(linked, settings));
        let driver = Driver::new(recipe.share.clone());
        let seat = Arc::new(Semaphore::new(1)).acquire_owned().await;
        Ok(Begun {
            recipe,
            driver,
            seat: seat.map_err(|_| PluginFault::Busy)?,
        })
    }
}

/// What one instance is made of.
struct Begun {
    recipe: Arc<Recipe>,
    driver: Driver,
    seat: OwnedSemaphorePermit,
}
