//! Key stores on their way to CONNECTED and DISCONNECTED.

use std::sync::Arc;

use claviger_xks_client::metadata::{KmsOperation, RequestMetadata};
use claviger_xks_client::outcome::ConnectionErrorCode;
use tracing::{info, warn};
use uuid::Uuid;

use super::Service;
use crate::exception::Exception;
use crate::names::{KeyStoreId, Region};
use crate::proxy_failure;
use crate::state::{Change, ConnectionState, Event, KeyStore, Step};

/// A key store that an event was applied to.
#[derive(Debug, Clone)]
pub struct Stepped {
    /// What the event did.
    pub step: Step,
    /// The key store after it.
    pub key_store: Arc<KeyStore>,
}

impl Service {
    /// Applies an event to a key store, if it is still there. With `attempt`, an
    /// event of another attempt does nothing.
    pub async fn step(
        &self,
        region: &Region,
        id: &KeyStoreId,
        event: Event,
        attempt: Option<u64>,
    ) -> Result<Option<Stepped>, Exception> {
        let id = id.clone();
        let stepped = self.store.change(region, move |state| {
            let Some(before) = state.key_stores.get(&id) else {
                return Ok((None, Vec::new()));
            };
            let is_late = attempt.is_some_and(|attempt| attempt != before.attempt);
            let step = if is_late {
                Step::Stays
            } else {
                before.connection.step(event)
            };
            let Step::To(connection) = step else {
                let key_store = Arc::clone(before);
                return Ok((Some(Stepped { step, key_store }), Vec::new()));
            };
            let key_store = Arc::new(KeyStore {
                connection,
                attempt: before.attempt.wrapping_add(1),
                ..before.as_ref().clone()
            });
            let changes = vec![Change::PutKeyStore(Arc::clone(&key_store))];
            Ok((Some(Stepped { step, key_store }), changes))
        });
        stepped.await
    }

    /// Goes on with a key store that is CONNECTING or DISCONNECTING.
    pub fn go_on(self: &Arc<Self>, region: &Region, key_store: Arc<KeyStore>, request_id: &str) {
        let (service, region) = (Arc::clone(self), region.clone());
        let request_id = request_id.to_owned();
        match key_store.connection {
            ConnectionState::Connecting => {
                self.spawn(async move { service.connect(&region, &key_store, request_id).await });
            }
            ConnectionState::Disconnecting => {
                self.spawn(async move { service.clear(&region, &key_store).await });
            }
            ConnectionState::Disconnected
            | ConnectionState::Connected
            | ConnectionState::Failed(_) => {}
        }
    }

    /// Goes on with what a process that ended had begun.
    pub fn resume(self: &Arc<Self>) {
        for region in self.store.regions() {
            for key_store in self.region(&region).key_stores.values() {
                let request_id = Uuid::new_v4().to_string();
                self.go_on(&region, Arc::clone(key_store), &request_id);
            }
        }
    }

    async fn connect(&self, region: &Region, key_store: &KeyStore, request_id: String) {
        tokio::time::sleep(self.settings.connect_delay).await;
        let metadata = RequestMetadata::health(KmsOperation::ConnectCustomKeyStore, request_id);
        let client = self.proxies.client_of(region, key_store);
        let asked = client.get_health_status(&metadata).await.map_err(|failure| {
            let said = proxy_failure::said(&failure);
            warn!(key_store = %key_store.id, cause = %failure, said, "the key store does not connect");
            let consequences = failure.outcome().consequences();
            consequences
                .connect
                .map_or(ConnectionErrorCode::InternalError, |known| known.value)
        });
        let event = Event::Asked(asked.map(|_| ()));
        let attempt = Some(key_store.attempt);
        match self.step(region, &key_store.id, event, attempt).await {
            Ok(Some(Stepped {
                step: Step::To(state),
                ..
            })) => info!(key_store = %key_store.id, state = state.name(), "key store"),
            Ok(_) => {}
            Err(exception) => warn!(key_store = %key_store.id, %exception, "key store"),
        }
    }

    async fn clear(&self, region: &Region, key_store: &KeyStore) {
        tokio::time::sleep(self.settings.connect_delay).await;
        self.proxies.forget(region, &key_store.id);
        let attempt = Some(key_store.attempt);
        let cleared = self
            .step(region, &key_store.id, Event::Cleared, attempt)
            .await;
        if let Err(exception) = cleared {
            warn!(key_store = %key_store.id, %exception, "key store");
        }
    }
}
