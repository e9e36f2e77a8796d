use crate::{Configuration, ConfigurationFault, document, scalar};
use claviger_settings::{Table, read_map};
use std::path::{Path, PathBuf};

/// `[control]`: how the operator's commands reach a host that serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Control {
    /// A Unix socket that the host makes: mode 0600, so that only its own user and root
    /// can use it.
    pub socket: PathBuf,
    /// Which key stores and keys are switched off. Survives the host.
    pub switches: PathBuf,
}

impl Control {
    /// Of a configuration file whose other faults do not matter: a host can be commanded
    /// while its file is being changed. `None` when the file has no such table.
    ///
    /// # Errors
    /// When the file cannot be read, or is no TOML, or this table has a fault.
    pub fn of_file(path: &Path) -> Result<Option<Self>, ConfigurationFault> {
        let text = Configuration::read_text(path)?;
        let base = path.parent().unwrap_or(Path::new(""));
        let read = document::parse(&text).and_then(|mut root| {
            root.retain(|name, _| name == "control");
            read_map(&root, |root| match root.table("control") {
                None => Some(None),
                Some(control) => Self::read(control, base).map(Some),
            })
        });
        read.map_err(|faults| ConfigurationFault::Faulty {
            path: path.to_owned(),
            faults,
        })
    }

    pub(crate) fn read(table: Table<'_>, base: &Path) -> Option<Self> {
        table.require("socket", "name a socket: \"/run/claviger/claviger.sock\"");
        table.require(
            "switches",
            "name a file that stays when the machine starts again: \
             \"/var/lib/claviger/switches.json\"",
        );
        let socket = scalar::path(&table, "socket", base);
        let switches = scalar::path(&table, "switches", base);
        table.finish();
        Some(Self {
            socket: socket?,
            switches: switches?,
        })
    }
}
