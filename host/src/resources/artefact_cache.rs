//! Compiled plugins on disk, so that a start takes milliseconds.
//!
//! A compiled plugin is native code that the host will run. Each carries a message
//! authentication code under a key of this installation, over the component's digest,
//! how the engine compiles, and the code itself. What was not made with that key is
//! compiled anew, whoever put it there and however.

mod folder;
mod key;
mod sweep;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::time::SystemTime;

use claviger_config::Digest;
use claviger_settings::Fault;
use parking_lot::Mutex;
use thiserror::Error;
use tracing::debug;
use wasmtime::Engine;

use super::artefact::{Artefact, LARGEST};
use folder::Folder;
use key::{CacheKey, MAC, MAC_BYTES};

/// The setting that names the folder.
const SETTING: &str = "plugin_cache.directory";

/// A folder of compiled plugins.
pub(crate) struct ArtefactCache {
    folder: Folder,
    key: CacheKey,
    /// Why artefacts are not kept: the first time.
    not_kept: Mutex<Option<std::io::Error>>,
}

/// Why a folder cannot hold native code.
#[derive(Debug, Error)]
pub(crate) enum CacheFault {
    /// It can be neither found nor made.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// Somebody else could put something into it, or could have.
    #[error("others have or had access to it (mode {mode:04o}, owner {owner})")]
    Shared {
        /// Permission bits.
        mode: u32,
        /// User id of the owner.
        owner: u32,
    },
}

impl CacheFault {
    /// As an entry of a configuration report.
    pub(crate) fn report(&self) -> Fault {
        let fix = match self {
            Self::Io(_) => "name a directory of this user's own, or leave the table out",
            Self::Shared { .. } => {
                "remove it with what is in it, and it is made again with mode 0700; \
                 or name another directory"
            }
        };
        Fault::new(SETTING, self.to_string(), fix)
    }
}

impl ArtefactCache {
    /// Opens the cache, making the folder with mode 0700 and its key when they are
    /// missing.
    pub(crate) fn open(directory: &Path) -> Result<Self, CacheFault> {
        let folder = Folder::open(directory)?;
        let key = CacheKey::of(&folder)?;
        Ok(Self {
            folder,
            key,
            not_kept: Mutex::default(),
        })
    }

    /// The artefact of the component with this digest, if the cache has it.
    pub(super) fn find(&self, engine: &Engine, digest: &[u8; 32]) -> Option<Artefact> {
        let compiler = compiler(engine);
        let name = name(digest, compiler);
        let mut bytes = match self.folder.read(&name, LARGEST + MAC_BYTES) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return None,
            Err(error) => {
                debug!(file = name, %error, "compiling anew");
                return None;
            }
        };
        let (mac, code) = bytes.split_first_chunk::<MAC>()?;
        if !self.key.verifies(digest, compiler, code, mac) {
            debug!(file = name, "not of this installation: compiling anew");
            return None;
        }
        bytes.drain(..MAC);
        Some(Artefact::authentic(bytes))
    }

    /// Keeps an artefact, for the next start. When it cannot be kept the plugin runs
    /// all the same.
    pub(super) fn keep(&self, engine: &Engine, digest: &[u8; 32], artefact: &Artefact) {
        let compiler = compiler(engine);
        let mac = self.key.mac(digest, compiler, artefact.bytes());
        let name = name(digest, compiler);
        if let Err(error) = self.folder.write(&name, &[&mac, artefact.bytes()]) {
            self.not_kept.lock().get_or_insert(error);
        }
    }

    /// Once everything is loaded: removes what nobody has used for long, and says
    /// what could not be kept.
    pub(crate) fn settle(&self, now: SystemTime) -> Option<Fault> {
        sweep::sweep(&self.folder, now);
        let error = self.not_kept.lock().take()?;
        Some(Fault::new(
            SETTING,
            format!("compiled plugins are not kept, and the next start compiles again: {error}"),
            "make room, or name a directory that this user can write to",
        ))
    }
}

/// How this engine compiles: its version, its settings, the processor.
fn compiler(engine: &Engine) -> u64 {
    let mut compiler = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut compiler);
    compiler.finish()
}

/// Named by what went in: the component, and how it was compiled.
fn name(digest: &[u8; 32], compiler: u64) -> String {
    let digest = Digest::digits(digest);
    format!("{digest}-{compiler:016x}{}", sweep::ARTEFACT)
}

#[cfg(test)]
mod tests;
