//! Interface `lifecycle`.

use std::sync::Arc;

use wasmtime::Result;
use wasmtime::component::TypedFunc;

use super::exported::lifecycle::Fault;
use crate::plugin::exports::Exports;
use crate::plugin::fault::PluginFault;
use crate::plugin::instance::{Instance, Sensitivity, SettingsFault};
use crate::words::Deadline;

type Answer = (core::result::Result<(), Vec<Fault>>,);

/// `configure`, which every plugin exports.
pub(in crate::plugin) struct Configure(TypedFunc<(Arc<str>,), Answer>);

impl Configure {
    pub(in crate::plugin) fn find(exports: &mut Exports<'_>) -> Result<Self> {
        exports.find("lifecycle", "configure").map(Self)
    }

    /// Hands the plugin its settings, as JSON.
    pub(in crate::plugin) async fn call<W>(
        self,
        instance: &mut Instance<W>,
        deadline: Deadline,
        settings: Arc<str>,
    ) -> core::result::Result<core::result::Result<(), Vec<SettingsFault>>, PluginFault> {
        let (answer,) = instance
            .run(deadline, Sensitivity::Plain, self.0, (settings,))
            .await?;
        Ok(answer.map_err(|faults| faults.into_iter().map(SettingsFault::from).collect()))
    }
}

impl From<Fault> for SettingsFault {
    fn from(fault: Fault) -> Self {
        Self {
            path: fault.path,
            problem: fault.problem,
            fix: fault.fix,
        }
    }
}
