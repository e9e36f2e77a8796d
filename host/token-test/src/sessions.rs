//! How many sessions a token opens, and how many of them are worth having.

use std::time::Duration;

use claviger_config::Profile;

use crate::finding::{Level, Topic};
use crate::trial::{Trial, Tried};
use crate::wire::{Answer, Identity, Rate, Request, Sessions};

/// Sessions that encrypt at once.
const AT_ONCE: [usize; 5] = [1, 2, 4, 8, 16];
/// Most sessions that are opened, unless more are configured.
const MOST: usize = 32;
/// More sessions are worth it when they gain so much, in percent of the best.
const ENOUGH: u64 = 90;

/// Says what the token says, and opens sessions until it refuses.
pub(crate) fn count(trial: &mut Trial<'_>, identity: &Identity) -> Tried<Sessions> {
    let told = match identity.most_sessions {
        None => "the token does not say how many sessions it has".to_owned(),
        Some(0) => "the token says that it has no limit of sessions".to_owned(),
        Some(most) => format!("the token says that it has {most} sessions"),
    };
    trial.say(Topic::Sessions, "sessions-told", Level::Info, told, "");
    // The host has up to twice as many threads as sessions, when some are stuck.
    let configured = trial.options.sessions;
    let most = configured.saturating_mul(2).clamp(MOST, 1024);
    let doing = format!("opening {most} sessions");
    let milliseconds = u64::try_from(trial.options.limit.as_millis() / 2).unwrap_or(u64::MAX);
    let request = Request::OpenSessions { most, milliseconds };
    let answer = trial.ask(&doing, &request)?;
    let Answer::Sessions(sessions) = answer else {
        return trial.unexpected(&doing, &answer);
    };
    let opened = sessions.opened;
    let (level, found, means) = match &sessions.refused {
        Some(failure) if opened < configured => (
            Level::Fault,
            format!("{opened} sessions beside those of the test were opened, then {failure}"),
            format!("the {configured} that are configured cannot be had"),
        ),
        Some(failure) => (
            Level::Ok,
            format!("{opened} sessions beside those of the test were opened, then {failure}"),
            "other hosts and tools may need some of them".to_owned(),
        ),
        None => (
            Level::Ok,
            format!("{opened} sessions beside those of the test were opened, and closed again"),
            "more were not tried".to_owned(),
        ),
    };
    trial.say(Topic::Sessions, "sessions-opened", level, found, means);
    if let Some(failure) = &sessions.stuck {
        let found = format!("closing a session: {failure}");
        let means = "sessions that do not close run out";
        trial.say(
            Topic::Sessions,
            "sessions-closed",
            Level::Warning,
            found,
            means,
        );
    }
    Ok(sessions)
}

/// Encrypts in more and more sessions at once; how many of them are enough.
pub(crate) fn measure(
    trial: &mut Trial<'_>,
    profile: &Profile,
    most: usize,
) -> Tried<Option<usize>> {
    let numbers = AT_ONCE.into_iter().filter(|number| *number <= most.max(1));
    let numbers: Vec<_> = numbers.collect();
    let parts = u32::try_from(numbers.len()).unwrap_or(1).max(1);
    let each = trial.options.seconds / parts;
    let mut rates = Vec::new();
    for sessions in numbers {
        let doing = format!("encrypting in {sessions} sessions at once");
        let request = Request::Encrypt {
            sessions,
            milliseconds: u64::try_from(each.as_millis()).unwrap_or(u64::MAX),
            profile: profile.clone(),
        };
        let limit = trial.options.limit + each + each;
        let answer = trial.ask_within(&doing, &request, limit)?;
        let Answer::Rate(rate) = answer else {
            return trial.unexpected(&doing, &answer);
        };
        say(trial, sessions, each, &rate);
        rates.push((sessions, per_second(&rate)));
    }
    Ok(enough(&rates))
}

fn say(trial: &mut Trial<'_>, sessions: usize, each: Duration, rate: &Rate) {
    let (level, means) = match &rate.failure {
        None => (Level::Info, String::new()),
        Some(failure) => (
            Level::Warning,
            format!(
                "{} encryptions failed, the first with: {failure}",
                rate.failed
            ),
        ),
    };
    let plural = if sessions == 1 { "" } else { "s" };
    let found = format!(
        "{sessions:>2} session{plural}: {} encryptions a second, half of them within {:.3} ms, 99 % within {:.3} ms (measured for {:.1} s)",
        per_second(rate),
        milliseconds(rate.median),
        milliseconds(rate.percentile_99),
        each.as_secs_f64(),
    );
    trial.say(Topic::Sessions, "rate", level, found, means);
}

fn per_second(rate: &Rate) -> u64 {
    rate.operations.saturating_mul(1_000_000) / rate.microseconds.max(1)
}

fn milliseconds(microseconds: u64) -> f64 {
    Duration::from_micros(microseconds).as_secs_f64() * 1000.0
}

/// The least number that is almost as fast as the best.
fn enough(rates: &[(usize, u64)]) -> Option<usize> {
    let best = rates.iter().map(|(_, rate)| *rate).max()?;
    let is_enough = |rate: u64| rate.saturating_mul(100) >= best.saturating_mul(ENOUGH);
    let mut rates = rates.iter();
    let first = rates.find(|(_, rate)| *rate > 0 && is_enough(*rate))?;
    Some(first.0)
}

#[cfg(test)]
mod tests {
    use super::enough;

    #[test]
    fn as_many_sessions_are_proposed_as_gain_something() {
        assert_eq!(enough(&[(1, 100), (2, 190), (4, 200), (8, 205)]), Some(2));
        assert_eq!(enough(&[(1, 100), (2, 50)]), Some(1));
        assert_eq!(enough(&[(1, 100), (2, 200), (4, 400)]), Some(4));
        assert_eq!(enough(&[(1, 0)]), None);
        assert_eq!(enough(&[]), None);
    }
}
