//! The start of one key store: its plugins, and its credentials.

use std::future::Future;
use std::sync::Arc;

use claviger_config::secrets::CredentialSource;
use claviger_config::{Capability, Grants, KeyStore as ConfiguredKeyStore, PluginUse};
use claviger_settings::Fault;
use claviger_xks::sigv4::Credentials;

use super::shared::Shared;
use crate::capability::{Granted, GrantedSecret, LogSource, Secrets};
use crate::keys::{KeyStore, KeyStoreParts};
use crate::plugin::backend::Backend;
use crate::plugin::{Directory, PluginBinding, Policy};
use crate::resources::LaneShare;
use crate::switches::KeyStoreSwitch;

/// What was started, or its faults: none for what has been reported where it is
/// configured.
type Started<T> = Result<T, Vec<Fault>>;

/// One key store that is being started.
pub(super) struct Start<'s> {
    shared: &'s Shared<'s>,
    configured: &'s ConfiguredKeyStore,
    share: LaneShare,
}

impl<'s> Start<'s> {
    pub(super) fn new(shared: &'s Shared<'s>, configured: &'s ConfiguredKeyStore) -> Self {
        Self {
            share: shared.lane.share(),
            shared,
            configured,
        }
    }

    /// Everything of it, or all its faults.
    pub(super) async fn key_store(
        self,
        switch: Arc<KeyStoreSwitch>,
    ) -> Started<(Arc<KeyStore>, Credentials)> {
        let configured = self.configured;
        let credentials = self.credentials();
        let backend = self.backend().await;
        let directory = match &configured.directory {
            Some(usage) => self.plugin(usage, Directory::start).await.map(Some),
            None => Ok(None),
        };
        let mut policies = Ok(Vec::new());
        for usage in &configured.policies {
            let policy = self.plugin(usage, Policy::start).await;
            policies = both(policies, policy).map(|(mut policies, policy)| {
                policies.push(policy);
                policies
            });
        }
        let (credentials, (backend, (directory, policies))) =
            both(credentials, both(backend, both(directory, policies)))?;
        let key_store = KeyStore::new(KeyStoreParts {
            name: configured.name.as_str().into(),
            enabled: configured.enabled,
            switch,
            policies,
            default: configured.default,
            directory,
            backend,
        });
        Ok((Arc::new(key_store), credentials))
    }

    /// Its backend alone.
    pub(super) async fn backend(&self) -> Started<Backend> {
        let most = self.configured.lookup_fresh;
        let start = |binding| Backend::start(binding, most);
        self.plugin(&self.configured.backend, start).await
    }

    /// Starts one use of a plugin.
    async fn plugin<T, F>(
        &self,
        usage: &'s PluginUse,
        start: impl FnOnce(PluginBinding<'s>) -> F,
    ) -> Started<T>
    where
        F: Future<Output = Started<T>>,
    {
        match self.binding(usage) {
            Some(binding) => start(binding).await,
            None => Err(Vec::new()),
        }
    }

    /// `None` when something of it is missing, which has been reported where it is
    /// configured.
    pub(super) fn binding(&self, usage: &'s PluginUse) -> Option<PluginBinding<'s>> {
        let (shared, configured) = (self.shared, self.configured);
        let plugin = shared.plugins.get(usage.plugin.as_str())?;
        let source = format!("{}/{}", configured.name, usage.plugin);
        let [of, name] = [&configured.name, &usage.plugin].map(|name| Arc::from(name.as_str()));
        let key_storage = match usage.grants.storage() {
            None => None,
            Some(storage) => Some(shared.storages.scope(storage, configured)?),
        };
        Some(PluginBinding {
            plugin,
            usage,
            share: self.share.clone(),
            counted: shared.metrics.of(&of, &name),
            granted: Granted {
                wasi: usage.grants.contains(Capability::Wasi),
                key_storage,
                tokens: shared.tokens.granted(usage.grants.tokens())?,
                upstreams: shared.upstreams.granted(&usage.grants, |upstream| {
                    shared.resources.upstream_counts(&of, upstream)
                })?,
                secrets: Arc::new(self.secrets(&usage.grants)?),
                own: shared.metrics.own(&of, &name),
                contents: shared.upstreams.contents(&usage.grants),
                log_source: Arc::new(LogSource::new(source.into())),
            },
        })
    }

    /// What is behind the grant of `secrets`.
    fn secrets(&self, grants: &Grants) -> Option<Secrets> {
        let mut granted = Vec::new();
        for name in grants.secrets() {
            let (configured, bytes) = self.shared.upstreams.secret(name)?;
            let upstreams = configured.upstreams.iter();
            let secret = GrantedSecret {
                bytes,
                reveal: configured.reveal,
                upstreams: upstreams.map(|name| name.as_str().to_owned()).collect(),
            };
            granted.push((name.as_str().to_owned(), secret));
        }
        Some(Secrets::new(granted))
    }

    fn credentials(&self) -> Started<Credentials> {
        let read = self.configured.credentials.iter();
        let (read, faults) = divided(read.map(CredentialSource::read));
        if !faults.is_empty() {
            return Err(faults);
        }
        // Distinct ids: the configuration saw to it.
        Credentials::new(read).map_err(|_| Vec::new())
    }
}

/// Both, or the faults of either.
fn both<A, B>(first: Started<A>, second: Started<B>) -> Started<(A, B)> {
    match (first, second) {
        (Ok(first), Ok(second)) => Ok((first, second)),
        (first, second) => {
            let faults = [first.err(), second.err()];
            Err(faults.into_iter().flatten().flatten().collect())
        }
    }
}

/// What succeeded, and what did not.
fn divided<T, E>(results: impl Iterator<Item = Result<T, E>>) -> (Vec<T>, Vec<E>) {
    let (mut values, mut faults) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(value) => values.push(value),
            Err(fault) => faults.push(fault),
        }
    }
    (values, faults)
}
