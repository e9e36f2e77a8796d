//! A session, and what one job does with it.

use std::time::Instant;

use claviger_config::Profile;
use claviger_config::secrets::Pin;
use parking_lot::Mutex;

use super::fault::{Stop, TokenFault};
use super::keys::{KeyAttributes, KeyReference, KeySelector, KeyTemplate, TokenInfo};
use super::known::{Known, Missing, Start};
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
    start: Start,
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
    /// The keys of the token that were seen.
    pub(super) known: &'c Mutex<Known>,
    /// The token has shown or used a key: it is there.
    pub(super) saw_key: bool,
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
        &mut self,
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
        let written = raw.gcm(direction, session, object, parameters, input, output)?;
        self.saw_key = true;
        Ok(written)
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

    /// The secret keys that match. That there is none is certain.
    pub(super) fn find(&mut self, selector: &KeySelector) -> Result<Vec<KeyReference>, Stop> {
        let (raw, session) = (self.inside.raw, self.session.handle);
        let found = raw.find(session, selector, FOUND)?;
        let found: Vec<_> = found.into_iter().map(|key| self.reference(key)).collect();
        if let [first, ..] = *found {
            self.known.lock().found(selector, first);
            self.saw_key = true;
            return Ok(found);
        }
        // A session that is not logged in (any more) does not see private keys.
        if !raw.is_logged_in(session)? {
            return Err(ReturnValue::USER_NOT_LOGGED_IN.into());
        }
        let start = self.inside.start;
        let missing = self.known.lock().missed(selector, start, Instant::now());
        match missing {
            Missing::InDoubt => return Err(Stop::Doubt),
            Missing::InDoubtUntilRestart => return Err(Stop::DoubtUntilRestart),
            Missing::IfProven => self.prove_presence()?,
        }
        self.known.lock().is_gone(selector);
        Ok(found)
    }

    /// Proves that this session sees the token's keys, by one that it has seen before
    /// or by any. A token that has never shown one may be empty.
    fn prove_presence(&mut self) -> Result<(), Stop> {
        let (raw, session) = (self.inside.raw, self.session.handle);
        let witness = self.known.lock().witness(self.login);
        if let Some(witness) = witness {
            return match raw.attributes(session, witness.object) {
                Ok(_) => Ok(()),
                Err(value) if value.is_stale_key() => Err(Stop::DoubtUntilRestart),
                Err(value) => Err(value.into()),
            };
        }
        match raw.token_info(self.session.slot) {
            Err(value) if value.ends_session() => return Err(Stop::DoubtUntilRestart),
            told => told?,
        };
        match *raw.find(session, &KeySelector::Every, 1)? {
            [any, ..] => {
                let any = self.reference(any);
                self.known.lock().found(&KeySelector::Every, any);
                Ok(())
            }
            [] if self.known.lock().any() => Err(Stop::DoubtUntilRestart),
            [] => Ok(()),
        }
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
