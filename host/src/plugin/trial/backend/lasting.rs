//! What shows only after many calls, or after one that was cut off.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use claviger_doctor::catalogue::Check;

use super::{BackendTrial, begin, plaintext};
use crate::plugin::trial::check;
use crate::plugin::trial::conduct::{self, Memory};
use crate::plugin::trial::outcome::{Instead, Outcome, hold};
use crate::plugin::trial::rig::{DECRYPT, Rig};
use crate::words::Deadline;

/// Encryptions whose initialization vectors are compared, and how long they may take.
const VECTORS: usize = 3000;
const LONG: Duration = Duration::from_secs(5);
/// Too short for most calls to end.
const SHORT: Duration = Duration::from_micros(100);

pub(super) static S06: Check = check(
    "S06",
    "XKS-068: no initialization vector is used twice",
    "the initialization vectors of 3000 encryptions in four instances",
    "take them from the capability `random` or `aead`, or from the key manager; a standard \
     library's generator begins with the same seed in each instance",
);
pub(super) static S15: Check = check(
    "S15",
    "XKS-134: a call that is cut off at its deadline harms nothing",
    "crypto.encrypt with a deadline of 100 µs, and then with enough time",
    "leave records and counters whole at any moment: the instance ends with the call",
);

pub(super) async fn never_repeats(trial: &BackendTrial<'_>) -> Outcome {
    let began = Instant::now();
    let mut seen = HashSet::new();
    let mut count = 0;
    for _ in 0..2 {
        let rig = Rig::new(trial).await?;
        let (mut one, key) = begin(&rig).await?;
        let mut other = rig.session().await?;
        for at in 0..VECTORS / 4 {
            for session in [&mut one, &mut other] {
                let open = key.open(b"", &plaintext(16));
                let sealed = session.encrypt(&key.handle, &open).await?;
                count += 1;
                hold(seen.insert(sealed.initialization_vector), || {
                    format!("one of {count} encryptions has the vector of an earlier one")
                })?;
            }
            // At least a few in each.
            if at > 10 && began.elapsed() > LONG {
                break;
            }
        }
    }
    Ok(format!("{count} encryptions"))
}

pub(super) async fn survives_a_cut(trial: &BackendTrial<'_>) -> Outcome {
    let rig = Rig::new(trial).await?;
    let (mut session, key) = begin(&rig).await?;
    let open = key.open(b"", &plaintext(4096));
    let soon = Deadline::after(Instant::now(), SHORT);
    let cut = session
        .encrypt_once(&key.handle, std::slice::from_ref(&open), soon)
        .await
        .is_err();
    drop(session);
    let (mut session, key) = begin(&rig).await?;
    let text = plaintext(32);
    let sealed = session.encrypt(&key.handle, &key.open(b"", &text)).await?;
    match session
        .decrypt(&key.handle, &key.shut(b"", &sealed))
        .await?
    {
        Ok(opened) if *opened == text => {}
        Ok(_) => return Err(Instead::Breach(format!("{DECRYPT} gives other bytes then"))),
        Err(refusal) => return Err(Instead::Breach(format!("{DECRYPT} then: {refusal}"))),
    }
    Ok(if cut {
        ""
    } else {
        "the call was in time all the same"
    }
    .to_owned())
}

pub(super) async fn grows_no_memory(trial: &BackendTrial<'_>) -> Outcome {
    let rig = Rig::new(trial).await?;
    let (mut session, key) = begin(&rig).await?;
    let mut memory = Memory::new(trial);
    while memory.goes_on(session.lease.memory()) {
        let open = key.open(b"context", &plaintext(1024));
        let sealed = session.encrypt(&key.handle, &open).await?;
        let opened = session
            .decrypt(&key.handle, &key.shut(b"context", &sealed))
            .await?;
        opened.map_err(|refusal| Instead::Breach(format!("{DECRYPT}: {refusal}")))?;
    }
    conduct::judge(&memory)
}
