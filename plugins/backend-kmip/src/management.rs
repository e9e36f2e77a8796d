//! `claviger key list` and `claviger key show`.

use crate::Kmip;
use crate::keys::Key;
use crate::names::Handle;
use crate::server::Profile;
use crate::settings::Keys;
use claviger_kmip::{Failure, GetAttributes, Locate};
use claviger_sdk::{
    DamagedKey, Error, FailureKind, KeyList, KeySummary, ManagementError, is_external_key_id,
};
use std::collections::BTreeMap;

/// Keys of the server that are looked through.
const MOST: u16 = 2000;

impl Kmip {
    pub(crate) fn list(&self, after: Option<&str>, limit: u32) -> Result<KeyList, ManagementError> {
        let profile = self.profile_now()?;
        let locate = Locate {
            name: None,
            most: MOST,
        };
        let found = self.session.one(profile.version, locate);
        let found = match found {
            Ok(found) => found,
            Err(trouble) => match failed(trouble.into()) {
                ManagementError::NotFound => Vec::new(),
                error => return Err(error),
            },
        };
        if found.len() >= usize::from(MOST) {
            return Err(ManagementError::Failed(format!(
                "this client has {MOST} keys or more on the server: list them there"
            )));
        }
        let mut keys = BTreeMap::new();
        for (id, key) in self.external(self.read_all(profile, &found)?) {
            if after.is_none_or(|after| *id > *after) {
                keys.entry(id).or_insert_with(Vec::new).push(key);
            }
        }
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut list = KeyList::default();
        if keys.len() > limit {
            list.next = keys.keys().take(limit).next_back().cloned();
        }
        for (id, mut keys) in keys.into_iter().take(limit) {
            match (keys.pop(), keys.len()) {
                (Some(key), 0) => list.keys.push(self.summary(profile, &id, &key)),
                (_, others) => list.damaged.push(DamagedKey {
                    external_key_id: id,
                    problem: format!("{} keys of the server have this name", others + 1),
                }),
            }
        }
        Ok(list)
    }

    pub(crate) fn show(&self, id: &str) -> Result<KeySummary, ManagementError> {
        let name = self.name_of(id).ok_or(ManagementError::NotFound)?;
        let profile = self.profile_now()?;
        let key = self.key(profile.version, &name).map_err(failed)?;
        Ok(self.summary(profile, id, &key))
    }

    /// How to ask: found out for this command.
    fn profile_now(&self) -> Result<Profile, ManagementError> {
        self.try_out().map_err(|flaw| match flaw {
            crate::trial::Flaw::Unfit(why) | crate::trial::Flaw::NoKey(why) => {
                ManagementError::Failed(why)
            }
            crate::trial::Flaw::Trouble(error) => failed(error),
        })
    }

    fn read_all(&self, profile: Profile, found: &[String]) -> Result<Vec<Key>, ManagementError> {
        let asks = found.iter().map(|identifier| GetAttributes { identifier });
        let asks: Vec<_> = asks.collect();
        let answers = self.session.all(profile, &asks);
        let answers = answers.map_err(|trouble| failed(trouble.into()))?;
        let mut keys = Vec::new();
        for (identifier, answer) in found.iter().zip(answers) {
            match answer {
                Ok(attributes) => keys.push(Key::new(identifier.clone(), attributes)),
                // Destroyed since it was found.
                Err(Failure::Refused(refusal)) if refusal.reason.is_not_found() => {}
                Err(Failure::Refused(refusal)) => {
                    return Err(ManagementError::Failed(refusal.to_string()));
                }
                Err(Failure::Malformed(fault)) => {
                    return Err(ManagementError::Failed(fault.to_string()));
                }
            }
        }
        Ok(keys)
    }

    /// Keys by their external key ids. A key has one for each of its names.
    fn external(&self, keys: Vec<Key>) -> Vec<(String, Key)> {
        let mut external = Vec::new();
        for key in keys {
            let ids: Vec<_> = match &self.settings.keys {
                Keys::Identifiers => vec![key.identifier.clone()],
                Keys::Names { prefix } => {
                    let ids = key.names().iter();
                    let ids = ids.filter_map(|name| name.strip_prefix(&**prefix));
                    ids.map(str::to_owned).collect()
                }
            };
            for id in ids {
                if is_external_key_id(&id) && self.name_of(&id).is_some() {
                    external.push((id, key.clone()));
                }
            }
        }
        external
    }

    /// The keys that it has replaced count as versions.
    fn summary(&self, profile: Profile, id: &str, key: &Key) -> KeySummary {
        let handle = Handle {
            external_key_id: id,
            identifier: &key.identifier,
        };
        let earlier = self.earlier(profile.version, &handle);
        let versions = earlier.map_or(1, |earlier| earlier.len() + 1);
        let versions = u32::try_from(versions).unwrap_or(u32::MAX);
        KeySummary {
            external_key_id: id.to_owned(),
            key_spec: key.spec(),
            key_usage: self.usage(id, key),
            key_status: key.status(),
            current_version: versions,
            versions,
        }
    }
}

fn failed(error: Error) -> ManagementError {
    match error.kind {
        FailureKind::KeyNotFound => ManagementError::NotFound,
        _ => ManagementError::Failed(error.text),
    }
}
