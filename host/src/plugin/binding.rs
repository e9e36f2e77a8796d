//! One use of a plugin by a key store: linked with what the operator granted,
//! and started.

use std::sync::Arc;

use claviger_config::secrets::PluginSettings;
use claviger_config::{Capability, Grants, PluginUse};
use claviger_settings::Fault;
use wasmtime::Engine;
use wasmtime::component::{InstancePre, Linker};

use super::component::PreparedPlugin;
use super::contract::{Declaration, Role, World};
use super::fault::{PluginFault, shown};
use super::instance::{Recipe, SettingsFault, SettingsText, StartFault};
use super::pool::Pool;
use super::store::InstanceState;
use crate::capability::Granted;
use crate::metrics::Counted;
use crate::resources::LaneShare;
use crate::words::printable;

/// Longest message of the linker that is shown, in bytes.
const LINKING_TEXT: usize = 512;

/// One use of a plugin by a key store, as the pool needs it.
pub(crate) struct PluginBinding<'a> {
    pub(crate) plugin: &'a Arc<PreparedPlugin>,
    pub(crate) usage: &'a PluginUse,
    /// What is behind the grants.
    pub(crate) granted: Granted,
    /// The key store's share of the slow lane.
    pub(crate) share: LaneShare,
    /// What is counted of it.
    pub(crate) counted: Counted,
}

impl PluginBinding<'_> {
    /// Links what is granted and starts the first instance. All faults are
    /// returned, with their key paths.
    pub(super) async fn start<W: World>(self) -> Result<Pool<W>, Vec<Fault>> {
        let path = &*self.usage.table_path;
        let linked = self.linked(W::ROLE)?;
        let settings = self.usage.read_settings()?;
        let start_fault = |text: String| self.start_fault(&text);
        let recipe = self.recipe(linked, SettingsText::of(&settings));
        Pool::start(recipe).await.map_err(|fault| match fault {
            StartFault::Settings(faults) => faults
                .into_iter()
                .map(|fault| settings_fault(path, &settings, fault))
                .collect(),
            StartFault::Plugin(PluginFault::Start(cause)) => start_fault(shown(&cause)),
            StartFault::Plugin(fault) => start_fault(fault.to_string()),
        })
    }

    /// The component as one of this role, linked with what is granted.
    pub(super) fn linked(&self, role: Role) -> Result<InstancePre<InstanceState>, Vec<Fault>> {
        let plugin = self.plugin;
        let path = &*self.usage.table_path;
        if plugin.declaration.role != role {
            return Err(vec![Fault {
                path: format!("{path}.plugin"),
                problem: format!(
                    "`{}` is a plugin of world {}; this setting takes a plugin of world {}",
                    plugin.name,
                    plugin.declaration.role.world(),
                    role.world()
                ),
                fix: "name a plugin of that world".to_owned(),
            }]);
        }
        let faults = grant_faults(&plugin.declaration, &self.usage.grants, path);
        if !faults.is_empty() {
            return Err(faults);
        }
        link(&plugin.engine, &plugin.declaration)
            .and_then(|linker| linker.instantiate_pre(&plugin.component))
            .map_err(|error| self.start_fault(&linking(&error)))
    }

    /// How its instances are made, with these settings.
    pub(super) fn recipe(
        &self,
        linked: InstancePre<InstanceState>,
        settings: SettingsText,
    ) -> Recipe {
        Recipe {
            engine: self.plugin.engine.clone(),
            plugin: Arc::clone(self.plugin),
            linked,
            granted: self.granted.clone(),
            settings,
            share: self.share.clone(),
            counted: self.counted.clone(),
        }
    }

    fn start_fault(&self, text: &str) -> Vec<Fault> {
        vec![Fault {
            path: format!("{}.plugin", self.usage.table_path),
            problem: format!("`{}` does not start: {text}", self.plugin.name),
            fix: "see the plugin's documentation, or its vendor".to_owned(),
        }]
    }
}

/// The whole chain: what is missing is named in front of the root cause.
fn linking(error: &wasmtime::Error) -> String {
    printable(&format!("{error:#}"), LINKING_TEXT)
}

/// What the plugin says of its settings, unless it may be about a secret.
fn settings_fault(plugin: &str, settings: &PluginSettings, fault: SettingsFault) -> Fault {
    let SettingsFault { path, problem, fix } = fault;
    if settings.is_told_by(&path, &[&problem, &fix]) {
        let problem = "the plugin refuses a secret in them, or repeats one: its text is withheld";
        let fix = "see the plugin's documentation for what the secret has to be";
        return Fault::new(format!("{plugin}.settings"), problem, fix);
    }
    let separator = if path.is_empty() { "" } else { "." };
    Fault::new(format!("{plugin}.settings{separator}{path}"), problem, fix)
}

/// A capability exists for a plugin when the plugin imports it *and* the
/// operator grants it. Either without the other is a mistake of somebody.
fn grant_faults(declaration: &Declaration, grants: &Grants, path: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    for capability in Capability::ALL {
        let wanted = declaration.capabilities.contains(&capability);
        let granted = grants.contains(capability);
        let goes_without = match capability {
            // Standard libraries import it unasked, and the host does without the grant.
            Capability::Wasi => wanted,
            // An HTTP client names secrets in headers.
            Capability::Secrets => declaration.wasi_http && granted,
            _ => false,
        };
        if goes_without {
            continue;
        }
        let label = capability.label();
        let (problem, fix) = match (wanted, granted) {
            (true, false) => (
                format!("the plugin needs the capability `{label}`, and it is not granted"),
                format!("write {} if the plugin may have it", capability.example()),
            ),
            (false, true) => (
                format!("`{label}` is granted, and the plugin does not import it"),
                "remove the grant".to_owned(),
            ),
            _ => continue,
        };
        let path = format!("{path}.grants.{label}");
        faults.push(Fault::new(path, problem, fix));
    }
    faults
}

/// Links the declared capabilities, which [`grant_faults`] found to be granted but
/// for `wasi`, which knows by itself whether it is; and nothing else.
pub(super) fn link(
    engine: &Engine,
    declaration: &Declaration,
) -> wasmtime::Result<Linker<InstanceState>> {
    let mut linker = Linker::new(engine);
    for capability in &declaration.capabilities {
        (declaration.version.link)(*capability, &mut linker)?;
    }
    Ok(linker)
}
