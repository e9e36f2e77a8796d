//! Which settings fit what was found.

use std::borrow::Cow;
use std::fmt::Write as _;

use claviger_config::IvConvention::{CallerRandom, NullAppended, NullPrefixed, ZeroWriteback};
use claviger_config::Profile;
use serde::Serialize;

use crate::sealing::Convention;
use crate::wire::{Code, Identity};

/// Settings of `[tokens.NAME]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proposal {
    /// `profile` by name, if one that has a name fits.
    pub name: Option<&'static str>,
    /// `profile` spelt out.
    pub profile: Profile,
    /// `sessions`, if it was measured.
    pub sessions: Option<usize>,
    /// The lines for the configuration.
    pub toml: String,
}

/// Words in the names of library and token, and the profiles of that vendor, the best
/// first.
const VENDORS: [(&[&str], &[&str]); 4] = [
    (&["softhsm"], &["softhsm"]),
    (
        &["cloudhsm", "cavium", "marvell"],
        &["cloudhsm-vendor", "cloudhsm"],
    ),
    (&["luna", "safenet", "thales"], &["luna-fips", "luna"]),
    (&["nshield", "ncipher", "entrust"], &["nshield"]),
];

/// The profiles that are known of this vendor, by name.
fn of_vendor(identity: &Identity) -> &'static [&'static str] {
    let said = [
        &identity.library_manufacturer,
        &identity.library,
        &identity.manufacturer,
        &identity.model,
    ];
    let said = said.map(|text| text.to_lowercase());
    let is_named = |words: &[&str]| {
        let is_in = |word: &&str| said.iter().any(|text| text.contains(*word));
        words.iter().any(is_in)
    };
    let vendor = VENDORS.iter().find(|(words, _)| is_named(words));
    vendor.map_or(&[], |(_, profiles)| profiles)
}

fn named(name: &str) -> Option<Profile> {
    let mut profiles = Profile::NAMED.into_iter();
    profiles.find(|(other, _)| *other == name).map(|(_, it)| it)
}

fn is_of(profile: &Profile, convention: Convention) -> bool {
    profile.mechanism == convention.mechanism
        && profile.convention == convention.iv
        && profile.vector_length == convention.vector_length
}

/// The way that is looked at closely: the configured one if it works, one that is
/// known of the vendor, or one where the token makes the vector.
pub(crate) fn choose(
    working: &[Convention],
    identity: &Identity,
    configured: Option<&Profile>,
) -> Option<Convention> {
    let of = |profile: Profile| {
        let mut working = working.iter();
        working.find(|it| is_of(&profile, **it)).copied()
    };
    let vendors = of_vendor(identity).iter().filter_map(|name| named(name));
    let mut known = configured.cloned().into_iter().chain(vendors);
    known.find_map(of).or_else(|| {
        let rank = |convention: &&Convention| match convention.iv {
            NullPrefixed => 0,
            ZeroWriteback => 1,
            NullAppended => 2,
            CallerRandom => 3,
        };
        working.iter().min_by_key(rank).copied()
    })
}

/// Settings for this way, with these return values for a wrong tag.
pub(crate) fn propose(
    convention: Convention,
    codes: &[Code],
    identity: &Identity,
    configured: Option<&Profile>,
) -> Proposal {
    let fits = |profile: &Profile| {
        let knows = |code: &Code| profile.bad_tag_codes.contains(&code.number);
        is_of(profile, convention) && codes.iter().all(knows)
    };
    let name_of = |profile: &Profile| {
        let mut profiles = Profile::NAMED.into_iter();
        profiles.find(|(_, it)| it == profile).map(|(name, _)| name)
    };
    if let Some(configured) = configured.filter(|it| fits(it)) {
        return Proposal::of(name_of(configured), configured.clone());
    }
    let mut vendors = of_vendor(identity).iter();
    let known = vendors.find_map(|name| {
        let profile = named(name).filter(|it| fits(it))?;
        Some((*name, profile))
    });
    if let Some((name, profile)) = known {
        return Proposal::of(Some(name), profile);
    }
    let profile = Profile {
        mechanism: convention.mechanism,
        convention: convention.iv,
        vector_length: convention.vector_length,
        bad_tag_codes: codes.iter().map(|code| code.number).collect(),
        fatal_codes: Cow::Borrowed(&[]),
    };
    Proposal::of(None, profile)
}

impl Proposal {
    fn of(name: Option<&'static str>, profile: Profile) -> Self {
        Self {
            name,
            profile,
            sessions: None,
            toml: String::new(),
        }
    }

    /// With a number of sessions, and the lines written.
    #[must_use]
    pub(crate) fn with_sessions(mut self, token: &str, sessions: Option<usize>) -> Self {
        self.sessions = sessions;
        let mut toml = format!("[tokens.{token}]\nprofile = {}\n", self.setting());
        if let Some(sessions) = sessions {
            // Writing to a String cannot fail.
            let _ = writeln!(toml, "sessions = {sessions}");
        }
        self.toml = toml;
        self
    }

    /// The value of `profile`.
    pub(crate) fn setting(&self) -> String {
        if let Some(name) = self.name {
            return format!("\"{name}\"");
        }
        let list = |codes: &[u64]| {
            let codes = codes.iter().map(|code| format!("{code:#x}"));
            format!("[{}]", codes.collect::<Vec<_>>().join(", "))
        };
        let Profile {
            mechanism,
            convention,
            vector_length,
            bad_tag_codes,
            fatal_codes,
        } = &self.profile;
        let fatal = if fatal_codes.is_empty() {
            String::new()
        } else {
            format!(", fatal_codes = {}", list(fatal_codes))
        };
        format!(
            "{{ mechanism = {mechanism:#x}, iv_convention = \"{}\", iv_length = {vector_length}, \
             bad_tag_codes = {}{fatal} }}",
            convention.name(),
            list(bad_tag_codes)
        )
    }
}
