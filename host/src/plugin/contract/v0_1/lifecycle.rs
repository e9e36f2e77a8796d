//! Interface `lifecycle`.

use std::sync::Arc;

use wasmtime::Result;
use wasmtime::component::TypedFunc;

use super::exported::lifecycle::Fault;
use crate::plugin::exports::Exports;
use crate::plugin::instance::{Instance, Returned, Sensitivity, SettingsFault};
use crate::plugin::turn::Budget;
use crate::words::printable;

/// Faults of settings that are shown; the others are counted.
const SHOWN: usize = 32;

/// Longest text of a fault that is shown, in bytes.
const TEXT: usize = 512;

type Answer = (core::result::Result<(), Vec<Fault>>,);

/// Whether it accepts its settings.
type Accepted = core::result::Result<(), Vec<SettingsFault>>;

/// `configure`, which every plugin exports.
pub(in crate::plugin) struct Configure(TypedFunc<(Arc<str>,), Answer>);

impl Configure {
    pub(in crate::plugin) fn find(exports: &mut Exports<'_>) -> Result<Self> {
        exports.find("lifecycle", "configure").map(Self)
    }

    /// Hands the plugin its settings, as JSON.
    pub(in crate::plugin) async fn call<W>(
        self,
        instance: Instance<W>,
        budget: Budget,
        sensitivity: Sensitivity,
        settings: Arc<str>,
    ) -> Returned<Instance<W>, Accepted> {
        let called = instance.run(budget, sensitivity, self.0, (settings,));
        let (instance, (answer,)) = called.await?;
        Ok((instance, answer.map_err(shown)))
    }
}

/// The first faults, and one at least. They are the plugin's texts, for an operator's
/// terminal.
fn shown(faults: Vec<Fault>) -> Vec<SettingsFault> {
    let more = faults.len().saturating_sub(SHOWN);
    let mut shown: Vec<_> = faults
        .into_iter()
        .take(SHOWN)
        .map(SettingsFault::from)
        .collect();
    if shown.is_empty() {
        shown.push(SettingsFault {
            path: String::new(),
            problem: "the plugin refuses them and does not say why".to_owned(),
            fix: "see the plugin's documentation, or its vendor".to_owned(),
        });
    }
    if more > 0 {
        shown.push(SettingsFault {
            path: String::new(),
            problem: format!("{more} more faults"),
            fix: "correct these first".to_owned(),
        });
    }
    shown
}

impl From<Fault> for SettingsFault {
    fn from(fault: Fault) -> Self {
        Self {
            path: printable(&fault.path, TEXT),
            problem: printable(&fault.problem, TEXT),
            fix: printable(&fault.fix, TEXT),
        }
    }
}
