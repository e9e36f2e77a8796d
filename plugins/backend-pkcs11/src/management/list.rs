//! `claviger key list`: every secret key of the token, sorted into external keys.

use super::Survey;
use crate::backend::Pkcs11;
use crate::fault::Fault;
use crate::tokens::{PRIMARY, PlacedToken};
use claviger_sdk::log::Level;
use claviger_sdk::pkcs11::{KeyAttributes, KeySelector, Pkcs11Error};
use claviger_sdk::{KeySummary, ManagementError};
use std::collections::BTreeMap;

/// As many as a search gives.
const MOST_OBJECTS: usize = 1024;

/// The objects of one external key by version.
type Versions = BTreeMap<u32, Vec<KeyAttributes>>;

impl Pkcs11 {
    pub(crate) fn list(&self) -> Result<Vec<KeySummary>, ManagementError> {
        let keys = self
            .tokens
            .ask("list", PRIMARY, |token| self.external_keys(token))?;
        let mut summaries = Vec::new();
        for (id, versions) in keys {
            match self.judge(&id, versions) {
                Ok(survey) => summaries.push(survey.summary(&id)),
                Err(problem) => {
                    let text = format!("key {id} is left out: {problem}");
                    self.notes.note(Level::Warn, text);
                }
            }
        }
        Ok(summaries)
    }

    fn external_keys(&self, token: &PlacedToken) -> Result<BTreeMap<String, Versions>, Fault> {
        let objects = token.token.find(&KeySelector::Every)?;
        if objects.len() >= MOST_OBJECTS {
            let text = format!(
                "token {}: it may have more keys than are listed",
                token.name
            );
            token.notes.note(Level::Warn, text);
        }
        let mut keys: BTreeMap<String, Versions> = BTreeMap::new();
        for object in objects {
            let attributes = match object.attributes() {
                Ok(attributes) => attributes,
                // Destroyed since.
                Err(Pkcs11Error::StaleKey) => continue,
                Err(error) => return Err(error.into()),
            };
            let Some(name) = self.naming.name_of(&attributes) else {
                continue;
            };
            if attributes.label == self.naming.health_key {
                continue;
            }
            if let Some((id, version)) = self.naming.key_of(name) {
                let versions = keys.entry(id.to_owned()).or_default();
                versions.entry(version).or_default().push(attributes);
            }
        }
        Ok(keys)
    }

    /// The key as `lookup` would see it, or why it does not.
    fn judge(&self, id: &str, mut versions: Versions) -> Result<Survey, &'static str> {
        let names = self.naming.of(id).ok_or("the settings reserve it")?;
        if names.ends_at_gap() {
            // In their order; after a gap none is what is expected any more.
            let mut expected = 1..;
            versions.retain(|version, _| expected.next() == Some(*version));
        }
        let held = versions.values().filter(|same| same.len() == 1).count();
        let (newest, same) = versions.pop_last().ok_or("it has no version 1")?;
        let [attributes] = <[KeyAttributes; 1]>::try_from(same)
            .map_err(|_| "several objects have the name of its newest version")?;
        Ok(Survey {
            newest,
            held: u32::try_from(held).unwrap_or(u32::MAX),
            attributes,
        })
    }
}
