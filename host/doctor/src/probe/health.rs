//! H: `GetHealthStatus`.

mod times;

use claviger_xks::response::HealthStatus;
use claviger_xks::uri::Api;
use claviger_xks_client::answer::{Failure, HealthReport, read_object};
use claviger_xks_client::connection::TransportFault;
use claviger_xks_client::exchange::RawAnswer;
use claviger_xks_client::metadata::KmsOperation;
use claviger_xks_client::outcome::Outcome;
use http::header::CONTENT_TYPE;

use super::session::{Session, in_words, with_reason};
use super::{fix, late};
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
    let request = session.health(KmsOperation::CreateCustomKeyStore);
    let again = late::again(session, first, request).await;
    let (mut finding, reached) = answered(first, again.as_ref());
    if finding.fix.as_deref() == Some(H01.fix) {
        let target = session.client.target();
        let (host, path) = (target.endpoint.host(), target.uri_path.health());
        finding = finding.fix(
            &H01.fix
                .replace("HOST/PREFIX/kms/xks/v1/health", &format!("{host}{path}")),
        );
    }
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

/// What the proxy says of its vendor, where it can be read.
pub(super) fn vendor(first: &Result<RawAnswer, TransportFault>) -> Option<String> {
    let report = report(first.as_ref().ok()?).ok()?;
    Some(report.proxy_vendor)
}

fn answered(
    first: &Result<RawAnswer, TransportFault>,
    again: Option<&Result<RawAnswer, TransportFault>>,
) -> (Finding, Reached) {
    let seen = in_words(first);
    let answer = match first {
        Ok(answer) => answer,
        Err(fault) => {
            let outcome = Failure::Transport(fault.clone()).outcome();
            return (failed(&seen, outcome), Reached::No);
        }
    };
    match read_object(Api::GetHealthStatus, answer) {
        _ if answer.status.as_u16() == 200 && is_html(answer) => {
            let seen = format!("{seen} with a page of HTML: something else than the proxy answers");
            (failed(&seen, Outcome::Malformed), Reached::Refused)
        }
        // What is wrong with another body of a 200 is for H02 to say.
        _ if answer.status.as_u16() == 200 => {
            let finding = late::judge(&H01, "", answer.times.total(), again);
            (finding, Reached::Answered)
        }
        Ok(_) => (Finding::failure(&H01, "", &seen), Reached::Refused),
        Err(failure) => {
            let outcome = failure.outcome();
            let seen = with_reason(&seen, &failure);
            let finding = failed(&seen, outcome);
            let reached = match outcome {
                Outcome::AuthenticationFailed | Outcome::InvalidUriPath => Reached::No,
                _ => Reached::Refused,
            };
            (finding, reached)
        }
    }
}

fn failed(seen: &str, outcome: Outcome) -> Finding {
    let finding = Finding::failure(&H01, "", seen).becomes([Becomes::Call(outcome)]);
    let fix = match outcome {
        // A file, so that the secret does not get into the history of the shell.
        Outcome::AuthenticationFailed => Some(
            "aws kms update-custom-key-store --custom-key-store-id ID \
             --xks-proxy-authentication-credential file://credential.json",
        ),
        Outcome::InvalidUriPath => Some(
            "aws kms update-custom-key-store --custom-key-store-id ID --xks-proxy-uri-path \
             /PREFIX/kms/xks/v1",
        ),
        Outcome::AccessDenied => {
            Some("exempt GetHealthStatus from the proxy's policies: it has no caller")
        }
        Outcome::InvalidState => {
            Some("enable the key store: claviger key-store enable --config FILE NAME")
        }
        Outcome::Validation | Outcome::UnsupportedOperation => {
            Some("report it to the vendor of the proxy: it refuses what AWS KMS sends")
        }
        other => fix::of_any(other),
    };
    match fix {
        Some(fix) => finding.fix(fix),
        None => finding,
    }
}

/// Proxies have no pages: such an answer is a web server's, a firewall's or a load
/// balancer's.
fn is_html(answer: &RawAnswer) -> bool {
    let media_type = answer.headers.get(CONTENT_TYPE);
    let media_type = media_type.and_then(|value| value.to_str().ok());
    media_type.is_some_and(|value| value.to_ascii_lowercase().starts_with("text/html"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_that_a_command_mends_has_the_command() {
        for (outcome, part) in [
            (Outcome::AuthenticationFailed, "-authentication-credential"),
            (Outcome::InvalidUriPath, "--xks-proxy-uri-path"),
        ] {
            let fix = failed("seen", outcome).fix.unwrap();
            assert!(fix.starts_with("aws kms update-custom-key-store "), "{fix}");
            assert!(fix.contains(part), "{fix}");
            assert!(!fix.contains("SECRET"), "{fix}");
        }
        let other = failed("seen", Outcome::Malformed).fix.unwrap();
        assert!(other.starts_with("curl "), "{other}");
    }
}
