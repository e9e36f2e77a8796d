//! Tokens of a real SoftHSM.

mod crypto;
mod keys;
mod recovery;
mod service;
mod sessions;
pub(crate) mod softhsm;
mod start;
mod wrapping_key;

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{KeyReference, KeyTemplate, Token};
use crate::words::Deadline;

fn soon() -> Deadline {
    within(5000)
}

fn within(milliseconds: u64) -> Deadline {
    Deadline::after(Instant::now(), Duration::from_millis(milliseconds))
}

/// A key that may do what it is told.
pub(crate) async fn key(
    token: &Arc<Token>,
    label: &str,
    encrypt: bool,
    decrypt: bool,
) -> KeyReference {
    let template = KeyTemplate {
        label: label.to_owned(),
        id: label.as_bytes().to_vec(),
        encrypt,
        decrypt,
    };
    token.generate_key(soon(), template).await.unwrap()
}

/// Waits for a condition, ten seconds at the most.
async fn eventually(what: &str, condition: impl Fn() -> bool) {
    let until = Instant::now() + Duration::from_secs(10);
    while !condition() {
        assert!(Instant::now() < until, "never: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
