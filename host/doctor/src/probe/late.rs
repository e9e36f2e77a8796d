//! Answers that are right, and later than AWS KMS waits.

use std::time::Duration;

use claviger_xks_client::connection::TransportFault;
use claviger_xks_client::exchange::{RawAnswer, RawRequest};
use claviger_xks_client::outcome::Outcome;
use http::StatusCode;

use super::measure::{LATE, milliseconds};
use super::session::{Session, in_words};
use crate::becomes::Becomes;
use crate::catalogue::{Check, H05};
use crate::finding::Finding;

type Answer = Result<RawAnswer, TransportFault>;

/// Sends once more what was answered 200 too late, as AWS KMS does.
pub(super) async fn again(
    session: &Session,
    first: &Answer,
    request: Result<RawRequest, TransportFault>,
) -> Option<Answer> {
    if !is_late(first) {
        return None;
    }
    Some(session.send(request).await)
}

/// What a call comes to whose first answer was 200, with the second one if the first was
/// too late.
pub(super) fn judge(
    check: &'static Check,
    subject: &str,
    first: Duration,
    again: Option<&Answer>,
) -> Finding {
    let seen = format!("200 after {}", milliseconds(first));
    let Some(again) = again else {
        return Finding::ok(check, subject, &seen);
    };
    let second = match again {
        Ok(answer) => format!(
            "{} after {}",
            in_words(again),
            milliseconds(answer.times.total())
        ),
        Err(fault) => fault.to_string(),
    };
    let waits = LATE.as_millis();
    let seen = format!("{seen}, and when tried again {second}: AWS KMS waits {waits} ms");
    let in_time = matches!(again, Ok(answer) if answer.status == StatusCode::OK) && !is_late(again);
    let finding = if in_time {
        Finding::warning(check, subject, &seen)
    } else {
        Finding::failure(check, subject, &seen)
    };
    finding
        .becomes([Becomes::Call(Outcome::TimedOut)])
        .fix(H05.fix)
}

fn is_late(answer: &Answer) -> bool {
    let late = |answer: &RawAnswer| answer.status == StatusCode::OK && answer.times.total() > LATE;
    answer.as_ref().is_ok_and(late)
}

#[cfg(test)]
mod tests {
    use claviger_xks_client::connection::Stage;

    use super::*;
    use crate::catalogue::H01;
    use crate::finding::Verdict;
    use crate::probe::trial::answer;

    #[test]
    fn an_answer_is_ok_only_when_aws_kms_would_have_waited_for_it() {
        let late = Duration::from_secs(4);
        let verdict = |again: Option<&Answer>| judge(&H01, "", late, again).verdict;
        let timed_out = Err(TransportFault::TimedOut(Stage::Answer));
        assert_eq!(verdict(Some(&Ok(answer(200, 10)))), Verdict::Warning);
        for again in [Ok(answer(200, 4000)), Ok(answer(503, 10)), timed_out] {
            assert_eq!(verdict(Some(&again)), Verdict::Failure);
        }
        assert!(is_late(&Ok(answer(200, 251))) && !is_late(&Ok(answer(200, 250))));
        assert!(!is_late(&Ok(answer(503, 4000))));
        let ok = judge(&H01, "", Duration::from_millis(250), None);
        assert_eq!(ok.verdict, Verdict::Ok);
        assert_eq!(ok.seen, "200 after 250.0 ms");
    }
}
