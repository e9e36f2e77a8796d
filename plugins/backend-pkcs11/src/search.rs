//! Searches on a token: the dearest thing it does, so nothing here is part of an
//! ordinary request.

use crate::fault::Fault;
use crate::names::{Names, Naming};
use crate::tokens::PlacedToken;
use claviger_sdk::log::Level;
use claviger_sdk::pkcs11::{KeyReference, KeySelector, SecretKey};

/// What a search for one version of a key found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    Absent,
    /// More than one object: it is not known which is meant.
    Several,
    Held(KeyReference),
}

impl Version {
    pub(crate) fn reference(self) -> Option<KeyReference> {
        match self {
            Self::Held(reference) => Some(reference),
            Self::Absent | Self::Several => None,
        }
    }
}

/// The one object of this name; never one of several (XKS-006).
pub(crate) fn one(token: &PlacedToken, selector: &KeySelector) -> Result<SecretKey, Fault> {
    let mut found = token.token.find(selector)?.into_iter();
    match (found.next(), found.len()) {
        (None, _) => Err(Fault::Missing),
        (Some(key), 0) => Ok(key),
        (Some(_), more) => {
            let text = format!(
                "token {} has {} keys with {}: none of them is used until all but one are \
                 renamed or removed",
                token.name,
                more + 1,
                described(selector)
            );
            token.notes.note(Level::Error, text);
            Err(Fault::Several)
        }
    }
}

/// Looks for the versions that follow those in `versions`.
pub(crate) fn following(
    token: &PlacedToken,
    naming: &Naming,
    names: Names<'_>,
    versions: &mut Vec<Version>,
) -> Result<(), Fault> {
    let next = |versions: &Vec<Version>| names.name(u32::try_from(versions.len()).ok()? + 1);
    while let Some(name) = next(versions) {
        let version = match one(token, &naming.selector(&name)) {
            Ok(key) => Version::Held(key.reference()),
            Err(Fault::Several) => Version::Several,
            Err(Fault::Missing) if names.ends_at_gap() => break,
            Err(Fault::Missing) => Version::Absent,
            Err(fault) => return Err(fault),
        };
        versions.push(version);
    }
    Ok(())
}

/// Takes the versions after the newest away and returns its number.
pub(crate) fn cut_after_newest(versions: &mut Vec<Version>) -> Result<u32, Fault> {
    let newest = versions
        .iter()
        .rposition(|version| *version != Version::Absent);
    versions.truncate(newest.map_or(0, |newest| newest + 1));
    match u32::try_from(versions.len()) {
        Ok(newest @ 1..) => Ok(newest),
        _ => Err(Fault::Missing),
    }
}

fn described(selector: &KeySelector) -> String {
    match selector {
        KeySelector::Label(label) => format!("the label {label}"),
        KeySelector::Id(id) => format!("the id {}", id.escape_ascii()),
        KeySelector::Every => "any name".to_owned(),
    }
}
