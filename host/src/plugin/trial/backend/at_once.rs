//! Several requests in a call, and several instances.

use claviger_doctor::catalogue::Check;

use super::{BackendTrial, Held, begin, plaintext};
use crate::plugin::trial::check;
use crate::plugin::trial::outcome::{Instead, Outcome, hold};
use crate::plugin::trial::rig::{DECRYPT, ENCRYPT, Rig, Session, Shut};
use crate::words::{FaultKind, Sealed};

/// Requests of a call, if the key allows as many.
const SEVERAL: usize = 8;

pub(super) static S12: Check = check(
    "S12",
    "interface crypto: several requests are each answered, in their order",
    "crypto.encrypt and crypto.decrypt of up to eight requests in a call",
    "return a list with one answer for each request, in the same order",
);
pub(super) static S13: Check = check(
    "S13",
    "interface crypto: one bad request leaves the others as they are",
    "crypto.decrypt of several requests, one of them with a wrong tag",
    "answer each request by itself: invalid-ciphertext for one, the plaintext for others",
);
pub(super) static S14: Check = check(
    "S14",
    "crypto.decrypt: another instance decrypts what this one has encrypted",
    "crypto.encrypt in one instance, crypto.decrypt in another, and after a new start",
    "keep nothing in the instance that decrypting needs: the host has several",
);

pub(super) async fn in_order(trial: &BackendTrial<'_>) -> Outcome {
    let rig = Rig::new(trial).await?;
    let (mut session, key) = begin(&rig).await?;
    let count = several(&key)?;
    let sealed = sealed(&mut session, &key, count).await?;
    let shut: Vec<_> = sealed
        .iter()
        .map(|(aad, sealed)| key.shut(aad, sealed))
        .collect();
    let opened = session.decrypt_all(&key.handle, &shut).await;
    let opened = opened.map_err(|fault| Instead::of(DECRYPT, &fault))?;
    for (at, opened) in opened.iter().enumerate() {
        let right = opened.as_ref().is_ok_and(|it| **it == plaintext(at + 1));
        hold(right, || {
            format!("answer {} of {count} is not that of its request", at + 1)
        })?;
    }
    Ok(format!("{count} requests"))
}

pub(super) async fn one_bad(trial: &BackendTrial<'_>) -> Outcome {
    let rig = Rig::new(trial).await?;
    let (mut session, key) = begin(&rig).await?;
    let count = several(&key)?;
    let sealed = sealed(&mut session, &key, count).await?;
    let bad = count / 2;
    let shut = |(at, (aad, sealed)): (usize, &(Vec<u8>, Sealed))| {
        let mut sealed = sealed.clone();
        if at == bad {
            sealed.authentication_tag.fill(0);
        }
        key.shut(aad, &sealed)
    };
    let shut: Vec<Shut> = sealed.iter().enumerate().map(shut).collect();
    let opened = session.decrypt_all(&key.handle, &shut).await;
    let opened = opened.map_err(|fault| Instead::of(DECRYPT, &fault))?;
    for (at, opened) in opened.iter().enumerate() {
        match opened {
            Ok(opened) if at != bad && **opened == plaintext(at + 1) => {}
            Err(refusal) if at == bad && refusal.kind == FaultKind::NotAuthentic => {}
            Err(refusal) => {
                let seen = format!(
                    "answer {} of {count}, with {} bad: {refusal}",
                    at + 1,
                    bad + 1
                );
                return Err(Instead::Breach(seen));
            }
            Ok(_) => {
                let seen = format!(
                    "answer {} of {count}, with {} bad, is wrong",
                    at + 1,
                    bad + 1
                );
                return Err(Instead::Breach(seen));
            }
        }
    }
    Ok(format!("{count} requests"))
}

fn several(key: &Held) -> Result<usize, Instead> {
    match key.at_once.min(SEVERAL) {
        0 | 1 => Err(Instead::Skipped("requests-at-once is 1".to_owned())),
        count => Ok(count),
    }
}

/// As many plaintexts of different lengths, encrypted in one call; with their AAD.
async fn sealed(
    session: &mut Session<'_>,
    key: &Held,
    count: usize,
) -> Result<Vec<(Vec<u8>, Sealed)>, Instead> {
    let aad = |at: usize| format!("request {at}").into_bytes();
    let open: Vec<_> = (0..count)
        .map(|at| key.open(&aad(at), &plaintext(at + 1)))
        .collect();
    let sealed = session.encrypt_all(&key.handle, &open).await;
    let sealed = sealed.map_err(|fault| Instead::of(ENCRYPT, &fault))?;
    let mut all = Vec::new();
    for (at, sealed) in sealed.into_iter().enumerate() {
        let refused = |refusal| format!("{ENCRYPT}: answer {} of {count}: {refusal}", at + 1);
        let sealed = sealed.map_err(|refusal| Instead::Breach(refused(refusal)))?;
        let lengths = (sealed.ciphertext.len(), at + 1);
        hold(lengths.0 == lengths.1, || {
            format!(
                "{ENCRYPT}: answer {} of {count} is not that of its request",
                at + 1
            )
        })?;
        all.push((aad(at), sealed));
    }
    Ok(all)
}

pub(super) async fn instances_agree(trial: &BackendTrial<'_>) -> Outcome {
    let rig = Rig::new(trial).await?;
    // Of another start.
    let anew = Rig::new(trial).await?;
    let (mut one, key) = begin(&rig).await?;
    let text = plaintext(32);
    let sealed = one.encrypt(&key.handle, &key.open(b"", &text)).await?;
    let shut = key.shut(b"", &sealed);
    let mut second = rig.session().await?;
    let mut third = anew.session().await?;
    for session in [&mut second, &mut third] {
        let opened = session.decrypt(&key.handle, &shut).await?;
        match opened {
            Ok(opened) if *opened == text => {}
            Ok(_) => {
                return Err(Instead::Breach(
                    "another instance gives other bytes".to_owned(),
                ));
            }
            Err(refusal) => {
                let seen = format!("{DECRYPT} in another instance: {refusal}");
                return Err(Instead::Breach(seen));
            }
        }
    }
    Ok(String::new())
}
