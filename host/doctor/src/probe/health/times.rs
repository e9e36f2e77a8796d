//! H05: how long calls take.

use std::time::Duration;

use claviger_xks::uri::Api;
use claviger_xks_client::answer::{Failure, read_object};
use claviger_xks_client::client::Reuse;
use claviger_xks_client::metadata::KmsOperation;
use claviger_xks_client::outcome::Outcome;
use tokio::time::Instant;

use crate::becomes::Becomes;
use crate::catalogue::H05;
use crate::finding::Finding;
use crate::probe::fix;
use crate::probe::measure::{LATE, SLOW, milliseconds, percentile};
use crate::probe::session::{Session, in_words};

/// How many calls are measured: on new connections, and on open ones.
const FEW: (usize, usize) = (3, 10);
const MANY: (usize, usize) = (30, 100);

/// After so many calls without an answer no further one is made.
const ENOUGH_FAULTS: usize = 3;

/// After so long no further call is made: a proxy that is late has shown it by then.
const ENOUGH: Duration = Duration::from_secs(5);

/// Of new connections, so many percent have to be in time: with thirty of them a
/// single late one says little.
const OF_NEW: usize = 90;

/// Of calls on open connections, so many percent have to be in time.
const OF_OPEN: usize = 99;

/// Measures, and judges.
pub(super) async fn probe(session: &Session, thorough: bool) -> Finding {
    let (cold, warm) = if thorough { MANY } else { FEW };
    let new = measure(session, cold, Reuse::Never).await;
    let open = measure(session, warm, Reuse::Open).await;
    times(&new, &open)
}

/// The times of calls, or why there is none.
struct Measured {
    times: Vec<Duration>,
    fault: Option<(String, Outcome)>,
}

async fn measure(session: &Session, calls: usize, reuse: Reuse) -> Measured {
    let mut measured = Measured {
        times: Vec::new(),
        fault: None,
    };
    let mut faults = 0;
    let began = Instant::now();
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
                let outcome = match &answer {
                    Ok(answer) => read_object(Api::GetHealthStatus, answer).err(),
                    Err(fault) => Some(Failure::Transport(fault.clone())),
                };
                let outcome = outcome.map_or(Outcome::Malformed, |failure| failure.outcome());
                measured.fault = Some((in_words(&answer), outcome));
                faults += 1;
            }
        }
        if faults == ENOUGH_FAULTS || began.elapsed() > ENOUGH {
            break;
        }
    }
    measured
}

/// H05.
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
    if let Some((fault, outcome)) = new.fault.as_ref().or(open.fault.as_ref()) {
        let seen = format!("a call that was answered 200 before, repeated: {fault}");
        return Finding::failure(&H05, "", &seen)
            .becomes([Becomes::Call(*outcome)])
            .fix(fix::of_any(*outcome).unwrap_or("see the proxy's log of these calls"));
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
        bad.fault = Some(("503".to_owned(), Outcome::DependencyTimeout));
        let finding = times(&bad, &measured(&[1]));
        assert_eq!(finding.verdict, Verdict::Failure);
        assert!(finding.fix.unwrap().contains("key manager"));
        let none = measured(&[]);
        assert_eq!(times(&none, &none).verdict, Verdict::CannotTell);
    }
}
