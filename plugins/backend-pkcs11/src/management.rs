//! `claviger key …`: keys are made, listed and rotated here.
//!
//! Keys are made on the primary. A cluster copies them by itself; of two tokens
//! that know nothing of each other the operator copies them, with the HSM's tools.
//! Only the key for health checks is made on each token that lacks it: it need not
//! be the same one.

mod list;
mod usage;

use crate::backend::Pkcs11;
use crate::fault::{Failure, Fault};
use crate::key_spec::{key_spec, key_usage};
use crate::names::{FindBy, Names};
use crate::search::{self, Version};
use crate::tokens::{PRIMARY, PlacedToken};
use claviger_sdk::is_external_key_id;
use claviger_sdk::pkcs11::{KeyAttributes, KeySelector, KeyTemplate};
use claviger_sdk::{KeyStatus, KeySummary, ManagementError};
use usage::Usage;

/// A key as a command has just found it.
struct Survey {
    newest: u32,
    held: u32,
    attributes: KeyAttributes,
}

impl Pkcs11 {
    pub(crate) fn create(
        &self,
        id: &str,
        key_usage: &[String],
    ) -> Result<KeySummary, ManagementError> {
        let usage = Usage::read(key_usage)?;
        if id == self.naming.health_key {
            return self.create_health_key();
        }
        let names = self.names(id).map_err(|error| match error {
            ManagementError::NotFound => ManagementError::Invalid(
                "the settings use the object of this id for health checks or for another key"
                    .into(),
            ),
            other => other,
        })?;
        let versions = self
            .tokens
            .ask_primary("create", |token| self.versions(token, names))?;
        // Of a list the last object is made, so that appending a name and making
        // its object rotates the key. Without a list it is the first.
        let (version, exists) = match names {
            Names::Listed(list) => {
                let newest = u32::try_from(list.len()).unwrap_or(u32::MAX);
                (newest, versions.last() != Some(&Version::Absent))
            }
            Names::Plain(..) | Names::Numbered(..) => {
                let there = |version: &Version| *version != Version::Absent;
                (1, versions.iter().any(there))
            }
        };
        if exists {
            return Err(ManagementError::AlreadyExists);
        }
        self.make(id, names, version, usage)?;
        self.summary_on_primary(id, names)
    }

    pub(crate) fn show(&self, id: &str) -> Result<KeySummary, ManagementError> {
        let names = self.names(id)?;
        let survey = self
            .tokens
            .ask("show", PRIMARY, |token| self.survey(token, names))?;
        Ok(survey.summary(id))
    }

    pub(crate) fn rotate(&self, id: &str) -> Result<KeySummary, ManagementError> {
        let names = self.names(id)?;
        match names {
            Names::Numbered(..) => {}
            Names::Listed(_) => {
                return Err(ManagementError::Unsupported(
                    "the setting `keys` lists this key's objects: append the name of a new one, \
                     then `claviger key create` makes it"
                        .into(),
                ));
            }
            Names::Plain(..) => {
                return Err(ManagementError::Unsupported(
                    "the key has no versions: list its objects in the setting `keys`, or put \
                     {version} into the setting `label`"
                        .into(),
                ));
            }
        }
        let survey = self
            .tokens
            .ask_primary("rotate", |token| self.survey(token, names))?;
        let next = survey.newest + 1;
        if names.name(next).is_none() {
            let text = "64 versions are the most that a key can have";
            return Err(ManagementError::Unsupported(text.into()));
        }
        self.make(id, names, next, Usage::of(&survey.attributes))?;
        self.summary_on_primary(id, names)
    }

    fn create_health_key(&self) -> Result<KeySummary, ManagementError> {
        let name = &self.naming.health_key;
        let selector = KeySelector::Label(name.to_owned());
        let mut made = None;
        for token in self.tokens.all() {
            let answer = match search::one(token, &selector) {
                Err(Fault::Missing) => {
                    let template = Usage::BOTH.template(name, name.as_bytes());
                    generate(token, &template).map(|attributes| made = Some(attributes))
                }
                found => found.map(|_| ()),
            };
            answer.map_err(|fault| Failure {
                token: token.name.clone(),
                fault,
            })?;
        }
        let attributes = made.ok_or(ManagementError::AlreadyExists)?;
        let survey = Survey {
            newest: 1,
            held: 1,
            attributes,
        };
        Ok(survey.summary(name))
    }

    /// Makes one version's object on the primary, and makes sure that nobody else
    /// has made one of that name in the meantime.
    fn make(
        &self,
        id: &str,
        names: Names<'_>,
        version: u32,
        usage: Usage,
    ) -> Result<(), ManagementError> {
        let name = names.name(version).ok_or(ManagementError::NotFound)?;
        // By id it is the id that has to be the name; otherwise all versions share
        // the external key's.
        let object_id = match self.naming.find_by {
            FindBy::Label => id,
            FindBy::Id => &name,
        };
        let template = usage.template(&name, object_id.as_bytes());
        self.tokens.ask_primary("generate", |token| {
            generate(token, &template)?;
            search::one(token, &self.naming.selector(&name))
        })?;
        Ok(())
    }

    fn summary_on_primary(
        &self,
        id: &str,
        names: Names<'_>,
    ) -> Result<KeySummary, ManagementError> {
        let survey = self
            .tokens
            .ask_primary("show", |token| self.survey(token, names))?;
        Ok(survey.summary(id))
    }

    fn names<'n>(&'n self, id: &'n str) -> Result<Names<'n>, ManagementError> {
        if !is_external_key_id(id) {
            return Err(ManagementError::Invalid(
                "not an external key id; use 1 to 128 letters, digits, `.`, `_` and `-`".into(),
            ));
        }
        self.naming.of(id).ok_or(ManagementError::NotFound)
    }

    fn versions(&self, token: &PlacedToken, names: Names<'_>) -> Result<Vec<Version>, Fault> {
        let mut versions = Vec::new();
        search::following(token, &self.naming, names, &mut versions)?;
        Ok(versions)
    }

    fn survey(&self, token: &PlacedToken, names: Names<'_>) -> Result<Survey, Fault> {
        let mut versions = self.versions(token, names)?;
        let newest = search::cut_after_newest(&mut versions)?;
        let reference = versions.last().and_then(|version| version.reference());
        let reference = reference.ok_or(Fault::Several)?;
        let held = versions.iter().filter_map(|version| version.reference());
        Ok(Survey {
            newest,
            held: u32::try_from(held.count()).unwrap_or(u32::MAX),
            attributes: token.token.key(reference).attributes()?,
        })
    }
}

impl Survey {
    fn summary(&self, id: &str) -> KeySummary {
        KeySummary {
            external_key_id: id.to_owned(),
            key_spec: key_spec(&self.attributes),
            key_usage: key_usage(&self.attributes),
            key_status: KeyStatus::Enabled,
            current_version: self.newest,
            versions: self.held,
        }
    }
}

fn generate(token: &PlacedToken, template: &KeyTemplate) -> Result<KeyAttributes, Fault> {
    let key = token.token.generate_key(template)?;
    Ok(key.attributes()?)
}
