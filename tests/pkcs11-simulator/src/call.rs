//! What every call goes through before it does its work.

use std::sync::{Arc, LazyLock, PoisonError, RwLock};
use std::thread;
use std::time::Duration;

use cryptoki_sys::{CK_RV, CKR_GENERAL_ERROR};

use crate::codes::{Answer, value};
use crate::counts::{Count, Counts};
use crate::hang::Hanging;
use crate::settings::Settings;
use crate::settings_file::SettingsFile;
use crate::simulator::Simulator;

/// How often each function was called.
pub(crate) static COUNTS: Counts = Counts::new();

static SETTINGS: SettingsFile = SettingsFile::new();
static HANGING: Hanging = Hanging::new();
static SIMULATOR: LazyLock<RwLock<Simulator>> = LazyLock::new(RwLock::default);

/// A call that others may run beside.
pub(crate) fn call(function: Count, work: impl FnOnce(&Simulator, &Settings) -> Answer) -> CK_RV {
    value(arrive(function).and_then(|settings| {
        let simulator = SIMULATOR.read().unwrap_or_else(PoisonError::into_inner);
        if simulator.follows(&settings) {
            return work(&simulator, &settings);
        }
        drop(simulator);
        follow(&settings);
        let simulator = SIMULATOR.read().unwrap_or_else(PoisonError::into_inner);
        work(&simulator, &settings)
    }))
}

/// A call that must be alone.
pub(crate) fn call_alone(
    function: Count,
    work: impl FnOnce(&mut Simulator, &Settings) -> Answer,
) -> CK_RV {
    value(arrive(function).and_then(|settings| {
        follow(&settings);
        let mut simulator = SIMULATOR.write().unwrap_or_else(PoisonError::into_inner);
        work(&mut simulator, &settings)
    }))
}

/// Counts the call and holds it up as the settings say, without a lock: others
/// go on, and the world may have changed when it does. A faulty settings file
/// fails every call.
fn arrive(function: Count) -> Answer<Arc<Settings>> {
    let look = || SETTINGS.current().map_err(|_| CKR_GENERAL_ERROR);
    let settings = look()?;
    COUNTS.note(function, settings.counts.as_deref());
    let mut settings = HANGING.wait(function, look)?;
    let is_operation = matches!(function, Count::C_Encrypt | Count::C_Decrypt);
    if is_operation && settings.latency_ms > 0 {
        thread::sleep(Duration::from_millis(settings.latency_ms));
        settings = look()?;
    }
    Ok(settings)
}

/// A thread that was overtaken between reading the settings and getting here
/// must not take the simulator back to older ones, so it reads again.
fn follow(settings: &Arc<Settings>) {
    let mut simulator = SIMULATOR.write().unwrap_or_else(PoisonError::into_inner);
    let newest = SETTINGS.current().unwrap_or_else(|_| Arc::clone(settings));
    if !simulator.follows(&newest) {
        simulator.follow(&newest);
    }
}
