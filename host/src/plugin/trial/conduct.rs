//! How a plugin conducts itself: what it says, how much memory it takes, how long.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claviger_doctor::catalogue::Check;

use super::outcome::{Instead, Outcome, hold};
use super::rig::{AUTHORIZE, DECRYPT, ENCRYPT, LOOKUP, Open, RESOLVE, Rig, Shut};
use super::{Summary, Trial, check};
use crate::plugin::contract::{self, World};

pub(super) static U01: Check = check(
    "U01",
    "XKS-116: no plaintext in log lines, nor in the texts of failures",
    "lines and failures during crypto.encrypt and crypto.decrypt, before they are withheld",
    "say what failed and never with what: kind and code are always recorded",
);
pub(super) static U02: Check = check(
    "U02",
    "interface log: at most 32 lines a call",
    "lines of key-lookup.lookup, crypto.encrypt and crypto.decrypt",
    "write a line when something is wrong, and none for each request",
);
pub(super) static U03: Check = check(
    "U03",
    "memory: it does not grow from call to call",
    "the memory of one instance over some thousand calls",
    "free what a call takes; an instance is replaced when three quarters of memory_mib are taken",
);
pub(super) static U04: Check = check(
    "U04",
    "XKS-135: the calls of a request take less than 100 ms together",
    "the medians of all calls of this trial",
    "answer lookup with fresh-for-ms, keep connections open, and compute less",
);

/// Lines of one call that are written.
const LINES: usize = 32;
/// Calls before memory is looked at for the first time, and from there on.
const WARM_UP: usize = 200;
const CALLS: usize = 10_000;
/// Growth in the second half of the calls, in bytes, that is more than a garbage collector
/// takes its time for.
const GROWTH: usize = 1 << 20;
const LONG: Duration = Duration::from_secs(5);
/// What a request may take, and what leaves room for a slower day.
const DEADLINE: Duration = Duration::from_millis(100);
const EASY: Duration = Duration::from_millis(50);

pub(super) async fn keeps_plaintexts(trial: &Trial<'_, contract::Backend>) -> Outcome {
    let text = "claviger-trial: a plaintext that nobody is to read";
    let hex = text.bytes().fold(String::new(), |mut hex, byte| {
        // Writing to a string does not fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    let numbers: Vec<_> = text.bytes().take(8).map(|byte| byte.to_string()).collect();
    let witness = trial.subject.witness();
    witness.forbid(vec![
        text.into(),
        STANDARD.encode(text).into_bytes(),
        hex.to_uppercase().into_bytes(),
        hex.into_bytes(),
        // As debug output has bytes.
        numbers.join(", ").into_bytes(),
    ]);
    both(trial, text.as_bytes()).await?;
    let leaks = witness.take_leaks();
    hold(leaks == 0, || {
        format!("{leaks} texts with the plaintext in them")
    })?;
    Ok(String::new())
}

pub(super) async fn writes_few_lines(trial: &Trial<'_, contract::Backend>) -> Outcome {
    let witness = trial.subject.witness();
    let rig = Rig::new(trial).await?;
    let mut session = rig.session().await?;
    let _ = witness.take_texts();
    let _ = session.found().await?;
    let lookup = witness.take_texts();
    drop(session);
    both(trial, b"some bytes").await?;
    // Of lookup, encrypt and decrypt together.
    let most = lookup.max(witness.take_texts() / 3);
    hold(most <= LINES, || format!("{most} lines in one call"))?;
    Ok(format!("{most}"))
}

/// Encrypts and decrypts, whatever comes of it.
async fn both(trial: &Trial<'_, contract::Backend>, plaintext: &[u8]) -> Result<(), Instead> {
    let rig = Rig::new(trial).await?;
    let mut session = rig.session().await?;
    let key = session.found().await?;
    let (handle, metadata) = (key.handle.into(), std::sync::Arc::new(key.metadata));
    let open = Open {
        metadata: std::sync::Arc::clone(&metadata),
        additional_data: b"context".to_vec().into(),
        plaintext: plaintext.to_vec().into(),
    };
    let sealed = session
        .encrypt_all(&handle, std::slice::from_ref(&open))
        .await;
    let Some(Ok(sealed)) = sealed.ok().and_then(|all| all.into_iter().next()) else {
        return Ok(());
    };
    let shut = Shut {
        metadata,
        additional_data: open.additional_data,
        sealed,
    };
    let _ = session.decrypt_all(&handle, &[shut]).await;
    Ok(())
}

/// The memory of one instance over many calls.
pub(super) struct Memory {
    most: usize,
    began: Instant,
    calls: usize,
    /// After the warm-up, at half of the calls, and now.
    warm: usize,
    half: usize,
    now: usize,
}

impl Memory {
    pub(super) fn new<W: World>(trial: &Trial<'_, W>) -> Self {
        Self {
            most: trial.subject.memory_bytes(),
            began: Instant::now(),
            calls: 0,
            warm: 0,
            half: 0,
            now: 0,
        }
    }

    /// Whether another call is to be made; the instance has so many bytes.
    pub(super) fn goes_on(&mut self, bytes: usize) -> bool {
        self.now = bytes;
        if self.calls <= WARM_UP {
            self.warm = bytes;
        }
        if self.calls <= CALLS / 2 {
            self.half = bytes;
        }
        self.calls += 1;
        self.calls <= CALLS && self.began.elapsed() < LONG
    }
}

/// What is said of the memory of an instance.
pub(super) fn judge(memory: &Memory) -> Outcome {
    let mib = |bytes: usize| bytes.div_ceil(1 << 20);
    let seen = format!(
        "{} MiB of {} after {} calls",
        mib(memory.now),
        mib(memory.most),
        memory.calls.saturating_sub(1)
    );
    if memory.now > memory.most / 4 * 3 {
        let seen = format!("{seen}: an instance is replaced beyond three quarters");
        return Err(Instead::Warning(seen));
    }
    if memory.warm < memory.half && memory.half + GROWTH <= memory.now {
        let seen = format!("{seen}, {} after the first {WARM_UP}", mib(memory.warm));
        return Err(Instead::Warning(seen));
    }
    Ok(seen)
}

#[expect(clippy::unused_async, reason = "every check is asynchronous")]
pub(super) async fn is_in_time<W: World>(trial: &Trial<'_, W>) -> Outcome {
    let median = |function: &&str| Summary::of(trial.times.of(function)).p50;
    // An encryption is decrypted to see that it can be.
    let of_one = [LOOKUP, ENCRYPT, DECRYPT, RESOLVE, AUTHORIZE];
    of_a_request(of_one.iter().map(median).sum())
}

/// What is said of a request whose calls take so long together.
fn of_a_request(together: Duration) -> Outcome {
    let seen = format!("{:.1} ms", together.as_secs_f64() * 1e3);
    hold(together <= DEADLINE, || seen.clone())?;
    if together > EASY {
        return Err(Instead::Warning(seen));
    }
    Ok(seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(sizes: impl Fn(usize) -> usize) -> Memory {
        let mut memory = Memory {
            most: 16 << 20,
            began: Instant::now(),
            calls: 0,
            warm: 0,
            half: 0,
            now: 0,
        };
        let mut calls = 0;
        while memory.goes_on(sizes(calls)) {
            calls += 1;
        }
        memory
    }

    #[test]
    fn xks_135_a_request_that_takes_most_of_its_time_is_a_warning_and_beyond_it_a_breach() {
        let of = |milliseconds| of_a_request(Duration::from_millis(milliseconds));
        assert!(of(50).is_ok());
        assert!(matches!(of(60), Err(Instead::Warning(_))));
        assert!(matches!(of(100), Err(Instead::Warning(_))));
        assert!(matches!(of(101), Err(Instead::Breach(_))));
    }

    #[test]
    fn memory_that_grows_all_the_time_is_told_from_memory_that_is_taken_once() {
        let mib = |count: usize| count << 20;
        assert!(judge(&memory(|_| mib(2))).is_ok());
        assert!(judge(&memory(|calls| if calls < 700 { mib(2) } else { mib(4) })).is_ok());
        let leaks = judge(&memory(|calls| mib(2) + calls * 4096));
        assert!(matches!(leaks, Err(Instead::Warning(_))), "{leaks:?}");
        let full = judge(&memory(|_| mib(13)));
        assert!(matches!(full, Err(Instead::Warning(_))), "{full:?}");
    }
}
