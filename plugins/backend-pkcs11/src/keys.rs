//! External keys as this instance has found them.
//!
//! A key that is known costs one call of the token to look up again: its
//! attributes, which show as well that the object is still there and still has its
//! name. A key of numbered versions costs a search besides, for the next version.

use crate::fault::Fault;
use crate::names::{Names, Naming};
use crate::recent::Recent;
use crate::search::{self, Version};
use crate::tokens::PlacedToken;
use claviger_sdk::pkcs11::{KeyAttributes, Pkcs11Error};
use std::rc::Rc;

/// Keys that are remembered, on each token.
const MOST_KEYS: usize = 128;

/// A key on one token.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// The token's place.
    pub(crate) token: usize,
    /// Oldest first; the last is the newest that is held.
    pub(crate) versions: Rc<Vec<Version>>,
    /// Of the newest.
    pub(crate) attributes: KeyAttributes,
}

/// The keys that were found.
#[derive(Debug)]
pub(crate) struct Keys(Recent<(usize, String), Rc<Vec<Version>>>);

impl Keys {
    pub(crate) fn new() -> Self {
        Self(Recent::new(2 * MOST_KEYS))
    }

    /// The key as it is now, on this token.
    pub(crate) fn find(
        &self,
        naming: &Naming,
        token: &PlacedToken,
        id: &str,
        names: Names<'_>,
    ) -> Result<Found, Fault> {
        let known_as = (token.place, id.to_owned());
        if let Some(known) = self.0.get(&known_as) {
            match complete(naming, token, names, known) {
                Err(Fault::Token(Pkcs11Error::StaleKey)) => self.0.forget(&known_as),
                found => return self.remember(known_as, found),
            }
        }
        let found = match complete(naming, token, names, Rc::default()) {
            // The library was started again between two calls.
            Err(Fault::Token(Pkcs11Error::StaleKey)) => {
                complete(naming, token, names, Rc::default())
            }
            found => found,
        };
        self.remember(known_as, found)
    }

    fn remember(
        &self,
        known_as: (usize, String),
        found: Result<Found, Fault>,
    ) -> Result<Found, Fault> {
        match &found {
            Ok(found) => self.0.put(known_as, Rc::clone(&found.versions)),
            // Nothing was learnt of the key.
            Err(Fault::Token(_)) => {}
            Err(_) => self.0.forget(&known_as),
        }
        found
    }
}

/// Looks for versions after those that are known, and reads the newest.
fn complete(
    naming: &Naming,
    token: &PlacedToken,
    names: Names<'_>,
    known: Rc<Vec<Version>>,
) -> Result<Found, Fault> {
    let mut versions = known;
    let more = Rc::make_mut(&mut versions);
    search::following(token, naming, names, more)?;
    let newest = search::cut_after_newest(more)?;
    let reference = match more.last() {
        Some(Version::Held(reference)) => *reference,
        Some(Version::Several) => return Err(Fault::Several),
        Some(Version::Absent) | None => return Err(Fault::Missing),
    };
    let attributes = token.token.key(reference).attributes()?;
    if attributes.label == naming.health_key {
        return Err(Fault::Missing);
    }
    // Renamed, or a handle that stands for another object by now.
    if naming.name_of(&attributes) != names.name(newest).as_deref() {
        return Err(Pkcs11Error::StaleKey.into());
    }
    Ok(Found {
        token: token.place,
        versions,
        attributes,
    })
}
