//! Who makes the initialization vector, and how it travels: each way is tried.

use claviger_config::IvConvention;
use cryptoki_sys as sys;

use crate::finding::{Level, Topic};
use crate::identity::mechanism_name;
use crate::sealing::{Convention, Parts, TAG, operation};
use crate::trial::{Trial, Tried};
use crate::wire::{Direction, GcmOutcome, Identity};

/// AWS CloudHSM's AES-GCM with the vector in the data.
pub(crate) const CKM_CLOUDHSM_AES_GCM: u64 = sys::CKM_VENDOR_DEFINED | sys::CKM_AES_GCM;

/// What is encrypted; no length of a vector or tag.
const PLAINTEXT: &[u8; 37] = b"a plaintext of thirty-seven bytes ...";
const AAD: &[u8; 20] = b"additional test data";

/// What `pIv` points to.
#[derive(Clone, Copy, Debug)]
enum Given {
    /// Bytes that the caller chose.
    Chosen(usize),
    /// A buffer of zeros, to be written to.
    Zeros(usize),
    /// Nothing: a null pointer, and no length.
    Null,
}

impl Given {
    const ALL: [Self; 5] = [
        Self::Chosen(12),
        Self::Chosen(16),
        Self::Zeros(12),
        Self::Zeros(16),
        Self::Null,
    ];

    fn describe(self) -> String {
        match self {
            Self::Chosen(length) => format!("{length} bytes chosen by the caller"),
            Self::Zeros(length) => format!("a buffer of {length} zeros"),
            Self::Null => "a null pointer".to_owned(),
        }
    }
}

/// Tries every way with every mechanism; those that work.
pub(crate) fn find(trial: &mut Trial<'_>, identity: &Identity) -> Vec<Convention> {
    let mut working = Vec::new();
    trial.goes_beyond = true;
    for mechanism in mechanisms(trial, identity) {
        for given in Given::ALL {
            let found = trial.with_one_key(|trial| attempt(trial, mechanism, given));
            let Ok(found) = found else {
                continue;
            };
            if let Some(found) = found.filter(|found| !working.contains(found)) {
                working.push(found);
            }
        }
    }
    trial.goes_beyond = false;
    if working.is_empty() && trial.goes_on() {
        trial.say(
            Topic::Conventions,
            "no-convention",
            Level::Fault,
            "no way to call AES-GCM gave back what was encrypted",
            "Claviger cannot use this token",
        );
    }
    working
}

/// The mechanisms to try: those that the token lists, and the one that is configured.
fn mechanisms(trial: &Trial<'_>, identity: &Identity) -> Vec<u64> {
    let mut mechanisms: Vec<u64> = [sys::CKM_AES_GCM, CKM_CLOUDHSM_AES_GCM]
        .into_iter()
        .filter(|number| identity.mechanisms.iter().any(|it| it.number == *number))
        .collect();
    let configured = trial.options.configured.as_ref();
    if let Some(profile) = configured.filter(|it| !mechanisms.contains(&it.mechanism)) {
        mechanisms.push(profile.mechanism);
    }
    mechanisms
}

fn attempt(trial: &mut Trial<'_>, mechanism: u64, given: Given) -> Tried<Option<Convention>> {
    let vector = match given {
        Given::Chosen(length) => Some(trial.next_vector(length)),
        Given::Zeros(length) => Some(vec![0; length]),
        Given::Null => None,
    };
    let doing = format!("{}, pIv: {}", mechanism_name(mechanism), given.describe());
    let gcm = operation(
        Direction::Encrypt,
        mechanism,
        vector.clone(),
        AAD,
        PLAINTEXT,
    );
    // One that is refused may be refused for a reason that passes.
    let outcome = trial.gcm_that_works(&doing, &gcm)?;
    if outcome.overrun {
        trial.say(
            Topic::Conventions,
            "overrun",
            Level::Fault,
            format!("{doing}: the library wrote behind the end of a buffer"),
            "it would write into other memory of the host: do not call it like this",
        );
        return Ok(None);
    }
    if let Some(failure) = &outcome.failure {
        trial.say(
            Topic::Conventions,
            "refused",
            Level::Info,
            format!("{doing}: refused, {failure}"),
            "the token is not to be called like this",
        );
        return Ok(None);
    }
    let is_written = vector.is_some_and(|vector| vector != outcome.vector_after.0);
    let added = outcome.output.0.len().saturating_sub(PLAINTEXT.len());
    let (candidates, why_not) = read(given, is_written, added);
    for iv in candidates {
        let vector_length = match given {
            Given::Chosen(length) | Given::Zeros(length) => length,
            Given::Null => added - TAG,
        };
        let convention = Convention {
            mechanism,
            iv: *iv,
            vector_length,
        };
        if opens(trial, &doing, convention, &outcome)? {
            say_that_it_works(trial, &doing, convention, &outcome);
            return Ok(Some(convention));
        }
    }
    let (level, means) = if candidates.is_empty() {
        (Level::Info, why_not)
    } else {
        (
            Level::Warning,
            "it does not decrypt what it encrypted like this: Claviger cannot use this way",
        )
    };
    trial.say(
        Topic::Conventions,
        "accepted-and-of-no-use",
        level,
        format!("{doing}: accepted, {added} bytes are added to the plaintext"),
        means,
    );
    Ok(None)
}

/// Which conventions an accepted encryption can be of, or why it is of none.
fn read(given: Given, is_written: bool, added: usize) -> (&'static [IvConvention], &'static str) {
    match (given, is_written, added) {
        (_, _, added) if added < TAG => (
            &[],
            "there is no tag of 16 bytes in the output: Claviger needs it behind the ciphertext",
        ),
        (Given::Chosen(_), false, TAG) => (&[IvConvention::CallerRandom], ""),
        (Given::Chosen(_) | Given::Zeros(_), true, TAG) => (&[IvConvention::ZeroWriteback], ""),
        (Given::Zeros(_), false, TAG) => (
            &[],
            "the token takes the zeros for the vector and makes none: never give it the same twice",
        ),
        (Given::Null, _, 28 | 32) => (
            &[IvConvention::NullPrefixed, IvConvention::NullAppended],
            "",
        ),
        (Given::Null, _, TAG) => (
            &[],
            "the token does not tell which vector it used: nothing else could decrypt this",
        ),
        _ => (
            &[],
            "the output has a length that Claviger does not know: it cannot use this way",
        ),
    }
}

/// Whether what was encrypted comes back when it is read by this convention.
fn opens(
    trial: &mut Trial<'_>,
    doing: &str,
    convention: Convention,
    outcome: &GcmOutcome,
) -> Tried<bool> {
    let parts: Parts = convention.parts(outcome);
    let doing = format!("{doing}, decrypted");
    let opened = convention.decrypt(trial, &doing, AAD, &parts)?;
    Ok(opened.is_ok_and(|opened| opened == PLAINTEXT))
}

fn say_that_it_works(
    trial: &mut Trial<'_>,
    doing: &str,
    convention: Convention,
    outcome: &GcmOutcome,
) {
    let length = convention.vector_length;
    let how = match convention.iv {
        IvConvention::CallerRandom => "the token uses the vector that it is given".to_owned(),
        IvConvention::ZeroWriteback if outcome.vector_begun == outcome.vector_after => {
            "the token writes its own vector into the buffer, in C_EncryptInit".to_owned()
        }
        IvConvention::ZeroWriteback => {
            "the token writes its own vector into the buffer, in C_Encrypt".to_owned()
        }
        IvConvention::NullPrefixed => {
            format!("the token makes a vector of {length} bytes and puts it before the ciphertext")
        }
        IvConvention::NullAppended => {
            format!("the token makes a vector of {length} bytes and puts it behind the tag")
        }
    };
    trial.say(
        Topic::Conventions,
        "works",
        Level::Ok,
        format!("{doing}: works; {how}; the tag of 16 bytes follows the ciphertext"),
        format!(
            "iv_convention = \"{}\", iv_length = {length}",
            convention.iv.name()
        ),
    );
}
