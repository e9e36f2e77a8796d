//! Plugins that exist for the tests alone, built when a test first wants them.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use sha2::{Digest, Sha256};
use toml::{Table, Value};

use super::deployment::shared_directory;
use super::{Folder, hex, text};

/// A built component.
pub(crate) struct Guest {
    pub(crate) path: PathBuf,
    /// As a configuration has it.
    pub(crate) digest: String,
}

impl Guest {
    /// The settings of a `[plugin.…]` table for this component.
    pub(crate) fn plugin(&self) -> Table {
        let mut table = Table::new();
        table.insert("component".to_owned(), text(&self.path).into());
        table.insert("digest".to_owned(), self.digest.clone().into());
        table
    }
}

/// The backend whose external key ids name the fault that happens.
pub(crate) fn misbehaving_guest() -> &'static Guest {
    static GUEST: LazyLock<Guest> = LazyLock::new(|| build("tests/plugins/misbehaving"));
    &GUEST
}

/// A plugin of a contract version that this host does not know.
pub(crate) fn wrong_contract_guest() -> &'static Guest {
    static GUEST: LazyLock<Guest> = LazyLock::new(|| build("tests/plugins/wrong-contract"));
    &GUEST
}

/// A policy that computes before it allows, or never ends.
pub(crate) fn looping_policy_guest() -> &'static Guest {
    static GUEST: LazyLock<Guest> = LazyLock::new(|| build("tests/plugins/looping-policy"));
    &GUEST
}

/// Makes the misbehaving backend that of the deployment's key store.
pub(crate) fn misbehaving(folder: &mut Folder) {
    misbehaving_with(folder, "ok");
}

/// The same; `health` is what its health check does.
pub(crate) fn misbehaving_with(folder: &mut Folder, health: &str) {
    let key_store = folder.deployment.key_store;
    misbehaving_in(folder, key_store, &[("health", health.into())]);
}

/// Makes the misbehaving backend that of a key store, with these settings.
pub(crate) fn misbehaving_in(folder: &mut Folder, key_store: &str, settings: &[(&str, Value)]) {
    folder.set("plugin.misbehaving", misbehaving_guest().plugin());
    let settings = settings.iter().cloned();
    let settings: Table = settings
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    let grants = ["log", "aead", "wasi"].map(|grant| (grant.to_owned(), true.into()));
    let backend = Table::from_iter([
        ("plugin".to_owned(), "misbehaving".into()),
        ("grants".to_owned(), Table::from_iter(grants).into()),
        ("settings".to_owned(), settings.into()),
    ]);
    let key_store = folder.key_store(key_store);
    // Its keys are in no directory.
    key_store.remove("directory");
    key_store.insert("backend".to_owned(), backend.into());
}

/// The repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the package is in a folder of the repository")
        .to_owned()
}

/// Builds the crate in this folder of the repository.
pub(crate) fn build(directory: &str) -> Guest {
    let target = shared_directory().join("guests");
    let path = claviger_guest_build::standalone_plugin(&repository().join(directory), &target)
        .unwrap_or_else(|error| panic!("{error}"));
    let component = std::fs::read(&path).expect("the build wrote it");
    let digest = hex(&Sha256::digest(component));
    Guest {
        path,
        digest: format!("sha256:{digest}"),
    }
}
