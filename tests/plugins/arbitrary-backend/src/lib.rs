//! A key backend whose answers are drawn from the external key id. Only ids that begin
//! with `any-` are answered with `key-not-found` or `invalid-ciphertext`: whoever asks
//! for another one must not hear of those.

mod draw;

use claviger_sdk::aead::Key;
use claviger_sdk::pkcs11::KeyReference;
use claviger_sdk::settings::Table;
use claviger_sdk::{
    AES_256, Call, DECRYPT, DamagedKey, Decryption, ENCRYPT, Encryption, Error, ExternalKey,
    FailureKind, HealthReport, HealthStatus, HostCipher, KeyBackend, KeyList, KeyManager,
    KeyStatus, KeySummary, ManagementError, Sealed, StoredKey, TokenKey,
};
use draw::Draw;

struct Arbitrary {
    key: Key,
    /// What the answers are drawn from that nobody gives an id for.
    seed: String,
}

claviger_sdk::key_backend!(Arbitrary);

impl KeyBackend for Arbitrary {
    fn configure(settings: &Table<'_>) -> Option<Self> {
        Some(Self {
            key: Key::from_bytes(&[0x5a; 32]).ok()?,
            seed: settings.text("seed").unwrap_or_default().to_owned(),
        })
    }

    fn lookup(&self, _: &Call, id: &str) -> Result<ExternalKey, Error> {
        let mut draw = Draw::from(id);
        fail(&mut draw, 16, id)?;
        Ok(ExternalKey {
            handle: draw.bytes(id.into()),
            key_spec: draw.text(AES_256),
            key_usage: usage(&mut draw),
            key_status: status(&mut draw),
            ciphertext_metadata: draw.bytes(vec![1]),
            fresh_for_ms: draw.number(0),
            requests_at_once: draw.number(1),
            host_cipher: cipher(&mut draw),
        })
    }

    fn encrypt(&self, handle: &[u8], request: &Encryption) -> Result<Sealed, Error> {
        let id = String::from_utf8_lossy(handle);
        let mut draw = Draw::from(&format!("encrypt {id}"));
        fail(&mut draw, 8, &id)?;
        let mut sealed = self
            .key
            .seal(&request.additional_data, &request.plaintext)?;
        sealed.ciphertext = draw.bytes(sealed.ciphertext);
        sealed.initialization_vector = draw.bytes(sealed.initialization_vector);
        sealed.authentication_tag = draw.bytes(sealed.authentication_tag);
        Ok(sealed)
    }

    /// Seldom not one answer for each request.
    fn encrypt_all(&self, handle: &[u8], all: &[Encryption]) -> Vec<Result<Sealed, Error>> {
        let mut answers: Vec<_> = all.iter().map(|one| self.encrypt(handle, one)).collect();
        if Draw::from(&format!("all {}", String::from_utf8_lossy(handle))).seldom(8) {
            answers.pop();
        }
        answers
    }

    fn decrypt(&self, handle: &[u8], request: &Decryption) -> Result<Vec<u8>, Error> {
        let id = String::from_utf8_lossy(handle);
        let mut draw = Draw::from(&format!("decrypt {id}"));
        fail(&mut draw, 8, &id)?;
        Ok(draw.bytes(self.key.open(&request.additional_data, &request.sealed)?))
    }

    fn check_health(&self, _: &Call) -> Result<HealthReport, Error> {
        let mut draw = Draw::from(&format!("health {}", self.seed));
        fail(&mut draw, 8, "")?;
        let count = draw.one_of(&[0, 1, 1, 2, 10, 11, 1000]);
        Ok(HealthReport {
            vendor: draw.text("Claviger tests"),
            key_managers: (0..count)
                .map(|number| KeyManager {
                    id: draw.text(&format!("arbitrary-{number}")),
                    model: draw.text("arbitrary 1"),
                    health_status: draw.one_of(&[
                        HealthStatus::Active,
                        HealthStatus::Degraded,
                        HealthStatus::Unavailable,
                    ]),
                })
                .collect(),
        })
    }

    fn list_keys(&self, _: Option<&str>, _: u32) -> Result<KeyList, ManagementError> {
        let mut draw = Draw::from(&format!("list {}", self.seed));
        managed(&mut draw)?;
        let keys = draw.one_of(&[0, 1, 3, 2000]);
        let damaged = draw.one_of(&[0, 1, 500]);
        Ok(KeyList {
            next: draw.seldom(4).then(|| draw.text("listed")),
            keys: (0..keys).map(|_| summary(&mut draw, "listed")).collect(),
            damaged: (0..damaged)
                .map(|_| DamagedKey {
                    external_key_id: draw.text("damaged"),
                    problem: draw.text("it is damaged"),
                })
                .collect(),
        })
    }

    fn show_key(&self, id: &str) -> Result<KeySummary, ManagementError> {
        let mut draw = Draw::from(&format!("show {id} {}", self.seed));
        managed(&mut draw)?;
        Ok(summary(&mut draw, id))
    }
}

/// An error now and then, once in so many times.
fn fail(draw: &mut Draw, one_in: usize, id: &str) -> Result<(), Error> {
    if !draw.seldom(one_in) {
        return Ok(());
    }
    let text = draw.text("by chance");
    let temporary = [
        Error::invalid_state(text.clone()),
        Error::invalid_key_usage(text.clone()),
        Error::throttling(text.clone()),
        Error::dependency_timeout(text.clone()),
        Error::unsupported_operation(text.clone()),
        Error::internal(text.clone()).with_code(u32::MAX),
        Error::new(FailureKind::UpkeepFirst, text),
    ];
    Err(match draw.below(8) {
        0 if id.starts_with("any-") => Error::key_not_found(),
        1 if id.starts_with("any-") => Error::invalid_ciphertext(),
        _ => draw.one_of(&temporary),
    })
}

fn managed(draw: &mut Draw) -> Result<(), ManagementError> {
    if !draw.seldom(4) {
        return Ok(());
    }
    let text = draw.text("by chance");
    Err(draw.one_of(&[
        ManagementError::AlreadyExists,
        ManagementError::NotFound,
        ManagementError::Conflict,
        ManagementError::Unsupported(text.clone()),
        ManagementError::Invalid(text.clone()),
        ManagementError::Failed(text),
    ]))
}

fn summary(draw: &mut Draw, id: &str) -> KeySummary {
    KeySummary {
        external_key_id: draw.text(id),
        key_spec: draw.text(AES_256),
        key_usage: usage(draw),
        key_status: status(draw),
        current_version: draw.number(1),
        versions: draw.number(1),
    }
}

fn usage(draw: &mut Draw) -> Vec<String> {
    let mut usage = vec![draw.text(ENCRYPT), draw.text(DECRYPT)];
    if draw.seldom(8) {
        let count = draw.one_of(&[0, 1, 2, 10, 11, 5000]);
        usage.resize_with(count, || "WRAP".to_owned());
    }
    usage
}

fn status(draw: &mut Draw) -> KeyStatus {
    if draw.seldom(16) {
        KeyStatus::Disabled
    } else {
        KeyStatus::Enabled
    }
}

/// Seldom one that the host has: there are no such records and tokens.
fn cipher(draw: &mut Draw) -> Option<HostCipher> {
    if !draw.seldom(16) {
        return None;
    }
    Some(if draw.seldom(2) {
        HostCipher::Stored(StoredKey {
            key_record: draw.text("keys/none"),
            counter: draw.text("counters/none"),
        })
    } else {
        HostCipher::OnToken(TokenKey {
            token: draw.text("none"),
            key: KeyReference {
                start: draw.number(1).into(),
                object: draw.number(1).into(),
            },
        })
    })
}
