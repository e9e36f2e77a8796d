//! Upkeep, and the report on key managers.

use std::time::{Duration, Instant};

use claviger_doctor::catalogue::Check;

use super::BackendTrial;
use crate::plugin::backend::health::checked;
use crate::plugin::trial::check;
use crate::plugin::trial::outcome::{Instead, Outcome, hold};
use crate::plugin::trial::rig::{PATIENCE, Rig, deadline};
use crate::plugin::turn::Budget;

/// Most key managers that AWS KMS takes.
const MANAGERS: usize = 10;
/// The least time from one upkeep to the next.
const LEAST: Duration = Duration::from_millis(100);

pub(super) static Q01: Check = check(
    "Q01",
    "upkeep.run: it returns, with 0 or at least 100 milliseconds",
    "upkeep.run of a new instance",
    "return 0 for never, or the milliseconds until the next run",
);
pub(super) static Q02: Check = check(
    "Q02",
    "XKS-092, XKS-093: health.check reports 1 to 10 key managers that serve",
    "health.check",
    "give vendor, model and id 1 to 128 printable characters each, and every id once",
);

pub(super) async fn is_kept_up(trial: &BackendTrial<'_>) -> Outcome {
    let rig = Rig::new(trial).await?;
    let mut session = rig.session().await?;
    let again = session.keep_up().await?;
    hold(again.is_none_or(|after| after >= LEAST), || {
        format!("again after {} ms", again.unwrap_or_default().as_millis())
    })?;
    Ok(again.map_or_else(String::new, |after| {
        format!("again after {} ms", after.as_millis())
    }))
}

pub(super) async fn reports_health(trial: &BackendTrial<'_>) -> Outcome {
    const CHECK: &str = "health.check";
    let rig = Rig::new(trial).await?;
    let mut session = rig.session().await?;
    let began = Instant::now();
    let budget = Budget::background(deadline(), PATIENCE);
    let report = session.lease.check(budget).await;
    trial.times.add(CHECK, began.elapsed());
    let report = report.map_err(|fault| Instead::of(CHECK, &fault))?;
    let report = report.map_err(|refusal| Instead::Breach(format!("{CHECK}: {refusal}")))?;
    let report = checked(report).map_err(|wrong| Instead::Breach(wrong.to_owned()))?;
    let count = report.key_managers.len();
    hold(count <= MANAGERS, || format!("{count} key managers"))?;
    let managers = report.key_managers.iter();
    let states: Vec<_> = managers
        .map(|it| format!("{} is {}", it.id, it.state.name()))
        .collect();
    if report.serves() {
        Ok(states.join(", "))
    } else {
        Err(Instead::Warning(format!(
            "none serves: {}",
            states.join(", ")
        )))
    }
}
