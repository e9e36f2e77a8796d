//! How HSMs do AES-GCM: the facts of vendors, and what an operator spells out.
//!
//! HSMs differ in which mechanism is AES-GCM, in who makes the initialization
//! vector, and in which return values mean, on decrypt, that the tag does not match.
//! A library that is handed the parameters of another mechanism writes and reads
//! where it should not, so these facts are the operator's to state, once for each
//! token: no plugin can say anything about them.

use claviger_settings::Table;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::ops::RangeInclusive;

/// `profile` of `[tokens.NAME]`: how a token does AES-GCM. A return value that it
/// does not list is a fault that passes: never `KeyNotFound`, never
/// `InvalidCiphertext`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// `mechanism`: its number, for example 0x1087 (`CKM_AES_GCM`).
    pub mechanism: u64,
    /// `iv_convention`.
    pub convention: IvConvention,
    /// `iv_length`: 12 or 16 bytes.
    pub vector_length: usize,
    /// `bad_tag_codes`: return values that, on decrypt, can mean that the tag does
    /// not match. The host makes sure of those that could also mean a lost device.
    pub bad_tag_codes: Cow<'static, [u64]>,
    /// `fatal_codes`: return values after which a session is of no use, besides
    /// those that the standard says so of.
    pub fatal_codes: Cow<'static, [u64]>,
}

/// Who makes the initialization vector, and how it gets to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IvConvention {
    /// Random bytes of the token (`C_GenerateRandom`), handed to it again.
    CallerRandom,
    /// The token gets a buffer of zeros and writes the vector into it.
    ZeroWriteback,
    /// The token gets no buffer; the vector comes before the ciphertext, and goes
    /// before it again to decrypt.
    NullPrefixed,
    /// The token gets no buffer; the vector comes after the tag. To decrypt it is
    /// handed over as a parameter.
    NullAppended,
}

impl IvConvention {
    const NAMES: [(&'static str, Self); 4] = [
        ("caller-random", Self::CallerRandom),
        ("zero-writeback", Self::ZeroWriteback),
        ("null-prefixed", Self::NullPrefixed),
        ("null-appended", Self::NullAppended),
    ];

    /// As the configuration writes it.
    pub fn name(self) -> &'static str {
        let mut names = Self::NAMES.into_iter();
        let found = names.find(|(_, convention)| *convention == self);
        // Each has a name, which a test asks for.
        found.map_or("", |(name, _)| name)
    }
}

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
/// A throttled cluster answers `CKR_FUNCTION_FAILED` as well, so it is not fatal:
/// to open all sessions again would make things worse.
const CLOUDHSM_BAD_TAG: &[u64] = &[ENCRYPTED_DATA_INVALID, FUNCTION_FAILED];

impl Profile {
    /// The kinds of HSM that are known, by their names in the configuration.
    pub const NAMED: [(&'static str, Self); 6] = [
        // To SoftHSM a wrong tag is a general error, which therefore is not fatal.
        Self::known(
            "softhsm",
            CKM_AES_GCM,
            IvConvention::CallerRandom,
            12,
            &[GENERAL_ERROR, ENCRYPTED_DATA_INVALID],
            &[],
        ),
        Self::known(
            "cloudhsm",
            CKM_AES_GCM,
            IvConvention::ZeroWriteback,
            12,
            CLOUDHSM_BAD_TAG,
            DEVICE_LOST,
        ),
        Self::known(
            "cloudhsm-vendor",
            CKM_CLOUDHSM_AES_GCM,
            IvConvention::NullPrefixed,
            12,
            CLOUDHSM_BAD_TAG,
            DEVICE_LOST,
        ),
        Self::known(
            "luna-fips",
            CKM_AES_GCM,
            IvConvention::NullAppended,
            16,
            &[ENCRYPTED_DATA_INVALID],
            DEVICE_LOST,
        ),
        Self::known(
            "luna",
            CKM_AES_GCM,
            IvConvention::CallerRandom,
            12,
            &[ENCRYPTED_DATA_INVALID],
            DEVICE_LOST,
        ),
        Self::known(
            "nshield",
            CKM_AES_GCM,
            IvConvention::ZeroWriteback,
            12,
            &[FUNCTION_FAILED],
            DEVICE_LOST,
        ),
    ];

    const fn known(
        name: &'static str,
        mechanism: u64,
        convention: IvConvention,
        vector_length: usize,
        bad_tag_codes: &'static [u64],
        fatal_codes: &'static [u64],
    ) -> (&'static str, Self) {
        let profile = Self {
            mechanism,
            convention,
            vector_length,
            bad_tag_codes: Cow::Borrowed(bad_tag_codes),
            fatal_codes: Cow::Borrowed(fatal_codes),
        };
        (name, profile)
    }
}

pub(crate) const PROFILE: &str = "profile";

/// Values of `CK_ULONG` that mean the same on every platform.
const CODES: RangeInclusive<u64> = 0..=0xffff_ffff;
/// The most return values of a kind that a profile lists.
const MOST_CODES: usize = 64;

/// Reads `profile` of a token: the name of a kind of HSM, or a table.
pub(crate) fn read(token: &Table<'_>) -> Option<Profile> {
    let value = token
        .require(
            PROFILE,
            &format!(
                "name the kind of HSM, {}, or write a table: {{ mechanism = 0x1087, … }}",
                names()
            ),
        )
        .raw(PROFILE)?;
    if value.is_object() {
        token.table(PROFILE).and_then(spelt_out)
    } else {
        token.choice(PROFILE, &Profile::NAMED)
    }
}

fn names() -> String {
    let names = Profile::NAMED.map(|(name, _)| format!("\"{name}\""));
    names.join(", ")
}

/// All of it but the fatal codes must be there: a wrong guess would be a lost
/// ciphertext.
fn spelt_out(table: Table<'_>) -> Option<Profile> {
    let mechanism = table
        .require(
            "mechanism",
            "write the number of the mechanism, for example 0x1087",
        )
        .integer("mechanism", CODES);
    let convention = table
        .require(
            "iv_convention",
            "write how the initialization vector travels, for example \"caller-random\"",
        )
        .choice("iv_convention", &IvConvention::NAMES);
    table.require("iv_length", "write 12 or 16");
    let vector_length = read_vector_length(&table);
    table.require("bad_tag_codes", "write return values: [0x40]");
    let bad_tag_codes = read_codes(&table, "bad_tag_codes");
    if bad_tag_codes.as_ref().is_some_and(|codes| codes.is_empty()) {
        table.fault(
            "bad_tag_codes",
            "a token that refuses no tag cannot be told from a broken one",
            "write the return values that the token has for a wrong tag, for example [0x40]",
        );
    }
    let fatal_codes = read_codes(&table, "fatal_codes").unwrap_or_default();
    table.finish();
    Some(Profile {
        mechanism: mechanism?,
        convention: convention?,
        vector_length: vector_length?,
        bad_tag_codes: bad_tag_codes?,
        fatal_codes,
    })
}

fn read_vector_length(table: &Table<'_>) -> Option<usize> {
    match table.integer("iv_length", 12..=16)? {
        12 => Some(12),
        16 => Some(16),
        _ => {
            let problem = "AWS KMS accepts no such length";
            table.fault("iv_length", problem, "write 12 or 16");
            None
        }
    }
}

fn read_codes(table: &Table<'_>, key: &str) -> Option<Cow<'static, [u64]>> {
    let codes = table.integers(key, CODES)?;
    if codes.len() > MOST_CODES {
        table.fault(
            key,
            format!("more than {MOST_CODES} return values"),
            "write those that the vendor's documentation names",
        );
    }
    Some(Cow::Owned(codes))
}
