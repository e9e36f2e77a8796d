//! How kinds of HSM do AES-GCM over PKCS#11.
//!
//! Facts of vendors in one table, for `backend-pkcs11` and for the host, which
//! has keys on tokens of its own: which mechanism is AES-GCM, who makes the
//! initialization vector, which return values mean, on decrypt, that the tag does
//! not match, and after which ones a session is of no use. What is not named is a
//! fault that passes.

/// The mechanism of the standard.
const CKM_AES_GCM: u64 = 0x1087;
/// `CKM_CLOUDHSM_AES_GCM`: `CKM_VENDOR_DEFINED` with `CKM_AES_GCM`.
const CKM_CLOUDHSM_AES_GCM: u64 = 0x8000_1087;

const GENERAL_ERROR: u64 = 0x05;
const FUNCTION_FAILED: u64 = 0x06;
const DEVICE_ERROR: u64 = 0x30;
const ENCRYPTED_DATA_INVALID: u64 = 0x40;

/// What most libraries answer when the device is gone.
const DEVICE_LOST: &[u64] = &[GENERAL_ERROR, DEVICE_ERROR];

/// A kind of HSM: a word of the setting `profile`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the settings' own words")]
pub enum Hsm {
    SoftHsm,
    CloudHsm,
    CloudHsmVendor,
    LunaFips,
    Luna,
    NShield,
}

/// Who makes the initialization vector, and how it gets to the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IvConvention {
    /// Random bytes of the token, handed to it again.
    CallerRandom,
    /// The token writes it into a buffer of zeros.
    ZeroWriteback,
    /// The token gets no buffer, and puts it before the ciphertext.
    NullPrefixed,
    /// The token gets no buffer, and puts it after the tag.
    NullAppended,
}

/// How a kind of HSM does AES-GCM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AesGcm {
    /// The number of the mechanism.
    pub mechanism: u64,
    /// Who makes the initialization vector.
    pub iv_convention: IvConvention,
    /// Of the initialization vector: 12 or 16 bytes.
    pub iv_length: u32,
    /// On decrypt, these can mean that the tag does not match.
    pub bad_tag_codes: &'static [u64],
    /// After these a session is of no use.
    pub fatal_codes: &'static [u64],
}

impl Hsm {
    /// All of them, by their names in settings.
    pub const NAMES: [(&'static str, Self); 6] = [
        ("softhsm", Self::SoftHsm),
        ("cloudhsm", Self::CloudHsm),
        ("cloudhsm-vendor", Self::CloudHsmVendor),
        ("luna-fips", Self::LunaFips),
        ("luna", Self::Luna),
        ("nshield", Self::NShield),
    ];

    /// How it does AES-GCM.
    pub fn aes_gcm(self) -> AesGcm {
        let (mechanism, iv_convention, iv_length) = match self {
            Self::SoftHsm | Self::Luna => (CKM_AES_GCM, IvConvention::CallerRandom, 12),
            Self::CloudHsm | Self::NShield => (CKM_AES_GCM, IvConvention::ZeroWriteback, 12),
            Self::CloudHsmVendor => (CKM_CLOUDHSM_AES_GCM, IvConvention::NullPrefixed, 12),
            Self::LunaFips => (CKM_AES_GCM, IvConvention::NullAppended, 16),
        };
        let (bad_tag_codes, fatal_codes): (&[u64], &[u64]) = match self {
            // To SoftHSM a wrong tag is a general error, which therefore is not
            // fatal.
            Self::SoftHsm => (&[GENERAL_ERROR, ENCRYPTED_DATA_INVALID], &[]),
            // A throttled cluster answers CKR_FUNCTION_FAILED as well, so it is
            // not fatal: to open all sessions again would make things worse.
            Self::CloudHsm | Self::CloudHsmVendor => {
                (&[ENCRYPTED_DATA_INVALID, FUNCTION_FAILED], DEVICE_LOST)
            }
            Self::LunaFips | Self::Luna => (&[ENCRYPTED_DATA_INVALID], DEVICE_LOST),
            Self::NShield => (&[FUNCTION_FAILED], DEVICE_LOST),
        };
        AesGcm {
            mechanism,
            iv_convention,
            iv_length,
            bad_tag_codes,
            fatal_codes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_return_value_means_two_things() {
        for (name, hsm) in Hsm::NAMES {
            let AesGcm {
                bad_tag_codes,
                fatal_codes,
                ..
            } = hsm.aes_gcm();
            let both = |code| fatal_codes.contains(code);
            assert!(!bad_tag_codes.is_empty(), "{name}");
            assert!(!bad_tag_codes.iter().any(both), "{name}");
        }
    }
}
