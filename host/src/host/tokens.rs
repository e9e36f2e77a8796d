//! The PKCS#11 tokens of a configuration, opened.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use claviger_config::{Configuration, Name};
use claviger_settings::Fault;

use crate::pkcs11::{GrantedTokens, Token};

/// Tokens by name; those with a fault, and those nobody uses, are left out.
pub(super) struct Tokens(BTreeMap<Name, Opened>);

/// A token in service.
struct Opened {
    token: Arc<Token>,
    /// Why it serves nobody yet.
    trouble: Option<String>,
}

impl Tokens {
    /// Opens the tokens of these names, all at once.
    pub(super) async fn open(
        configuration: &Configuration,
        names: BTreeSet<&Name>,
        faults: &mut Vec<Fault>,
        warnings: &mut Vec<Fault>,
    ) -> Self {
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
                    let opened = Opened {
                        token: Arc::new(token),
                        trouble: warning.as_ref().map(|warning| warning.problem.clone()),
                    };
                    warnings.extend(warning);
                    tokens.insert(name.clone(), opened);
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
            .map(|name| Some((name.to_string(), self.by_name(name)?)))
            .collect()
    }

    /// The token of this name, if it could be opened.
    pub(super) fn by_name(&self, name: &Name) -> Option<Arc<Token>> {
        self.0.get(name).map(|opened| Arc::clone(&opened.token))
    }

    /// Why the token of this name served nobody when it was opened.
    pub(super) fn trouble(&self, name: &Name) -> Option<&str> {
        self.0.get(name)?.trouble.as_deref()
    }
}
