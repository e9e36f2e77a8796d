//! The PKCS#11 tokens of a configuration, opened.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Weak};

use claviger_config::{Configuration, Name, Token as ConfiguredToken};
use claviger_settings::Fault;

use super::{Absence, Resources};
use crate::pkcs11::{GrantedTokens, Token, TokenState, Trouble};

/// Tokens by name; those with a fault, and those nobody uses, are left out.
pub(crate) struct Tokens {
    open: BTreeMap<Name, Opened>,
    absent: BTreeMap<Name, Absence>,
    /// Of those that are open: what libraries do not list.
    unlisted: Vec<Fault>,
}

/// A token in service.
struct Opened {
    token: Arc<Token>,
    /// Why it served nobody when it was opened.
    trouble: Option<String>,
}

/// The tokens that some snapshot uses.
pub(super) type OpenTokens = BTreeMap<Name, (ConfiguredToken, Weak<Token>)>;

impl Tokens {
    /// Opens the tokens of these names, all at once, or takes those that are open
    /// in the same words.
    pub(crate) async fn open(
        resources: &Resources,
        configuration: &Configuration,
        names: BTreeSet<&Name>,
        faults: &mut Vec<Fault>,
        warnings: &mut Vec<Fault>,
    ) -> Self {
        let mut opening = Vec::new();
        let mut tokens = BTreeMap::new();
        let mut absent = BTreeMap::new();
        let mut unlisted = Vec::new();
        for name in names {
            let Some(configured) = configuration.tokens.get(name) else {
                continue;
            };
            if let Some(token) = resources.open_token(name, configured) {
                let trouble = None;
                tokens.insert(name.clone(), Opened { token, trouble });
            } else {
                let (called, settings) = (name.to_string(), configured.clone());
                // A vendor's library takes its time to start.
                let opened = tokio::task::spawn_blocking(move || Token::open(&called, &settings));
                opening.push((name, configured, opened));
            }
        }
        for (name, configured, opened) in opening {
            match opened.await {
                Ok(Ok((token, trouble))) => {
                    let problem = |trouble: &Trouble| trouble.fault().problem.clone();
                    let opened = Opened {
                        token: Arc::new(token),
                        trouble: trouble.as_ref().map(problem),
                    };
                    match trouble {
                        Some(Trouble::Unreachable(fault)) => warnings.push(fault),
                        Some(Trouble::NotListed(fault)) => unlisted.push(fault),
                        None => {}
                    }
                    resources.keep_token(name, configured, &opened.token);
                    tokens.insert(name.clone(), opened);
                }
                Ok(Err(fault)) => match absent_file(configured) {
                    Some(file) => {
                        absent.insert(name.clone(), Absence::of_file(fault, file));
                    }
                    None => faults.push(fault),
                },
                Err(panicked) => faults.push(Fault::new(
                    format!("tokens.{name}"),
                    format!("cannot be opened: {panicked}"),
                    "report this as a bug of Claviger",
                )),
            }
        }
        Self {
            open: tokens,
            absent,
            unlisted,
        }
    }

    /// Why a token is not open although nothing is wrong with its settings.
    pub(crate) fn absence(&self, name: &Name) -> Option<&Absence> {
        self.absent.get(name)
    }

    /// The tokens that are open and that their libraries do not list.
    pub(crate) fn unlisted(&self) -> &[Fault] {
        &self.unlisted
    }

    /// What is behind a grant, or `None` when some of it could not be opened.
    pub(crate) fn granted(&self, names: &[Name]) -> Option<GrantedTokens> {
        names
            .iter()
            .map(|name| Some((name.to_string(), self.by_name(name)?)))
            .collect()
    }

    /// The token of this name, if it could be opened.
    pub(super) fn by_name(&self, name: &Name) -> Option<Arc<Token>> {
        self.open.get(name).map(|opened| Arc::clone(&opened.token))
    }

    /// Why the token of this name served nobody when it was opened.
    pub(super) fn trouble(&self, name: &Name) -> Option<&str> {
        self.open.get(name)?.trouble.as_deref()
    }
}

/// A file that a token needs to be opened, if it does not exist.
fn absent_file(configured: &ConfiguredToken) -> Option<&Path> {
    let module = configured.module.as_path();
    let absent_module = || (!module.try_exists().unwrap_or(true)).then_some(module);
    configured.pin.absent_file().or_else(absent_module)
}

impl Resources {
    /// The tokens in use by name, and whether each answers.
    pub(crate) fn token_states(&self) -> Vec<(String, bool)> {
        let tokens = self.tokens.lock();
        let open = tokens
            .iter()
            .filter_map(|(name, (_, token))| Some((name, token.upgrade()?)));
        let state = |(name, token): (&Name, Arc<Token>)| {
            (name.to_string(), token.state() != TokenState::Unavailable)
        };
        open.map(state).collect()
    }

    fn open_token(&self, name: &Name, configured: &ConfiguredToken) -> Option<Arc<Token>> {
        let tokens = self.tokens.lock();
        let (known, token) = tokens.get(name)?;
        token.upgrade().filter(|_| known == configured)
    }

    fn keep_token(&self, name: &Name, configured: &ConfiguredToken, token: &Arc<Token>) {
        let kept = (configured.clone(), Arc::downgrade(token));
        self.tokens.lock().insert(name.clone(), kept);
    }
}
