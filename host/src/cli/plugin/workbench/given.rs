//! What `--with` and `--settings` say.

use std::path::{Path, PathBuf};

use claviger_config::{Fault, regular_file};
use toml::{Table, Value};

use crate::cli::CommandFailure;

/// The largest file, in bytes.
const LIMIT: usize = 1 << 20;

/// What a host's configuration has at the top.
pub(super) const TOP: [&str; 4] = ["upstream", "secret", "tokens", "storage"];
/// What it has for a plugin.
pub(super) const OF_THE_PLUGIN: [&str; 4] = ["memory_mib", "instances", "isolation", "compile"];
/// What it has for a use of a plugin.
const OF_THE_USE: [&str; 2] = ["settings", "grants"];

/// Both files together.
#[derive(Default)]
pub(super) struct Given {
    tables: Table,
    /// Where relative paths in them begin.
    pub(super) base: PathBuf,
}

impl Given {
    /// All faults of both files at once.
    pub(super) fn read(
        with: Option<&Path>,
        settings: Option<&Path>,
    ) -> Result<Self, CommandFailure> {
        let mut faults = Vec::new();
        let mut table =
            |option: &str, path: Option<&Path>| match path.map(|path| read(option, path)) {
                None => Table::new(),
                Some(Ok(table)) => table,
                Some(Err(fault)) => {
                    faults.push(fault);
                    Table::new()
                }
            };
        let mut tables = table("--with", with);
        let own = table("--settings", settings);
        let known = [&TOP[..], &OF_THE_PLUGIN, &OF_THE_USE].concat();
        for name in tables.keys().filter(|name| !known.contains(&name.as_str())) {
            faults.push(Fault::new(
                format!("--with: {name}"),
                "no such table or setting here",
                format!("remove it; known here: {}", known.join(", ")),
            ));
        }
        if !faults.is_empty() {
            return Err(CommandFailure::Faults(faults));
        }
        if settings.is_some() {
            tables.insert("settings".to_owned(), own.into());
        }
        let folder = with.or(settings).and_then(Path::parent);
        let base = std::path::absolute(folder.unwrap_or(Path::new("")).join("."));
        Ok(Self {
            tables,
            base: base.unwrap_or_default(),
        })
    }

    /// A table or setting of this name.
    pub(super) fn find(&self, name: &str) -> Option<&Value> {
        self.tables.get(name)
    }

    /// The names of the tables in `name`: of the upstreams, for example.
    pub(super) fn names(&self, name: &str) -> Vec<String> {
        let table = self.find(name).and_then(Value::as_table);
        table
            .map(|table| table.keys().cloned().collect())
            .unwrap_or_default()
    }
}

fn read(option: &str, path: &Path) -> Result<Table, Fault> {
    let fault = |problem: String, fix: &str| {
        Fault::new(option, format!("{}: {problem}", path.display()), fix)
    };
    let text = regular_file::read_text(path, LIMIT);
    let text = text.map_err(|error| fault(error.to_string(), "name a file of TOML"))?;
    // The whole message would repeat the line, and somebody may have a secret on it.
    text.parse().map_err(|error: toml::de::Error| {
        fault(format!("not TOML: {}", error.message()), "correct it")
    })
}
