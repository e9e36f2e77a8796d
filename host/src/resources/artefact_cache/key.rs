//! The key that says of an artefact: this installation compiled it.

use std::io;

use aws_lc_rs::hmac;

use super::folder::Folder;

/// The file of the key, in the folder of the cache.
const FILE: &str = "installation.key";

/// Bytes of the key.
const LENGTH: usize = 32;

/// Bytes of an authentication code: HMAC-SHA-256.
pub(super) const MAC: usize = 32;
/// The same, as the length of a file.
pub(super) const MAC_BYTES: u64 = 32;

/// What the code is for, and how the parts before the artefact are laid out.
const PURPOSE: &[u8] = b"claviger plugin artefact 1\0";

/// The key of one cache.
pub(super) struct CacheKey(hmac::Key);

impl CacheKey {
    /// Reads the key, or makes one: also in the place of a file that is not this user's
    /// own, that others have access to, or that is no key. What was authenticated with
    /// that one is compiled anew.
    pub(super) fn of(folder: &Folder) -> io::Result<Self> {
        if let Some(key) = Self::read(folder)? {
            return Ok(key);
        }
        if folder.list()?.iter().any(|(name, _)| name == FILE) {
            folder.remove(FILE)?;
        }
        let mut bytes = [0; LENGTH];
        aws_lc_rs::rand::fill(&mut bytes).map_err(|_| io::Error::other("no randomness"))?;
        match folder.write_new(FILE, &[&bytes]) {
            // Another process may have been faster: its key is the one.
            Ok(()) => Self::read(folder)?.ok_or_else(|| io::Error::other("the key vanished")),
            // A full disk: nothing can be kept, and nothing that is there is trusted.
            Err(_) => Ok(Self::new(&bytes)),
        }
    }

    fn read(folder: &Folder) -> io::Result<Option<Self>> {
        // One more byte than the key has: a longer file is no key.
        let limit = u64::try_from(LENGTH + 1).unwrap_or(u64::MAX);
        let read = folder.read(FILE, limit)?;
        Ok(read
            .filter(|bytes| bytes.len() == LENGTH)
            .map(|bytes| Self::new(&bytes)))
    }

    fn new(bytes: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// The code of an artefact: `code` is what the engine whose settings are
    /// `compiler` made of the component with this digest.
    pub(super) fn mac(&self, digest: &[u8; 32], compiler: u64, code: &[u8]) -> [u8; MAC] {
        let mut context = hmac::Context::with_key(&self.0);
        for part in parts(digest, &compiler.to_le_bytes(), code) {
            context.update(part);
        }
        let mut mac = [0; MAC];
        mac.copy_from_slice(context.sign().as_ref());
        mac
    }

    /// Whether `mac` is that code.
    pub(super) fn verifies(
        &self,
        digest: &[u8; 32],
        compiler: u64,
        code: &[u8],
        mac: &[u8; MAC],
    ) -> bool {
        let right = self.mac(digest, compiler, code);
        aws_lc_rs::constant_time::verify_slices_are_equal(&right, mac).is_ok()
    }
}

/// Everything before the artefact has a fixed length.
fn parts<'p>(digest: &'p [u8; 32], compiler: &'p [u8; 8], code: &'p [u8]) -> [&'p [u8]; 4] {
    [PURPOSE, digest, compiler, code]
}
