//! What each HSM wants in the parameters, and where it puts the IV.

use cryptoki_sys::{
    CK_MECHANISM_TYPE, CKM_AES_GCM, CKM_VENDOR_DEFINED, CKR_MECHANISM_PARAM_INVALID,
};

use super::Direction;
use super::parameters::Parameters;
use crate::codes::Answer;
use crate::settings::Convention;

/// AWS CloudHSM's AES-GCM with the IV in the data: 0x80001087.
pub(crate) const CKM_CLOUDHSM_AES_GCM: CK_MECHANISM_TYPE = CKM_VENDOR_DEFINED | CKM_AES_GCM;

/// An HSM's way with one mechanism.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// A zeroed buffer in, the IV out: CloudHSM, nShield.
    ZeroWriteback,
    /// No IV in, and the IV before the ciphertext: CloudHSM's own mechanism.
    NullPrefixed,
    /// No IV in, and the IV after the tag: Luna in FIPS mode.
    NullAppended,
}

/// Where the IV of an operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In the parameters.
    Given,
    /// Made by the HSM and written to the caller's buffer.
    WrittenBack,
    /// The first 12 bytes of what is encrypted, made by the HSM.
    First,
    /// The last 16 bytes of what was encrypted, made by the HSM.
    Last,
}

/// The bytes of an IV, wherever but in [`Place::Last`].
pub(super) const IV: usize = 12;

/// The bytes of a Luna's IV.
pub(super) const LUNA_IV: usize = 16;

/// None for what is the module's business.
pub(super) fn manner(convention: Convention, mechanism: CK_MECHANISM_TYPE) -> Option<Manner> {
    match (convention, mechanism) {
        (Convention::CloudHsm | Convention::NShield, CKM_AES_GCM) => Some(Manner::ZeroWriteback),
        (Convention::CloudHsm, CKM_CLOUDHSM_AES_GCM) => Some(Manner::NullPrefixed),
        (Convention::Luna, CKM_AES_GCM) => Some(Manner::NullAppended),
        _ => None,
    }
}

impl Manner {
    /// Where the IV is, if the parameters are such as the HSM takes.
    pub(super) fn place(self, direction: Direction, parameters: &Parameters) -> Answer<Place> {
        let iv = parameters.iv.as_deref();
        let (place, is_right) = match (self, direction) {
            // CloudHSM: "Expect IV to be all 0", and one of the two lengths not
            // zero, which is so when there are 12 bytes.
            (Self::ZeroWriteback, Direction::Encrypt) => {
                (Place::WrittenBack, iv.is_some_and(|iv| iv == [0; IV]))
            }
            (Self::ZeroWriteback, Direction::Decrypt) => {
                (Place::Given, iv.is_some_and(|iv| iv.len() == IV))
            }
            (Self::NullPrefixed, _) => (Place::First, iv.is_none()),
            (Self::NullAppended, Direction::Encrypt) => {
                (Place::Last, iv.is_none() && parameters.iv_length == 0)
            }
            // Firmware that looks at `ulIvBits` looks at nothing else.
            (Self::NullAppended, Direction::Decrypt) => (
                Place::Given,
                iv.is_some_and(|iv| !iv.is_empty() && parameters.iv_bits == iv.len() * 8),
            ),
        };
        if is_right {
            Ok(place)
        } else {
            Err(CKR_MECHANISM_PARAM_INVALID)
        }
    }
}
