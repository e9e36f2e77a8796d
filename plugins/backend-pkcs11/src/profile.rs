//! What HSMs do differently, by profile.
//!
//! A profile says which mechanism is AES-GCM, who makes the initialization vector,
//! which return values mean, on decrypt, that the tag does not match, and after
//! which ones a session is of no use. What no profile names is a fault that passes:
//! never KeyNotFound and never InvalidCiphertext.

use claviger_hsm_profiles::{Hsm, IvConvention as VendorsConvention};
use claviger_sdk::pkcs11::{IvConvention, Profile};
use claviger_sdk::settings::Table;
use std::ops::RangeInclusive;

/// Values of `CK_ULONG` that mean the same on every platform.
const CODES: RangeInclusive<u64> = 0..=0xffff_ffff;
const NO_CODE_LIST: &str = "write return values: [0x40]";

const CONVENTIONS: [(&str, IvConvention); 4] = [
    ("caller-random", IvConvention::CallerRandom),
    ("zero-writeback", IvConvention::ZeroWriteback),
    ("null-prefixed", IvConvention::NullPrefixed),
    ("null-appended", IvConvention::NullAppended),
];

/// A word of the setting `profile`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Named(Hsm),
    Custom,
}

fn kinds() -> Vec<(&'static str, Kind)> {
    let named = Hsm::NAMES.map(|(name, hsm)| (name, Kind::Named(hsm)));
    let mut kinds = named.to_vec();
    kinds.push(("custom", Kind::Custom));
    kinds
}

/// Reads `profile`, and `custom` where it belongs.
pub(crate) fn read(settings: &Table<'_>) -> Option<Profile> {
    let kind = settings
        .require(
            "profile",
            "name the kind of HSM, for example \"softhsm\" or \"cloudhsm-vendor\"",
        )
        .choice("profile", &kinds());
    let named = match kind {
        Some(Kind::Custom) => {
            return settings
                .require("custom", "write custom = { mechanism = 0x1087, … }")
                .table("custom")
                .and_then(custom);
        }
        Some(Kind::Named(hsm)) => Some(built_in(hsm)),
        None => None,
    };
    settings.forbid(
        "custom",
        "the profile is not `custom`",
        "write profile = \"custom\", or remove it",
    );
    named
}

fn built_in(hsm: Hsm) -> Profile {
    let facts = hsm.aes_gcm();
    Profile {
        mechanism: facts.mechanism,
        iv_convention: match facts.iv_convention {
            VendorsConvention::CallerRandom => IvConvention::CallerRandom,
            VendorsConvention::ZeroWriteback => IvConvention::ZeroWriteback,
            VendorsConvention::NullPrefixed => IvConvention::NullPrefixed,
            VendorsConvention::NullAppended => IvConvention::NullAppended,
        },
        iv_length: facts.iv_length,
        bad_tag_codes: facts.bad_tag_codes.to_vec(),
        fatal_codes: facts.fatal_codes.to_vec(),
    }
}

/// A profile spelt out. All of it but the fatal codes must be there: a wrong guess
/// would be a lost ciphertext.
fn custom(table: Table<'_>) -> Option<Profile> {
    let mechanism = table
        .require(
            "mechanism",
            "write the number of the mechanism, for example 0x1087",
        )
        .integer("mechanism", CODES);
    let iv_convention = table
        .require(
            "iv_convention",
            "write how the initialization vector travels, for example \"caller-random\"",
        )
        .choice("iv_convention", &CONVENTIONS);
    let iv_length = table
        .require("iv_length", "write 12 or 16")
        .integer("iv_length", 12..=16);
    if iv_length.is_some_and(|length| !matches!(length, 12 | 16)) {
        table.fault(
            "iv_length",
            "AWS KMS accepts no such length",
            "write 12 or 16",
        );
    }
    let bad_tag_codes = table
        .require("bad_tag_codes", NO_CODE_LIST)
        .integers("bad_tag_codes", CODES);
    if bad_tag_codes.as_ref().is_some_and(Vec::is_empty) {
        table.fault(
            "bad_tag_codes",
            "a token that refuses no tag cannot be told from a broken one",
            "write the return values that the token has for a wrong tag, for example [0x40]",
        );
    }
    let fatal_codes = table.integers("fatal_codes", CODES).unwrap_or_default();
    table.finish();
    Some(Profile {
        mechanism: mechanism?,
        iv_convention: iv_convention?,
        iv_length: u32::try_from(iv_length?).ok()?,
        bad_tag_codes: bad_tag_codes?,
        fatal_codes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use claviger_sdk::settings::{self, Fault};

    fn faults(text: &str) -> Vec<String> {
        let read = settings::read(text, read);
        read.unwrap_err().iter().map(Fault::to_string).collect()
    }

    #[test]
    fn profiles_are_what_the_vendors_do() {
        use IvConvention as Iv;
        for (name, mechanism, convention, length, codes) in [
            ("softhsm", 0x1087, Iv::CallerRandom, 12, &[5, 0x40][..]),
            ("cloudhsm", 0x1087, Iv::ZeroWriteback, 12, &[0x40, 6]),
            (
                "cloudhsm-vendor",
                0x8000_1087,
                Iv::NullPrefixed,
                12,
                &[0x40, 6],
            ),
            ("luna-fips", 0x1087, Iv::NullAppended, 16, &[0x40]),
            ("luna", 0x1087, Iv::CallerRandom, 12, &[0x40]),
            ("nshield", 0x1087, Iv::ZeroWriteback, 12, &[6]),
        ] {
            let text = format!(r#"{{"profile":"{name}"}}"#);
            let profile = settings::read(&text, read).unwrap();
            assert_eq!(profile.mechanism, mechanism, "{name}");
            assert_eq!(profile.iv_convention, convention, "{name}");
            assert_eq!(profile.iv_length, length, "{name}");
            assert_eq!(profile.bad_tag_codes, codes, "{name}");
            let both = |code| profile.fatal_codes.contains(code);
            assert!(!profile.bad_tag_codes.iter().any(both), "{name}");
        }
    }

    #[test]
    fn a_custom_profile_is_spelt_out() {
        let text = r#"{"profile":"custom","custom":{"mechanism":4231,
            "iv_convention":"null-appended","iv_length":16,"bad_tag_codes":[64]}}"#;
        let profile = settings::read(text, read).unwrap();
        assert_eq!(
            profile,
            Profile {
                mechanism: 0x1087,
                iv_convention: IvConvention::NullAppended,
                iv_length: 16,
                bad_tag_codes: vec![64],
                fatal_codes: Vec::new(),
            }
        );
    }

    #[test]
    fn wrong_profiles_are_faults() {
        assert_eq!(
            faults(r#"{"profile":"luna","custom":{}}"#),
            ["custom: the profile is not `custom`; write profile = \"custom\", or remove it"]
        );
        assert_eq!(faults("{}").len(), 1);
        assert_eq!(faults(r#"{"profile":"custom"}"#).len(), 1);
        let text = r#"{"profile":"custom","custom":{"iv_length":14,"bad_tag_codes":[],
            "iv_convention":"random","fatal_codes":["x"],"mechanisms":1}}"#;
        let paths: Vec<_> = faults(text)
            .iter()
            .map(|fault| fault.split(':').next().unwrap().to_owned())
            .collect();
        assert_eq!(
            paths,
            [
                "custom.mechanism",
                "custom.iv_convention",
                "custom.iv_length",
                "custom.bad_tag_codes",
                "custom.fatal_codes[0]",
                "custom.mechanisms",
            ]
        );
    }
}
