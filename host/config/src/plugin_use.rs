use crate::declared::Declared;
use crate::name::Name;
use crate::plugin::Plugin;
use crate::storage::Storage;
use crate::token::Token;
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
    /// Where the settings stand in the configuration: the prefix of the paths in
    /// the plugin's faults. `key_store[0].backend.settings`.
    pub path: String,
}

/// The capabilities granted to one use of a plugin.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grants {
    /// Lines for the operator's log.
    pub log: bool,
    /// Random bytes.
    pub random: bool,
    /// AES-256-GCM by the host.
    pub aead: bool,
    /// Named records in this `[storage.NAME]`.
    pub key_storage: Option<Name>,
    /// AES keys on these `[tokens.NAME]`; none when empty.
    pub pkcs11: Vec<Name>,
}

/// What a use of a plugin may refer to.
#[derive(Clone, Copy)]
pub(crate) struct Available<'a> {
    pub(crate) plugins: &'a Declared<Plugin>,
    pub(crate) storage: &'a Declared<Storage>,
    pub(crate) tokens: &'a Declared<Token>,
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
        let path = table.path_of("settings");
        table.finish();
        Some(Self {
            plugin: plugin?,
            grants,
            settings: settings.unwrap_or_default(),
            path,
        })
    }
}

impl Grants {
    fn read(table: Table<'_>, available: Available<'_>) -> Self {
        let granted = |capability| table.flag(capability).unwrap_or_default();
        let grants = Self {
            log: granted("log"),
            random: granted("random"),
            aead: granted("aead"),
            key_storage: available.storage.reference(&table, "key-storage"),
            pkcs11: available.tokens.references(&table, "pkcs11"),
        };
        table.finish_naming("capability");
        grants
    }
}

/// Settings are left out: a plugin's may hold what only it knows to be secret.
impl fmt::Debug for PluginUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PluginUse")
            .field("plugin", &self.plugin)
            .field("grants", &self.grants)
            .field("settings", &format_args!("[redacted]"))
            .field("path", &self.path)
            .finish()
    }
}
