//! `claviger key list` and `claviger key show`. Keys are made and rotated with the
//! server's own tools: the token of a proxy should not be allowed to.

use crate::Vault;
use crate::api::{Failure, Refused};
use crate::keys::{Data, Key};
use claviger_sdk::http::Method;
use claviger_sdk::{
    DamagedKey, Error, FailureKind, KeyList, KeySummary, ManagementError, is_external_key_id,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Names {
    keys: Vec<String>,
}

impl Vault {
    pub(crate) fn list(&self, after: Option<&str>, limit: u32) -> Result<KeyList, ManagementError> {
        let path = format!("/v1/{}/keys?list=true", self.settings.mount);
        let names = match self.api.send::<Data<Names>>(Method::Get, &path, Vec::new()) {
            Ok(names) => names.data.keys,
            // Without an explanation: there are none.
            Err(Failure::Refused(Refused {
                status: 404,
                errors,
            })) if errors.is_empty() => Vec::new(),
            Err(failure) => return Err(failed(failure.into())),
        };
        let ids = names.iter();
        let ids = ids.filter_map(|name| name.strip_prefix(&*self.settings.key_prefix));
        let ids = ids.filter(|id| is_external_key_id(id) && self.name_of(id).is_some());
        let mut ids: Vec<_> = ids
            .filter(|id| after.is_none_or(|after| *id > after))
            .collect();
        ids.sort_unstable();
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut list = KeyList::default();
        if ids.len() > limit {
            ids.truncate(limit);
            list.next = ids.last().map(|id| (*id).to_owned());
        }
        for id in ids {
            match self.show(id) {
                Ok(key) => list.keys.push(key),
                // Deleted since the names were read.
                Err(ManagementError::NotFound) => {}
                Err(error) => list.damaged.push(DamagedKey {
                    external_key_id: id.to_owned(),
                    problem: match error {
                        ManagementError::Failed(text) => text,
                        other => other.to_string(),
                    },
                }),
            }
        }
        Ok(list)
    }

    pub(crate) fn show(&self, id: &str) -> Result<KeySummary, ManagementError> {
        let name = self.name_of(id).ok_or(ManagementError::NotFound)?;
        let key = self.key(&name).map_err(failed)?;
        Ok(self.summary(id, &key))
    }

    fn summary(&self, id: &str, key: &Key) -> KeySummary {
        KeySummary {
            external_key_id: id.to_owned(),
            key_spec: key.spec(),
            key_usage: self.usage(id, key),
            key_status: key.status(),
            current_version: key.latest_version,
            versions: key.versions(),
        }
    }

    /// What the operator does with the server's own tool.
    pub(crate) fn elsewhere(&self, command: &str, id: &str, then: &str) -> ManagementError {
        let mount = &self.settings.mount;
        let health_key = Some(self.settings.health_key.clone());
        let name = self.name_of(id).or(health_key.filter(|name| name == id));
        match name {
            None => ManagementError::Invalid("the server cannot have a key of this name".into()),
            Some(name) => ManagementError::Unsupported(format!(
                "do it on the server: bao {command} {mount}/keys/{name}{then}"
            )),
        }
    }
}

fn failed(error: Error) -> ManagementError {
    match error.kind {
        FailureKind::KeyNotFound => ManagementError::NotFound,
        _ => ManagementError::Failed(error.text),
    }
}
