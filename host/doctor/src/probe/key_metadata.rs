//! M: `GetKeyMetadata`.

use claviger_xks::error::XksError;
use claviger_xks::response::KeyStatus;
use claviger_xks::uri::{Api, ExternalKeyId};
use claviger_xks_client::answer::{Failure, KeyMetadata, read_object};
use claviger_xks_client::connection::TransportFault;
use claviger_xks_client::exchange::RawAnswer;
use claviger_xks_client::outcome::Outcome;
use http::StatusCode;

use super::session::{Session, in_words, is_refusal, with_reason};
use crate::becomes::Becomes;
use crate::catalogue::{M01, M02, M03};
use crate::finding::{Finding, Verdict};
use crate::findings::Findings;

type Answer = Result<RawAnswer, TransportFault>;

/// M01 and M02 of one key. Whether `CreateKey` would take it.
pub(super) async fn probe(
    session: &mut Session,
    key: &ExternalKeyId,
    findings: &mut Findings,
) -> bool {
    findings.working_on(&M01, key.as_str());
    let request = session.key_metadata(key);
    let answer = session.send(request).await;
    let (call, metadata) = judge(key, &answer);
    let usable = metadata.verdict == Verdict::Ok;
    findings.add(call);
    findings.add(metadata);
    usable
}

/// M03.
pub(super) async fn absent_key(session: &mut Session, findings: &mut Findings) {
    let name = format!("claviger-doctor-{}", Session::request_id());
    let Ok(key) = name.parse() else {
        return;
    };
    let request = session.key_metadata(&key);
    let sent = "a key that does not exist";
    let answer = session.provoke(Api::GetKeyMetadata, sent, request).await;
    findings.add(absent(&answer));
}

fn judge(key: &ExternalKeyId, answer: &Answer) -> (Finding, Finding) {
    let (id, seen) = (key.as_str(), in_words(answer));
    let metadata = answer
        .as_ref()
        .map_err(|fault| Failure::Transport(fault.clone()))
        .and_then(|answer| {
            let object = read_object(Api::GetKeyMetadata, answer)?;
            Ok(KeyMetadata::read(&object)?)
        });
    let failed = |check, failure: &Failure| {
        Finding::failure(check, id, &with_reason(&seen, failure))
            .becomes([Becomes::Call(failure.outcome())])
    };
    let answered_200 = answer
        .as_ref()
        .is_ok_and(|answer| answer.status == StatusCode::OK);
    match metadata {
        Err(failure) if !answered_200 => (
            with_fix(id, failed(&M01, &failure), failure.outcome()),
            Finding::skipped(&M02, &format!("GetKeyMetadata of {id} is not answered 200")),
        ),
        Err(failure) => (Finding::ok(&M01, id, &seen), failed(&M02, &failure)),
        Ok(metadata) => {
            let seen_metadata = format!(
                "{}, {}, {}",
                metadata.key_spec,
                in_capitals(metadata.key_status),
                usages(&metadata.key_usage)
            );
            let second = match metadata.require_usable() {
                Ok(()) => Finding::ok(&M02, id, &seen_metadata),
                Err(Failure::KeyUsage(usage)) if usage.is_empty() => {
                    Finding::failure(&M02, id, &seen_metadata)
                        .becomes([Becomes::Call(Outcome::KeyUsage)])
                }
                Err(failure) => Finding::failure(&M02, id, &failure.text())
                    .becomes([Becomes::Call(failure.outcome())]),
            };
            (Finding::ok(&M01, id, &seen), second)
        }
    }
}

fn with_fix(key: &str, finding: Finding, outcome: Outcome) -> Finding {
    match outcome {
        Outcome::KeyNotFound => finding.fix(&format!(
            "claviger key create --config FILE --key-store NAME {key}"
        )),
        Outcome::AccessDenied => finding
            .fix("let the proxy's policy allow CreateKey, for which AWS KMS has no kmsKeyArn yet"),
        Outcome::Validation => {
            finding.fix("report it to the vendor of the proxy: CreateKey has no kmsKeyArn")
        }
        Outcome::InvalidUriPath => finding.fix("report it to the vendor of the proxy"),
        _ => finding,
    }
}

fn usages(usages: &[String]) -> String {
    match usages {
        [] => "no keyUsage".to_owned(),
        usages => usages.join(" "),
    }
}

const fn in_capitals(status: KeyStatus) -> &'static str {
    match status {
        KeyStatus::Enabled => "ENABLED",
        KeyStatus::Disabled => "DISABLED",
    }
}

/// A policy may deny a key before anybody looks whether it exists.
fn absent(answer: &Answer) -> Finding {
    let seen = in_words(answer);
    match answer {
        Ok(answer) if is_refusal(answer, XksError::KeyNotFound) => Finding::ok(&M03, "", &seen),
        Ok(answer) if is_refusal(answer, XksError::AccessDenied) => Finding::cannot_tell(
            &M03,
            "",
            "a policy denies the key before anybody looks whether it exists",
        ),
        Ok(_) => Finding::failure(&M03, "", &seen),
        Err(_) => Finding::cannot_tell(&M03, "", &seen),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_not_there_can_be_made() {
        let finding = |outcome| with_fix("demo", Finding::failure(&M01, "demo", ""), outcome);
        let fix = finding(Outcome::KeyNotFound).fix.unwrap();
        assert!(fix.starts_with("claviger key create ") && fix.ends_with(" demo"));
        assert!(
            finding(Outcome::AccessDenied)
                .fix
                .unwrap()
                .contains("policy")
        );
    }
}
