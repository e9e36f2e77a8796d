//! A deep health check of every token: real cryptography on a key made for nothing
//! else (XKS-096), and who made the token, for XKS `ekmFleetDetails`.

use crate::fault::Fault;
use crate::names::Naming;
use crate::objects::Objects;
use crate::tokens::{PlacedToken, Tokens};
use claviger_sdk::pkcs11::{KeySelector, Pkcs11Error, TokenInfo, TokenState};
use claviger_sdk::{HealthReport, HealthStatus, KeyManager, log};
use std::cell::RefCell;

const ADDITIONAL_DATA: &[u8] = b"claviger health check";
const PLAINTEXT: &[u8] = b"not a secret";
/// Longest text of the report, in characters.
const LONGEST: usize = 128;

/// What is remembered from one check to the next.
#[derive(Debug)]
pub(crate) struct Health(RefCell<Vec<Remembered>>);

#[derive(Clone, Debug, Default)]
struct Remembered {
    /// A token that is lost should still be named.
    info: Option<TokenInfo>,
    /// What was said of it last: it is not said again each time.
    said: Option<String>,
}

impl Health {
    pub(crate) fn new(tokens: usize) -> Self {
        Self(RefCell::new(vec![Remembered::default(); tokens]))
    }

    /// One key manager for each token, and what came of trying it.
    ///
    /// A failed check is a report, not an error: AWS KMS reads the status, while an
    /// error would say that the proxy is broken (XKS-100).
    pub(crate) fn check(
        &self,
        tokens: &Tokens,
        objects: &Objects,
        naming: &Naming,
    ) -> HealthReport {
        let mut memory = self.0.borrow_mut();
        let mut key_managers = Vec::new();
        let mut late = false;
        for (token, remembered) in tokens.all().iter().zip(memory.iter_mut()) {
            let (health_status, problem) = judge(token, objects, naming, &mut late);
            // In this order: a token that hangs has used up the deadline by now.
            if health_status != HealthStatus::Unavailable
                && !late
                && let Ok(info) = token.token.info()
            {
                remembered.info = Some(info);
            }
            if problem != remembered.said {
                match &problem {
                    Some(problem) => log::error(format!("token {}: {problem}", token.name)),
                    None => log::info(format!("token {}: healthy again", token.name)),
                }
            }
            remembered.said = problem;
            key_managers.push(KeyManager {
                id: token.name.clone(),
                model: remembered.info.as_ref().map_or_else(unknown, model),
                health_status,
            });
        }
        let manufacturer = memory.iter().find_map(|token| token.info.as_ref());
        HealthReport {
            vendor: manufacturer.map_or_else(unknown, |info| printable(&info.manufacturer)),
            key_managers,
        }
    }
}

/// The state of a token, and what is to be said of it. `late` once the deadline of
/// the whole check has passed.
fn judge(
    token: &PlacedToken,
    objects: &Objects,
    naming: &Naming,
    late: &mut bool,
) -> (HealthStatus, Option<String>) {
    let status = match token.token.state() {
        TokenState::Serving => HealthStatus::Active,
        TokenState::Degraded => HealthStatus::Degraded,
        TokenState::Unavailable => {
            let problem = Pkcs11Error::Unavailable.to_string();
            return (HealthStatus::Unavailable, Some(problem));
        }
    };
    if *late {
        // Another token has used up the time: no reason to call this one dead.
        let problem = "not checked: another token took too long".to_owned();
        return (HealthStatus::Degraded, Some(problem));
    }
    let health_key = &naming.health_key;
    let (status, problem) = match try_out(token, objects, health_key) {
        Ok(()) if status == HealthStatus::Active => return (status, None),
        Ok(()) => (status, "some sessions do not work".to_owned()),
        Err(Fault::Missing) => (
            HealthStatus::Degraded,
            format!("it has no key for health checks; make it: claviger key create {health_key}"),
        ),
        Err(Fault::Several) => (
            HealthStatus::Degraded,
            format!("it has several keys with the label {health_key}; keep one"),
        ),
        // Overloaded is not dead.
        Err(Fault::Token(error @ Pkcs11Error::Throttled)) => {
            (HealthStatus::Degraded, error.to_string())
        }
        Err(Fault::Unsuitable) => (
            HealthStatus::Unavailable,
            format!("{health_key} is not a 256-bit AES key"),
        ),
        Err(Fault::Token(error)) => {
            *late = error == Pkcs11Error::Deadline;
            let problem = format!("the health check failed: {error}");
            (HealthStatus::Unavailable, problem)
        }
    };
    (status, Some(problem))
}

fn try_out(token: &PlacedToken, objects: &Objects, health_key: &str) -> Result<(), Fault> {
    let selector = KeySelector::Label(health_key.to_owned());
    let sealed = objects.with(token, &selector, None, |key| {
        key.encrypt(ADDITIONAL_DATA, PLAINTEXT)
    })?;
    let opened = objects.with(token, &selector, None, |key| {
        key.decrypt(ADDITIONAL_DATA, &sealed)
    })?;
    if opened != PLAINTEXT || sealed.ciphertext == PLAINTEXT {
        return Err(Pkcs11Error::AuthenticationFailed.into());
    }
    Ok(())
}

fn model(info: &TokenInfo) -> String {
    printable(&format!(
        "{} {}, firmware {}, serial {}",
        info.manufacturer.trim(),
        info.model.trim(),
        info.firmware.trim(),
        info.serial.trim()
    ))
}

/// As AWS KMS accepts it: 1 to 128 printable ASCII characters.
fn printable(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() {
        return unknown();
    }
    let safe = |char: char| if matches!(char, ' '..='~') { char } else { '?' };
    text.chars().take(LONGEST).map(safe).collect()
}

fn unknown() -> String {
    "unknown".to_owned()
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn xks_092_texts_of_a_token_are_made_printable() {
        assert_eq!(printable(" SoftHSM v2\0 "), "SoftHSM v2?");
        assert_eq!(printable("Hélène\n"), "H?l?ne");
        assert_eq!(printable("  "), "unknown");
        assert_eq!(printable(&"x".repeat(200)).len(), 128);
    }
}
