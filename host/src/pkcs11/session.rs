//! A session, and what one job does with it.

use claviger_config::Profile;
use claviger_config::secrets::Pin;

use super::fault::{Stop, TokenFault};
use super::keys::{KeyAttributes, KeyReference, KeySelector, KeyTemplate, TokenInfo};
use super::library::{Inside, LibraryUse};
use super::raw::{Direction, GcmParameters};
use super::return_value::ReturnValue;

/// Random bytes fetched at once: 64 vectors of 16 bytes.
const RANDOM: usize = 64 * 16;
/// Most keys that a search returns.
const FOUND: usize = 1024;

/// An open session of a token, with which its user is logged in.
pub(super) struct OpenSession {
    /// Closed by [`OpenSession::close`] and nobody else: after a restart of the
    /// library its handle may be another session's.
    pub(super) handle: u64,
    slot: u64,
    /// Of the library.
    start: u64,
    /// Random bytes of the token that nobody has had yet.
    random: Vec<u8>,
}

impl OpenSession {
    /// Opens a session (read-write, as AWS CloudHSM demands) and logs in. True when
    /// no other session of the token had.
    pub(super) fn open(
        inside: &Inside<'_>,
        slot: u64,
        pin: &Pin,
    ) -> Result<(Self, bool), ReturnValue> {
        let handle = inside.raw.open_session(slot)?;
        let is_new = match inside.raw.login(handle, pin.expose()) {
            Ok(()) => true,
            Err(ReturnValue::USER_ALREADY_LOGGED_IN) => false,
            Err(value) => {
                // Of no use, whatever the library says.
                let _ = inside.raw.close_session(handle);
                return Err(value);
            }
        };
        inside.session_opened();
        let session = Self {
            handle,
            slot,
            start: inside.start,
            random: Vec::new(),
        };
        Ok((session, is_new))
    }

    /// Closes it, if it is one of this start of the library.
    pub(super) fn close(self, library: &LibraryUse) {
        library.session_closed();
        // A library that is not initialised has no sessions.
        if let Some(inside) = library.enter()
            && self.belongs_to(&inside)
        {
            // One that is lost need not close well.
            let _ = inside.raw.close_session(self.handle);
        }
    }

    /// Whether it is one of this start of the library.
    pub(super) fn belongs_to(&self, inside: &Inside<'_>) -> bool {
        inside.start == self.start
    }
}

/// A session during one job. The library cannot be finalised meanwhile.
pub(super) struct Call<'c> {
    pub(super) session: &'c mut OpenSession,
    pub(super) inside: &'c Inside<'c>,
    /// Which login of the token this is: references to keys carry it.
    pub(super) login: u64,
    /// How the token does AES-GCM.
    pub(super) profile: &'c Profile,
}

impl Call<'_> {
    /// The handle of a key, unless it is of an earlier login or start.
    pub(super) fn object(&self, key: KeyReference) -> Result<u64, TokenFault> {
        if key.start == self.login {
            Ok(key.object)
        } else {
            Err(TokenFault::StaleKey)
        }
    }

    /// One AES-GCM operation; how many bytes of `output` are written.
    pub(super) fn gcm(
        &self,
        direction: Direction,
        object: u64,
        vector: Option<&mut [u8]>,
        additional_data: &[u8],
        input: &[u8],
        output: &mut [u8],
    ) -> Result<usize, ReturnValue> {
        let session = self.session.handle;
        let parameters = GcmParameters {
            mechanism: self.profile.mechanism,
            vector,
            additional_data,
        };
        let raw = self.inside.raw;
        raw.gcm(direction, session, object, parameters, input, output)
    }

    /// Fills `vector` with random bytes of the token, fetched for many at once.
    pub(super) fn fill_vector(&mut self, vector: &mut [u8]) -> Result<(), ReturnValue> {
        if self.session.random.len() < vector.len() {
            let mut bytes = vec![0; RANDOM];
            self.inside.raw.random(self.session.handle, &mut bytes)?;
            self.session.random = bytes;
        }
        let rest = self.session.random.len() - vector.len();
        vector.copy_from_slice(self.session.random.get(rest..).unwrap_or_default());
        self.session.random.truncate(rest);
        Ok(())
    }

    /// Random bytes of the token.
    pub(super) fn random(&self, count: u32) -> Result<Vec<u8>, ReturnValue> {
        let mut bytes = vec![0; usize::try_from(count).unwrap_or(0)];
        self.inside.raw.random(self.session.handle, &mut bytes)?;
        Ok(bytes)
    }

    /// What the token says of itself.
    pub(super) fn token_info(&self) -> Result<TokenInfo, ReturnValue> {
        self.inside.raw.token_info(self.session.slot)
    }

    /// The secret keys that match.
    pub(super) fn find(&self, selector: &KeySelector) -> Result<Vec<KeyReference>, ReturnValue> {
        let (raw, session) = (self.inside.raw, self.session.handle);
        let found = raw.find(session, selector, FOUND)?;
        // A session that is not logged in (any more) does not see private keys:
        // that one is missing must be certain.
        if found.is_empty() && !raw.is_logged_in(session)? {
            return Err(ReturnValue::USER_NOT_LOGGED_IN);
        }
        Ok(found.into_iter().map(|key| self.reference(key)).collect())
    }

    /// What the token says of a key.
    pub(super) fn attributes(&self, key: KeyReference) -> Result<KeyAttributes, Stop> {
        let object = self.object(key)?;
        Ok(self.inside.raw.attributes(self.session.handle, object)?)
    }

    /// Makes an AES-256 key that the token keeps.
    pub(super) fn generate_key(&self, key: &KeyTemplate) -> Result<KeyReference, ReturnValue> {
        let object = self.inside.raw.generate_key(self.session.handle, key)?;
        Ok(self.reference(object))
    }

    fn reference(&self, object: u64) -> KeyReference {
        KeyReference {
            start: self.login,
            object,
        }
    }
}
