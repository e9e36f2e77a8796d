//! A key backend whose faults are chosen by the external key id, so that one key
//! store can show them all. Built for `wasm32-wasip2`: `waits` needs its clocks.
//!
//! All ids share one key, so that what `good` encrypts can be given to any other
//! id to decrypt. The setting `health` chooses what the health check answers, and
//! `start_work` how long an instance computes before it is configured.

use claviger_sdk::aead::Key;
use claviger_sdk::settings::Table;
use claviger_sdk::{
    AES_256, Call, DECRYPT, Decryption, ENCRYPT, Encryption, Error, ExternalKey, HealthReport,
    HealthStatus, KeyBackend, KeyManager, KeyStatus, Sealed, log,
};
use std::hint::black_box;
use std::thread::sleep;
use std::time::Duration;

/// Every id that `lookup` knows, and what is wrong with it.
const KEYS: [&str; 33] = [
    "good",               // nothing
    "loops",              // encrypt never ends
    "waits",              // encrypt sleeps 10 s in an import
    "computes",           // encrypt computes for some 80 ms first
    "hesitates",          // encrypt sleeps 60 ms in an import first
    "eats-memory",        // encrypt allocates until it cannot
    "traps",              // encrypt ends in a trap
    "lookup-traps",       // lookup ends in a trap
    "short-tag",          // encrypt: a tag of 15 bytes
    "iv-11",              // encrypt: an initialization vector of 11 bytes
    "wrong-length",       // encrypt and decrypt: one byte too many
    "lies-on-decrypt",    // decrypt: the right length, the wrong bytes
    "log-flood",          // lookup and encrypt: 10,000 long lines
    "leaks-plaintext",    // encrypt and decrypt: the plaintext to log, stdout and stderr
    "leaks-in-error",     // encrypt: the plaintext as the text of an error
    "tells-call", // lookup: the call to the log; encrypt: an error with the time left as its code
    "long-metadata", // lookup: 20 bytes of metadata
    "long-handle", // lookup: a handle of 1025 bytes
    "not-aes",    // lookup: the spec AES_128
    "many-usages", // lookup: 14 usages, the two that matter last
    "endless-usages", // lookup: 100,000 usages
    "returns-megabytes", // encrypt: a ciphertext of 4 MiB
    "disabled",   // lookup: the status disabled
    "dependency-timeout", // encrypt and decrypt: this error
    "throttling", // likewise
    "invalid-state", // likewise
    "internal",   // likewise, its text with control characters
    "unsupported", // likewise: unsupported-operation
    "rotated",    // encrypt: the newer of two keys; decrypt: without metadata the older
    "throttles-its-own", // decrypt: throttling, when there is metadata
    "not-versioned", // lookup: no metadata; decrypt: another plaintext
    "no-cipher",  // encrypt: the plaintext as the ciphertext; decrypt: likewise
    "no-cipher-zeros", // the same, with an initialization vector and a tag of zeros
];

#[derive(Clone, Copy)]
enum Health {
    Ok,
    /// An error instead of a report.
    Fails,
    /// Two key managers that cannot serve.
    Unavailable,
    /// A report that nobody can be given.
    Broken,
    /// It never ends.
    Loops,
    /// Twelve key managers, of which the last alone can serve.
    Twelve,
}

struct Misbehaving {
    key: Key,
    /// Of "rotated".
    newer_key: Key,
    health: Health,
}

claviger_sdk::key_backend!(Misbehaving);

impl KeyBackend for Misbehaving {
    fn validate(settings: &Table<'_>) {
        log::info("it validates");
        let _ = Self::configure(settings);
    }

    fn configure(settings: &Table<'_>) -> Option<Self> {
        log::info("it configures");
        if let Some(faults) = settings.integer("faults", 0..=1000) {
            return refuse(settings, faults);
        }
        if let Some(password) = settings.text("password") {
            judge(settings, password);
        }
        let choices = [
            ("ok", Health::Ok),
            ("fails", Health::Fails),
            ("unavailable", Health::Unavailable),
            ("twelve", Health::Twelve),
            ("broken", Health::Broken),
            ("loops", Health::Loops),
        ];
        compute(settings.integer("start_work", 0..=1000).unwrap_or(0));
        Some(Self {
            health: settings.choice("health", &choices).unwrap_or(Health::Ok),
            key: Key::from_bytes(&[0x5a; 32]).ok()?,
            newer_key: Key::from_bytes(&[0xa5; 32]).ok()?,
        })
    }

    fn lookup(&self, call: &Call, id: &str) -> Result<ExternalKey, Error> {
        if !KEYS.contains(&id) {
            return Err(Error::key_not_found());
        }
        let mut key = ExternalKey {
            handle: id.into(),
            key_spec: AES_256.into(),
            key_usage: vec![ENCRYPT.into(), DECRYPT.into()],
            key_status: KeyStatus::Enabled,
            ciphertext_metadata: vec![1],
            fresh_for_ms: 0,
            requests_at_once: 1,
            host_cipher: None,
        };
        match id {
            "lookup-traps" => std::process::abort(),
            "log-flood" => flood(),
            "tells-call" => log::info(format!("{call:?}")),
            "long-metadata" => key.ciphertext_metadata = vec![1; 20],
            "long-handle" => key.handle.resize(1025, b'x'),
            "not-aes" => key.key_spec = "AES_128".into(),
            "many-usages" => {
                let others = (0..12).map(|number| format!("USAGE_{number}"));
                key.key_usage.splice(0..0, others);
            }
            "endless-usages" => {
                let words = (0..100_000).map(|number| format!("USAGE_{number}"));
                key.key_usage.extend(words);
            }
            "disabled" => key.key_status = KeyStatus::Disabled,
            "not-versioned" => key.ciphertext_metadata.clear(),
            _ => {}
        }
        Ok(key)
    }

    fn encrypt(&self, handle: &[u8], request: &Encryption) -> Result<Sealed, Error> {
        let (aad, plaintext) = (&*request.additional_data, &*request.plaintext);
        let id = std::str::from_utf8(handle).unwrap_or_default();
        fail(id)?;
        let key = match id {
            "rotated" => &self.newer_key,
            _ => &self.key,
        };
        let mut sealed = key.seal(aad, plaintext)?;
        match id {
            "loops" => endless(),
            "computes" => compute(100),
            "hesitates" => sleep(Duration::from_millis(60)),
            "waits" => {
                log::info("it waits");
                sleep(Duration::from_secs(10));
            }
            "eats-memory" => {
                let mut eaten = Vec::new();
                loop {
                    eaten.push(black_box(vec![1_u8; 1 << 20]));
                }
            }
            "traps" => std::process::abort(),
            "log-flood" => flood(),
            "leaks-plaintext" => leak(plaintext),
            "tells-call" => {
                let left = request.call.milliseconds_left;
                return Err(Error::internal("by the key's name").with_code(left));
            }
            "leaks-in-error" => return Err(Error::internal(shown(plaintext)).with_code(4711)),
            "short-tag" => sealed.authentication_tag.truncate(15),
            "returns-megabytes" => sealed.ciphertext.resize(4 << 20, 7),
            "iv-11" => sealed.initialization_vector.truncate(11),
            "wrong-length" => sealed.ciphertext.push(0),
            "no-cipher" => sealed.ciphertext = plaintext.to_vec(),
            "no-cipher-zeros" => {
                sealed.ciphertext = plaintext.to_vec();
                sealed.initialization_vector.fill(0);
                sealed.authentication_tag.fill(0);
            }
            _ => {}
        }
        Ok(sealed)
    }

    fn decrypt(&self, handle: &[u8], request: &Decryption) -> Result<Vec<u8>, Error> {
        let (metadata, aad) = (&*request.ciphertext_metadata, &*request.additional_data);
        let sealed = &request.sealed;
        let id = std::str::from_utf8(handle).unwrap_or_default();
        fail(id)?;
        let key = match (id, metadata) {
            ("rotated", [1]) => &self.newer_key,
            ("throttles-its-own", [_, ..]) => {
                return Err(Error::throttling("by the ciphertext's metadata"));
            }
            _ => &self.key,
        };
        if id.starts_with("no-cipher") {
            return Ok(sealed.ciphertext.clone());
        }
        let mut plaintext = key.open(aad, sealed)?;
        match id {
            "wrong-length" => plaintext.push(0),
            "lies-on-decrypt" | "not-versioned" => {
                plaintext.iter_mut().for_each(|byte| *byte ^= 0xff)
            }
            "leaks-plaintext" => leak(&plaintext),
            _ => {}
        }
        Ok(plaintext)
    }

    fn check_health(&self, _: &Call) -> Result<HealthReport, Error> {
        let (count, serving) = match self.health {
            Health::Loops => endless(),
            Health::Fails => return Err(Error::internal("the health check fails by setting")),
            Health::Ok | Health::Broken => (1, 1),
            Health::Unavailable => (2, 0),
            Health::Twelve => (12, 1),
        };
        let key_manager = |number| KeyManager {
            id: format!("misbehaving-{number}"),
            model: "misbehaving 1".into(),
            health_status: if number + serving >= count {
                HealthStatus::Active
            } else {
                HealthStatus::Unavailable
            },
        };
        Ok(HealthReport {
            vendor: match self.health {
                Health::Broken => "\n".into(),
                _ => "Claviger tests".into(),
            },
            key_managers: (0..count).map(key_manager).collect(),
        })
    }
}

/// About a millisecond for each unit of `work`.
fn compute(work: u64) {
    for step in 0..work * 1_000_000 {
        black_box(step);
    }
}

fn endless() -> ! {
    loop {
        black_box(0);
    }
}

fn fail(id: &str) -> Result<(), Error> {
    let text = || "by the key's name".to_owned();
    Err(match id {
        "dependency-timeout" => Error::dependency_timeout(text()),
        "throttling" => Error::throttling(text()),
        "invalid-state" => Error::invalid_state(text()),
        "unsupported" => Error::unsupported_operation(text()),
        "internal" => Error::internal("one line\r\nand\u{1b}[31m another"),
        _ => return Ok(()),
    })
}

/// Says everything that it knows of the password, wherever it can.
fn judge(settings: &Table<'_>, password: &str) {
    leak(password.as_bytes());
    let length = settings.integer("length", 0..=1000);
    if length != u64::try_from(password.len()).ok() {
        settings.fault(
            "password",
            format!("`{password}` is of another length"),
            password,
        );
        settings.fault(
            "length",
            format!("`{password}` is not so long"),
            "count again",
        );
    }
}

/// Faults of settings: long ones, in another writing direction.
fn refuse(settings: &Table<'_>, faults: u64) -> Option<Misbehaving> {
    let text = format!("\u{202e}\u{1b}[31m{}", "x".repeat(2000));
    for _ in 0..faults {
        settings.fault(&text, &text, &text);
    }
    None
}

fn flood() {
    let line = "flood ".repeat(700);
    (0..10_000).for_each(|_| log::info(&line));
}

fn leak(plaintext: &[u8]) {
    let text = shown(plaintext);
    log::error(format!("the plaintext is {text}"));
    println!("the plaintext is {text}");
    eprintln!("the plaintext is {text}");
}

fn shown(plaintext: &[u8]) -> String {
    String::from_utf8_lossy(plaintext).into_owned()
}
