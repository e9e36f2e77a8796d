//! A: who is let in.

mod wrong;

use std::time::{Duration, SystemTime};

use claviger_xks::error::XksError;
use claviger_xks::uri::Api;
use claviger_xks_client::connection::TransportFault;
use claviger_xks_client::exchange::{RawAnswer, RawRequest};
use claviger_xks_client::metadata::KmsOperation;
use http::uri::PathAndQuery;
use http::{Method, StatusCode};

use self::wrong::Wrong;
use super::session::{Session, in_words, is_refusal};
use crate::catalogue::{A01, A02, A03, A04, A05};
use crate::finding::Finding;
use crate::findings::Findings;

/// A segment that no key store is likely to have in its path.
const OTHER_SEGMENT: &str = "claviger-doctor-no-such-key-store";

/// A01 to A05. `good` is whether the same request, rightly signed, is answered 200: only
/// then a refusal tells anything.
pub(super) async fn probe(session: &mut Session, good: bool, findings: &mut Findings) {
    findings.working_on(&A01, "wrong signatures");
    let mut answers = Vec::new();
    for wrong in Wrong::ALL {
        let health = session.health(KmsOperation::KmsHealthCheck);
        if let Some(request) = health.ok().and_then(|request| wrong.apply(request)) {
            let answer = session
                .provoke(Api::GetHealthStatus, wrong.in_words(), Ok(request))
                .await;
            answers.push((wrong, answer));
        }
    }
    findings.add(wrong_signatures(&answers, good));

    findings.working_on(&A02, "time stamps");
    let mut answers = Vec::new();
    for (minutes, ahead) in [(4, false), (4, true), (6, false), (6, true)] {
        let now = SystemTime::now();
        let off = Duration::from_mins(minutes);
        let time = if ahead { now + off } else { now - off };
        let request = session
            .health(KmsOperation::KmsHealthCheck)
            .map(|request| Session::signed_at(request, time));
        let sent = format!(
            "time stamp {minutes} minutes {}",
            if ahead { "ahead" } else { "old" }
        );
        let answer = if minutes == 4 {
            session.send(request).await
        } else {
            session.provoke(Api::GetHealthStatus, &sent, request).await
        };
        answers.push((minutes, sent, answer));
    }
    findings.add(time_stamps(&answers));

    let request = session
        .health(KmsOperation::KmsHealthCheck)
        .map(with_another_body);
    let sent = "body changed after it was signed";
    let answer = session.provoke(Api::GetHealthStatus, sent, request).await;
    findings.add(changed_body(&answer, good));

    let request = session.health(KmsOperation::KmsHealthCheck);
    let request = request.map(|request| RawRequest {
        path: under_another_prefix(&request.path),
        ..request
    });
    let sent = "another path prefix";
    let answer = session.provoke(Api::GetHealthStatus, sent, request).await;
    findings.add(another_prefix(&answer, good));

    let request = session.health(KmsOperation::KmsHealthCheck);
    let request = request.map(|request| RawRequest {
        method: Method::GET,
        body: bytes::Bytes::new(),
        ..request
    });
    let answer = session.send(request).await;
    findings.add(another_method(&answer, good));
}

/// The same metadata with one more member, which proxies have to ignore: only the
/// signature tells it from the body that was signed.
fn with_another_body(request: RawRequest) -> RawRequest {
    let changed = request
        .body
        .strip_suffix(b"}")
        .map(|rest| [rest, b",\"claviger\":\"doctor\"}"].concat());
    RawRequest {
        body_sent: changed.map(Into::into),
        ..request
    }
}

/// `/a/kms/xks/v1/health` becomes `/a/claviger-…/kms/xks/v1/health`.
fn under_another_prefix(path: &PathAndQuery) -> PathAndQuery {
    let text = path.as_str();
    let (prefix, rest) = text.rsplit_once("/kms/xks/").unwrap_or(("", text));
    let longer = format!("{prefix}/{OTHER_SEGMENT}/kms/xks/{rest}");
    // AWS KMS takes 128 characters of path; a proxy may refuse more for that reason.
    let other = if longer.len() > 128 {
        format!("/{OTHER_SEGMENT}/kms/xks/{rest}")
    } else {
        longer
    };
    other.parse().unwrap_or_else(|_| path.clone())
}

type Answer = Result<RawAnswer, TransportFault>;

/// Why a refusal tells nothing.
const NO_GOOD_ANSWER: &str = "a rightly signed request is not answered 200 either";

fn wrong_signatures(answers: &[(Wrong, Answer)], good: bool) -> Finding {
    let mut taken = Vec::new();
    let mut untold = Vec::new();
    let mut others = Vec::new();
    for (wrong, answer) in answers {
        let words = format!("{}: {}", wrong.in_words(), in_words(answer));
        match answer {
            Ok(answer) if answer.status == StatusCode::OK => taken.push((*wrong, words)),
            Ok(answer) if is_refusal(answer, XksError::AuthenticationFailed) => {}
            Ok(answer) if answer.status.is_client_error() => others.push(words),
            _ => untold.push(words),
        }
    }
    let list = |taken: &[(Wrong, String)]| {
        let words: Vec<&str> = taken.iter().map(|(_, words)| &**words).collect();
        words.join("; ")
    };
    let header_only =
        |(wrong, _): &(Wrong, String)| matches!(wrong, Wrong::HostUnsigned | Wrong::DateUnsigned);
    if answers.len() < Wrong::ALL.len() {
        Finding::cannot_tell(&A01, "", "there is no randomness to make a wrong secret of")
    } else if taken.iter().any(|one| !header_only(one)) {
        Finding::failure(&A01, "", &list(&taken))
    } else if !taken.is_empty() {
        Finding::warning(&A01, "", &list(&taken))
            .fix("report it to the vendor of the proxy: both headers have to be signed")
    } else if !good {
        Finding::cannot_tell(&A01, "", NO_GOOD_ANSWER)
    } else if !untold.is_empty() {
        Finding::cannot_tell(&A01, "", &untold.join("; "))
    } else if !others.is_empty() {
        let seen = format!("refused, but not with 401: {}", others.join("; "));
        Finding::warning(&A01, "", &seen).fix("report it to the vendor of the proxy")
    } else {
        Finding::ok(&A01, "", "each of six is refused with 401")
    }
}

fn time_stamps(answers: &[(u64, String, Answer)]) -> Finding {
    let mut refused = Vec::new();
    let mut taken = Vec::new();
    let mut others = Vec::new();
    for (minutes, sent, answer) in answers {
        let words = format!("{sent}: {}", in_words(answer));
        let unauthenticated = answer
            .as_ref()
            .is_ok_and(|answer| is_refusal(answer, XksError::AuthenticationFailed));
        let answered = answer
            .as_ref()
            .is_ok_and(|answer| answer.status == StatusCode::OK);
        match (minutes, unauthenticated, answered) {
            (4, false, true) | (6, true, _) => {}
            (4, true, _) => refused.push(words),
            (6, _, true) => taken.push(words),
            _ => others.push(words),
        }
    }
    if !refused.is_empty() {
        Finding::failure(&A02, "", &refused.join("; "))
    } else if !taken.is_empty() {
        Finding::warning(&A02, "", &taken.join("; "))
            .becomes([])
            .fix("report it to the vendor of the proxy: it checks the time of requests too loosely")
    } else if !others.is_empty() {
        Finding::cannot_tell(&A02, "", &others.join("; "))
    } else {
        Finding::ok(&A02, "", "4 minutes off are taken, 6 are refused")
    }
}

fn changed_body(answer: &Answer, good: bool) -> Finding {
    let seen = in_words(answer);
    match answer {
        Ok(answer) if answer.status == StatusCode::OK => Finding::failure(&A03, "", &seen),
        _ if !good => Finding::cannot_tell(&A03, "", NO_GOOD_ANSWER),
        // Whether it is the right refusal is for A01 to say.
        Ok(answer) if answer.status.is_client_error() => Finding::ok(&A03, "", &seen),
        _ => Finding::cannot_tell(&A03, "", &seen),
    }
}

fn another_prefix(answer: &Answer, good: bool) -> Finding {
    let seen = in_words(answer);
    match answer {
        Ok(answer) if is_refusal(answer, XksError::InvalidUriPath) => Finding::ok(&A04, "", &seen),
        _ if !good => Finding::cannot_tell(&A04, "", NO_GOOD_ANSWER),
        Ok(_) => Finding::failure(&A04, "", &seen),
        Err(_) => Finding::cannot_tell(&A04, "", &seen),
    }
}

fn another_method(answer: &Answer, good: bool) -> Finding {
    let seen = in_words(answer);
    match answer {
        Ok(answer) if answer.status == StatusCode::METHOD_NOT_ALLOWED => {
            Finding::ok(&A05, "", &seen)
        }
        _ if !good => Finding::cannot_tell(&A05, "", NO_GOOD_ANSWER),
        Ok(_) => Finding::warning(&A05, "", &seen),
        Err(_) => Finding::cannot_tell(&A05, "", &seen),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::trial::answer;

    #[test]
    fn a_refusal_tells_something_only_beside_a_request_that_is_answered() {
        use crate::finding::Verdict;
        let a01 = |status, good| {
            let all = Wrong::ALL.map(|wrong| (wrong, Ok(answer(status, 0))));
            wrong_signatures(&all, good).verdict
        };
        let a03 = |status, good| changed_body(&Ok(answer(status, 0)), good).verdict;
        for status in [101, 204, 307, 500] {
            for good in [false, true] {
                assert_eq!(a01(status, good), Verdict::CannotTell, "{status}");
                assert_eq!(a03(status, good), Verdict::CannotTell, "{status}");
            }
            assert_eq!(
                another_prefix(&Ok(answer(status, 0)), false).verdict,
                Verdict::CannotTell
            );
        }
        assert_eq!(a01(401, false), Verdict::CannotTell);
        assert_eq!(a03(401, false), Verdict::CannotTell);
        assert_eq!(a01(401, true), Verdict::Ok);
        assert_eq!(a01(403, true), Verdict::Warning);
        assert_eq!(a03(401, true), Verdict::Ok);
        for good in [false, true] {
            assert_eq!(a01(200, good), Verdict::Failure);
            assert_eq!(a03(200, good), Verdict::Failure);
        }
    }

    #[test]
    fn the_other_prefix_is_not_the_key_stores() {
        let other = |path: &str| under_another_prefix(&path.parse().unwrap()).to_string();
        assert_eq!(
            other("/a/kms/xks/v1/health"),
            format!("/a/{OTHER_SEGMENT}/kms/xks/v1/health")
        );
        assert_eq!(
            other("/kms/xks/v1/health"),
            format!("/{OTHER_SEGMENT}/kms/xks/v1/health")
        );
        let long = format!("/{}/kms/xks/v1/health", "a".repeat(110));
        assert_eq!(other(&long), format!("/{OTHER_SEGMENT}/kms/xks/v1/health"));
    }
}
