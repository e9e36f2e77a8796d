//! P: what every API has in common.

use std::collections::BTreeSet;

use claviger_xks::error::XksError;
use claviger_xks::uri::{Api, ExternalKeyId};
use claviger_xks_client::answer::{Failure, read_object};
use claviger_xks_client::call::metadata_body;
use claviger_xks_client::connection::TransportFault;
use claviger_xks_client::exchange::{RawAnswer, RawRequest};
use claviger_xks_client::metadata::{Caller, KmsOperation, RequestMetadata};
use http::StatusCode;

use super::session::{Provoked, Session, in_words};
use crate::catalogue::{P01, P02};
use crate::finding::Finding;
use crate::findings::Findings;

/// The longest ARN that AWS has, in characters.
const LONGEST_ARN: usize = 2048;

/// How many faults of refusals are named.
const MOST_FAULTS: usize = 5;

type Answer = Result<RawAnswer, TransportFault>;

/// P01, by `GetHealthStatus` if it is answered at all, and by `GetKeyMetadata` of a
/// key.
pub(super) async fn future(
    session: &Session,
    health: bool,
    key: Option<&ExternalKeyId>,
    findings: &mut Findings,
) {
    findings.working_on(&P01, "unknown and long values");
    let mut answers = Vec::new();
    if health {
        for (sent, body) in health_bodies() {
            let path = session.client.target().uri_path.health();
            let request = session.client.request(&path, body);
            answers.push((sent, session.send(request).await));
        }
    }
    if let Some(key) = key {
        let path = session.client.target().uri_path.metadata(key);
        for (sent, body) in key_bodies(session) {
            let request = session.client.request(&path, body);
            answers.push((sent, session.send(request).await));
        }
    }
    findings.add(taken(&answers));
}

fn health_bodies() -> [(&'static str, Vec<u8>); 3] {
    let health = |operation, id: &str| metadata_body(&RequestMetadata::health(operation, id));
    let id = Session::request_id();
    [
        (
            "an unknown kmsOperation",
            health(KmsOperation::Other("ClavigerDoctor".into()), &id),
        ),
        (
            "a kmsRequestId of no known form",
            health(KmsOperation::KmsHealthCheck, "claviger doctor / 1"),
        ),
        (
            "unknown members",
            with_unknown_members(health(KmsOperation::KmsHealthCheck, &id)),
        ),
    ]
}

fn key_bodies(session: &Session) -> [(&'static str, Vec<u8>); 3] {
    let create_key = |caller: &Caller| {
        metadata_body(&RequestMetadata::create_key(caller, Session::request_id()))
    };
    // The same principal, so that a policy answers as it does otherwise.
    let unknown = RequestMetadata {
        kms_operation: KmsOperation::Other("ClavigerDoctor".into()),
        ..RequestMetadata::create_key(&session.caller, Session::request_id())
    };
    let mut long = RequestMetadata::create_key(&session.caller, Session::request_id());
    let arn = format!("arn:aws:kms:{}:", session.client.target().region);
    let rest = LONGEST_ARN.saturating_sub(arn.len());
    long.kms_key_arn = Some(arn + &"k".repeat(rest));
    [
        (
            "an unknown kmsOperation in GetKeyMetadata",
            metadata_body(&unknown),
        ),
        ("an ARN of 2048 characters", metadata_body(&long)),
        (
            "unknown members in GetKeyMetadata",
            with_unknown_members(create_key(&session.caller)),
        ),
    ]
}

/// In `requestMetadata` and beside it.
fn with_unknown_members(body: Vec<u8>) -> Vec<u8> {
    const MORE: &[u8] = br#","clavigerDoctor":{"a":["b",1,true,null]}}"#;
    match body.strip_suffix(b"}}") {
        Some(rest) => [rest, MORE, MORE].concat(),
        None => body,
    }
}

/// A policy may deny an operation that it does not know: 403 is no fault here.
fn taken(answers: &[(&str, Answer)]) -> Finding {
    let refused: Vec<String> = answers
        .iter()
        .filter(|(_, answer)| {
            !answer
                .as_ref()
                .is_ok_and(|answer| matches!(answer.status, StatusCode::OK | StatusCode::FORBIDDEN))
        })
        .map(|(sent, answer)| format!("{sent}: {}", in_words(answer)))
        .collect();
    if answers.is_empty() {
        Finding::skipped(
            &P01,
            "neither GetHealthStatus nor GetKeyMetadata is answered 200",
        )
    } else if refused.is_empty() {
        let sent: Vec<&str> = answers.iter().map(|(sent, _)| *sent).collect();
        let seen = format!("none of these is refused: {}", sent.join(", "));
        Finding::ok(&P01, "", &seen)
    } else {
        Finding::failure(&P01, "", &refused.join("; "))
    }
}

/// Sends bodies that a proxy has to refuse, so that there are refusals to look at.
pub(super) async fn provoke(session: &mut Session) -> Vec<(&'static str, Answer)> {
    let bodies: [(&str, &[u8]); 3] = [
        ("a body that is not JSON", b"{"),
        ("no requestMetadata", b"{}"),
        ("empty requestMetadata", br#"{"requestMetadata":{}}"#),
    ];
    let mut answers = Vec::new();
    for (sent, body) in bodies {
        let request: Result<RawRequest, _> = {
            let path = session.client.target().uri_path.health();
            session.client.request(&path, body.to_vec())
        };
        let answer = session.provoke(Api::GetHealthStatus, sent, request).await;
        answers.push((sent, answer));
    }
    answers
}

/// P02, of all refusals of the run, and of what should have been refused.
pub(super) fn errors(invalid: &[(&str, Answer)], refusals: &[Provoked]) -> Vec<Finding> {
    let mut faults = BTreeSet::new();
    let mut findings = Vec::new();
    for (sent, answer) in invalid {
        let refused_well = match answer {
            Ok(answer) => answer.status == XksError::Validation.status(),
            // What happens to a connection is for other checks to say.
            Err(TransportFault::TimedOut(_)) => true,
            Err(_) => false,
        };
        if !refused_well {
            let seen = format!("{}, instead of 400 ValidationException", in_words(answer));
            findings.push(Finding::failure(&P02, sent, &seen));
        }
    }
    for refusal in refusals {
        let Err(Failure::Malformed(malformed)) = read_object(refusal.api, &refusal.answer) else {
            continue;
        };
        let seen = format!("{}: {malformed}", refusal.answer.status.as_u16());
        if faults.insert(seen.clone()) && faults.len() <= MOST_FAULTS {
            findings.push(Finding::failure(&P02, &refusal.sent, &seen));
        }
    }
    if findings.is_empty() {
        let seen = format!("{} refusals, all well-formed", refusals.len());
        findings.push(if refusals.is_empty() {
            Finding::cannot_tell(&P02, "", "nothing was refused")
        } else {
            Finding::ok(&P02, "", &seen)
        });
    }
    findings
}

#[cfg(test)]
mod tests {
    use claviger_xks::request::GetHealthStatusRequest;

    use super::*;

    #[test]
    fn unknown_members_leave_a_body_that_can_be_read() {
        let [_, _, (_, body)] = health_bodies();
        let text = String::from_utf8(body.clone()).unwrap();
        assert_eq!(text.matches("clavigerDoctor").count(), 2);
        GetHealthStatusRequest::parse(&body).unwrap();
    }
}
