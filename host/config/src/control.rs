use crate::{Configuration, ConfigurationFault, document, scalar};
use claviger_settings::{Fault, Map, Table, Value, read_map};
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
    /// Of a configuration file whose other faults do not matter, those of its syntax
    /// among them: a host can be commanded while its file is being changed. `None` when
    /// the file has no such table.
    ///
    /// # Errors
    /// When the file cannot be read, or this table cannot.
    pub fn of_file(path: &Path) -> Result<Option<Self>, ConfigurationFault> {
        let text = Configuration::read_text(path)?;
        let base = path.parent().unwrap_or(Path::new(""));
        Self::of_text(&text, base).map_err(|faults| ConfigurationFault::Faulty {
            path: path.to_owned(),
            faults,
        })
    }

    fn of_text(text: &str, base: &Path) -> Result<Option<Self>, Vec<Fault>> {
        let (root, syntax) = document::parse_partly(text);
        let read = Self::of_root(root, base);
        if syntax.is_empty() {
            return read;
        }
        // The fault may have swallowed the table.
        let own = || Self::of_root(document::parse(&own_lines(text))?, base);
        let found = read.ok().flatten().or_else(|| own().ok().flatten());
        found.map(Some).ok_or(syntax)
    }

    fn of_root(mut root: Map<String, Value>, base: &Path) -> Result<Option<Self>, Vec<Fault>> {
        root.retain(|name, _| name == "control");
        read_map(&root, |root| match root.table("control") {
            None => Some(None),
            Some(control) => Self::read(control, base).map(Some),
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

/// The lines of the table, from its header to the next one.
fn own_lines(text: &str) -> String {
    let lines = text.lines().skip_while(|line| line.trim() != "[control]");
    let own = lines
        .enumerate()
        .take_while(|(number, line)| *number == 0 || !line.trim_start().starts_with('['));
    let own: Vec<_> = own.map(|(_, line)| line).collect();
    own.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_faults_keep_nobody_from_finding_the_socket() {
        let control = "[control]\nsocket = \"c.sock\"\nswitches = \"s.json\"\n";
        let of = |text: &str| Control::of_text(text, Path::new("/run"));
        for other in [
            "",
            "[[x",
            "[server]\nlisten = 127.0.0.1:1\n",
            "[log]\nlevel = 5\n",
        ] {
            for text in [format!("{control}{other}"), format!("{other}\n{control}")] {
                let found = of(&text).unwrap().unwrap();
                assert_eq!(found.socket, Path::new("/run/c.sock"), "{text}");
            }
        }
        assert!(of("[server]\n").unwrap().is_none());
        // Whether there is one is not known.
        assert!(of("[contr\n").is_err());
        assert!(of("[control]\nsocket = 5\n").is_err());
    }
}
