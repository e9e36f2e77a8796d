//! How a kind of HSM does AES-GCM.

use claviger_config::Hsm;
use claviger_hsm_profiles::AesGcm;
pub(crate) use claviger_hsm_profiles::IvConvention;

use super::return_value::ReturnValue;

/// A checked profile of a token.
#[derive(Clone, Debug)]
pub(crate) struct Profile {
    pub(super) mechanism: u64,
    pub(super) convention: IvConvention,
    /// 12 or 16.
    pub(super) vector_length: usize,
    bad_tag_codes: Vec<u64>,
    fatal_codes: Vec<u64>,
}

/// Most return values that a profile lists.
const CODES: usize = 64;

impl Profile {
    /// What is known of this kind of HSM.
    pub(crate) fn of(hsm: Hsm) -> Self {
        let AesGcm {
            mechanism,
            iv_convention,
            iv_length,
            bad_tag_codes,
            fatal_codes,
        } = hsm.aes_gcm();
        Self {
            mechanism,
            convention: iv_convention,
            vector_length: if iv_length == 16 { 16 } else { 12 },
            bad_tag_codes: bad_tag_codes.to_vec(),
            fatal_codes: fatal_codes.to_vec(),
        }
    }

    /// A plugin's profile, or which of the interface's limits it breaks.
    pub(crate) fn new(
        mechanism: u64,
        convention: IvConvention,
        vector_length: u32,
        bad_tag_codes: Vec<u64>,
        fatal_codes: Vec<u64>,
    ) -> Result<Self, &'static str> {
        let vector_length = match vector_length {
            12 => 12,
            16 => 16,
            _ => return Err("an initialization vector is 12 or 16 bytes long"),
        };
        if bad_tag_codes.len() > CODES || fatal_codes.len() > CODES {
            return Err("a profile lists at most 64 return values of a kind");
        }
        Ok(Self {
            mechanism,
            convention,
            vector_length,
            bad_tag_codes,
            fatal_codes,
        })
    }

    /// Whether, on decrypt, this can mean that the tag does not match.
    pub(super) fn may_mean_bad_tag(&self, value: ReturnValue) -> bool {
        self.bad_tag_codes.contains(&value.0)
    }

    /// Whether the session is of no use after this.
    pub(super) fn ends_session(&self, value: ReturnValue) -> bool {
        value.ends_session() || self.fatal_codes.contains(&value.0)
    }
}
