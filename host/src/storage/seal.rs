//! Sealing under the operator's key-encryption key, and what it binds.
//!
//! | what | sealed form |
//! |---|---|
//! | record | `initialization vector (12) ‖ ciphertext ‖ tag (16)`, AES-256-GCM under the key-encryption key |
//! | proof | the same of no bytes: shows that a key is the right one |
//! | head | the same of [`Head`], under a key derived for it |
//! | row | HMAC-SHA256 of its place and number under a key derived for it; only in the head |
//!
//! The storage's identity, scope, name and revision are covered by a record's tag, so
//! it cannot be moved to another storage, key store or name, nor an older one be put
//! under a newer revision. The head covers which rows there are.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::{hkdf, hmac};
use thiserror::Error;
use zeroize::Zeroizing;

use super::file::Alteration;
use super::head::{Head, RowDigest};

const FIRST_VERSION: &[u8] = b"claviger key-storage record 1";
const RECORD: &[u8] = b"claviger key-storage record 2";
const PROOF: &[u8] = b"claviger key-storage proof 2";
const HEAD: &[u8] = b"claviger key-storage head 2";
const ROWS: &[u8] = b"claviger key-storage rows 2";

/// Why a record cannot be sealed or opened.
#[derive(Debug, Error)]
pub(crate) enum SealFault {
    /// Changed on disk, or sealed under another key.
    #[error("a record does not open under the key-encryption key")]
    Broken,
    /// The operating system gives no random bytes.
    #[error("the random generator failed")]
    Random,
    /// AES-GCM refused.
    #[error("sealing failed")]
    Cipher,
}

/// Random, made with a storage, and the same for as long as it lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StorageIdentity([u8; 16]);

impl StorageIdentity {
    pub(super) fn random() -> Result<Self, SealFault> {
        let mut identity = [0; 16];
        aws_lc_rs::rand::fill(&mut identity).map_err(|_| SealFault::Random)?;
        Ok(Self(identity))
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// The key-encryption key, before it is known which storage it is for.
pub(super) struct KeyEncryptionKey {
    cipher: LessSafeKey,
    bytes: Zeroizing<[u8; 32]>,
}

impl KeyEncryptionKey {
    pub(super) fn new(bytes: &[u8; 32]) -> Result<Self, SealFault> {
        Ok(Self {
            cipher: cipher(bytes)?,
            bytes: Zeroizing::new(*bytes),
        })
    }

    /// Opens what schema version 1 sealed, for its migration.
    pub(super) fn open_first_version(
        &self,
        scope: &str,
        name: &str,
        revision: u64,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, SealFault> {
        let binding = place(FIRST_VERSION, &[scope, name], revision);
        open(&self.cipher, &binding, sealed)
    }

    #[cfg(test)]
    pub(super) fn seal_first_version(
        &self,
        scope: &str,
        name: &str,
        revision: u64,
        value: &[u8],
    ) -> Vec<u8> {
        let binding = place(FIRST_VERSION, &[scope, name], revision);
        seal(&self.cipher, &binding, value).unwrap()
    }

    /// Ready for the rows of one storage.
    pub(super) fn bind(&self, identity: StorageIdentity) -> Result<Seal, SealFault> {
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, identity.as_bytes());
        let derived = salt.extract(self.bytes.as_ref());
        let rows = derived
            .expand(&[ROWS], hkdf::HKDF_SHA256)
            .map_err(|_| SealFault::Cipher)?;
        let mut bytes = Zeroizing::new([0; 32]);
        rows.fill(bytes.as_mut()).map_err(|_| SealFault::Cipher)?;
        let rows = hmac::Key::new(hmac::HMAC_SHA256, bytes.as_ref());
        derived
            .expand(&[HEAD], hkdf::HKDF_SHA256)
            .and_then(|head| head.fill(bytes.as_mut()))
            .map_err(|_| SealFault::Cipher)?;
        Ok(Seal {
            records: cipher(&self.bytes)?,
            head: cipher(&bytes)?,
            rows,
            identity,
        })
    }
}

/// The keys of one storage.
pub(super) struct Seal {
    records: LessSafeKey,
    head: LessSafeKey,
    rows: hmac::Key,
    identity: StorageIdentity,
}

impl Seal {
    pub(super) fn identity(&self) -> StorageIdentity {
        self.identity
    }

    pub(super) fn seal(
        &self,
        scope: &str,
        name: &str,
        revision: u64,
        value: &[u8],
    ) -> Result<Vec<u8>, SealFault> {
        seal(&self.records, &self.binding(scope, name, revision), value)
    }

    pub(super) fn open(
        &self,
        scope: &str,
        name: &str,
        revision: u64,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, SealFault> {
        open(&self.records, &self.binding(scope, name, revision), sealed)
    }

    pub(super) fn seal_proof(&self) -> Result<Vec<u8>, SealFault> {
        seal(
            &self.records,
            &[PROOF, self.identity.as_bytes()].concat(),
            b"",
        )
    }

    pub(super) fn is_proof(&self, sealed: &[u8]) -> bool {
        let binding = [PROOF, self.identity.as_bytes()].concat();
        open(&self.records, &binding, sealed).is_ok()
    }

    pub(super) fn seal_head(&self, head: &Head) -> Result<Vec<u8>, SealFault> {
        seal(&self.head, HEAD, &head.to_bytes())
    }

    pub(super) fn open_head(&self, sealed: &[u8]) -> Result<Head, Alteration> {
        let opened = open(&self.head, HEAD, sealed).map_err(|_| Alteration::Rows)?;
        Head::from_bytes(&opened).ok_or(Alteration::Rows)
    }

    /// A row that exists: its table, place and number.
    pub(super) fn digest(&self, table: &[u8], scope: &str, name: &str, number: u64) -> RowDigest {
        let tag = hmac::sign(&self.rows, &place(table, &[scope, name], number));
        let mut digest = [0; 32];
        digest.copy_from_slice(tag.as_ref());
        RowDigest(digest)
    }

    fn binding(&self, scope: &str, name: &str, revision: u64) -> Vec<u8> {
        let domain = [RECORD, self.identity.as_bytes()].concat();
        place(&domain, &[scope, name], revision)
    }
}

fn cipher(key: &[u8; 32]) -> Result<LessSafeKey, SealFault> {
    let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| SealFault::Cipher)?;
    Ok(LessSafeKey::new(key))
}

fn seal(key: &LessSafeKey, binding: &[u8], value: &[u8]) -> Result<Vec<u8>, SealFault> {
    let mut vector = [0; NONCE_LEN];
    aws_lc_rs::rand::fill(&mut vector).map_err(|_| SealFault::Random)?;
    let mut sealed = vector.to_vec();
    let mut body = value.to_vec();
    let nonce = Nonce::assume_unique_for_key(vector);
    key.seal_in_place_append_tag(nonce, Aad::from(binding), &mut body)
        .map_err(|_| SealFault::Cipher)?;
    sealed.append(&mut body);
    Ok(sealed)
}

fn open(key: &LessSafeKey, binding: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealFault> {
    let (vector, body) = sealed
        .split_first_chunk::<NONCE_LEN>()
        .ok_or(SealFault::Broken)?;
    let mut value = Zeroizing::new(body.to_vec());
    let nonce = Nonce::assume_unique_for_key(*vector);
    let length = key
        .open_in_place(nonce, Aad::from(binding), &mut value)
        .map_err(|_| SealFault::Broken)?
        .len();
    value.truncate(length);
    Ok(value)
}

/// Length before content, so that no two places are the same bytes.
fn place(domain: &[u8], parts: &[&str], number: u64) -> Vec<u8> {
    let mut place = domain.to_vec();
    for part in parts {
        place.extend_from_slice(&(part.len() as u64).to_be_bytes());
        place.extend_from_slice(part.as_bytes());
    }
    place.extend_from_slice(&number.to_be_bytes());
    place
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed_for(identity: u8) -> Seal {
        let key = KeyEncryptionKey::new(&[9; 32]).unwrap();
        key.bind(StorageIdentity([identity; 16])).unwrap()
    }

    #[test]
    fn a_sealed_record_opens_only_in_its_own_place() {
        let seal = sealed_for(1);
        let sealed = seal.seal("a", "key/x", 7, b"value").unwrap();
        assert_eq!(&*seal.open("a", "key/x", 7, &sealed).unwrap(), b"value");
        for (scope, name, revision) in [
            ("b", "key/x", 7),
            ("a", "key/y", 7),
            ("a", "key/x", 8),
            ("ak", "ey/x", 7),
        ] {
            assert!(matches!(
                seal.open(scope, name, revision, &sealed),
                Err(SealFault::Broken)
            ));
        }
    }

    #[test]
    fn flt_35_a_record_a_proof_and_a_head_belong_to_one_storage() {
        let (seal, other) = (sealed_for(1), sealed_for(2));
        let sealed = seal.seal("a", "key/x", 7, b"value").unwrap();
        assert!(other.open("a", "key/x", 7, &sealed).is_err());
        let proof = seal.seal_proof().unwrap();
        assert!(seal.is_proof(&proof) && !other.is_proof(&proof));
        let head = seal.seal_head(&Head::default()).unwrap();
        assert_eq!(seal.open_head(&head), Ok(Head::default()));
        assert_eq!(other.open_head(&head), Err(Alteration::Rows));
        let digest = |seal: &Seal| seal.digest(b"r", "a", "b", 1).0;
        assert_ne!(digest(&seal), digest(&other));
    }

    #[test]
    fn a_flipped_bit_anywhere_is_noticed() {
        let seal = sealed_for(1);
        let sealed = seal.seal("a", "x", 1, b"value").unwrap();
        for index in 0..sealed.len() {
            let mut broken = sealed.clone();
            broken[index] ^= 1;
            assert!(seal.open("a", "x", 1, &broken).is_err(), "byte {index}");
        }
    }
}
