//! E01 to E03: there and back, lengths, and the integrity value.

use std::time::Duration;

use claviger_xks::uri::{Api, ExternalKeyId};
use claviger_xks_client::answer::Failure;
use claviger_xks_client::call::EncryptCall;
use claviger_xks_client::metadata::KmsOperation;
use claviger_xks_client::outcome::Outcome;
use tokio::time::Instant;

use super::{Sample, Session, Vectors, decrypt, encrypt, lengths, made_up};
use crate::becomes::Becomes;
use crate::catalogue::{E01, E03};
use crate::finding::Finding;
use crate::probe::fix::OfKey;
use crate::probe::measure::{LATE, SLOW, milliseconds, percentile};
use crate::probe::session::in_words;

/// Bytes of plaintext, and of AAD; none is an absent AAD.
const SIZES: [(usize, Option<usize>); 6] = [
    (1, None),
    (1, Some(0)),
    (32, Some(1)),
    (32, Some(33)),
    (4300, None),
    (4300, Some(8192)),
];

/// So many percent of the answers have to be in time.
const MOST: usize = 90;

/// What the round trips came to.
#[derive(Default)]
pub(super) struct ThereAndBack {
    /// The last one, whose plaintext came back.
    pub(super) sample: Option<Sample>,
    /// How many came back.
    back: usize,
    /// How many were encrypted, with members as they should be.
    pub(super) encrypted: usize,
    /// Faults of E01, with what becomes of them.
    faults: Vec<(String, Api, Outcome)>,
    /// Why a ciphertext with an empty AAD does not decrypt without one.
    tells_empty_from_absent: Option<Failure>,
    /// The first fault of E02.
    lengths: Option<String>,
    /// How long each answer took that was right.
    times: Vec<Duration>,
}

pub(super) async fn probe(
    session: &mut Session,
    key: &ExternalKeyId,
    vectors: &mut Vectors,
) -> ThereAndBack {
    let mut result = ThereAndBack::default();
    for (plaintext_bytes, aad_bytes) in SIZES {
        let sizes = match aad_bytes {
            None => format!("{plaintext_bytes} bytes without AAD"),
            Some(aad) => format!("{plaintext_bytes} bytes with {aad} bytes of AAD"),
        };
        let plaintext = made_up(plaintext_bytes, 7);
        let aad = aad_bytes.map(|bytes| made_up(bytes, 11));
        let metadata = session.metadata(KmsOperation::Encrypt);
        let call = EncryptCall {
            key,
            metadata: &metadata,
            plaintext: &plaintext,
            aad: aad.as_deref(),
            integrity_value: false,
        };
        let (answer, encrypted) = encrypt(session, &call).await;
        let took = answer.as_ref().map(|answer| answer.times.total());
        let encrypted = match encrypted {
            Ok(encrypted) => encrypted,
            Err(failure) if lengths::is_of_members(&failure) && is_200(&answer) => {
                result.lengths.get_or_insert(failure.to_string());
                continue;
            }
            Err(failure) => {
                let fault = format!("Encrypt of {sizes}: {}", in_words(&answer));
                result.faults.push((fault, Api::Encrypt, failure.outcome()));
                continue;
            }
        };
        result.times.extend(took.ok());
        result.encrypted += 1;
        vectors.add(&encrypted.initialization_vector);
        let sample = Sample { aad, encrypted };
        if aad_bytes == Some(0) {
            // An absent AAD and an empty one should be the same (XKS-062).
            let mut absent = sample.clone();
            absent.aad = None;
            let sent = "Decrypt without the AAD, which was empty";
            let back = decrypt(session, key, &absent, sent).await;
            result.tells_empty_from_absent = back.err();
        }
        let start = Instant::now();
        match decrypt(session, key, &sample, &format!("Decrypt of {sizes}")).await {
            Ok(back) if *back == plaintext => {
                result.times.push(start.elapsed());
                result.back += 1;
                result.sample = Some(sample);
            }
            Ok(_) => {
                let fault = format!("Decrypt of {sizes} gives other bytes");
                result
                    .faults
                    .push((fault, Api::Decrypt, Outcome::InnerLayer));
            }
            Err(failure) => {
                let fault = format!("Decrypt of {sizes}: {failure}");
                result.faults.push((fault, Api::Decrypt, failure.outcome()));
            }
        }
    }
    result
}

impl ThereAndBack {
    /// E01 and E02.
    pub(super) fn findings(&self, fixes: &OfKey<'_>) -> [Finding; 2] {
        let id = fixes.key.as_str();
        let lengths = lengths::judge(fixes.key, self.lengths.as_ref(), self.encrypted);
        let first = if !self.faults.is_empty() {
            self.failed(fixes)
        } else if self.back == 0 {
            Finding::skipped(&E01, "Encrypt answers nothing that could be decrypted")
        } else if let Some(failure) = &self.tells_empty_from_absent {
            let seen = format!("encrypted with an empty AAD, decrypted without: {failure}");
            Finding::warning(&E01, id, &seen)
                .becomes([Becomes::Call(failure.outcome())])
                .fix("report it to the vendor of the proxy: an empty AAD is no AAD")
        } else {
            in_time(id, self.back, &self.times)
        };
        [first, lengths]
    }

    /// E01, when something did not come back. Where bytes are lost the catalogue's fix
    /// comes first, otherwise each outcome has its own.
    fn failed(&self, fixes: &OfKey<'_>) -> Finding {
        let seen: Vec<&str> = self.faults.iter().map(|(seen, ..)| &**seen).collect();
        let mut outcomes: Vec<Outcome> = self.faults.iter().map(|(.., outcome)| *outcome).collect();
        outcomes.sort_unstable();
        outcomes.dedup();
        let finding = Finding::failure(&E01, fixes.key.as_str(), &seen.join("; "))
            .becomes(outcomes.into_iter().map(Becomes::Call));
        let each: Option<Vec<String>> = self
            .faults
            .iter()
            .map(|(_, api, outcome)| fixes.of(*api, *outcome))
            .collect();
        let Some(mut each) = each else {
            return finding;
        };
        each.dedup();
        finding.fix(&each.join("; "))
    }
}

/// E01, when every byte came back: of so few calls one may be late.
fn in_time(id: &str, round_trips: usize, times: &[Duration]) -> Finding {
    let most = percentile(times, MOST).unwrap_or_default();
    let seen = format!(
        "{round_trips} round trips, {MOST} % of the answers within {}",
        milliseconds(most)
    );
    let late = |finding: Finding| {
        finding
            .becomes([Becomes::Call(Outcome::TimedOut)])
            .fix("give the proxy and its key manager more capacity, or bring them nearer together")
    };
    if most > LATE {
        let seen = format!("{seen}: AWS KMS waits {} ms", LATE.as_millis());
        late(Finding::failure(&E01, id, &seen))
    } else if most > SLOW {
        late(Finding::warning(&E01, id, &seen))
    } else {
        Finding::ok(&E01, id, &seen)
    }
}

/// E03.
pub(super) async fn integrity(
    session: &Session,
    key: &ExternalKeyId,
    vectors: &mut Vectors,
) -> Finding {
    let (plaintext, aad) = (made_up(64, 17), made_up(100, 19));
    let metadata = session.metadata(KmsOperation::GenerateDataKey);
    let call = EncryptCall {
        key,
        metadata: &metadata,
        plaintext: &plaintext,
        aad: Some(&aad),
        integrity_value: true,
    };
    let id = key.as_str();
    let (answer, encrypted) = encrypt(session, &call).await;
    match encrypted {
        Ok(encrypted) => {
            vectors.add(&encrypted.initialization_vector);
            Finding::ok(&E03, id, "the value is that of the other members")
        }
        Err(failure) if lengths::is_of_members(&failure) && is_200(&answer) => {
            Finding::skipped(&E03, "the answer's members have the wrong lengths")
        }
        Err(failure @ (Failure::IntegrityValueMissing | Failure::IntegrityValueWrong)) => {
            Finding::failure(&E03, id, &failure.to_string())
                .becomes([Becomes::Call(failure.outcome())])
        }
        Err(failure) => {
            let outcome = failure.outcome();
            let finding =
                Finding::failure(&E03, id, &in_words(&answer)).becomes([Becomes::Call(outcome)]);
            OfKey::new(session, key).put(finding, Api::Encrypt, outcome)
        }
    }
}

fn is_200<E>(answer: &Result<claviger_xks_client::exchange::RawAnswer, E>) -> bool {
    answer
        .as_ref()
        .is_ok_and(|answer| answer.status == http::StatusCode::OK)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Verdict;
    use crate::probe::trial::of_key;

    #[test]
    fn bytes_that_come_back_too_late_are_not_ok() {
        let verdict = |late: usize, milliseconds| {
            let mut times = vec![Duration::from_millis(10); 12 - late];
            times.resize(12, Duration::from_millis(milliseconds));
            in_time("demo", 6, &times).verdict
        };
        assert_eq!(verdict(1, 4000), Verdict::Ok);
        assert_eq!(verdict(2, 251), Verdict::Failure);
        assert_eq!(verdict(12, 250), Verdict::Warning);
        assert_eq!(verdict(12, 200), Verdict::Ok);
    }

    #[test]
    fn a_refusal_of_policy_is_no_reason_to_stop_using_a_proxy() {
        let key = "demo".parse().unwrap();
        let fixes = of_key(&key);
        let fix = |outcomes: &[Outcome]| {
            let faults = outcomes
                .iter()
                .map(|one| (String::new(), Api::Encrypt, *one));
            let result = ThereAndBack {
                faults: faults.collect(),
                ..ThereAndBack::default()
            };
            result.findings(&fixes)[0].fix.clone().unwrap()
        };
        let denied = fix(&[Outcome::AccessDenied, Outcome::AccessDenied]);
        assert_eq!(
            denied,
            "let the proxy's policy allow this caller and this key"
        );
        assert_eq!(fix(&[Outcome::AccessDenied, Outcome::InnerLayer]), E01.fix);
    }
}
