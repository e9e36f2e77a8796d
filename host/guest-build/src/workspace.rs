//! The stock plugins: built together, packaged here.

use crate::cargo::Cargo;
use crate::{Error, artifact, read, rust_target};
use std::env;
use std::path::{Path, PathBuf};
use wit_component::ComponentEncoder;

/// The target of plugins that are packaged here.
const BARE: &str = "wasm32-unknown-unknown";

/// The profile of plugins, in the workspace's `Cargo.toml`.
const PROFILE: &str = "guest";

/// 64 KiB: a plugin's stack stays resident in every instance, and Rust's default
/// of 1 MiB would dwarf the rest of it.
const STACK: &str = "-Clink-arg=-zstack-size=65536";

/// Builds plugins of the workspace at `workspace` and returns their components, in
/// the order of `packages`.
///
/// `target_dir` must not be one that another cargo holds while it waits for this
/// one: see [`crate::target_dir_of`].
pub fn workspace_plugins(
    workspace: &Path,
    packages: &[&str],
    target_dir: &Path,
) -> Result<Vec<Vec<u8>>, Error> {
    rust_target::ensure(BARE)?;
    let mut build = Cargo::build(&workspace.join("Cargo.toml"), Some(BARE), target_dir);
    build.args(["--profile", PROFILE, "--locked"]);
    build.rustflags(&[
        STACK.to_owned(),
        // The same bytes, and so the same digest, wherever they are built.
        remap(workspace, "claviger"),
        remap(&cargo_home(), "cargo"),
    ]);
    for package in packages {
        build.args(["--package", package]);
    }
    build.run(&packages.join(", "))?;
    let artifacts = target_dir.join(BARE).join(PROFILE);
    packages
        .iter()
        .map(|name| component(name, &read(&artifact(&artifacts, name))?))
        .collect()
}

impl Cargo {
    /// Flags for the target's code; build scripts and macros do without.
    fn rustflags(&mut self, flags: &[String]) {
        self.0.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    }
}

fn remap(directory: &Path, name: &str) -> String {
    format!("--remap-path-prefix={}={name}", directory.display())
}

/// Where cargo keeps the sources of packages.
fn cargo_home() -> PathBuf {
    let own = env::var_os("CARGO_HOME").map(PathBuf::from);
    own.or_else(|| env::home_dir().map(|home| home.join(".cargo")))
        .unwrap_or_else(|| PathBuf::from("/.cargo"))
}

/// The component of a module that `wit-bindgen` has described in its custom
/// sections. It imports only those interfaces of which the module calls something.
fn component(package: &str, module: &[u8]) -> Result<Vec<u8>, Error> {
    ComponentEncoder::default()
        .validate(true)
        .module(module)
        .and_then(|mut encoder| encoder.encode())
        .map_err(|error| Error::NoComponent {
            package: package.to_owned(),
            source: error.into(),
        })
}
