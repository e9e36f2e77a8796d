//! E: Encrypt and Decrypt of one key.

mod callers;
mod lengths;
mod load;
mod round_trip;
mod tampering;

use std::collections::HashSet;

use claviger_xks::uri::{Api, ExternalKeyId};
use claviger_xks_client::answer::{Encrypted, Failure, read_object, read_plaintext};
use claviger_xks_client::call::{DecryptCall, EncryptCall};
use claviger_xks_client::connection::TransportFault;
use claviger_xks_client::exchange::RawAnswer;
use claviger_xks_client::metadata::KmsOperation;
use zeroize::Zeroizing;

use super::fix::OfKey;
use super::session::Session;
use crate::catalogue::{Check, E01, E02, E03, E04, E05, E06, E07};
use crate::finding::Finding;
use crate::findings::Findings;

/// All checks of this module.
pub(super) static CHECKS: [&Check; 7] = [&E01, &E02, &E03, &E04, &E05, &E06, &E07];

/// E01 to E07 of one key; those of load and tampering unless there is a reason against it.
pub(super) async fn probe(
    session: &mut Session,
    key: &ExternalKeyId,
    load: Result<(), &str>,
    findings: &mut Findings,
) {
    let mut vectors = Vectors::default();
    findings.working_on(&E01, key.as_str());
    let there_and_back = round_trip::probe(session, key, &mut vectors).await;
    let encrypts = there_and_back.encrypted > 0;
    let sample = there_and_back.sample.clone();
    for finding in there_and_back.findings(&OfKey::new(session, key)) {
        findings.add(finding);
    }
    findings.add(if encrypts {
        round_trip::integrity(session, key, &mut vectors).await
    } else {
        Finding::skipped(&E03, "nothing was encrypted")
    });
    if let Err(why) = load {
        for check in [&E04, &E06, &E07] {
            findings.add(Finding::skipped(check, why));
        }
        findings.add(vectors.judge(key));
        return;
    }
    let Some(sample) = sample else {
        for check in [&E04, &E06, &E07] {
            let why = "nothing was encrypted and decrypted";
            findings.add(Finding::skipped(check, why));
        }
        findings.add(vectors.judge(key));
        return;
    };
    findings.working_on(&E04, key.as_str());
    findings.add(tampering::probe(session, key, &sample).await);
    findings.working_on(&E05, key.as_str());
    load::many(session, key, &mut vectors).await;
    findings.add(vectors.judge(key));
    findings.working_on(&E06, key.as_str());
    findings.add(load::at_once(session, key).await);
    findings.working_on(&E07, key.as_str());
    findings.add(callers::probe(session, key).await);
}

/// What was encrypted, and what came of it.
#[derive(Clone)]
struct Sample {
    aad: Option<Vec<u8>>,
    encrypted: Encrypted,
}

/// The initialization vectors that were seen for one key.
#[derive(Default)]
struct Vectors {
    seen: HashSet<Vec<u8>>,
    count: usize,
    repeated: usize,
}

impl Vectors {
    fn add(&mut self, vector: &[u8]) {
        self.count += 1;
        if !self.seen.insert(vector.to_vec()) {
            self.repeated += 1;
        }
    }

    /// E05.
    fn judge(&self, key: &ExternalKeyId) -> Finding {
        let seen = format!("{} encryptions, {} repeated IVs", self.count, self.repeated);
        match (self.count, self.repeated) {
            (0 | 1, _) => Finding::skipped(&E05, "nothing was encrypted twice"),
            (_, 0) => Finding::ok(&E05, key.as_str(), &seen),
            _ => Finding::failure(&E05, key.as_str(), &seen),
        }
    }
}

/// Encrypts; the answer as it came beside what AWS KMS reads of it.
async fn encrypt(
    session: &Session,
    call: &EncryptCall<'_>,
) -> (
    Result<RawAnswer, TransportFault>,
    Result<Encrypted, Failure>,
) {
    let answer = session.send(session.encrypt(call)).await;
    let read = match &answer {
        Ok(answer) => {
            read_object(Api::Encrypt, answer).and_then(|object| Encrypted::read(&object, call))
        }
        Err(fault) => Err(Failure::Transport(fault.clone())),
    };
    (answer, read)
}

/// Decrypts what `sample` says.
async fn decrypt(
    session: &mut Session,
    key: &ExternalKeyId,
    sample: &Sample,
    sent: &str,
) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let metadata = session.metadata(KmsOperation::Decrypt);
    let call = DecryptCall {
        key,
        metadata: &metadata,
        ciphertext: &sample.encrypted.ciphertext,
        ciphertext_metadata: &sample.encrypted.ciphertext_metadata,
        initialization_vector: &sample.encrypted.initialization_vector,
        authentication_tag: &sample.encrypted.authentication_tag,
        aad: sample.aad.as_deref(),
    };
    let path = session.client.target().uri_path.decrypt(key);
    let request = session.client.request(&path, call.body());
    let answer = session.provoke(Api::Decrypt, sent, request).await?;
    let object = read_object(Api::Decrypt, &answer)?;
    Ok(read_plaintext(&object, call.ciphertext.len())?)
}

/// Bytes that differ from place to place, and from one `seed` to another.
fn made_up(length: usize, seed: u8) -> Vec<u8> {
    let mut value = seed;
    std::iter::repeat_with(|| {
        value = value.wrapping_mul(197).wrapping_add(13);
        value
    })
    .take(length)
    .collect()
}
