//! Builds plugins to components.
//!
//! A plugin is compiled for another processor than the host that carries it, so
//! it cannot be an ordinary dependency. [`workspace_plugins`] is for the host's
//! build script: it makes the stock plugins, which import nothing but what the
//! contract names. [`component`] is for `claviger plugin build`, and [`standalone_plugin`]
//! for tests: they build a crate the way its author would, with a plain `cargo build`; so
//! does [`native_library`].

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        reason = "a test that meets the unexpected should panic"
    )
)]

mod cargo;
mod rust_target;
#[cfg(feature = "package")]
mod workspace;

use cargo::Cargo;
use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use thiserror::Error;

#[cfg(feature = "package")]
pub use workspace::workspace_plugins;

/// The target whose linker packages the component itself.
const WASI: &str = "wasm32-wasip2";

/// Why there is no component.
#[derive(Debug, Error)]
pub enum Error {
    /// A program is not installed, or cannot be started.
    #[error("cannot run {program}: {source}; is Rust installed?")]
    CannotRun {
        /// What was to be run.
        program: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// The compiler has no standard library for the target, and none was added.
    #[error(
        "Rust has no standard library for {target}, and `rustup target add {target}` did not \
         add it: {reason}. Where Rust does not come from rustup, install the package of your \
         distribution that holds this target"
    )]
    TargetMissing {
        /// The target.
        target: &'static str,
        /// What rustup said, or why it could not be asked.
        reason: String,
    },
    /// The same, and nothing was tried.
    #[error(
        "Rust has no standard library for {target}: rustup target add {target}; where Rust does \
         not come from rustup, install the package of your distribution that holds this target"
    )]
    NoTarget {
        /// The target.
        target: &'static str,
    },
    /// The plugin does not compile.
    #[error("the build of {what} failed ({status}):\n{output}")]
    BuildFailed {
        /// Which plugin.
        what: String,
        /// How cargo ended.
        status: ExitStatus,
        /// What cargo said.
        output: String,
    },
    /// Cargo said that all went well, but its output is not there.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// Where it should be.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The module is no plugin: it lacks an export of its world, or imports what
    /// the contract does not name.
    #[error("the plugin {package} makes no component")]
    NoComponent {
        /// Which plugin.
        package: String,
        /// What is wrong with the module.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Builds the crate in `directory`, which is named as its folder, for
/// `wasm32-wasip2` in release, and returns where the component is. The target is added
/// where it is missing.
pub fn standalone_plugin(directory: &Path, target_dir: &Path) -> Result<PathBuf, Error> {
    rust_target::ensure(WASI)?;
    let name = directory.file_name().unwrap_or_default().to_string_lossy();
    component(directory, &name, target_dir)
}

/// Builds the crate in `directory`, whose library is called `name`, for `wasm32-wasip2`
/// in release, and returns where the component is. Nothing is installed.
pub fn component(directory: &Path, name: &str, target_dir: &Path) -> Result<PathBuf, Error> {
    if !rust_target::is_there(WASI)? {
        return Err(Error::NoTarget { target: WASI });
    }
    let mut build = Cargo::build(&directory.join("Cargo.toml"), Some(WASI), target_dir);
    build.args(["--release"]);
    build.run(name)?;
    let component = artifact(&target_dir.join(WASI).join("release"), name);
    read(&component).map(|_| component)
}

/// Builds the crate in `directory`, whose library is called `name`, for this
/// machine, and returns where the shared library is. For tests as well: a library
/// that the host loads.
pub fn native_library(directory: &Path, name: &str, target_dir: &Path) -> Result<PathBuf, Error> {
    let mut build = Cargo::build(&directory.join("Cargo.toml"), None, target_dir);
    build.run(name)?;
    let file = format!("{DLL_PREFIX}{}{DLL_SUFFIX}", name.replace('-', "_"));
    let library = target_dir.join("debug").join(file);
    read(&library).map(|_| library)
}

/// A target directory for plugins, below the one that `out_dir`, a build script's
/// `OUT_DIR`, is in.
///
/// It is shared by all profiles and features of the host, whose plugins are the
/// same, and is no directory of the cargo that runs the build script: that one
/// holds the lock of its own until the script has ended.
pub fn target_dir_of(out_dir: &Path) -> PathBuf {
    let marked = out_dir
        .ancestors()
        .find(|directory| directory.join("CACHEDIR.TAG").is_file());
    marked.unwrap_or(out_dir).join("plugins")
}

fn artifact(directory: &Path, package: &str) -> PathBuf {
    directory.join(format!("{}.wasm", package.replace('-', "_")))
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(|source| Error::Unreadable {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::target_dir_of;
    use std::fs;

    #[test]
    fn plugins_are_built_beside_the_profiles_of_the_outer_build() {
        let target = std::env::temp_dir().join(format!("guest-build-{}", std::process::id()));
        let out_dir = target.join("debug/build/claviger-0123/out");
        fs::create_dir_all(&out_dir).unwrap();
        assert_eq!(target_dir_of(&out_dir), out_dir.join("plugins"));
        fs::write(target.join("CACHEDIR.TAG"), "").unwrap();
        assert_eq!(target_dir_of(&out_dir), target.join("plugins"));
        fs::remove_dir_all(&target).unwrap();
    }
}
