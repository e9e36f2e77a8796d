//! The PKCS#11 tokens of a configuration, opened.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use claviger_config::{Configuration, KeyStore, Name, PluginUse};
use claviger_settings::Fault;

use crate::pkcs11::{GrantedTokens, Token};

/// Tokens by name; those with a fault, and those nobody uses, are left out.
#[derive(Default)]
pub(super) struct Tokens(BTreeMap<Name, Arc<Token>>);

impl Tokens {
    /// Opens the tokens that these uses of plugins are granted, all at once.
    pub(super) async fn open(
        configuration: &Configuration,
        uses: impl Iterator<Item = &PluginUse>,
        faults: &mut Vec<Fault>,
        warnings: &mut Vec<Fault>,
    ) -> Self {
        let names: BTreeSet<&Name> = uses.flat_map(|usage| &usage.grants.pkcs11).collect();
        let mut opening = Vec::new();
        for name in names {
            if let Some(configured) = configuration.tokens.get(name) {
                let (called, configured) = (name.to_string(), configured.clone());
                // A vendor's library takes its time to start.
                let opened = tokio::task::spawn_blocking(move || Token::open(&called, &configured));
                opening.push((name, opened));
            }
        }
        let mut tokens = BTreeMap::new();
        for (name, opened) in opening {
            match opened.await {
                Ok(Ok((token, warning))) => {
                    warnings.extend(warning);
                    tokens.insert(name.clone(), Arc::new(token));
                }
                Ok(Err(fault)) => faults.push(fault),
                Err(panicked) => faults.push(Fault::new(
                    format!("tokens.{name}"),
                    format!("cannot be opened: {panicked}"),
                    "report this as a bug of Claviger",
                )),
            }
        }
        Self(tokens)
    }

    /// What is behind a grant, or `None` when some of it could not be opened.
    pub(super) fn granted(&self, names: &[Name]) -> Option<GrantedTokens> {
        names
            .iter()
            .map(|name| Some((name.to_string(), Arc::clone(self.0.get(name)?))))
            .collect()
    }
}

/// All uses of plugins by a key store.
pub(super) fn uses(key_store: &KeyStore) -> impl Iterator<Item = &PluginUse> {
    key_store
        .policies
        .iter()
        .chain(&key_store.directory)
        .chain([&key_store.backend])
}
