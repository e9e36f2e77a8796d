//! H: `GetHealthStatus`.

mod times;

use claviger_xks::response::HealthStatus;
use claviger_xks::uri::Api;
use claviger_xks_client::answer::{Failure, HealthReport, read_object};
use claviger_xks_client::connection::TransportFault;
use claviger_xks_client::exchange::RawAnswer;
use claviger_xks_client::outcome::Outcome;

use super::measure::milliseconds;
use super::session::{Session, in_words, with_reason};
use crate::becomes::Becomes;
use crate::catalogue::{H01, H02, H03, H04, H05};
use crate::finding::Finding;
use crate::findings::Findings;

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
    findings.add(times::probe(session, thorough).await);
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
            let seen = with_reason(&seen, &failure);
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
