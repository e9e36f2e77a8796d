//! Plugins that hold keys, or speak to what holds them.

use crate::health::HealthReport;
use crate::key_management::{KeyList, KeySummary, ManagementError};
use crate::pkcs11::KeyReference;
use crate::settings::Table;
use crate::types::{Error, KeyStatus, Sealed};

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
    /// requests without asking again, at most 500; 0 for this one only. A key
    /// that is disabled meanwhile is used for so much longer.
    pub fresh_for_ms: u32,
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

/// A plugin of the world `key-backend`. [`key_backend!`](crate::key_backend)
/// exports it.
pub trait KeyBackend: Sized + 'static {
    /// Reads the operator's settings and makes the plugin of them, once per
    /// instance and before anything else. Every fault is noted in `settings`, and
    /// `None` given up with only after every setting has been asked for.
    fn configure(settings: &Table<'_>) -> Option<Self>;

    /// Finds the one key that has this id; never picks one of several (XKS-006).
    fn lookup(&self, external_key_id: &str) -> Result<ExternalKey, Error>;

    /// AES-256-GCM under the key of `handle`. `additional_data` is framed by the
    /// host, at most 65,558 bytes, and contains `ciphertext_metadata`, which is
    /// what [`lookup`](Self::lookup) returned, unless the ciphertext is made for a
    /// proxy that has none.
    fn encrypt(
        &self,
        handle: &[u8],
        ciphertext_metadata: &[u8],
        additional_data: &[u8],
        plaintext: &[u8],
    ) -> Result<Sealed, Error>;

    /// The inverse of [`encrypt`](Self::encrypt). `ciphertext_metadata` came back
    /// with the ciphertext: up to 19 bytes from outside, not yet authenticated.
    /// Empty as well for a ciphertext that another proxy has made: it belongs to
    /// the oldest version of its key, or is invalid to a backend that can have none
    /// of those.
    fn decrypt(
        &self,
        handle: &[u8],
        ciphertext_metadata: &[u8],
        additional_data: &[u8],
        sealed: &Sealed,
    ) -> Result<Vec<u8>, Error>;

    /// A deep check: real cryptography on a test key made for it, never on a key
    /// that AWS KMS uses (XKS-096). Called in the background.
    fn check_health(&self) -> Result<HealthReport, Error>;

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

    /// All keys, sorted by id.
    fn list_keys(&self) -> Result<KeyList, ManagementError> {
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
