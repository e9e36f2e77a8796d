//! The token, or the primary and its replica: which one is asked, and what happens
//! when it fails.

use crate::fault::{Failure, Fault};
use crate::notes::Notes;
use claviger_sdk::TokenKey;
use claviger_sdk::log::Level;
use claviger_sdk::pkcs11::{KeyReference, Pkcs11Error, Token, TokenState};
use claviger_sdk::settings::Table;
use std::rc::Rc;

/// The place of the primary in the setting `tokens`.
pub(crate) const PRIMARY: usize = 0;

/// A token and its place in the setting `tokens`.
#[derive(Debug)]
pub(crate) struct PlacedToken {
    pub(crate) name: String,
    pub(crate) place: usize,
    pub(crate) token: Token,
    pub(crate) notes: Rc<Notes>,
}

/// All tokens of the settings, in their order.
#[derive(Debug)]
pub(crate) struct Tokens(Vec<PlacedToken>);

impl Tokens {
    /// Opens them; each that cannot be opened is a fault of the settings.
    pub(crate) fn open(settings: &Table<'_>, names: Vec<String>, notes: &Rc<Notes>) -> Self {
        let mut tokens = Vec::new();
        for (place, name) in names.into_iter().enumerate() {
            match Token::open(&name) {
                Ok(token) => tokens.push(PlacedToken {
                    name,
                    place,
                    token,
                    notes: Rc::clone(notes),
                }),
                Err(error) => {
                    let fix = "name a token of the plugin's grants";
                    settings.fault_at("tokens", place, error.to_string(), fix);
                }
            }
        }
        Self(tokens)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// A key as the host uses it by itself, on the token of this place.
    pub(crate) fn key_for_host(&self, place: usize, key: KeyReference) -> Option<TokenKey> {
        let token = self.0.get(place)?;
        Some(TokenKey {
            token: token.name.clone(),
            key,
        })
    }

    /// All of them, in the order of the settings.
    pub(crate) fn all(&self) -> &[PlacedToken] {
        &self.0
    }

    /// Asks the tokens in turn, the healthiest first and `preferred` before its
    /// equals, until one has answered or said what the other cannot better.
    pub(crate) fn ask<T>(
        &self,
        what: &'static str,
        preferred: usize,
        ask: impl Fn(&PlacedToken) -> Result<T, Fault>,
    ) -> Result<T, Failure> {
        ask_in_turn(self.healthiest_first(preferred), what, ask)
    }

    /// Asks the primary and no other.
    pub(crate) fn ask_primary<T>(
        &self,
        what: &'static str,
        ask: impl Fn(&PlacedToken) -> Result<T, Fault>,
    ) -> Result<T, Failure> {
        ask_in_turn(self.0.first(), what, ask)
    }

    fn healthiest_first(&self, preferred: usize) -> Vec<&PlacedToken> {
        let mut tokens: Vec<_> = self.0.iter().collect();
        // A single token needs no comparison, and so no call of the host.
        tokens.sort_by_cached_key(|token| {
            let state = if self.0.len() > 1 {
                token.token.state()
            } else {
                TokenState::Serving
            };
            (state, token.place != preferred, token.place)
        });
        tokens
    }
}

fn ask_in_turn<'t, T>(
    tokens: impl IntoIterator<Item = &'t PlacedToken>,
    what: &'static str,
    ask: impl Fn(&PlacedToken) -> Result<T, Fault>,
) -> Result<T, Failure> {
    let mut kept: Option<Failure> = None;
    for token in tokens {
        let fault = match ask(token) {
            Ok(answer) => return Ok(answer),
            Err(fault) => fault,
        };
        let failure = token.failure(what, fault);
        if failure.fault.is_final(token.place == PRIMARY) {
            // While the primary does not answer, the replica's word that there
            // is no such key is not enough, so this one counts.
            return Err(failure);
        }
        kept = match kept {
            Some(earlier) if earlier.fault.is_trouble() => Some(earlier),
            _ => Some(failure),
        };
    }
    Err(kept.unwrap_or_else(|| Failure {
        token: "(none)".to_owned(),
        fault: Fault::Token(Pkcs11Error::NoSuchToken),
    }))
}

impl PlacedToken {
    fn failure(&self, what: &'static str, fault: Fault) -> Failure {
        if let Fault::Token(error) = &fault
            && fault.is_trouble()
        {
            let text = format!("token {}: {what}: {error}", self.name);
            self.notes.note(Level::Warn, text);
        }
        Failure {
            token: self.name.clone(),
            fault,
        }
    }
}
