use crate::available::Available;
use crate::capability::Grants;
use crate::name::Name;
use claviger_settings::{Map, Table, Value};
use std::fmt;

/// One use of a plugin by a key store: as its backend, its directory or one of
/// its policies.
#[derive(Clone, PartialEq)]
pub struct PluginUse {
    /// Which `[plugin.NAME]`.
    pub plugin: Name,
    /// What it is granted here; nothing that is not named.
    pub grants: Grants,
    /// Handed to the plugin as they are; the plugin checks them.
    pub settings: Map<String, Value>,
    /// Where this use stands in the configuration: `key_store[0].backend`.
    pub table_path: String,
}

impl PluginUse {
    pub(crate) fn read(table: Table<'_>, available: Available<'_>) -> Option<Self> {
        table.require("plugin", "name one of the [plugin.NAME] tables");
        let plugin = available.plugins.reference(&table, "plugin");
        let grants = table
            .table("grants")
            .map_or_else(Grants::default, |grants| Grants::read(grants, available));
        // The plugin finishes its own settings.
        let settings = table
            .table("settings")
            .map(|settings| settings.map().clone());
        let table_path = table.path().to_owned();
        table.finish();
        Some(Self {
            plugin: plugin?,
            grants,
            settings: settings.unwrap_or_default(),
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
            .field("table_path", &self.table_path)
            .finish()
    }
}
