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

use super::{BoundToken, IvConvention, KeyReference, KeyTemplate, Profile, Token};
use crate::deadline::Deadline;

/// `CKM_AES_GCM`
const AES_GCM: u64 = 0x1087;
/// `CKR_GENERAL_ERROR`, which SoftHSM answers a bad tag with.
const GENERAL_ERROR: u64 = 0x5;

fn profile(convention: IvConvention) -> Profile {
    let bad_tag = vec![GENERAL_ERROR, 0x40];
    Profile::new(AES_GCM, convention, 12, bad_tag, Vec::new()).unwrap()
}

pub(crate) fn bind(token: &Arc<Token>, convention: IvConvention) -> BoundToken {
    BoundToken::new(Arc::clone(token), profile(convention))
}

fn soon() -> Deadline {
    within(5000)
}

fn within(milliseconds: u64) -> Deadline {
    Deadline::after(Instant::now(), Duration::from_millis(milliseconds))
}

/// A key that may do what it is told.
pub(crate) async fn key(
    token: &BoundToken,
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
