//! One running instance of a plugin, and the only way to call into it.

use std::sync::Arc;
use std::time::Instant;

use claviger_config::secrets::PluginSettings;
use wasmtime::component::{ComponentNamedList, InstancePre, Lift, Lower, TypedFunc};
use wasmtime::{Engine, Store, Trap};
use zeroize::Zeroize as _;

use super::component::PreparedPlugin;
use super::contract::{Configure, World};
use super::exports::Exports;
use super::fault::PluginFault;
use super::store::{InstanceState, store};
use crate::capability::Granted;
use crate::resources::EPOCH;
use crate::words::Deadline;

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
}

/// The `settings` table as JSON. Wiped when dropped.
pub(super) struct SettingsText {
    json: Arc<str>,
    /// What the plugin says while it reads them is withheld from the log: there are
    /// secrets in them.
    sensitivity: Sensitivity,
}

impl SettingsText {
    pub(super) fn of(settings: &PluginSettings) -> Self {
        Self {
            json: settings.json.as_str().into(),
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
    /// A component that can wait in an import runs on a fiber of its own, so
    /// that it does not hold a thread; the others are called directly.
    waits: bool,
    pub(super) world: W,
}

impl<W: World> Instance<W> {
    /// Instantiates and configures.
    pub(super) async fn start(recipe: &Recipe, deadline: Deadline) -> Result<Self, StartFault> {
        let (engine, memory) = (&recipe.engine, recipe.plugin.memory_bytes);
        let mut store = store(engine, recipe.granted.clone(), memory, deadline);
        let waits = recipe.plugin.declaration.waits();

        arm(&mut store, deadline)?;
        let instantiated = if waits {
            let instantiate = recipe.linked.instantiate_async(&mut store);
            match tokio::time::timeout_at(deadline.as_tokio(), instantiate).await {
                Ok(instantiated) => instantiated,
                Err(_) => return Err(PluginFault::Deadline.into()),
            }
        } else {
            recipe.linked.instantiate(&mut store)
        };
        let instance = instantiated.map_err(start_fault)?;
        let mut exports = Exports {
            store: &mut store,
            instance,
            version: recipe.plugin.declaration.version,
        };
        let configure = Configure::find(&mut exports).map_err(start_fault)?;
        let world = W::find(&mut exports).map_err(start_fault)?;

        let mut started = Self {
            store,
            waits,
            world,
        };
        let SettingsText { json, sensitivity } = &recipe.settings;
        configure
            .call(&mut started, deadline, *sensitivity, Arc::clone(json))
            .await?
            .map_err(StartFault::Settings)?;
        Ok(started)
    }
}

impl<W> Instance<W> {
    /// Calls one of the functions of [`Self::world`], until `deadline`. After any
    /// error the instance must not be used again, and neither after this future
    /// was dropped half-way: the pool sees to both.
    pub(super) async fn run<P, R>(
        &mut self,
        deadline: Deadline,
        sensitivity: Sensitivity,
        function: TypedFunc<P, R>,
        parameters: P,
    ) -> Result<R, PluginFault>
    where
        P: ComponentNamedList + Lower + Send + Sync + 'static,
        R: ComponentNamedList + Lift + Send + Sync + 'static,
    {
        arm(&mut self.store, deadline)?;
        let withhold = sensitivity == Sensitivity::Plaintext;
        let capabilities = &mut self.store.data_mut().capabilities;
        capabilities.begin_call(deadline, withhold);
        let result = if self.waits {
            let call = function.call_async(&mut self.store, parameters);
            match tokio::time::timeout_at(deadline.as_tokio(), call).await {
                Ok(result) => result,
                Err(_) => return Err(PluginFault::Deadline),
            }
        } else {
            function.call(&mut self.store, parameters)
        };
        result.map_err(trapped)
    }
}

/// Gives the guest until `deadline` to compute.
fn arm(store: &mut Store<InstanceState>, deadline: Deadline) -> Result<(), PluginFault> {
    let left = deadline
        .remaining(Instant::now())
        .ok_or(PluginFault::Deadline)?;
    let ticks = left.as_nanos() / EPOCH.as_nanos();
    store.set_epoch_deadline(u64::try_from(ticks).unwrap_or(u64::MAX).max(1));
    Ok(())
}

fn trapped(error: wasmtime::Error) -> PluginFault {
    match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt) => PluginFault::Deadline,
        _ => PluginFault::Trapped(error),
    }
}

fn start_fault(error: wasmtime::Error) -> StartFault {
    match trapped(error) {
        PluginFault::Trapped(cause) => PluginFault::Start(cause).into(),
        fault => fault.into(),
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
