//! What `claviger check` asks of key managers, once all that they need is open (FLT-94).

use std::sync::Arc;

use claviger_config::Configuration;
use claviger_settings::Fault;
use futures_util::future::join_all;

use crate::keys::KeyStore;
use crate::plugin::PluginFault;
use crate::words::KeyManagerState;

/// Asks every key manager how it is. A plugin whose report cannot be given to AWS KMS is a
/// fault; a key manager that does not serve today is a warning.
pub(super) async fn examine(
    configuration: &Configuration,
    key_stores: &[Arc<KeyStore>],
    faults: &mut Vec<Fault>,
    warnings: &mut Vec<Fault>,
) {
    let reports = key_stores.iter().map(|key_store| async move {
        let report = key_store.new_report().await;
        (key_store, report)
    });
    for (key_store, report) in join_all(reports).await {
        let mut configured = configuration.key_stores.iter();
        let named = configured.find(|it| it.name.as_str() == &**key_store.name());
        let Some(configured) = named else { continue };
        let setting = format!("{}.plugin", configured.backend.table_path);
        let plugin = &configured.backend.plugin;
        match report {
            Ok(report) => {
                let managers = report.key_managers.iter();
                let bad = managers.filter(|it| it.state != KeyManagerState::Active);
                let bad: Vec<_> = bad
                    .map(|it| format!("{} is {}", it.id, it.state.name()))
                    .collect();
                if !bad.is_empty() {
                    let problem = format!("`{plugin}` reports: {}", bad.join(", "));
                    let fix = "see why: the log of `claviger serve` has what the plugin says of it";
                    warnings.push(Fault::new(setting, problem, fix));
                }
            }
            Err(fault @ (PluginFault::Refused(_) | PluginFault::Deadline | PluginFault::Busy)) => {
                let problem = format!("`{plugin}` has no health report: {fault}");
                let fix = "see whether its key manager can be reached from here";
                warnings.push(Fault::new(setting, problem, fix));
            }
            Err(fault) => {
                let problem = format!("the health check of `{plugin}` fails: {fault}");
                let fix = "see the plugin's documentation, or its vendor";
                faults.push(Fault::new(setting, problem, fix));
            }
        }
    }
}
