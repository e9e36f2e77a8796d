//! Keys that were replaced: what they have encrypted is still decrypted.

use crate::Kmip;
use crate::names::{Handle, metadata_of};
use claviger_kmip::Version;
use claviger_sdk::{Error, FailureKind};

/// Replaced keys that are followed, at the most.
const MOST: usize = 32;

/// Identifiers of the keys that an external key was before, the latest first.
#[derive(Default)]
pub(crate) struct Earlier(Option<Vec<String>>);

impl Kmip {
    /// The identifier of the key that made a ciphertext of this metadata, if the
    /// external key is or was that. Empty metadata is of another proxy: the oldest key.
    pub(crate) fn made_by(
        &self,
        version: Version,
        handle: &Handle<'_>,
        metadata: &[u8],
        earlier: &mut Earlier,
    ) -> Result<Option<String>, Error> {
        if metadata == metadata_of(handle.identifier) {
            return Ok(Some(handle.identifier.to_owned()));
        }
        let known = match earlier.0.take() {
            Some(known) => known,
            None => self.earlier(version, handle)?,
        };
        let found = if metadata.is_empty() {
            let oldest = known.last().map(String::as_str);
            Some(oldest.unwrap_or(handle.identifier).to_owned())
        } else {
            let mut known = known.iter();
            known.find(|it| metadata_of(it) == metadata).cloned()
        };
        earlier.0 = Some(known);
        Ok(found)
    }

    /// By the links that Re-key leaves behind, and by the settings.
    pub(crate) fn earlier(
        &self,
        version: Version,
        handle: &Handle<'_>,
    ) -> Result<Vec<String>, Error> {
        let mut found: Vec<String> = Vec::new();
        let mut newer = handle.identifier.to_owned();
        while found.len() < MOST {
            let replaces = match self.attributes(version, &newer) {
                Ok(attributes) => attributes.replaces,
                Err(error) if error.kind == FailureKind::KeyNotFound => None,
                Err(error) => return Err(error),
            };
            let is_new = |it: &String| it != handle.identifier && !found.contains(it);
            let Some(older) = replaces.filter(is_new) else {
                break;
            };
            newer.clone_from(&older);
            found.push(older);
        }
        let told = self.settings.earlier.get(handle.external_key_id);
        for identifier in told.into_iter().flatten() {
            if !found.contains(identifier) {
                found.push(identifier.clone());
            }
        }
        Ok(found)
    }
}
