//! Whether vectors are used once.

use std::collections::BTreeSet;

use claviger_config::IvConvention::CallerRandom;

use crate::finding::{Level, Topic};
use crate::sealing::Convention;
use crate::search::say_steps;
use crate::trial::{Trial, Tried};
use crate::wire::{Answer, Request};

/// Encryptions whose vectors are compared.
const TIMES: usize = 64;

/// Compares the vectors that the token makes.
pub(crate) fn find(trial: &mut Trial<'_>, convention: Convention) -> Tried<()> {
    if convention.iv == CallerRandom {
        let doing = "comparing random bytes";
        match trial.ask(doing, &Request::Random)? {
            Answer::Steps(steps) => {
                let means = "vectors are made of them";
                say_steps(trial, Topic::AesGcm, "random", steps, means);
            }
            other => return trial.unexpected(doing, &other),
        }
        trial.say(
            Topic::AesGcm,
            "vectors",
            Level::Info,
            "vectors come from the caller",
            "Claviger takes them from C_GenerateRandom: rotate a key well before 2^32 encryptions",
        );
        return Ok(());
    }
    let mut seen = BTreeSet::new();
    let mut made = 0;
    for _ in 0..TIMES {
        let doing = "comparing vectors";
        if let Ok(parts) = convention.encrypt(trial, doing, b"", b"the same plaintext")? {
            made += 1;
            seen.insert(parts.vector);
        }
    }
    let (level, found, means) = if seen.len() == made && made > 0 {
        (
            Level::Ok,
            format!("{made} vectors that the token made are all different"),
            "how many encryptions one key may do is the vendor's to say",
        )
    } else {
        (
            Level::Fault,
            format!(
                "of {made} vectors that the token made {} are different",
                seen.len()
            ),
            "a vector that is used twice breaks AES-GCM: do not use this token",
        )
    };
    trial.say(Topic::AesGcm, "vectors", level, found, means);
    Ok(())
}
