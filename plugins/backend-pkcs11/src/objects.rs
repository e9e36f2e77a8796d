//! From what a handle says of a key version to the object that is used.
//!
//! The reference of a handle is used as it is: an encryption costs one call of the
//! token. Only when it is stale, or there is none, the object is searched for by
//! its name, and remembered for as long as handles with that reference come.

use crate::fault::Fault;
use crate::key_spec::is_aes_256;
use crate::recent::Recent;
use crate::search;
use crate::tokens::PlacedToken;
use claviger_sdk::pkcs11::{KeyReference, KeySelector, Pkcs11Error, SecretKey};
use std::rc::Rc;

/// Objects that are remembered; each is a resource in the host.
const MOST_OBJECTS: usize = 128;

/// The objects that had to be searched for.
#[derive(Debug)]
pub(crate) struct Objects(Recent<(usize, KeySelector), Searched>);

/// An object, and the reference in whose place it is used.
#[derive(Clone, Debug)]
struct Searched {
    instead_of: Option<KeyReference>,
    key: Rc<SecretKey>,
}

impl Searched {
    fn stands_in_for(&self, noted: Option<KeyReference>) -> bool {
        noted.is_none() || self.instead_of == noted
    }
}

impl Objects {
    pub(crate) fn new() -> Self {
        Self(Recent::new(MOST_OBJECTS))
    }

    /// Does `work` with the object of a name, of which the handle has noted a
    /// reference or not. An object that turns out to be stale is searched for once.
    pub(crate) fn with<T>(
        &self,
        token: &PlacedToken,
        selector: &KeySelector,
        noted: Option<KeyReference>,
        work: impl Fn(&SecretKey) -> Result<T, Pkcs11Error>,
    ) -> Result<T, Fault> {
        let place = (token.place, selector.clone());
        let searched = self.0.get(&place);
        let known = match (searched, noted) {
            (Some(searched), _) if searched.stands_in_for(noted) => Some(searched.key),
            (_, Some(reference)) => Some(Rc::new(token.token.key(reference))),
            (_, None) => None,
        };
        if let Some(key) = known {
            match work(&key) {
                Err(Pkcs11Error::StaleKey) => self.0.forget(&place),
                answer => return answer.map_err(Fault::Token),
            }
        }
        let key = Rc::new(search::one(token, selector)?);
        // No lookup has seen this object, so nobody knows yet that it is a key that
        // may be used (XKS-072).
        if !is_aes_256(&key.attributes()?) {
            return Err(Fault::Unsuitable);
        }
        let answer = work(&key);
        if !matches!(answer, Err(Pkcs11Error::StaleKey)) {
            let instead_of = noted;
            self.0.put(place, Searched { instead_of, key });
        }
        answer.map_err(Fault::Token)
    }
}
