//! AES-GCM in the module.

use cryptoki_sys::{
    CK_GCM_PARAMS, CK_MECHANISM, CK_OBJECT_HANDLE, CK_SESSION_HANDLE, CK_ULONG, CKM_AES_GCM,
};

use super::decrypt_failure;
use crate::codes::Answer;
use crate::memory::{length, ulong};
use crate::module::{Module, real};
use crate::settings::Settings;

/// What both directions need.
pub(super) struct Transform<'a> {
    pub(super) module: &'a Module,
    pub(super) session: CK_SESSION_HANDLE,
    pub(super) key: CK_OBJECT_HANDLE,
    pub(super) iv: &'a [u8],
    pub(super) aad: &'a [u8],
    pub(super) tag_bits: CK_ULONG,
}

impl Transform<'_> {
    /// Ciphertext and tag.
    pub(super) fn encrypt(&self, plaintext: &[u8]) -> Answer<Vec<u8>> {
        self.begin(|mechanism| {
            real!(
                self.module,
                C_EncryptInit(self.session, mechanism, self.key)
            )
        })?;
        let mut sealed = vec![0; plaintext.len() + length(self.tag_bits) / 8];
        let mut count = ulong(sealed.len());
        real!(
            self.module,
            C_Encrypt(
                self.session,
                plaintext.as_ptr().cast_mut(),
                ulong(plaintext.len()),
                sealed.as_mut_ptr(),
                &raw mut count,
            )
        )?;
        sealed.truncate(length(count));
        Ok(sealed)
    }

    /// The plaintext. SoftHSM wants room for the tag too.
    pub(super) fn decrypt(&self, settings: &Settings, sealed: &[u8]) -> Answer<Vec<u8>> {
        self.begin(|mechanism| {
            real!(
                self.module,
                C_DecryptInit(self.session, mechanism, self.key)
            )
        })?;
        let mut plaintext = vec![0; sealed.len()];
        let mut count = ulong(plaintext.len());
        real!(
            self.module,
            C_Decrypt(
                self.session,
                sealed.as_ptr().cast_mut(),
                ulong(sealed.len()),
                plaintext.as_mut_ptr(),
                &raw mut count,
            )
        )
        .map_err(|code| decrypt_failure(settings, code))?;
        plaintext.truncate(length(count));
        Ok(plaintext)
    }

    fn begin(&self, begin: impl FnOnce(*mut CK_MECHANISM) -> Answer) -> Answer {
        let mut parameters = CK_GCM_PARAMS {
            pIv: self.iv.as_ptr().cast_mut(),
            ulIvLen: ulong(self.iv.len()),
            ulIvBits: ulong(self.iv.len() * 8),
            pAAD: self.aad.as_ptr().cast_mut(),
            ulAADLen: ulong(self.aad.len()),
            ulTagBits: self.tag_bits,
        };
        let mut mechanism = CK_MECHANISM {
            mechanism: CKM_AES_GCM,
            pParameter: (&raw mut parameters).cast(),
            ulParameterLen: ulong(size_of::<CK_GCM_PARAMS>()),
        };
        begin(&raw mut mechanism)
    }
}

/// Bytes from the module's generator.
pub(super) fn random(module: &Module, session: CK_SESSION_HANDLE, count: usize) -> Answer<Vec<u8>> {
    let mut bytes = vec![0; count];
    real!(
        module,
        C_GenerateRandom(session, bytes.as_mut_ptr(), ulong(count))
    )?;
    Ok(bytes)
}
