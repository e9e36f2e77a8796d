//! The plugin: what the host calls.

use crate::fault::{Failure, Fault};
use crate::handle::Handle;
use crate::health::Health;
use crate::key_spec::{is_aes_256, key_spec, key_usage};
use crate::keys::Keys;
use crate::names::{Names, Naming};
use crate::notes::Notes;
use crate::objects::Objects;
use crate::settings::Settings;
use crate::tokens::{PRIMARY, Tokens};
use claviger_sdk::pkcs11::{Pkcs11Error, SecretKey};
use claviger_sdk::settings::Table;
use claviger_sdk::{
    Call, Decryption, Encryption, Error, ExternalKey, HealthReport, HostCipher, KeyBackend,
    KeyList, KeyStatus, KeySummary, ManagementError, Sealed, log,
};
use std::rc::Rc;

/// The most that the contract allows: a token has no switch by which a key would
/// be disabled, so the answer seldom changes.
const FRESH_FOR_MS: u32 = 500;

/// The plugin.
pub(crate) struct Pkcs11 {
    pub(crate) naming: Naming,
    pub(crate) tokens: Tokens,
    keys: Keys,
    objects: Objects,
    health: Health,
    pub(crate) notes: Rc<Notes>,
}

impl KeyBackend for Pkcs11 {
    const VENDOR: &'static str = "Claviger";
    const SETTINGS_SCHEMA: Option<&'static str> = Some(include_str!("../settings.schema.json"));

    fn configure(settings: &Table<'_>) -> Option<Self> {
        log::panics();
        let read = Settings::read(settings)?;
        let notes = Rc::new(Notes::default());
        let tokens = Tokens::open(settings, read.tokens, &notes);
        Some(Self {
            keys: Keys::new(),
            objects: Objects::new(),
            health: Health::new(tokens.len()),
            naming: read.naming,
            tokens,
            notes,
        })
    }

    fn lookup(&self, _: &Call, external_key_id: &str) -> Result<ExternalKey, Error> {
        self.noted(self.find(external_key_id))
    }

    fn encrypt(&self, handle: &[u8], request: &Encryption) -> Result<Sealed, Error> {
        let (handle, names) = self.parse(handle)?;
        if names.metadata_of(handle.newest) != request.ciphertext_metadata {
            // What `lookup` gave out, so anything else is a fault of the host.
            let text = "encryption under a version that is not the newest";
            return Err(Error::internal(text));
        }
        self.with_version("encrypt", &handle, names, handle.newest, |key| {
            key.encrypt(&request.additional_data, &request.plaintext)
        })
        .map_err(Error::from)
    }

    fn decrypt(&self, handle: &[u8], request: &Decryption) -> Result<Vec<u8>, Error> {
        let (handle, names) = self.parse(handle)?;
        let version = names.version_of(&request.ciphertext_metadata);
        let version = version.ok_or_else(Error::invalid_ciphertext)?;
        if names.name(version).is_none() {
            return Err(Error::invalid_ciphertext());
        }
        let opened = self.with_version("decrypt", &handle, names, version, |key| {
            key.decrypt(&request.additional_data, &request.sealed)
        });
        opened.map_err(|failure| match failure.fault {
            Fault::Token(Pkcs11Error::AuthenticationFailed) => Error::invalid_ciphertext(),
            // The key is there, this version of it is not (XKS-091).
            Fault::Missing if version != handle.newest => Error::invalid_ciphertext(),
            // Neither the key's absence nor the ciphertext's fault.
            Fault::Several if version != handle.newest => {
                Error::internal("several objects have the name of this version")
            }
            _ => failure.into(),
        })
    }

    fn check_health(&self, _: &Call) -> Result<HealthReport, Error> {
        let report = self.health.check(&self.tokens, &self.objects, &self.naming);
        Ok(self.noted(report))
    }

    fn create_key(
        &self,
        external_key_id: &str,
        key_usage: &[String],
    ) -> Result<KeySummary, ManagementError> {
        self.noted(self.create(external_key_id, key_usage))
    }

    fn list_keys(&self, after: Option<&str>, limit: u32) -> Result<KeyList, ManagementError> {
        let all = self.noted(self.list());
        all.map(|all| KeyList::page(all, after, limit))
    }

    fn show_key(&self, external_key_id: &str) -> Result<KeySummary, ManagementError> {
        self.noted(self.show(external_key_id))
    }

    fn set_key_status(&self, _: &str, _: KeyStatus) -> Result<KeySummary, ManagementError> {
        Err(ManagementError::Unsupported(
            "a PKCS#11 token has no switch for a key: list the id in `disabled` of a \
             `directory-map`, deny it by a policy, or take CKA_ENCRYPT and CKA_DECRYPT away with \
             the HSM's own tool"
                .into(),
        ))
    }

    fn rotate_key(&self, external_key_id: &str) -> Result<KeySummary, ManagementError> {
        self.noted(self.rotate(external_key_id))
    }
}

impl Pkcs11 {
    fn find(&self, id: &str) -> Result<ExternalKey, Error> {
        let names = self.naming.of(id).ok_or_else(Error::key_not_found)?;
        let found = self.tokens.ask("lookup", PRIMARY, |token| {
            self.keys.find(&self.naming, token, id, names)
        })?;
        let references: Vec<_> = found
            .versions
            .iter()
            .map(|version| version.reference())
            .collect();
        let is_aes_256 = is_aes_256(&found.attributes);
        let handle = Handle::to_bytes(found.token, is_aes_256, id, &references);
        let newest = u32::try_from(found.versions.len()).map_err(Error::internal)?;
        // A key of another kind is refused when it is used, not passed over.
        let host_cipher = references
            .last()
            .copied()
            .flatten()
            .filter(|_| is_aes_256)
            .and_then(|reference| self.tokens.key_for_host(found.token, reference))
            .map(HostCipher::OnToken);
        Ok(ExternalKey {
            handle: handle.ok_or_else(|| Error::internal("the key does not fit into a handle"))?,
            key_spec: key_spec(&found.attributes),
            key_usage: key_usage(&found.attributes),
            key_status: KeyStatus::Enabled,
            ciphertext_metadata: names.metadata_of(newest),
            fresh_for_ms: FRESH_FOR_MS,
            requests_at_once: 1,
            host_cipher,
        })
    }

    /// A handle that this plugin made, with these settings, of a key that may be
    /// used.
    fn parse<'a>(&'a self, bytes: &'a [u8]) -> Result<(Handle<'a>, Names<'a>), Error> {
        let unknown = || Error::internal("a handle that this plugin never made");
        let handle = Handle::parse(bytes).ok_or_else(unknown)?;
        let names = self.naming.of(handle.id).ok_or_else(unknown)?;
        if handle.token >= self.tokens.len() || names.name(handle.newest).is_none() {
            return Err(unknown());
        }
        if !handle.is_aes_256 {
            let text = "the key is not a 256-bit AES key";
            return Err(Error::invalid_key_usage(text));
        }
        Ok((handle, names))
    }

    fn with_version<T>(
        &self,
        what: &'static str,
        handle: &Handle<'_>,
        names: Names<'_>,
        version: u32,
        work: impl Fn(&SecretKey) -> Result<T, Pkcs11Error>,
    ) -> Result<T, Failure> {
        let name = names.name(version).unwrap_or_default();
        let selector = self.naming.selector(&name);
        self.tokens.ask(what, handle.token, |token| {
            let here = token.place == handle.token;
            let noted = here.then(|| handle.reference(version)).flatten();
            self.objects.with(token, &selector, noted, &work)
        })
    }

    /// The same answer, after what there was to say has been said.
    fn noted<T>(&self, answer: T) -> T {
        self.notes.write();
        answer
    }
}
