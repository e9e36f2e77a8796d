//! The host's own code at work with the key of the test: whether it can, and how fast.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use claviger_config::Profile;
use claviger_config::secrets::Pin;
use claviger_token_test::wire::{Answer, Rate, Step};
use parking_lot::Mutex;

use super::super::bad_tag;
use super::super::fault::{Stop as CallStop, TokenFault};
use super::super::gcm;
use super::super::keys::KeyReference;
use super::super::known::Known;
use super::super::library::LibraryUse;
use super::super::session::{Call, OpenSession};
use super::{Bench, Done, at, entered, step};

/// The login that references to keys carry: there is one.
const LOGIN: u64 = 1;
/// What AWS KMS has encrypted most of the time: a data key.
const DATA_KEY: [u8; 32] = [0x5a; 32];
/// As long as a usual encryption context with its framing.
const ADDITIONAL_DATA: [u8; 128] = [0x61; 128];

fn key(object: u64) -> KeyReference {
    KeyReference {
        start: LOGIN,
        object,
    }
}

/// A call of the host, outside its threads.
fn with_call<T>(
    library: &LibraryUse,
    session: &mut OpenSession,
    profile: &Profile,
    work: impl FnOnce(&mut Call<'_>) -> T,
) -> Done<T> {
    let inside = entered(library)?;
    let known = Mutex::new(Known::default());
    Ok(work(&mut Call {
        session,
        inside: &inside,
        login: LOGIN,
        profile,
        known: &known,
        saw_key: false,
    }))
}

fn said(stop: CallStop) -> String {
    match stop {
        CallStop::Fault(fault) => fault.to_string(),
        CallStop::Returned(value) => TokenFault::Failed(value).to_string(),
        CallStop::Doubt | CallStop::DoubtUntilRestart => TokenFault::Unavailable.to_string(),
    }
}

impl Bench {
    fn open(&self, library: &LibraryUse) -> Done<OpenSession> {
        let pin = Pin::read(&self.configured)?;
        let inside = entered(library)?;
        let opened = OpenSession::open(&inside, self.slot, &pin);
        let (session, _) = opened.map_err(at("C_OpenSession or C_Login"))?;
        Ok(session)
    }

    /// Encrypts and decrypts by a profile as for a request of AWS KMS.
    pub(super) fn try_profile(&mut self, profile: &Profile) -> Done<Answer> {
        let (library, object) = (self.library()?, self.key_object()?);
        let mut session = self.open(&library)?;
        let steps = with_call(&library, &mut session, profile, |call| {
            steps(call, key(object))
        });
        session.close(&library);
        Ok(Answer::Steps(steps?))
    }

    /// One encryption, for a step.
    pub(super) fn encrypts(&mut self, what: &str, profile: &Profile) -> Done<Step> {
        let (library, object) = (self.library()?, self.key_object()?);
        let mut session = self.open(&library)?;
        let sealed = with_call(&library, &mut session, profile, |call| {
            in_three_attempts(|| gcm::encrypt(call, key(object), &ADDITIONAL_DATA, &DATA_KEY))
        });
        session.close(&library);
        Ok(step(what, sealed?.err().map(said)))
    }

    /// Encrypts in several sessions at once.
    pub(super) fn measure(
        &mut self,
        sessions: usize,
        milliseconds: u64,
        profile: &Profile,
    ) -> Done<Answer> {
        let (library, object) = (self.library()?, self.key_object()?);
        let mut open = Vec::new();
        for _ in 0..sessions {
            match self.open(&library) {
                Ok(session) => open.push(session),
                Err(stop) => {
                    for session in open {
                        session.close(&library);
                    }
                    return Err(stop);
                }
            }
        }
        let together = Barrier::new(sessions);
        let time = Duration::from_millis(milliseconds);
        let since = Instant::now();
        let measured: Vec<Measured> = thread::scope(|scope| {
            let (library, together) = (&library, &together);
            let begin = |session| {
                scope.spawn(move || {
                    together.wait();
                    let run = with_call(library, session, profile, |call| {
                        Measured::run(call, key(object), time)
                    });
                    run.unwrap_or_default()
                })
            };
            let threads: Vec<_> = open.iter_mut().map(begin).collect();
            let joined = threads.into_iter().filter_map(|thread| thread.join().ok());
            joined.collect()
        });
        let elapsed = since.elapsed();
        for session in open {
            session.close(&library);
        }
        Ok(Answer::Rate(rate(measured, elapsed)))
    }
}

/// What one thread measured.
#[derive(Default)]
struct Measured {
    /// Of each encryption, in microseconds.
    took: Vec<u64>,
    failed: u64,
    failure: Option<String>,
}

impl Measured {
    fn run(call: &mut Call<'_>, key: KeyReference, time: Duration) -> Self {
        let mut measured = Self::default();
        let end = Instant::now() + time;
        loop {
            let begun = Instant::now();
            if begun >= end {
                return measured;
            }
            match gcm::encrypt(call, key, &ADDITIONAL_DATA, &DATA_KEY) {
                Ok(_) => measured.took.push(microseconds(begun.elapsed())),
                Err(stop) => {
                    measured.failed += 1;
                    measured.failure.get_or_insert(said(stop));
                }
            }
        }
    }
}

fn rate(measured: Vec<Measured>, elapsed: Duration) -> Rate {
    let failed = measured.iter().map(|it| it.failed).sum();
    let failure = measured.iter().find_map(|it| it.failure.clone());
    let mut took: Vec<u64> = measured.into_iter().flat_map(|it| it.took).collect();
    took.sort_unstable();
    let percentile = |percent: usize| took.get(took.len() * percent / 100).copied();
    Rate {
        operations: u64::try_from(took.len()).unwrap_or(u64::MAX),
        microseconds: microseconds(elapsed),
        median: percentile(50).unwrap_or(0),
        percentile_99: percentile(99).unwrap_or(0),
        failed,
        failure,
    }
}

fn microseconds(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// An overloaded token fails now and then whatever the profile is.
fn in_three_attempts<T, E>(mut attempt: impl FnMut() -> Result<T, E>) -> Result<T, E> {
    attempt().or_else(|_| attempt()).or_else(|_| attempt())
}

/// What the host does with a key, in order.
fn steps(call: &mut Call<'_>, key: KeyReference) -> Vec<Step> {
    let mut steps = Vec::new();
    for (what, additional_data, plaintext) in [
        (
            "a data key of 32 bytes comes back",
            &ADDITIONAL_DATA[..],
            &DATA_KEY[..],
        ),
        (
            "a plaintext of 4096 bytes with additional data of 8192 comes back",
            &[0x61; 8192][..],
            &[0x70; 4096][..],
        ),
    ] {
        let done = in_three_attempts(|| round_trip(call, key, additional_data, plaintext));
        steps.push(step(what, done.err()));
    }
    let mut encrypt = || in_three_attempts(|| gcm::encrypt(call, key, &ADDITIONAL_DATA, &DATA_KEY));
    let (sealed, again) = match (encrypt(), encrypt()) {
        (Ok(sealed), Ok(again)) => (sealed, again),
        (Err(stop), _) | (_, Err(stop)) => {
            steps.push(step("two encryptions of the same", Some(said(stop))));
            return steps;
        }
    };
    let is_repeated = sealed.initialization_vector == again.initialization_vector;
    let repeated = "both have the same vector".to_owned();
    steps.push(step(
        "two encryptions have two vectors",
        is_repeated.then_some(repeated),
    ));
    let mut forged = sealed.clone();
    if let Some(byte) = forged.authentication_tag.first_mut() {
        *byte ^= 1;
    }
    for (what, additional_data, forged) in [
        (
            "a wrong tag is told from a failure",
            &ADDITIONAL_DATA[..],
            &forged,
        ),
        (
            "other additional data is told from a failure",
            &b"other"[..],
            &sealed,
        ),
    ] {
        let done =
            in_three_attempts(|| refused(bad_tag::decrypt(call, key, additional_data, forged)));
        steps.push(step(what, done.err()));
    }
    steps
}

fn round_trip(
    call: &mut Call<'_>,
    key: KeyReference,
    additional_data: &[u8],
    plaintext: &[u8],
) -> Result<(), String> {
    let sealed = gcm::encrypt(call, key, additional_data, plaintext).map_err(said)?;
    let opened = bad_tag::decrypt(call, key, additional_data, &sealed).map_err(said)?;
    if opened == plaintext {
        Ok(())
    } else {
        Err("what is decrypted is something else".to_owned())
    }
}

/// What is wrong with the answer to a forgery.
fn refused(opened: Result<Vec<u8>, CallStop>) -> Result<(), String> {
    match opened {
        Err(CallStop::Fault(TokenFault::AuthenticationFailed)) => Ok(()),
        Err(CallStop::Returned(value)) => Err(format!(
            "it would be answered as a failure: {}",
            at("the token")(value)
        )),
        Err(stop) => Err(said(stop)),
        Ok(_) => Err("it is decrypted".to_owned()),
    }
}
