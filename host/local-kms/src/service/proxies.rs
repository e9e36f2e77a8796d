//! The proxies of key stores, each with a client that keeps connections open.

use std::collections::BTreeMap;
use std::sync::Arc;

use claviger_xks_client::client::{Limits, XksClient};
use claviger_xks_client::resolve::Resolve;
use claviger_xks_client::target::Target;
use claviger_xks_client::trust::Trust;
use parking_lot::Mutex;

use crate::names::{KeyStoreId, Region};
use crate::state::KeyStore;

/// Makes clients of proxies, and keeps those of key stores.
#[derive(Debug)]
pub struct Proxies {
    resolve: Resolve,
    trust: Trust,
    clients: Mutex<BTreeMap<(Region, KeyStoreId), Arc<XksClient>>>,
}

impl Proxies {
    /// Where proxies are, and whose certificates are believed.
    pub fn new(resolve: Resolve, trust: Trust) -> Self {
        Self {
            resolve,
            trust,
            clients: Mutex::default(),
        }
    }

    /// The client of a key store as it is configured now.
    pub fn client_of(&self, region: &Region, key_store: &KeyStore) -> Arc<XksClient> {
        let place = (region.clone(), key_store.id.clone());
        let mut clients = self.clients.lock();
        if let Some(client) = clients.get(&place)
            && is_of(client.target(), key_store)
        {
            return Arc::clone(client);
        }
        let client = Arc::new(self.client(region, key_store));
        clients.insert(place, Arc::clone(&client));
        client
    }

    /// A client for one call with values that are not in force yet.
    pub fn client(&self, region: &Region, key_store: &KeyStore) -> XksClient {
        let target = Target {
            endpoint: key_store.endpoint.clone(),
            uri_path: key_store.path.clone(),
            credential: key_store.credential.clone(),
            region: region.clone(),
        };
        let (resolve, trust) = (self.resolve.clone(), self.trust.clone());
        XksClient::new(target, resolve, trust, Limits::KMS)
    }

    /// Closes the connections of a key store.
    pub fn forget(&self, region: &Region, key_store: &KeyStoreId) {
        self.clients
            .lock()
            .remove(&(region.clone(), key_store.clone()));
    }
}

fn is_of(target: &Target, key_store: &KeyStore) -> bool {
    let (one, other) = (&target.credential, &key_store.credential);
    target.endpoint == key_store.endpoint
        && target.uri_path == key_store.path
        && one.access_key_id == other.access_key_id
        && one.secret_access_key.reveal() == other.secret_access_key.reveal()
}
