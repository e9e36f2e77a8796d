//! E05 and E06: many encryptions, and many at once.

use std::sync::Arc;
use std::time::Duration;

use claviger_xks::uri::ExternalKeyId;
use claviger_xks_client::call::EncryptCall;
use claviger_xks_client::client::Reuse;
use claviger_xks_client::metadata::KmsOperation;
use http::StatusCode;
use tokio::task::JoinSet;

use super::{Session, Vectors, encrypt, made_up};
use crate::catalogue::E06;
use crate::finding::Finding;
use crate::probe::measure::{LATE, milliseconds, percentile};
use crate::probe::session::in_words;

/// How many encryptions are compared.
const ENCRYPTIONS: usize = 200;

/// How many requests are sent at once.
const AT_ONCE: usize = 32;

/// So many percent of them have to be in time.
const MOST: usize = 90;

/// After so many refusals no further one is provoked.
const ENOUGH_FAULTS: usize = 3;

/// Encrypts [`ENCRYPTIONS`] times.
pub(super) async fn many(session: &Session, key: &ExternalKeyId, vectors: &mut Vectors) {
    let plaintext = made_up(32, 23);
    let mut faults = 0;
    for _ in 0..ENCRYPTIONS {
        let metadata = session.metadata(KmsOperation::Encrypt);
        let call = EncryptCall {
            key,
            metadata: &metadata,
            plaintext: &plaintext,
            aad: None,
            integrity_value: false,
        };
        match encrypt(session, &call).await.1 {
            Ok(encrypted) => vectors.add(&encrypted.initialization_vector),
            Err(_) => faults += 1,
        }
        if faults == ENOUGH_FAULTS {
            break;
        }
    }
}

/// E06. The first round opens the connections, the second one counts: AWS KMS
/// keeps connections open.
pub(super) async fn at_once(session: &Session, key: &ExternalKeyId) -> Finding {
    round(session, key).await;
    let mut times = Vec::new();
    let mut faults = Vec::new();
    for result in round(session, key).await {
        match result {
            Ok(time) => times.push(time),
            Err(fault) => faults.push(fault),
        }
    }
    faults.sort_unstable();
    faults.dedup();
    let id = key.as_str();
    let most = percentile(&times, MOST).unwrap_or_default();
    let seen = format!("{AT_ONCE} at once: {MOST} % within {}", milliseconds(most));
    if !faults.is_empty() {
        let seen = format!("{AT_ONCE} at once: {}", faults.join("; "));
        Finding::warning(&E06, id, &seen)
    } else if most > LATE {
        Finding::warning(&E06, id, &seen)
    } else {
        Finding::ok(&E06, id, &seen)
    }
}

async fn round(session: &Session, key: &ExternalKeyId) -> Vec<Result<Duration, String>> {
    let plaintext = made_up(32, 29);
    let mut tasks = JoinSet::new();
    for _ in 0..AT_ONCE {
        let metadata = session.metadata(KmsOperation::GenerateDataKey);
        let call = EncryptCall {
            key,
            metadata: &metadata,
            plaintext: &plaintext,
            aad: None,
            integrity_value: true,
        };
        let (client, request) = (Arc::clone(&session.client), session.encrypt(&call));
        tasks.spawn(async move {
            let answer = match request {
                Ok(request) => client.send(&request, Reuse::Open).await,
                Err(fault) => Err(fault),
            };
            match &answer {
                Ok(whole) if whole.status == StatusCode::OK => Ok(whole.times.total()),
                _ => Err(in_words(&answer)),
            }
        });
    }
    tasks.join_all().await
}
