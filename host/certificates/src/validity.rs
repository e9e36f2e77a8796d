//! XKS-017: whether certificates are valid now, and for how long.

use std::time::SystemTime;

use crate::certificate::{Certificate, shown};
use crate::report::Report;
use crate::sent::Sent;

/// A warning when fewer days are left: when whoever renews a certificate of 90 days has
/// had the time to.
const FEW_DAYS: i64 = 30;

const RENEW: &str = "renew it";

/// Judges the dates.
pub(crate) fn judge(sent: &Sent<'_>, now: SystemTime, report: &mut Report<'_>) {
    let now = seconds(now);
    for (at, certificate) in sent.on_path().enumerate() {
        let (problem, over) = match state(certificate, now) {
            None => continue,
            Some(State::Over(problem)) => (problem, true),
            Some(State::Soon(problem)) => (problem, false),
            Some(State::NotYet(problem)) => {
                // A clock that is behind is as likely, and time alone may mend it.
                report.warn(&problem, "wait, or set this machine's clock");
                continue;
            }
        };
        // Clients that know a shorter way to a root do not look at the others' dates.
        match (at, over) {
            (0, true) => report.fault(&problem, RENEW),
            (0, false) => report.warn(&problem, RENEW),
            _ => report.warn(&problem, "take the chain that its authority has now"),
        }
    }
}

enum State {
    NotYet(String),
    Over(String),
    Soon(String),
}

fn state(certificate: &Certificate<'_>, now: i64) -> Option<State> {
    let validity = certificate.x509.validity();
    let (from, until) = (validity.not_before, validity.not_after);
    let name = certificate.name();
    let left = until.timestamp().saturating_sub(now);
    if now < from.timestamp() {
        let from = shown(from);
        Some(State::NotYet(format!("{name} is not valid before {from}")))
    } else if left < 0 {
        Some(State::Over(format!("{name} expired on {}", shown(until))))
    } else if left < FEW_DAYS * 86_400 {
        let days = match left / 86_400 {
            0 => "less than a day".to_owned(),
            1 => "1 day".to_owned(),
            days => format!("{days} days"),
        };
        let until = shown(until);
        Some(State::Soon(format!("{name} expires in {days}, on {until}")))
    } else {
        None
    }
}

/// Seconds since 1970.
pub(crate) fn seconds(time: SystemTime) -> i64 {
    time.duration_since(SystemTime::UNIX_EPOCH)
        .ok()
        .and_then(|since| since.as_secs().try_into().ok())
        .unwrap_or_default()
}
