//! Whose lines they are, and how many in a second: no plugin drowns what the others
//! say.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tracing::warn;

use super::Witness;
use crate::words::Rate;

/// Who writes; one for all instances of a plugin for a key store.
pub(crate) struct LogSource {
    /// `KEY STORE/PLUGIN`.
    pub(crate) name: Arc<str>,
    /// What the plugin says.
    pub(super) lines: Rate,
    /// What the host says of the plugin. Apart, so that a plugin cannot hide it behind
    /// lines of its own.
    about: Rate,
    /// Of a trial. A host that serves has none.
    witness: Option<Arc<Witness>>,
}

impl LogSource {
    pub(crate) fn new(name: Arc<str>) -> Self {
        Self {
            name,
            lines: Rate::new(100, Duration::from_millis(50)),
            about: Rate::new(20, Duration::from_secs(1)),
            witness: None,
        }
    }

    /// Of a plugin on trial, whose plaintexts are made up: `witness` hears also what is
    /// withheld from the log.
    pub(crate) fn on_trial(name: Arc<str>, witness: Arc<Witness>) -> Self {
        Self {
            witness: Some(witness),
            ..Self::new(name)
        }
    }

    /// The plugin says this, in a line or as the text of an error.
    pub(crate) fn hear(&self, text: &str) {
        if let Some(witness) = &self.witness {
            witness.hear(text);
        }
    }

    /// The host has something to say of the plugin: `write` writes it, unless there has
    /// been too much of late.
    pub(crate) fn about(&self, write: impl FnOnce(&str)) {
        let Some(withheld) = self.about.admit(Instant::now()) else {
            return;
        };
        let plugin = &*self.name;
        if withheld > 0 {
            warn!(plugin, withheld, "lines about the plugin were left out");
        }
        write(plugin);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn flt_10_what_the_host_says_of_a_plugin_is_bounded_and_not_hidden_by_its_own_lines() {
        let source = LogSource::new("demo/software".into());
        let now = Instant::now();
        while source.lines.admit(now).is_some() {}
        let said = Cell::new(0);
        (0..1000).for_each(|_| source.about(|_| said.set(said.get() + 1)));
        assert!((20..25).contains(&said.get()), "{}", said.get());
    }
}
