//! The token, or the primary and its replica: which one is asked, and what happens
//! when it fails.

use crate::fault::{Failure, Fault};
use crate::notes::Notes;
use claviger_sdk::TokenKey;
use claviger_sdk::log::Level;
use claviger_sdk::pkcs11::{KeyReference, Pkcs11Error, Token, TokenState};
use std::rc::Rc;

/// The place of the primary in the setting `tokens`.
pub(crate) const PRIMARY: usize = 0;

/// A token and its place in the setting `tokens`.
#[derive(Debug)]
pub(crate) struct PlacedToken {
    pub(crate) name: String,
    pub(crate) place: usize,
    pub(crate) token: Token,
}

/// All tokens of the settings.
#[derive(Debug)]
pub(crate) struct Tokens {
    placed: Vec<PlacedToken>,
    notes: Rc<Notes>,
}

impl Tokens {
    /// Opens them; returns the place and the error of each that cannot be opened.
    pub(crate) fn open(
        names: &[String],
        notes: Rc<Notes>,
    ) -> Result<Self, Vec<(usize, Pkcs11Error)>> {
        let mut tokens = Vec::new();
        let mut errors = Vec::new();
        for (place, name) in names.iter().enumerate() {
            match Token::open(name) {
                Ok(token) => tokens.push(PlacedToken {
                    name: name.clone(),
                    place,
                    token,
                }),
                Err(error) => errors.push((place, error)),
            }
        }
        if errors.is_empty() {
            Ok(Self {
                placed: tokens,
                notes,
            })
        } else {
            Err(errors)
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.placed.len()
    }

    /// A key as the host uses it by itself, on the token of this place.
    pub(crate) fn key_for_host(&self, place: usize, key: KeyReference) -> Option<TokenKey> {
        let token = self.placed.get(place)?;
        Some(TokenKey {
            token: token.name.clone(),
            key,
        })
    }

    /// All of them, in the order of the settings.
    pub(crate) fn all(&self) -> &[PlacedToken] {
        &self.placed
    }

    /// Asks the tokens in turn, the healthiest first and `preferred` before its
    /// equals, until one has answered or said what the other cannot better.
    pub(crate) fn ask<T>(
        &self,
        what: &'static str,
        preferred: usize,
        ask: impl Fn(&PlacedToken) -> Result<T, Fault>,
    ) -> Result<T, Failure> {
        let mut kept: Option<Failure> = None;
        for token in self.healthiest_first(preferred) {
            let fault = match ask(token) {
                Ok(answer) => return Ok(answer),
                Err(fault) => fault,
            };
            let failure = self.failure(token, what, fault);
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

    /// Asks the primary and no other.
    pub(crate) fn ask_primary<T>(
        &self,
        what: &'static str,
        ask: impl Fn(&PlacedToken) -> Result<T, Fault>,
    ) -> Result<T, Failure> {
        match self.placed.get(PRIMARY) {
            Some(token) => ask(token).map_err(|fault| self.failure(token, what, fault)),
            None => self.ask(what, PRIMARY, ask),
        }
    }

    fn failure(&self, token: &PlacedToken, what: &'static str, fault: Fault) -> Failure {
        if let Fault::Token(error) = &fault
            && fault.is_trouble()
        {
            let text = format!("token {}: {what}: {error}", token.name);
            self.notes.note(Level::Warn, text);
        }
        Failure {
            token: token.name.clone(),
            fault,
        }
    }

    fn healthiest_first(&self, preferred: usize) -> Vec<&PlacedToken> {
        let mut tokens: Vec<_> = self.placed.iter().collect();
        // A single token needs no comparison, and so no call of the host.
        tokens.sort_by_cached_key(|token| {
            let state = if self.placed.len() > 1 {
                token.token.state()
            } else {
                TokenState::Serving
            };
            (state, token.place != preferred, token.place)
        });
        tokens
    }
}
