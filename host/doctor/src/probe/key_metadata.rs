//! M: `GetKeyMetadata`.

use claviger_xks::error::XksError;
use claviger_xks::response::KeyStatus;
use claviger_xks::uri::{Api, ExternalKeyId};
use claviger_xks_client::answer::{Failure, KeyMetadata, read_object};
use claviger_xks_client::connection::TransportFault;
use claviger_xks_client::exchange::RawAnswer;
use http::StatusCode;

use super::fix::OfKey;
use super::late;
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
    let request = session.key_metadata(key);
    let again = late::again(session, &answer, request).await;
    let (call, metadata) = judge(&OfKey::new(session, key), &answer, again.as_ref());
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

fn judge(fixes: &OfKey<'_>, answer: &Answer, again: Option<&Answer>) -> (Finding, Finding) {
    let (id, seen) = (fixes.key.as_str(), in_words(answer));
    let failed = |check, seen: &str, outcome| {
        let finding = Finding::failure(check, id, seen).becomes([Becomes::Call(outcome)]);
        fixes.put(finding, Api::GetKeyMetadata, outcome)
    };
    let whole = match answer {
        Ok(whole) if whole.status == StatusCode::OK => whole,
        other => {
            let failure = match other {
                Ok(whole) => read_object(Api::GetKeyMetadata, whole).err(),
                Err(fault) => Some(Failure::Transport(fault.clone())),
            };
            let first = match failure {
                Some(failure) => failed(&M01, &with_reason(&seen, &failure), failure.outcome()),
                None => Finding::failure(&M01, id, &seen),
            };
            let why = format!("GetKeyMetadata of {id} is not answered 200");
            return (first, Finding::skipped(&M02, &why));
        }
    };
    let first = late::judge(&M01, id, whole.times.total(), again);
    let metadata =
        read_object(Api::GetKeyMetadata, whole).and_then(|object| Ok(KeyMetadata::read(&object)?));
    let second = match metadata {
        Err(failure) => failed(&M02, &with_reason(&seen, &failure), failure.outcome()),
        Ok(metadata) => {
            let seen = format!(
                "{}, {}, {}",
                spec(&metadata.key_spec),
                in_capitals(metadata.key_status),
                usages(&metadata.key_usage)
            );
            match metadata.require_usable() {
                Ok(()) => Finding::ok(&M02, id, &seen),
                Err(failure) => failed(&M02, &seen, failure.outcome()),
            }
        }
    };
    (first, second)
}

fn spec(spec: &str) -> &str {
    if spec.is_empty() {
        "an empty keySpec"
    } else {
        spec
    }
}

fn usages(usages: &[String]) -> String {
    match usages {
        [] => "an empty keyUsage".to_owned(),
        usages => format!("keyUsage {}", usages.join(" and ")),
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
    use crate::probe::trial::{answer, of_key};

    fn judged(body: &str) -> Finding {
        let key = "demo".parse().unwrap();
        let fixes = of_key(&key);
        let json = http::HeaderValue::from_static("application/json");
        let answer = Ok(RawAnswer {
            headers: [(http::header::CONTENT_TYPE, json)].into_iter().collect(),
            body: zeroize::Zeroizing::new(body.as_bytes().to_vec()),
            ..answer(200, 0)
        });
        judge(&fixes, &answer, None).1
    }

    #[test]
    fn what_a_key_lacks_is_said_even_when_there_is_nothing_to_quote() {
        let seen = |spec: &str, status: &str, usage: &str| {
            let body =
                format!(r#"{{"keySpec":"{spec}","keyStatus":"{status}","keyUsage":[{usage}]}}"#);
            judged(&body).seen
        };
        let both = r#""ENCRYPT","DECRYPT""#;
        assert_eq!(
            seen("AES_256", "ENABLED", both),
            "AES_256, ENABLED, keyUsage ENCRYPT and DECRYPT"
        );
        assert_eq!(
            seen("", "ENABLED", both),
            "an empty keySpec, ENABLED, keyUsage ENCRYPT and DECRYPT"
        );
        assert_eq!(
            seen("AES_256", "ENABLED", ""),
            "AES_256, ENABLED, an empty keyUsage"
        );
        let disabled =
            format!(r#"{{"keySpec":"AES_256","keyStatus":"DISABLED","keyUsage":[{both}]}}"#);
        let fix = judged(&disabled).fix.unwrap();
        assert!(fix.starts_with("claviger key enable "), "{fix}");
    }
}
