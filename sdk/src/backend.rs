//! Plugins that hold keys, or speak to what holds them.

use crate::health::HealthReport;
use crate::key_management::{KeyList, KeySummary, ManagementError};
use crate::pkcs11::KeyReference;
use crate::settings::Table;
use crate::types::{Call, Error, KeyStatus, Sealed};
use std::fmt;
use std::time::Duration;

/// The [`ExternalKey::key_spec`] of a 256-bit AES key (XKS-051).
pub const AES_256: &str = "AES_256";
/// The [`ExternalKey::key_usage`] that permits encryption (XKS-052).
pub const ENCRYPT: &str = "ENCRYPT";
/// The [`ExternalKey::key_usage`] that permits decryption (XKS-052).
pub const DECRYPT: &str = "DECRYPT";

/// An external key as its manager knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalKey {
    /// Names the key in [`encrypt`](KeyBackend::encrypt) and
    /// [`decrypt`](KeyBackend::decrypt), perhaps in another instance of the
    /// plugin; opaque to the host, at most 1024 bytes.
    pub handle: Vec<u8>,
    /// XKS `keySpec`: [`AES_256`], otherwise the true name of what it is; 1 to
    /// 128 printable ASCII characters.
    pub key_spec: String,
    /// XKS `keyUsage`: [`ENCRYPT`] and [`DECRYPT`] as really permitted, other
    /// upper-case words allowed.
    pub key_usage: Vec<String>,
    /// XKS `keyStatus`.
    pub key_status: KeyStatus,
    /// Bound into every new ciphertext and handed back to
    /// [`decrypt`](KeyBackend::decrypt), for example the key version. At most 19
    /// bytes: the host puts its own framing version in front (XKS-066).
    pub ciphertext_metadata: Vec<u8>,
    /// For how many milliseconds the host may use this answer for further
    /// requests without asking again; 0 for this one only. A key that is disabled
    /// meanwhile is used for so much longer, so the operator sets the most that this
    /// may be: 500 unless the configuration has another `lookup_fresh_ms`.
    pub fresh_for_ms: u32,
    /// How many requests [`encrypt_all`](KeyBackend::encrypt_all) and
    /// [`decrypt_all`](KeyBackend::decrypt_all) may have for this key: 1 to 128. More
    /// than 1 is for a key manager that does several in one round trip.
    pub requests_at_once: u32,
    /// When there is one, the host encrypts with it, and decrypts what carries the
    /// `ciphertext_metadata` above, so that no plaintext enters the plugin;
    /// [`encrypt`](KeyBackend::encrypt) and [`decrypt`](KeyBackend::decrypt) serve
    /// the rest.
    pub host_cipher: Option<HostCipher>,
}

/// A key that the host encrypts with by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostCipher {
    /// Wants the grants `key-storage` and `aead`.
    Stored(StoredKey),
    /// Wants the grant `pkcs11`. Whatever fails is put to the plugin once more,
    /// which may know another token, or find the key again.
    OnToken(TokenKey),
}

/// A key in [`key_storage`](crate::key_storage).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredKey {
    /// The record whose value is the key's 32 bytes.
    pub key_record: String,
    /// The [`Counter`](crate::key_storage::Counter) on which the host counts
    /// encryptions. It refuses beyond 2^32 (XKS-068).
    pub counter: String,
}

/// A key on a token of [`pkcs11`](crate::pkcs11).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenKey {
    /// The granted token's name.
    pub token: String,
    /// The key.
    pub key: KeyReference,
}

/// What [`KeyBackend::encrypt`] is asked for.
#[derive(Clone, PartialEq, Eq)]
pub struct Encryption {
    /// For whom, and until when.
    pub call: Call,
    /// What [`lookup`](KeyBackend::lookup) returned for the key.
    pub ciphertext_metadata: Vec<u8>,
    /// Framed by the host, at most 65,558 bytes. The ciphertext metadata is part of it
    /// already, unless the ciphertext is made for a proxy that has none.
    pub additional_data: Vec<u8>,
    /// At most 4096 bytes.
    pub plaintext: Vec<u8>,
}

/// What [`KeyBackend::decrypt`] is asked for.
#[derive(Clone, PartialEq, Eq)]
pub struct Decryption {
    /// For whom, and until when.
    pub call: Call,
    /// What came back with the ciphertext: up to 19 bytes from outside, not yet
    /// authenticated. Empty as well for a ciphertext that another proxy has made: it
    /// belongs to the oldest version of its key, or is invalid to a backend that can
    /// have none of those.
    pub ciphertext_metadata: Vec<u8>,
    /// As for the encryption.
    pub additional_data: Vec<u8>,
    /// The ciphertext.
    pub sealed: Sealed,
}

/// Without the plaintext.
impl fmt::Debug for Encryption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encryption")
            .field("call", &self.call)
            .field("plaintext", &"[redacted]")
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Decryption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decryption")
            .field("call", &self.call)
            .field("sealed", &self.sealed)
            .finish_non_exhaustive()
    }
}

/// A plugin of the world `key-backend`. [`key_backend!`](crate::key_backend)
/// exports it.
pub trait KeyBackend: Sized + 'static {
    /// Who makes the plugin: 1 to 128 printable ASCII characters.
    const VENDOR: &'static str = "unknown";

    /// A JSON Schema of the settings.
    const SETTINGS_SCHEMA: Option<&'static str> = None;

    /// Reads the operator's settings and makes the plugin of them, once per
    /// instance and before anything else. Every fault is noted in `settings`, and
    /// `None` given up with only after every setting has been asked for.
    fn configure(settings: &Table<'_>) -> Option<Self>;

    /// Notes every fault of the settings in them, once per configuration and before
    /// [`configure`](Self::configure). To be written only where this takes long, and
    /// [`configure`](Self::configure) can do without it.
    fn validate(settings: &Table<'_>) {
        let _ = Self::configure(settings);
    }

    /// Finds the one key that has this id; never picks one of several (XKS-006).
    fn lookup(&self, call: &Call, external_key_id: &str) -> Result<ExternalKey, Error>;

    /// AES-256-GCM under the key of `handle`.
    fn encrypt(&self, handle: &[u8], request: &Encryption) -> Result<Sealed, Error>;

    /// The inverse of [`encrypt`](Self::encrypt).
    fn decrypt(&self, handle: &[u8], request: &Decryption) -> Result<Vec<u8>, Error>;

    /// Several encryptions under one key, each answered by itself and in their order.
    /// To be written where [`ExternalKey::requests_at_once`] is more than 1.
    fn encrypt_all(&self, handle: &[u8], requests: &[Encryption]) -> Vec<Result<Sealed, Error>> {
        let requests = requests.iter();
        requests
            .map(|request| self.encrypt(handle, request))
            .collect()
    }

    /// The inverse of [`encrypt_all`](Self::encrypt_all).
    fn decrypt_all(&self, handle: &[u8], requests: &[Decryption]) -> Vec<Result<Vec<u8>, Error>> {
        let requests = requests.iter();
        requests
            .map(|request| self.decrypt(handle, request))
            .collect()
    }

    /// Work that no request waits for, such as a login that has to be renewed. Called
    /// in the background once after the start, in one instance at a time, and again
    /// after the time that it returns, 100 ms at the least; also for a call that failed
    /// with [`FailureKind::UpkeepFirst`](crate::FailureKind::UpkeepFirst). Other
    /// instances learn of it through [`secrets::keep`](crate::secrets::keep).
    fn upkeep(&self, call: &Call) -> Option<Duration> {
        let _ = call;
        None
    }

    /// A deep check: real cryptography on a test key made for it, never on a key
    /// that AWS KMS uses (XKS-096). Called in the background.
    fn check_health(&self, call: &Call) -> Result<HealthReport, Error>;

    /// Makes a key with its first version. Without an implementation the backend's
    /// keys are managed elsewhere.
    fn create_key(
        &self,
        external_key_id: &str,
        key_usage: &[String],
    ) -> Result<KeySummary, ManagementError> {
        let _ = (external_key_id, key_usage);
        Err(ManagementError::elsewhere())
    }

    /// The keys whose ids are greater than `after`, sorted by id; at most `limit`,
    /// damaged ones included.
    fn list_keys(&self, after: Option<&str>, limit: u32) -> Result<KeyList, ManagementError> {
        let _ = (after, limit);
        Err(ManagementError::elsewhere())
    }

    /// One key.
    fn show_key(&self, external_key_id: &str) -> Result<KeySummary, ManagementError> {
        let _ = external_key_id;
        Err(ManagementError::elsewhere())
    }

    /// Enables or disables a key.
    fn set_key_status(
        &self,
        external_key_id: &str,
        key_status: KeyStatus,
    ) -> Result<KeySummary, ManagementError> {
        let _ = (external_key_id, key_status);
        Err(ManagementError::elsewhere())
    }

    /// Adds a version and makes it current; earlier versions keep decrypting.
    fn rotate_key(&self, external_key_id: &str) -> Result<KeySummary, ManagementError> {
        let _ = external_key_id;
        Err(ManagementError::elsewhere())
    }
}
