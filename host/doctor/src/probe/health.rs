//! H: `GetHealthStatus`.

use std::time::Duration;

use claviger_xks::response::HealthStatus;
use claviger_xks::uri::Api;
use claviger_xks_client::answer::{Failure, HealthReport, read_object};
use claviger_xks_client::client::Reuse;
use claviger_xks_client::connection::TransportFault;
use claviger_xks_client::exchange::RawAnswer;
use claviger_xks_client::metadata::KmsOperation;
use claviger_xks_client::outcome::Outcome;

use super::measure::{LATE, SLOW, milliseconds, percentile};
use super::session::{Session, in_words};
use crate::becomes::Becomes;
use crate::catalogue::{H01, H02, H03, H04, H05};
use crate::finding::Finding;
use crate::findings::Findings;

/// How many calls are measured: on new connections, and on open ones.
const FEW: (usize, usize) = (3, 10);
const MANY: (usize, usize) = (30, 100);

/// After so many calls without an answer no further one is made.
const ENOUGH_FAULTS: usize = 3;

/// Of new connections, so many percent have to be in time: with thirty of them a
/// single late one says little.
const OF_NEW: usize = 90;

/// Of calls on open connections, so many percent have to be in time.
const OF_OPEN: usize = 99;

/// What the first call came to.
pub(super) enum Reached {
    /// It was answered 200.
    Answered,
    /// It was refused in a way that other APIs need not share.
    Refused,
    /// Nothing that is sent would be answered.
    No,
}

/// H01 to H05, of an answer that was got before.
pub(super) async fn probe(
    session: &Session,
    first: &Result<RawAnswer, TransportFault>,
    thorough: bool,
    findings: &mut Findings,
) -> Reached {
    let (finding, reached) = answered(first);
    findings.add(finding);
    let (Reached::Answered, Ok(answer)) = (&reached, first) else {
        for check in [&H02, &H03, &H04, &H05] {
            let why = "GetHealthStatus is not answered 200";
            findings.add(Finding::skipped(check, why));
        }
        return reached;
    };
    for finding in read(&report(answer)) {
        findings.add(finding);
    }
    findings.working_on(&H05, "measuring calls on new and on open connections");
    let (cold, warm) = if thorough { MANY } else { FEW };
    let new = measure(session, cold, Reuse::Never).await;
    let open = measure(session, warm, Reuse::Open).await;
    findings.add(times(&new, &open));
    reached
}

fn answered(first: &Result<RawAnswer, TransportFault>) -> (Finding, Reached) {
    let seen = in_words(first);
    let answer = match first {
        Ok(answer) => answer,
        Err(fault) => {
            let outcome = Failure::Transport(fault.clone()).outcome();
            let finding = Finding::failure(&H01, "", &seen).becomes([Becomes::Call(outcome)]);
            return (finding, Reached::No);
        }
    };
    let time = milliseconds(answer.times.total());
    match read_object(Api::GetHealthStatus, answer) {
        // What is wrong with a body of a 200 is for H02 to say.
        _ if answer.status.as_u16() == 200 => {
            let seen = format!("{seen} after {time}");
            (Finding::ok(&H01, "", &seen), Reached::Answered)
        }
        Ok(_) => (Finding::failure(&H01, "", &seen), Reached::Refused),
        Err(failure) => {
            let outcome = failure.outcome();
            let message = match &failure {
                Failure::Refused(refusal) => refusal.message.clone(),
                other => Some(other.to_string()),
            };
            let seen = match message {
                Some(message) => format!("{seen}: {message}"),
                None => seen,
            };
            let finding = Finding::failure(&H01, "", &seen).becomes([Becomes::Call(outcome)]);
            let reached = match outcome {
                Outcome::AuthenticationFailed | Outcome::InvalidUriPath => Reached::No,
                _ => Reached::Refused,
            };
            (finding, reached)
        }
    }
}

fn report(answer: &RawAnswer) -> Result<HealthReport, Failure> {
    Ok(HealthReport::read(&read_object(
        Api::GetHealthStatus,
        answer,
    )?)?)
}

/// H02 to H04.
fn read(report: &Result<HealthReport, Failure>) -> Vec<Finding> {
    let report = match report {
        Ok(report) => report,
        Err(failure) => {
            let why = "the health report cannot be read";
            return vec![
                Finding::failure(&H02, "", &failure.to_string()),
                Finding::skipped(&H03, why),
                Finding::skipped(&H04, why),
            ];
        }
    };
    let seen = format!(
        "{}, {}, fleet of {}",
        report.proxy_vendor, report.proxy_model, report.proxy_fleet_size
    );
    let mut findings = vec![Finding::ok(&H02, "", &seen)];
    let managers: Vec<String> = report
        .key_managers
        .iter()
        .map(|one| {
            format!(
                "{} ({}) {}",
                one.id,
                one.model,
                in_capitals(one.health_status)
            )
        })
        .collect();
    let seen = managers.join(", ");
    if report.require_serving().is_err() {
        findings.push(Finding::failure(&H03, "", &seen));
        findings.push(Finding::skipped(&H04, "every key manager is UNAVAILABLE"));
        return findings;
    }
    findings.push(Finding::ok(&H03, "", &seen));
    let active = report
        .key_managers
        .iter()
        .filter(|one| one.health_status == HealthStatus::Active)
        .count();
    let all_active = active == report.key_managers.len();
    findings.push(if all_active && active > 1 {
        Finding::ok(&H04, "", &seen)
    } else if all_active {
        Finding::warning(&H04, "", &format!("only one key manager: {seen}"))
            .fix("add a second key manager")
    } else {
        Finding::warning(&H04, "", &seen).fix("repair the key managers that are not ACTIVE")
    });
    findings
}

const fn in_capitals(status: HealthStatus) -> &'static str {
    match status {
        HealthStatus::Active => "ACTIVE",
        HealthStatus::Degraded => "DEGRADED",
        HealthStatus::Unavailable => "UNAVAILABLE",
    }
}

/// The times of calls, or why there is none.
struct Measured {
    times: Vec<Duration>,
    fault: Option<String>,
}

async fn measure(session: &Session, calls: usize, reuse: Reuse) -> Measured {
    let mut measured = Measured {
        times: Vec::new(),
        fault: None,
    };
    let mut faults = 0;
    for _ in 0..calls {
        let Ok(request) = session.health(KmsOperation::KmsHealthCheck) else {
            break;
        };
        let answer = session.client.send(&request, reuse).await;
        match &answer {
            Ok(answer) if answer.status.as_u16() == 200 => {
                measured.times.push(answer.times.total());
            }
            _ => {
                measured.fault = Some(in_words(&answer));
                faults += 1;
            }
        }
        if faults == ENOUGH_FAULTS {
            break;
        }
    }
    measured
}

fn times(new: &Measured, open: &Measured) -> Finding {
    let words = |kind: &str, measured: &Measured, percent: usize| {
        let time = |percent| percentile(&measured.times, percent).map(milliseconds);
        format!(
            "{} {kind}: median {}, {percent} % within {}",
            measured.times.len(),
            time(50).unwrap_or_default(),
            time(percent).unwrap_or_default()
        )
    };
    if let Some(fault) = new.fault.as_ref().or(open.fault.as_ref()) {
        let seen = format!("a call that was answered 200 before is answered {fault} when repeated");
        return Finding::failure(&H05, "", &seen);
    }
    let seen = format!(
        "{}; {}",
        words("on new connections", new, OF_NEW),
        words("on an open one", open, OF_OPEN)
    );
    let worst = percentile(&new.times, OF_NEW).max(percentile(&open.times, OF_OPEN));
    match worst {
        None => Finding::cannot_tell(&H05, "", "no call was made"),
        Some(worst) if worst > LATE => Finding::failure(&H05, "", &seen),
        Some(worst) if worst > SLOW => Finding::warning(&H05, "", &seen),
        Some(_) => Finding::ok(&H05, "", &seen),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Verdict;

    fn measured(times: &[u64]) -> Measured {
        Measured {
            times: times.iter().copied().map(Duration::from_millis).collect(),
            fault: None,
        }
    }

    #[test]
    fn late_calls_are_a_failure_and_slow_ones_a_warning() {
        let good = measured(&[10; 100]);
        let verdict = |new: &Measured, open: &Measured| times(new, open).verdict;
        assert_eq!(verdict(&good, &good), Verdict::Ok);
        for (time, expected) in [
            (200, Verdict::Ok),
            (201, Verdict::Warning),
            (250, Verdict::Warning),
            (251, Verdict::Failure),
        ] {
            assert_eq!(verdict(&measured(&[time; 30]), &good), expected);
            assert_eq!(verdict(&good, &measured(&[time; 100])), expected);
        }
        // Three late ones of thirty, and one of a hundred.
        let few = [&[10; 27][..], &[400; 3]].concat();
        assert_eq!(verdict(&measured(&few), &good), Verdict::Ok);
        let few = [&[10; 99][..], &[400; 1]].concat();
        assert_eq!(verdict(&good, &measured(&few)), Verdict::Ok);
    }

    #[test]
    fn a_call_that_fails_when_repeated_is_a_failure() {
        let mut bad = measured(&[1]);
        bad.fault = Some("503".to_owned());
        assert_eq!(times(&bad, &measured(&[1])).verdict, Verdict::Failure);
        let none = measured(&[]);
        assert_eq!(times(&none, &none).verdict, Verdict::CannotTell);
    }
}
