//! Interface `lifecycle`.

use std::sync::Arc;

use wasmtime::Result;
use wasmtime::component::TypedFunc;

use super::exported::lifecycle::{Description, Fault};
use crate::plugin;
use crate::plugin::exports::Exports;
use crate::plugin::fault::PluginFault;
use crate::plugin::instance::{Instance, Returned, Sensitivity, SettingsFault};
use crate::plugin::turn::Budget;
use crate::words::{is_printable, printable};

/// Faults of settings that are shown; the others are counted.
const SHOWN: usize = 32;

/// Longest text of a fault that is shown, in bytes.
const TEXT: usize = 512;

/// Longest name, version and vendor, in characters.
const NAME: usize = 128;

/// Longest schema of settings, in bytes.
const SCHEMA: usize = 64 << 10;

type Answer = (core::result::Result<(), Vec<Fault>>,);

/// Whether it accepts its settings.
type Accepted = core::result::Result<(), Vec<SettingsFault>>;

/// What a plugin is handed settings for.
#[derive(Clone, Copy)]
pub(in crate::plugin) enum Purpose {
    /// To say whether they are right.
    Validate,
    /// To work with them.
    Configure,
}

/// The functions that every plugin exports.
pub(in crate::plugin) struct Lifecycle {
    describe: TypedFunc<(), (Description,)>,
    validate: TypedFunc<(Arc<str>,), Answer>,
    configure: TypedFunc<(Arc<str>,), Answer>,
}

impl Lifecycle {
    pub(in crate::plugin) fn find(exports: &mut Exports<'_>) -> Result<Self> {
        Ok(Self {
            describe: exports.find("lifecycle", "describe")?,
            validate: exports.find("lifecycle", "validate")?,
            configure: exports.find("lifecycle", "configure")?,
        })
    }

    /// What the plugin says of itself.
    pub(in crate::plugin) async fn describe<W>(
        &self,
        instance: Instance<W>,
        budget: Budget,
    ) -> Returned<Instance<W>, plugin::Description> {
        let called = instance.run(budget, Sensitivity::Plain, self.describe, ());
        let (instance, (description,)) = called.await?;
        Ok((instance, description.try_into()?))
    }

    /// Hands the plugin its settings, as JSON: to be looked at, or to be kept.
    pub(in crate::plugin) async fn hand<W>(
        &self,
        instance: Instance<W>,
        budget: Budget,
        sensitivity: Sensitivity,
        settings: Arc<str>,
        purpose: Purpose,
    ) -> Returned<Instance<W>, Accepted> {
        let function = match purpose {
            Purpose::Validate => self.validate,
            Purpose::Configure => self.configure,
        };
        let called = instance.run(budget, sensitivity, function, (settings,));
        let (instance, (answer,)) = called.await?;
        Ok((instance, answer.map_err(shown)))
    }
}

impl TryFrom<Description> for plugin::Description {
    type Error = PluginFault;

    fn try_from(said: Description) -> core::result::Result<Self, PluginFault> {
        let names = [&said.name, &said.version, &said.vendor];
        if !names.iter().all(|text| is_printable(text, NAME)) {
            return Err(PluginFault::BadAnswer(
                "a name, version or vendor of `describe` is not 1 to 128 printable characters",
            ));
        }
        let schema = said.settings_schema.as_ref();
        if schema.is_some_and(|schema| schema.len() > SCHEMA) {
            return Err(PluginFault::BadAnswer(
                "the settings' schema of `describe` is longer than 64 KiB",
            ));
        }
        Ok(Self {
            name: said.name,
            version: said.version,
            vendor: said.vendor,
            settings_schema: said.settings_schema,
        })
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
