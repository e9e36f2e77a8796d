//! Which objects an external key is: by a list of the settings, otherwise by the
//! pattern.

use crate::MOST_VERSIONS;
use crate::pattern::Pattern;
use claviger_sdk::is_external_key_id;
use claviger_sdk::pkcs11::{KeyAttributes, KeySelector};
use std::collections::{BTreeMap, BTreeSet};

/// By which attribute objects are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FindBy {
    Label,
    Id,
}

/// The settings that name objects.
#[derive(Debug)]
pub(crate) struct Naming {
    pub(crate) find_by: FindBy,
    pattern: Pattern,
    lists: BTreeMap<String, Vec<String>>,
    /// The name of the key for health checks.
    pub(crate) health_key: String,
    /// External key ids that nobody may use: by the pattern they would be the
    /// health key, or an object that the list of another id names (XKS-012).
    reserved: BTreeSet<String>,
}

/// The objects of one external key, in the order of their versions.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Names<'n> {
    /// One object without a version.
    Plain(&'n Pattern, &'n str),
    /// As many as there are, numbered from 1 on without a gap.
    Numbered(&'n Pattern, &'n str),
    /// These, oldest first.
    Listed(&'n [String]),
}

impl Naming {
    pub(crate) fn new(
        find_by: FindBy,
        pattern: Pattern,
        lists: BTreeMap<String, Vec<String>>,
        health_key: String,
    ) -> Self {
        let mut reserved: BTreeSet<String> = lists
            .values()
            .flatten()
            .chain([&health_key])
            .filter_map(|name| pattern.key_of(name))
            .map(|(key, _)| key.to_owned())
            .collect();
        reserved.insert(health_key.clone());
        reserved.retain(|id| !lists.contains_key(id));
        Self {
            find_by,
            pattern,
            lists,
            health_key,
            reserved,
        }
    }

    /// The objects of an external key; `None` when it cannot exist.
    pub(crate) fn of<'n>(&'n self, id: &'n str) -> Option<Names<'n>> {
        if let Some(list) = self.lists.get(id) {
            return Some(Names::Listed(list));
        }
        if !is_external_key_id(id) || self.reserved.contains(id) {
            return None;
        }
        Some(if self.pattern.is_versioned() {
            Names::Numbered(&self.pattern, id)
        } else {
            Names::Plain(&self.pattern, id)
        })
    }

    /// The external key and the version of it that an object is.
    pub(crate) fn key_of<'n>(&'n self, name: &'n str) -> Option<(&'n str, u32)> {
        for (id, list) in &self.lists {
            if let Some(position) = list.iter().position(|listed| listed == name) {
                return Some((id, u32::try_from(position).ok()?.checked_add(1)?));
            }
        }
        let (id, version) = self.pattern.key_of(name)?;
        let by_pattern = !self.lists.contains_key(id) && self.of(id).is_some();
        by_pattern.then_some((id, version))
    }

    /// How an object of this name is found.
    pub(crate) fn selector(&self, name: &str) -> KeySelector {
        match self.find_by {
            FindBy::Label => KeySelector::Label(name.to_owned()),
            FindBy::Id => KeySelector::Id(name.as_bytes().to_vec()),
        }
    }

    /// The name of an object.
    pub(crate) fn name_of<'a>(&self, attributes: &'a KeyAttributes) -> Option<&'a str> {
        match self.find_by {
            FindBy::Label => Some(&attributes.label),
            FindBy::Id => std::str::from_utf8(&attributes.id).ok(),
        }
    }
}

impl Names<'_> {
    /// The name of a version; `None` when there can be none of this number.
    pub(crate) fn name(&self, version: u32) -> Option<String> {
        if !(1..=MOST_VERSIONS).contains(&version) {
            return None;
        }
        match self {
            Self::Plain(pattern, id) => (version == 1).then(|| pattern.name(id, version)),
            Self::Numbered(pattern, id) => Some(pattern.name(id, version)),
            Self::Listed(list) => {
                let index = usize::try_from(version).ok()?.checked_sub(1)?;
                list.get(index).cloned()
            }
        }
    }

    /// Whether the search for versions ends at the first that is not there.
    pub(crate) fn ends_at_gap(&self) -> bool {
        matches!(self, Self::Numbered(..))
    }

    /// A version as ciphertext metadata: 4 bytes, the most significant first; none
    /// where there are no versions.
    pub(crate) fn metadata_of(&self, version: u32) -> Vec<u8> {
        match self {
            Self::Plain(..) => Vec::new(),
            Self::Numbered(..) | Self::Listed(_) => version.to_be_bytes().to_vec(),
        }
    }

    /// The version that ciphertext metadata names; without metadata the oldest.
    pub(crate) fn version_of(&self, metadata: &[u8]) -> Option<u32> {
        match (metadata, self) {
            ([], _) => Some(1),
            (_, Self::Plain(..)) => None,
            (bytes, _) => bytes.try_into().ok().map(u32::from_be_bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn naming(pattern: &str, lists: &[(&str, &[&str])]) -> Naming {
        let lists = lists.iter().map(|(id, list)| {
            let list = list.iter().map(|name| (*name).to_owned()).collect();
            ((*id).to_owned(), list)
        });
        let pattern = Pattern::parse(pattern).unwrap();
        Naming::new(FindBy::Label, pattern, lists.collect(), "health".into())
    }

    #[test]
    fn xks_012_an_object_belongs_to_one_external_key() {
        let naming = naming("{key}", &[("a", &["a", "b", "c d"])]);
        assert!(matches!(naming.of("a"), Some(Names::Listed(_))));
        assert!(naming.of("b").is_none());
        assert!(naming.of("health").is_none());
        assert!(matches!(naming.of("e"), Some(Names::Plain(..))));
        assert_eq!(naming.key_of("c d"), Some(("a", 3)));
        assert_eq!(naming.key_of("health"), None);
        assert_eq!(naming.key_of("e"), Some(("e", 1)));
        assert_eq!(naming.key_of("not an id"), None);
    }

    #[test]
    fn a_health_key_that_is_some_keys_version_takes_that_key_away() {
        let lists = BTreeMap::new();
        let pattern = Pattern::parse("{key}.v{version}").unwrap();
        let naming = Naming::new(FindBy::Label, pattern, lists, "a.v2".into());
        assert!(naming.of("a").is_none() && naming.of("a.v2").is_none());
        assert!(naming.of("b").is_some());
    }

    #[test]
    fn xks_066_metadata_is_the_version_or_nothing() {
        let plain = naming("{key}", &[]);
        let plain = plain.of("a").unwrap();
        assert!(plain.metadata_of(1).is_empty());
        assert_eq!(plain.version_of(&[]), Some(1));
        assert_eq!(plain.version_of(&[0, 0, 0, 1]), None);
        let numbered = naming("{key}.{version}", &[]);
        let numbered = numbered.of("a").unwrap();
        assert_eq!(numbered.metadata_of(0x0102), [0, 0, 1, 2]);
        assert_eq!(numbered.version_of(&[0, 0, 1, 2]), Some(258));
        assert_eq!(numbered.version_of(&[]), Some(1));
        assert_eq!(numbered.version_of(&[0, 0, 1]), None);
    }

    #[test]
    fn versions_have_names_within_their_limits() {
        let naming = naming("{key}.{version}", &[("l", &["x", "y"])]);
        let name = |id, version| naming.of(id).unwrap().name(version);
        assert_eq!(name("a", 64).as_deref(), Some("a.64"));
        assert_eq!((name("a", 0), name("a", 65)), (None, None));
        assert_eq!(name("l", 2).as_deref(), Some("y"));
        assert_eq!((name("l", 3), name("l", 0)), (None, None));
    }
}
