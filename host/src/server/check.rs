//! What `claviger check` does (FLT-82).

use claviger_config::{Examined, access};
use claviger_settings::Fault;

use super::open_files::Fitting;
use crate::assembly::{Checked, Snapshot};
use crate::resources::Compiler;

/// Finds all that is wrong with a configuration and with what it names, without serving:
/// what `claviger check` does.
pub async fn check(examined: &Examined, compiler: Compiler) -> Checked {
    let mut checked = match &examined.readable {
        Some(configuration) => {
            let mut checked = Snapshot::check(configuration, compiler).await;
            checked.warnings.splice(0..0, configuration.warnings());
            checked
                .warnings
                .extend(Fitting::once_raised(configuration).warning);
            checked
        }
        None => Checked::default(),
    };
    let unclaimed = std::mem::take(&mut checked.unclaimed);
    if examined.faults.is_empty() {
        checked.warnings.extend(unclaimed);
    }
    // What is wrong with a setting is said once.
    let is_said = |said: &[Fault], fault: &Fault| said.iter().any(|it| it.path == fault.path);
    checked
        .faults
        .retain(|fault| !is_said(&examined.faults, fault));
    checked.faults.splice(0..0, examined.faults.iter().cloned());
    for (setting, file) in &examined.files {
        if let Err(error) = access::open(file) {
            let problem = format!("{}: {error}", file.display());
            let fix = "name a file that is there and that this user can read";
            let fault = Fault::new(setting.clone(), problem, fix);
            if !is_said(&checked.faults, &fault) {
                checked.faults.push(fault);
            }
        }
    }
    checked
}
