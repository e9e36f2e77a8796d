//! A deep health check: real cryptography on a key made for nothing else
//! (XKS-096).

use crate::cipher::{Cipher, Side};
use claviger_sdk::key_storage;
use claviger_sdk::{Error, HealthReport, HealthStatus, KeyManager, log};

/// The record of the test key; a name that no external key can have.
const TEST_KEY: &str = "health/test-key";
const ADDITIONAL_DATA: &[u8] = b"claviger health check";
const PLAINTEXT: &[u8] = b"not a secret";

/// One key manager, and what came of trying it.
///
/// A failed check is a report, not an error: AWS KMS reads the status, while an
/// error would say that the proxy is broken (XKS-100).
pub(crate) fn check(side: &Side) -> HealthReport {
    let health_status = match try_out(side) {
        Ok(()) => HealthStatus::Active,
        Err(error) => {
            log::error(format!("the health check failed: {error}"));
            HealthStatus::Unavailable
        }
    };
    HealthReport {
        vendor: "Claviger".to_owned(),
        key_managers: vec![KeyManager {
            id: "software".to_owned(),
            model: concat!("Claviger software keys ", env!("CARGO_PKG_VERSION")).to_owned(),
            health_status,
        }],
    }
}

fn try_out(side: &Side) -> Result<(), Error> {
    // A check changes nothing: where earlier versions have not made a record, the key
    // is as long-lived as the check.
    let cipher = match key_storage::revision(TEST_KEY)? {
        Some(_) => Cipher::open(side, TEST_KEY)?,
        None => Cipher::ephemeral(side)?,
    };
    let sealed = cipher.seal(ADDITIONAL_DATA, PLAINTEXT)?;
    let opened = cipher.open_sealed(ADDITIONAL_DATA, &sealed)?;
    if opened != PLAINTEXT || sealed.ciphertext == PLAINTEXT {
        return Err(Error::internal(
            "the test key does not give back what it encrypted",
        ));
    }
    Ok(())
}
