//! Compiled plugins on disk, so that a start takes milliseconds.
//!
//! A compiled plugin is native code that the host will run. It is loaded only
//! from a directory that nobody but this user can write to, and only under the
//! digest of the component it was made from; everything else is compiled anew.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use claviger_config::Digest;
use thiserror::Error;
use tracing::{debug, warn};
use wasmtime::Engine;
use wasmtime::component::Component;

use super::component_source::ReadComponent;

/// A directory of compiled plugins.
#[derive(Clone, Debug)]
pub(crate) struct ArtefactCache {
    directory: PathBuf,
}

/// Why a directory cannot hold native code.
#[derive(Debug, Error)]
pub(crate) enum CacheFault {
    /// It can be neither found nor made.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// Somebody else could put code into it.
    #[error(
        "others have access to it (mode {mode:o}, owner {owner}): `chmod 700` it and make it this user's own"
    )]
    Shared {
        /// Permission bits.
        mode: u32,
        /// User id of the owner.
        owner: u32,
    },
}

impl ArtefactCache {
    /// Opens the cache, making the directory with mode 0700 when it is missing.
    pub(crate) fn open(directory: &Path) -> Result<Self, CacheFault> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)?;
        let metadata = fs::metadata(directory)?;
        let mode = metadata.mode() & 0o777;
        let owner = metadata.uid();
        if mode & 0o077 != 0 || owner != rustix::process::geteuid().as_raw() {
            return Err(CacheFault::Shared { mode, owner });
        }
        Ok(Self {
            directory: directory.to_owned(),
        })
    }

    /// The compiled form of a component.
    pub(super) fn load_or_compile(
        &self,
        engine: &Engine,
        component: &ReadComponent,
    ) -> wasmtime::Result<Component> {
        let bytes = component.bytes();
        let file = self.file(engine, &Digest::digits(&component.digest()));
        if file.exists() {
            match deserialize(engine, &file) {
                Ok(component) => return Ok(component),
                Err(error) => debug!(file = %file.display(), %error, "compiling anew"),
            }
        }
        let compiled = engine.precompile_component(bytes)?;
        if let Err(error) = write_whole(&file, &compiled) {
            // The plugin runs all the same; the next start compiles again.
            warn!(file = %file.display(), %error, "compiled plugin not kept");
            return Component::new(engine, bytes);
        }
        deserialize(engine, &file)
    }

    /// Named by what went in: the component, and how this engine compiles.
    fn file(&self, engine: &Engine, digest: &str) -> PathBuf {
        let mut compiler = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut compiler);
        self.directory
            .join(format!("{digest}-{:016x}.cwasm", compiler.finish()))
    }
}

#[expect(
    unsafe_code,
    reason = "loading native code; the invariant is stated below"
)]
fn deserialize(engine: &Engine, file: &Path) -> wasmtime::Result<Component> {
    // SAFETY: `file` was written by `write_whole` from the output of
    // `precompile_component`. It lies in a directory that `ArtefactCache::open`
    // found to be owned by this user with no access for anybody else, so no one
    // with fewer rights than this process can have changed it.
    unsafe { Component::deserialize_file(engine, file) }
}

/// All or nothing: a half-written file never has the final name.
fn write_whole(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let partial = file.with_extension(format!("partial-{}", std::process::id()));
    let mut writer = fs::File::create(&partial)?;
    writer.write_all(bytes)?;
    writer.sync_all()?;
    fs::rename(&partial, file)
}
