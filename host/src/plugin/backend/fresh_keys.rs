//! Answers of key lookup that are still fresh, by the plugin's own word.
//!
//! A lookup can be as expensive as the encryption itself, and on an HSM much
//! more so, while the answer changes when somebody disables or rotates a key.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use claviger_xks::uri::ExternalKeyId;
use parking_lot::RwLock;

use super::ExternalKey;

/// The longest that an answer is fresh: a key that is disabled must be refused
/// within a second, and the backend's own view of it may be behind as well.
const MOST: Duration = Duration::from_millis(500);
/// Keys that are remembered; beyond that the plugin is asked each time.
const KEYS: usize = 4096;

/// The fresh answers of one key store's backend.
#[derive(Default)]
pub(super) struct FreshKeys(RwLock<HashMap<ExternalKeyId, Fresh>>);

struct Fresh {
    key: Arc<ExternalKey>,
    until: Instant,
}

impl FreshKeys {
    pub(super) fn get(&self, id: &ExternalKeyId, now: Instant) -> Option<Arc<ExternalKey>> {
        let keys = self.0.read();
        keys.get(id)
            .filter(|fresh| now < fresh.until)
            .map(|fresh| Arc::clone(&fresh.key))
    }

    /// Remembers an answer to a question that was asked at `asked`.
    pub(super) fn put(
        &self,
        id: &ExternalKeyId,
        key: Arc<ExternalKey>,
        asked: Instant,
        fresh_for: Duration,
    ) {
        if fresh_for.is_zero() {
            return;
        }
        let until = asked + fresh_for.min(MOST);
        let mut keys = self.0.write();
        if keys.len() >= KEYS {
            keys.retain(|_, fresh| asked < fresh.until);
        }
        if keys.len() < KEYS {
            keys.insert(id.clone(), Fresh { key, until });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{check_key, key_lookup};
    use super::*;
    use crate::plugin::wit::claviger::plugin::types::KeyStatus;

    fn key() -> Arc<ExternalKey> {
        Arc::new(
            check_key(key_lookup::ExternalKey {
                handle: vec![1],
                key_spec: "AES_256".to_owned(),
                key_usage: vec![],
                key_status: KeyStatus::Enabled,
                ciphertext_metadata: vec![],
                fresh_for_ms: 0,
            })
            .unwrap(),
        )
    }

    #[test]
    fn an_answer_is_used_for_as_long_as_the_plugin_said_and_half_a_second_at_most() {
        let keys = FreshKeys::default();
        let id: ExternalKeyId = "demo".parse().unwrap();
        let asked = Instant::now();
        let at = |ms| asked + Duration::from_millis(ms);
        keys.put(&id, key(), asked, Duration::from_millis(250));
        assert!(keys.get(&id, at(249)).is_some());
        assert!(keys.get(&id, at(250)).is_none());
        keys.put(&id, key(), asked, Duration::from_mins(1));
        assert!(keys.get(&id, at(499)).is_some());
        assert!(keys.get(&id, at(500)).is_none());
    }

    #[test]
    fn an_answer_for_one_request_is_not_remembered() {
        let keys = FreshKeys::default();
        let id: ExternalKeyId = "demo".parse().unwrap();
        let asked = Instant::now();
        keys.put(&id, key(), asked, Duration::ZERO);
        assert!(keys.get(&id, asked).is_none());
    }
}
