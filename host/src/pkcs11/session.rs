//! A session, and what one job does with it.

use std::mem::ManuallyDrop;

use claviger_config::Profile;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass};
use cryptoki::session::{Session, SessionState, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;

use super::fault::{Stop, TokenFault};
use super::keys::{KeyAttributes, KeyReference, KeySelector, KeyTemplate, TokenInfo};
use super::library::{Inside, LibraryUse};
use super::raw::{Direction, GcmParameters, object_handle};
use super::return_value::ReturnValue;

/// Random bytes fetched at once: 64 vectors of 16 bytes.
const RANDOM: usize = 64 * 16;
/// Most keys that a search returns.
const FOUND: usize = 1024;
/// A key type that `cryptoki` has no name for.
const UNKNOWN_KEY_TYPE: u64 = cryptoki_sys::CKK_VENDOR_DEFINED;

/// An open session of a token, with which its user is logged in.
pub(super) struct OpenSession {
    /// Closed by [`OpenSession::close`] and nobody else: after a restart of the
    /// library its handle may be another session's.
    pub(super) session: ManuallyDrop<Session>,
    slot: Slot,
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
        slot: Slot,
        pin: &AuthPin,
    ) -> Result<(Self, bool), ReturnValue> {
        let session = inside.pkcs11.open_rw_session(slot)?;
        let logged_in = session.login(UserType::User, Some(pin));
        let is_new = match logged_in.map_err(ReturnValue::from) {
            Ok(()) => true,
            Err(ReturnValue::USER_ALREADY_LOGGED_IN) => false,
            Err(value) => return Err(value),
        };
        inside.session_opened();
        let session = Self {
            session: ManuallyDrop::new(session),
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
            drop(ManuallyDrop::into_inner(self.session));
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
        let session = self.session.session.handle();
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
            self.session.session.generate_random_slice(&mut bytes)?;
            self.session.random = bytes;
        }
        let rest = self.session.random.len() - vector.len();
        vector.copy_from_slice(self.session.random.get(rest..).unwrap_or_default());
        self.session.random.truncate(rest);
        Ok(())
    }

    /// Random bytes of the token.
    pub(super) fn random(&self, count: u32) -> Result<Vec<u8>, ReturnValue> {
        Ok(self.session.session.generate_random_vec(count)?)
    }

    /// What the token says of itself.
    pub(super) fn token_info(&self) -> Result<TokenInfo, ReturnValue> {
        let info = self.inside.pkcs11.get_token_info(self.session.slot)?;
        Ok(TokenInfo {
            label: info.label().to_owned(),
            manufacturer: info.manufacturer_id().to_owned(),
            model: info.model().to_owned(),
            serial: info.serial_number().to_owned(),
            hardware: info.hardware_version().to_string(),
            firmware: info.firmware_version().to_string(),
        })
    }

    /// The secret keys that match.
    pub(super) fn find(&self, selector: &KeySelector) -> Result<Vec<KeyReference>, ReturnValue> {
        let mut template = vec![
            Attribute::Class(ObjectClass::SECRET_KEY),
            Attribute::Token(true),
        ];
        match selector {
            KeySelector::Label(label) => {
                template.push(Attribute::Label(label.clone().into_bytes()));
            }
            KeySelector::Id(id) => template.push(Attribute::Id(id.clone())),
            KeySelector::Every => {}
        }
        // Dropping the iterator is C_FindObjectsFinal.
        let found = self.session.session.iter_objects(&template)?;
        let mut keys = Vec::new();
        for object in found.take(FOUND) {
            keys.push(self.reference(object?.handle()));
        }
        // A session that is not logged in (any more) does not see private keys:
        // that one is missing must be certain.
        if keys.is_empty() {
            let state = self.session.session.get_session_info()?.session_state();
            if state != SessionState::RwUser {
                return Err(ReturnValue::USER_NOT_LOGGED_IN);
            }
        }
        Ok(keys)
    }

    /// What the token says of a key.
    pub(super) fn attributes(&self, key: KeyReference) -> Result<KeyAttributes, Stop> {
        const ALL: [AttributeType; 6] = [
            AttributeType::KeyType,
            AttributeType::Label,
            AttributeType::Id,
            AttributeType::ValueLen,
            AttributeType::Encrypt,
            AttributeType::Decrypt,
        ];
        let object = object_handle(self.object(key)?);
        let session = &self.session.session;
        let found = match session.get_attributes(object, &ALL) {
            Err(cryptoki::error::Error::NotSupported) => {
                let [_key_type, others @ ..] = ALL;
                session.get_attributes(object, &others)?
            }
            found => found?,
        };
        let mut attributes = KeyAttributes {
            key_type: UNKNOWN_KEY_TYPE,
            ..KeyAttributes::default()
        };
        for attribute in found {
            match attribute {
                Attribute::KeyType(key_type) => attributes.key_type = *key_type,
                Attribute::Label(label) => {
                    attributes.label = String::from_utf8_lossy(&label).into_owned();
                }
                Attribute::Id(id) => attributes.id = id,
                Attribute::ValueLen(length) => {
                    attributes.value_length = u32::try_from(*length).ok();
                }
                Attribute::Encrypt(permitted) => attributes.encrypt = permitted,
                Attribute::Decrypt(permitted) => attributes.decrypt = permitted,
                _ => {}
            }
        }
        Ok(attributes)
    }

    /// Makes an AES-256 key that the token keeps.
    pub(super) fn generate_key(&self, key: &KeyTemplate) -> Result<KeyReference, ReturnValue> {
        let mut template = vec![
            Attribute::Class(ObjectClass::SECRET_KEY),
            Attribute::KeyType(KeyType::AES),
            Attribute::ValueLen(32.into()),
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Label(key.label.clone().into_bytes()),
            Attribute::Encrypt(key.encrypt),
            Attribute::Decrypt(key.decrypt),
        ];
        if !key.id.is_empty() {
            template.push(Attribute::Id(key.id.clone()));
        }
        let session = &self.session.session;
        let object = session.generate_key(&Mechanism::AesKeyGen, &template)?;
        Ok(self.reference(object.handle()))
    }

    fn reference(&self, object: u64) -> KeyReference {
        KeyReference {
            start: self.login,
            object,
        }
    }
}
