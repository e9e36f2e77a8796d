//! One running instance of a plugin, and the only way to call into it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use claviger_config::secrets::PluginSettings;
use tokio::sync::OwnedSemaphorePermit;
use wasmtime::component::{ComponentNamedList, InstancePre, Lift, Lower, TypedFunc};
use wasmtime::{Engine, Store, Trap};
use zeroize::Zeroize as _;

use super::component::PreparedPlugin;
use super::contract::{Lifecycle, Purpose, World};
use super::description::Description;
use super::driver::Driver;
use super::exports::Exports;
use super::fault::PluginFault;
use super::store::{InstanceState, store};
use super::turn::{Budget, FIRST, Signals};
use crate::capability::Granted;
use crate::metrics::Counted;
use crate::resources::{LaneShare, sha256};
use crate::words::Deadline;

/// Processor time that an instance may take to start: a large runtime, or a large set
/// of policies that is parsed.
const START_COMPUTES: Duration = Duration::from_secs(5);
/// Until an instance has to be there, also when other key stores' guests compute.
const START: Duration = Duration::from_secs(15);

/// What is in the plugin's hands during a call, which decides what its log
/// lines may carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sensitivity {
    /// No plaintext and no key.
    Plain,
    /// A plaintext, or a secret of its settings: log texts are withheld.
    Plaintext,
}

/// How instances of one plugin are made for one key store.
pub(super) struct Recipe {
    pub(super) engine: Engine,
    pub(super) plugin: Arc<PreparedPlugin>,
    pub(super) linked: InstancePre<InstanceState>,
    pub(super) granted: Granted,
    pub(super) settings: SettingsText,
    /// The key store's.
    pub(super) share: LaneShare,
    pub(super) counted: Counted,
}

/// The `settings` table as JSON. Wiped when dropped.
pub(super) struct SettingsText {
    json: Arc<str>,
    /// What the plugin says while it reads them is withheld from the log: there are
    /// secrets in them.
    sensitivity: Sensitivity,
}

impl SettingsText {
    pub(super) fn digest(&self) -> [u8; 32] {
        sha256(self.json.as_bytes())
    }

    /// For a plugin that is only asked what it is.
    pub(super) fn none() -> Self {
        Self {
            json: "{}".into(),
            sensitivity: Sensitivity::Plain,
        }
    }

    pub(super) fn of(settings: &PluginSettings) -> Self {
        Self::changed(settings, &settings.json)
    }

    /// Others that are made of these.
    pub(super) fn changed(settings: &PluginSettings, json: &str) -> Self {
        Self {
            json: json.into(),
            sensitivity: if settings.hold_secrets() {
                Sensitivity::Plaintext
            } else {
                Sensitivity::Plain
            },
        }
    }
}

impl Drop for SettingsText {
    fn drop(&mut self) {
        // Nobody else holds it: calls take it and give it back.
        if let Some(json) = Arc::get_mut(&mut self.json) {
            json.zeroize();
        }
    }
}

/// One fault of the settings, as the plugin reports it.
pub(crate) struct SettingsFault {
    /// Below the plugin's settings; empty for the settings as a whole.
    pub(crate) path: String,
    pub(crate) problem: String,
    pub(crate) fix: String,
}

/// Why no instance came to be.
pub(super) enum StartFault {
    /// The plugin refuses its settings.
    Settings(Vec<SettingsFault>),
    /// It does not start at all.
    Plugin(PluginFault),
}

/// A store, the instance in it, and its functions.
pub(super) struct Instance<W> {
    store: Store<InstanceState>,
    signals: Arc<Signals>,
    pub(super) world: W,
    /// One of as many as the pool may have.
    _seat: OwnedSemaphorePermit,
}

/// An instance after a call that went well, and what the call returned. The others
/// have dropped theirs.
pub(super) type Returned<I, R> = Result<(I, R), PluginFault>;

impl<W: World> Instance<W> {
    /// Instantiates and configures, on the slow lane.
    pub(super) async fn start(
        recipe: &Arc<Recipe>,
        driver: &Driver,
        seat: OwnedSemaphorePermit,
    ) -> Result<Self, StartFault> {
        let starting = Starting::new(recipe, driver);
        let (started, lifecycle) = starting.instantiate(seat).await?;
        starting
            .hand_settings(started, &lifecycle, Purpose::Configure)
            .await
    }

    /// An instance that has no settings, and what it says of itself.
    pub(super) async fn describe(
        recipe: &Arc<Recipe>,
        driver: &Driver,
        seat: OwnedSemaphorePermit,
    ) -> Result<(Self, Description), StartFault> {
        let starting = Starting::new(recipe, driver);
        let (started, lifecycle) = starting.instantiate(seat).await?;
        starting.describe(started, &lifecycle).await
    }

    /// The first instance for a configuration: it says what it is, and whether the
    /// settings are right.
    pub(super) async fn start_first(
        recipe: &Arc<Recipe>,
        driver: &Driver,
        seat: OwnedSemaphorePermit,
    ) -> Result<(Self, Description), StartFault> {
        let starting = Starting::new(recipe, driver);
        let (started, lifecycle) = starting.instantiate(seat).await?;
        let (mut started, description) = starting.describe(started, &lifecycle).await?;
        for purpose in [Purpose::Validate, Purpose::Configure] {
            started = starting.hand_settings(started, &lifecycle, purpose).await?;
        }
        Ok((started, description))
    }

    async fn instantiate(
        recipe: Arc<Recipe>,
        signals: Arc<Signals>,
        budget: Budget,
        seat: OwnedSemaphorePermit,
    ) -> Returned<Self, Lifecycle> {
        let memory = recipe.plugin.memory_bytes;
        let granted = recipe.granted.clone();
        let mut store = store(
            &recipe.engine,
            granted,
            memory,
            Arc::clone(&signals),
            budget,
            recipe.plugin.declaration.wasi_http,
        );
        store.set_epoch_deadline(FIRST);
        let instance = recipe.linked.instantiate_async(&mut store).await;
        let mut exports = Exports {
            instance: instance.map_err(start_fault)?,
            store: &mut store,
            version: recipe.plugin.declaration.version,
        };
        let lifecycle = Lifecycle::find(&mut exports).map_err(start_fault)?;
        let world = W::find(&mut exports).map_err(start_fault)?;
        let started = Self {
            store,
            signals,
            world,
            _seat: seat,
        };
        Ok((started, lifecycle))
    }
}

impl<W> Instance<W> {
    /// What its calls tell their driver.
    pub(super) fn signals(&self) -> Arc<Signals> {
        Arc::clone(&self.signals)
    }

    /// What it has taken of memory, in bytes.
    pub(super) fn memory(&self) -> usize {
        self.store.data().memory()
    }

    /// Whether little is left of its memory or its handles.
    pub(super) fn is_nearly_full(&self) -> bool {
        self.store.data().is_nearly_full()
    }

    /// Whether this text of its last call may hold what nobody should see.
    pub(super) fn withholds(&self, text: &str) -> bool {
        self.store.data().withholds(text)
    }

    /// Calls one of its functions. To be driven by [`Driver`], which keeps the
    /// deadline while the guest waits; while it computes, the store does. The
    /// instance ends with a call that fails, and with one that is dropped half-way.
    pub(super) async fn run<P, R>(
        mut self,
        budget: Budget,
        sensitivity: Sensitivity,
        function: TypedFunc<P, R>,
        parameters: P,
    ) -> Returned<Self, R>
    where
        P: ComponentNamedList + Lower + Send + Sync + 'static,
        R: ComponentNamedList + Lift + Send + Sync + 'static,
    {
        self.store.set_epoch_deadline(FIRST);
        let withhold = sensitivity == Sensitivity::Plaintext;
        self.store.data_mut().begin_call(budget, withhold);
        let result = function.call_async(&mut self.store, parameters).await;
        self.store.data_mut().end_call();
        match result {
            Ok(answer) => Ok((self, answer)),
            Err(error) => Err(match (trapped(error), self.store.data().last_words()) {
                (PluginFault::Trapped(cause), Some(words)) => {
                    let text = format!("{}; it wrote: {words}", cause.root_cause());
                    PluginFault::Trapped(wasmtime::Error::msg(text))
                }
                (fault, _) => fault,
            }),
        }
    }
}

/// The calls that make an instance, which share one budget.
struct Starting<'r> {
    recipe: &'r Arc<Recipe>,
    driver: &'r Driver,
    signals: Arc<Signals>,
    budget: Budget,
}

impl<'r> Starting<'r> {
    fn new(recipe: &'r Arc<Recipe>, driver: &'r Driver) -> Self {
        let deadline = Deadline::after(Instant::now(), START);
        Self {
            recipe,
            driver,
            signals: Arc::new(Signals::new(recipe.plugin.epochs.clone())),
            budget: Budget::background(deadline, START_COMPUTES),
        }
    }

    async fn instantiate<W: World>(
        &self,
        seat: OwnedSemaphorePermit,
    ) -> Result<(Instance<W>, Arc<Lifecycle>), StartFault> {
        let (recipe, signals) = (Arc::clone(self.recipe), Arc::clone(&self.signals));
        let made = Instance::instantiate(recipe, signals, self.budget, seat);
        let made = self.driver.drive(self.budget, &self.signals, made);
        let (instance, lifecycle) = made.await?.0?;
        Ok((instance, Arc::new(lifecycle)))
    }

    async fn describe<W: World>(
        &self,
        instance: Instance<W>,
        lifecycle: &Arc<Lifecycle>,
    ) -> Result<(Instance<W>, Description), StartFault> {
        let (lifecycle, budget) = (Arc::clone(lifecycle), self.budget);
        let called = async move { lifecycle.describe(instance, budget).await };
        let called = self.driver.drive(budget, &self.signals, called);
        Ok(called.await?.0?)
    }

    async fn hand_settings<W: World>(
        &self,
        instance: Instance<W>,
        lifecycle: &Arc<Lifecycle>,
        purpose: Purpose,
    ) -> Result<Instance<W>, StartFault> {
        let SettingsText { json, sensitivity } = &self.recipe.settings;
        let (lifecycle, budget) = (Arc::clone(lifecycle), self.budget);
        let (json, sensitivity) = (Arc::clone(json), *sensitivity);
        let called = async move {
            lifecycle
                .hand(instance, budget, sensitivity, json, purpose)
                .await
        };
        let called = self.driver.drive(budget, &self.signals, called);
        let (instance, accepted) = called.await?.0?;
        accepted.map_err(StartFault::Settings)?;
        Ok(instance)
    }
}

fn trapped(error: wasmtime::Error) -> PluginFault {
    match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt) => PluginFault::Deadline,
        _ => PluginFault::Trapped(error),
    }
}

fn start_fault(error: wasmtime::Error) -> PluginFault {
    match trapped(error) {
        PluginFault::Trapped(cause) => PluginFault::Start(cause),
        fault => fault,
    }
}

impl From<PluginFault> for StartFault {
    fn from(fault: PluginFault) -> Self {
        Self::Plugin(fault)
    }
}

impl From<StartFault> for PluginFault {
    fn from(fault: StartFault) -> Self {
        match fault {
            StartFault::Plugin(fault) => fault,
            // The same settings were accepted at start-up.
            StartFault::Settings(_) => {
                Self::BadAnswer("it refused settings that it had accepted before")
            }
        }
    }
}
