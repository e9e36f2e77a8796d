use crate::available::Available;
use crate::capability::Grants;
use crate::name::Name;
use crate::secrets::{PluginSettings, SettingSecret, find_setting_secrets};
use claviger_settings::{Fault, Map, Table, Value};
use std::fmt;
use std::path::Path;

/// One use of a plugin by a key store: as its backend, its directory or one of
/// its policies.
#[derive(Clone, PartialEq)]
pub struct PluginUse {
    /// Which `[plugin.NAME]`.
    pub plugin: Name,
    /// What it is granted here; nothing that is not named.
    pub grants: Grants,
    /// Handed to the plugin as they are but for the secrets; the plugin checks them.
    pub(crate) settings: Map<String, Value>,
    secrets: Vec<SettingSecret>,
    /// Where this use stands in the configuration: `key_store[0].backend`.
    pub table_path: String,
}

impl PluginUse {
    /// The settings as the plugin is given them: `{ secret_file = … }` and
    /// `{ secret_env = … }` replaced by what they name. All faults are returned.
    pub fn read_settings(&self) -> Result<PluginSettings, Vec<Fault>> {
        let path = format!("{}.settings", self.table_path);
        PluginSettings::read(&self.settings, &self.secrets, &path)
    }

    /// The files of secrets in its settings.
    pub(crate) fn secret_files(&self) -> impl Iterator<Item = &Path> {
        self.secrets.iter().filter_map(SettingSecret::file)
    }

    pub(crate) fn read(table: Table<'_>, base: &Path, available: Available<'_>) -> Option<Self> {
        table.require("plugin", "name one of the [plugin.NAME] tables");
        let plugin = available.plugins.reference(&table, "plugin");
        let grants = table
            .table("grants")
            .map_or_else(Grants::default, |grants| Grants::read(grants, available));
        // The plugin finishes its own settings.
        let settings = table.table("settings").map(|settings| {
            (
                settings.map().clone(),
                find_setting_secrets(&settings, base),
            )
        });
        let table_path = table.path().to_owned();
        table.finish();
        let (settings, secrets) = settings.unwrap_or_default();
        Some(Self {
            plugin: plugin?,
            grants,
            settings,
            secrets,
            table_path,
        })
    }
}

/// Settings are left out: a plugin's may hold what only it knows to be secret.
impl fmt::Debug for PluginUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PluginUse")
            .field("plugin", &self.plugin)
            .field("grants", &self.grants)
            .field("settings", &format_args!("[redacted]"))
            .field("secrets", &self.secrets)
            .field("table_path", &self.table_path)
            .finish()
    }
}
