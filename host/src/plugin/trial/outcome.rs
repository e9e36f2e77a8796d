//! How a check ended.

use claviger_settings::Fault;

use crate::plugin::fault::PluginFault;

/// What was seen of what holds, or what was instead.
pub(super) type Outcome = Result<String, Instead>;

/// What a check came to that does not hold.
#[derive(Debug)]
pub(super) enum Instead {
    /// The plugin breaks the contract: what was seen.
    Breach(String),
    /// It does not break it, and will hurt.
    Warning(String),
    /// It could not be tried: why.
    Skipped(String),
}

impl Instead {
    /// A function of the plugin ended in a way that is no answer.
    pub(super) fn of(function: &str, fault: &PluginFault) -> Self {
        Self::Breach(format!("{function}: {fault}"))
    }

    /// What was seen, or why nothing was.
    pub(super) fn into_text(self) -> String {
        match self {
            Self::Breach(text) | Self::Warning(text) | Self::Skipped(text) => text,
        }
    }
}

/// A plugin that does not start.
impl From<Vec<Fault>> for Instead {
    fn from(faults: Vec<Fault>) -> Self {
        let told: Vec<_> = faults.iter().map(ToString::to_string).collect();
        Self::Breach(told.join("; "))
    }
}

/// Whether it holds; what was seen otherwise.
pub(super) fn hold(holds: bool, seen: impl FnOnce() -> String) -> Result<(), Instead> {
    if holds {
        Ok(())
    } else {
        Err(Instead::Breach(seen()))
    }
}
