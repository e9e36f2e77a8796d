//! The lengths that PKCS#11 lets a caller say in more than one way.

use claviger_config::IvConvention::{CallerRandom, NullAppended, NullPrefixed, ZeroWriteback};

use crate::finding::{Level, Topic};
use crate::sealing::{Convention, TAG, number};
use crate::trial::{Trial, Tried};
use crate::wire::Failure;

const PLAINTEXT: &[u8; 48] = b"a plaintext of forty-eight bytes, which is three";
const AAD: &[u8; 5] = b"forms";
const TOPIC: Topic = Topic::AesGcm;

/// `ulIvBits`, `ulTagBits`, and how the length of the output is asked for.
pub(crate) fn find(trial: &mut Trial<'_>, convention: Convention) {
    // What one of them cannot tell the others may.
    let _ = vector_bits(trial, convention);
    let _ = tag_bits(trial, convention);
    let _ = asked_length(trial, convention);
    let _ = trial.with_one_key(|trial| exact_room(trial, convention));
}

/// The host sets both lengths of the vector.
fn vector_bits(trial: &mut Trial<'_>, convention: Convention) -> Tried<()> {
    if matches!(convention.iv, NullPrefixed | NullAppended) {
        return Ok(());
    }
    for way in ["ulIvBits is 0", "ulIvLen is 0"] {
        let mut gcm = convention.to_encrypt(trial, AAD, PLAINTEXT);
        if way.starts_with("ulIvBits") {
            gcm.vector_bits = 0;
        } else {
            gcm.vector_length = 0;
        }
        let outcome = trial.gcm_that_works(way, &gcm)?;
        let found = match outcome.failure {
            Some(failure) => format!("{way}: refused, {failure}"),
            None => format!("{way}: accepted"),
        };
        let means = "Claviger sets both, ulIvBits to 8 times ulIvLen, which works";
        trial.say(TOPIC, "vector-bits", Level::Info, found, means);
    }
    Ok(())
}

fn tag_bits(trial: &mut Trial<'_>, convention: Convention) -> Tried<()> {
    let doing = "ulTagBits is 96";
    let mut gcm = convention.to_encrypt(trial, AAD, PLAINTEXT);
    gcm.tag_bits = 96;
    let outcome = trial.gcm_that_works(doing, &gcm)?;
    let carried = match convention.iv {
        CallerRandom | ZeroWriteback => 0,
        NullPrefixed | NullAppended => convention.vector_length,
    };
    let added = outcome
        .output
        .0
        .len()
        .saturating_sub(PLAINTEXT.len() + carried);
    let (level, found) = match outcome.failure {
        Some(failure) => (Level::Info, format!("{doing}: refused, {failure}")),
        None if added == 12 => (Level::Info, format!("{doing}: the tag has 12 bytes")),
        None => (
            Level::Warning,
            format!("{doing}: not honoured, {added} bytes are added"),
        ),
    };
    let means = "Claviger always asks for 128 bits, and checks that it gets them";
    trial.say(TOPIC, "tag-bits", level, found, means);
    Ok(())
}

/// The convention of two calls, which Claviger does not need.
fn asked_length(trial: &mut Trial<'_>, convention: Convention) -> Tried<()> {
    let doing = "C_Encrypt asked for the length first";
    let mut gcm = convention.to_encrypt(trial, AAD, PLAINTEXT);
    gcm.ask_length = true;
    let outcome = trial.gcm_that_works(doing, &gcm)?;
    let written = number(outcome.output.0.len());
    let found = match (outcome.failure, outcome.length) {
        (Some(failure), _) => format!("{doing}: {failure}"),
        (None, Some(length)) if length == written => format!("{doing}: it says {length}, exactly"),
        (None, Some(length)) => format!("{doing}: it says {length}, and writes {written}"),
        (None, None) => format!("{doing}: it says nothing"),
    };
    let means = "Claviger calls once, with a buffer of the length that it knows";
    trial.say(TOPIC, "asked-length", Level::Info, found, means);
    Ok(())
}

/// A buffer for just what comes out. The host gives this to encrypt, and more to
/// decrypt.
fn exact_room(trial: &mut Trial<'_>, convention: Convention) -> Tried<()> {
    let carried = match convention.iv {
        CallerRandom | ZeroWriteback => 0,
        NullPrefixed | NullAppended => convention.vector_length,
    };
    let mut gcm = convention.to_encrypt(trial, AAD, PLAINTEXT);
    gcm.room = PLAINTEXT.len() + TAG + carried;
    let outcome = trial.gcm_that_works("C_Encrypt with a buffer of the exact length", &gcm)?;
    let means = "Claviger encrypts with one call and such a buffer";
    say_room(
        trial,
        "encrypt-room",
        "C_Encrypt",
        outcome.failure.as_ref(),
        Level::Fault,
        means,
    );
    let parts = convention.parts(&outcome);
    if outcome.failure.is_some() {
        return Ok(());
    }
    let mut gcm = convention.to_decrypt(AAD, &parts);
    gcm.room = PLAINTEXT.len();
    let outcome = trial.gcm_that_works("C_Decrypt with a buffer of the exact length", &gcm)?;
    let means = "Claviger gives room for the tag too, so either is well";
    say_room(
        trial,
        "decrypt-room",
        "C_Decrypt",
        outcome.failure.as_ref(),
        Level::Info,
        means,
    );
    Ok(())
}

fn say_room(
    trial: &mut Trial<'_>,
    check: &'static str,
    function: &str,
    failure: Option<&Failure>,
    refused: Level,
    means: &str,
) {
    let (level, found) = match failure {
        None => (Level::Ok, "accepted".to_owned()),
        Some(failure) => (refused, failure.to_string()),
    };
    let found = format!("{function} with a buffer of the exact length: {found}");
    trial.say(TOPIC, check, level, found, means);
}
