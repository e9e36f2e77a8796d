//! In what a seed differs from what is there already. Names what differs, never a value:
//! some of them are secrets.

use super::{SeedKey, SeedKeyStore};
use crate::state::{Key, KeyStore, RegionState};

/// Whether a key store is connected is no difference: that is its state.
pub(super) fn of_key_store(seed: &SeedKeyStore, there: &KeyStore) -> Vec<&'static str> {
    let (seeded, credential) = (&seed.credential, &there.credential);
    differing([
        ("name", seed.name != there.name),
        ("connectivity", seed.connectivity != there.connectivity),
        (
            "endpoint",
            seed.endpoint.as_str() != there.endpoint.as_str(),
        ),
        ("path", seed.path.as_str() != there.path.as_str()),
        (
            "access key id",
            seeded.access_key_id != credential.access_key_id,
        ),
        (
            "secret access key",
            seeded.secret_access_key.reveal() != credential.secret_access_key.reveal(),
        ),
    ])
}

/// A policy and key material that the seed leaves out are no differences.
pub(super) fn of_key(seed: &SeedKey, there: &Key, state: &RegionState) -> Vec<&'static str> {
    let has_material = |secret: &[u8]| {
        let mut materials = there.materials.iter();
        materials.any(|one| one.secret.reveal().as_slice() == secret)
    };
    let points_elsewhere = seed.aliases.iter().any(|name| {
        let alias = state.aliases.get(name);
        alias.is_some_and(|alias| alias.target != seed.id)
    });
    differing([
        ("key store or external key", seed.origin() != there.origin),
        ("description", seed.description != there.description),
        ("state (enabled or disabled)", seed.enabled != there.enabled),
        ("set of tags", seed.tags != there.tags),
        (
            "key policy",
            seed.policy.as_ref().is_some_and(|one| *one != there.policy),
        ),
        (
            "key material",
            seed.material
                .as_ref()
                .is_some_and(|one| !has_material(one.as_slice())),
        ),
        ("target of an alias", points_elsewhere),
    ])
}

fn differing<const N: usize>(all: [(&'static str, bool); N]) -> Vec<&'static str> {
    all.into_iter()
        .filter_map(|(what, differs)| differs.then_some(what))
        .collect()
}
