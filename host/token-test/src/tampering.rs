//! What the token says of a ciphertext that was changed.

use std::collections::BTreeMap;

use cryptoki_sys as sys;

use crate::finding::{Level, Topic};
use crate::sealing::{Convention, Parts, TAG};
use crate::trial::{Trial, Tried};
use crate::wire::Code;

const PLAINTEXT: &[u8; 32] = b"a data key, or something like it";
const AAD: &[u8; 18] = b"encryption context";

/// Each change is tried so often: return values that pass are told from the one that
/// stays.
const TIMES: usize = 5;

/// What is changed.
type Change = (&'static str, fn(&mut Parts, &mut Vec<u8>));

const CHANGES: [Change; 6] = [
    ("the tag", |parts, _| flip(&mut parts.body, PLAINTEXT.len())),
    ("the last byte of the tag", |parts, _| {
        flip(&mut parts.body, PLAINTEXT.len() + TAG - 1);
    }),
    ("the ciphertext", |parts, _| flip(&mut parts.body, 0)),
    ("the vector", |parts, _| flip(&mut parts.vector, 0)),
    ("the additional data", |_, aad| flip(aad, 0)),
    ("the additional data (left out)", |_, aad| aad.clear()),
];

/// An input that is too short is no wrong tag: the host lets none through, and its
/// return value is another one.
const CUT: Change = ("the tag (cut to 12 bytes)", |parts, _| {
    parts.body.truncate(PLAINTEXT.len() + TAG - 4);
});

fn flip(bytes: &mut [u8], at: usize) {
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 1;
    }
}

/// The return values that a wrong tag has.
pub(crate) fn find(trial: &mut Trial<'_>, convention: Convention) -> Tried<Vec<Code>> {
    let mut codes: BTreeMap<Code, Vec<&str>> = BTreeMap::new();
    for change in CHANGES {
        let code = trial.with_one_key(|trial| refusal(trial, convention, change))?;
        if let Some(code) = code {
            codes.entry(code).or_default().push(change.0);
        }
    }
    trial.with_one_key(|trial| refusal(trial, convention, CUT))?;
    say(trial, &codes);
    Ok(codes.into_keys().collect())
}

/// The return value that a change has most often; none when it is not refused.
fn refusal(
    trial: &mut Trial<'_>,
    convention: Convention,
    (what, change): Change,
) -> Tried<Option<Code>> {
    let doing = format!("decrypting with a change of {what}");
    let (mut changed, mut aad) = match convention.encrypt(trial, &doing, AAD, PLAINTEXT)? {
        Ok(parts) => (parts, AAD.to_vec()),
        Err(failure) => {
            let found = format!("{doing}: nothing to change: {failure}");
            let means = "it was not found out";
            trial.say(Topic::AesGcm, "tampering", Level::Unknown, found, means);
            return Ok(None);
        }
    };
    change(&mut changed, &mut aad);
    let gcm = convention.to_decrypt(&aad, &changed);
    let mut seen: BTreeMap<Code, usize> = BTreeMap::new();
    for _ in 0..TIMES {
        let Some(failure) = trial.gcm(&doing, &gcm)?.failure else {
            trial.say(
                Topic::AesGcm,
                "not-authenticated",
                Level::Fault,
                format!("{doing}: the token decrypts it"),
                "the token does not authenticate: do not use it",
            );
            return Ok(None);
        };
        *seen.entry(failure.code).or_default() += 1;
    }
    // An overloaded token fails now and then whatever the tag is.
    if !seen.keys().all(|code| trial.passes(code)) {
        seen.retain(|code, _| !trial.passes(code));
    }
    let most = seen.into_iter().max_by_key(|(_, times)| *times);
    Ok(most.map(|(code, _)| code))
}

fn say(trial: &mut Trial<'_>, codes: &BTreeMap<Code, Vec<&str>>) {
    for (code, changes) in codes {
        let found = format!("a change of {} is refused: {code}", changes.join(", of "));
        let means = match code.number {
            sys::CKR_ENCRYPTED_DATA_INVALID | sys::CKR_AEAD_DECRYPT_FAILED => {
                "the return value means a wrong tag and nothing else"
            }
            _ => {
                "a lost or overloaded device can have this return value too: after each the host \
                 makes sure, with four more operations"
            }
        };
        trial.say(Topic::AesGcm, "wrong-tag", Level::Ok, found, means);
    }
}
