//! Lengths of plaintexts and of additional data.

use crate::finding::{Level, Topic};
use crate::sealing::Convention;
use crate::trial::{Trial, Tried};

/// Lengths of plaintexts in bytes: those that AWS KMS sends.
const PLAINTEXTS: [usize; 9] = [1, 15, 16, 17, 32, 255, 256, 1024, 4096];
/// Lengths of additional data in bytes. AWS KMS sends up to 8192; with its framing
/// Claviger hands on a little more.
const ADDITIONAL: [usize; 6] = [0, 1, 16, 8192, 8704, 65536];
/// From here on a failure does not matter.
const MOST_ADDITIONAL: usize = 8704;

/// Encrypts and decrypts all of them.
pub(crate) fn find(trial: &mut Trial<'_>, convention: Convention) {
    let _ = plaintexts(trial, convention);
    let _ = additional_data(trial, convention);
}

fn plaintexts(trial: &mut Trial<'_>, convention: Convention) -> Tried<()> {
    let mut wrong = Vec::new();
    for length in PLAINTEXTS {
        let doing = format!("a plaintext of {length} bytes");
        let plaintext = bytes(length);
        let tried =
            |trial: &mut Trial<'_>| convention.round_trip(trial, &doing, b"sizes", &plaintext);
        if let Some(problem) = trial.with_one_key(tried)? {
            wrong.push(format!("{doing}: {problem}"));
        }
    }
    let (level, found) = if wrong.is_empty() {
        (
            Level::Ok,
            "plaintexts of 1 to 4096 bytes come back as they were".to_owned(),
        )
    } else {
        (Level::Fault, wrong.join("; "))
    };
    let means = "AWS KMS has up to 4096 bytes encrypted";
    trial.say(Topic::AesGcm, "plaintext-sizes", level, found, means);
    Ok(())
}

fn additional_data(trial: &mut Trial<'_>, convention: Convention) -> Tried<()> {
    let mut wrong = Vec::new();
    let mut level = Level::Ok;
    for length in ADDITIONAL {
        let doing = format!("additional data of {length} bytes");
        let additional = bytes(length);
        let tried =
            |trial: &mut Trial<'_>| convention.round_trip(trial, &doing, &additional, b"plaintext");
        if let Some(problem) = trial.with_one_key(tried)? {
            wrong.push(format!("{doing}: {problem}"));
            let matters = length <= MOST_ADDITIONAL;
            level = level.max(if matters { Level::Fault } else { Level::Info });
        }
    }
    let found = if wrong.is_empty() {
        "additional data of 0, 1 and up to 65536 bytes is taken".to_owned()
    } else {
        wrong.join("; ")
    };
    let means = "AWS KMS sends up to 8192 bytes";
    trial.say(Topic::AesGcm, "additional-data-sizes", level, found, means);
    Ok(())
}

/// So many bytes, not all the same.
fn bytes(length: usize) -> Vec<u8> {
    (0..=u8::MAX).cycle().take(length).collect()
}
