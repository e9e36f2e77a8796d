//! A cargo inside a cargo, undisturbed by the outer one.

use crate::Error;
use std::env;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::{Command, Stdio};

/// Variables beginning with `CARGO_` that are about where packages come from and
/// how many jobs may run. All others are about the outer build.
const KEPT: [&str; 7] = [
    "CARGO_HOME",
    "CARGO_HTTP_",
    "CARGO_MAKEFLAGS",
    "CARGO_NET_",
    "CARGO_REGISTRIES_",
    "CARGO_REGISTRY_",
    "CARGO_SOURCE_",
];

/// Others that would make this build depend on how the outer one was started:
/// `cargo clippy` and coverage tools put themselves in front of the compiler.
const DROPPED: [&str; 5] = [
    "CLIPPY_ARGS",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_WRAPPER",
    "RUSTDOCFLAGS",
    "RUSTFLAGS",
];

/// A `cargo build` that is about to run.
pub(crate) struct Cargo(pub(crate) Command);

impl Cargo {
    /// For `target`, or for this machine.
    pub(crate) fn build(manifest: &Path, target: Option<&str>, target_dir: &Path) -> Self {
        let program = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
        let mut command = Command::new(program);
        command
            .args(["build", "--quiet", "--color", "never"])
            .args(target.iter().flat_map(|target| ["--target", target]))
            .arg("--manifest-path")
            .arg(manifest)
            .arg("--target-dir")
            .arg(target_dir)
            .stdin(Stdio::null());
        for (name, _) in env::vars_os().filter(|(name, _)| is_of_the_outer_build(name)) {
            command.env_remove(name);
        }
        Self(command)
    }

    pub(crate) fn args<'a>(&mut self, args: impl IntoIterator<Item = &'a str>) {
        self.0.args(args);
    }

    pub(crate) fn run(&mut self, what: &str) -> Result<(), Error> {
        let output = self.0.output().map_err(|source| Error::CannotRun {
            program: self.0.get_program().to_string_lossy().into_owned(),
            source,
        })?;
        if output.status.success() {
            return Ok(());
        }
        Err(Error::BuildFailed {
            what: what.to_owned(),
            status: output.status,
            output: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }
}

fn is_of_the_outer_build(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    let kept = || KEPT.iter().any(|kept| name.starts_with(kept));
    DROPPED.contains(&name.as_ref()) || (name.starts_with("CARGO_") && !kept())
}

#[cfg(test)]
mod tests {
    use super::is_of_the_outer_build;

    #[test]
    fn only_what_is_about_the_outer_build_is_taken_away() {
        for name in [
            "CARGO_ENCODED_RUSTFLAGS",
            "CARGO_TARGET_DIR",
            "CARGO_BUILD_TARGET",
            "CARGO_PROFILE_RELEASE_LTO",
            "CARGO_FEATURE_DEFAULT",
            "RUSTC_WORKSPACE_WRAPPER",
            "RUSTFLAGS",
        ] {
            assert!(is_of_the_outer_build(name.as_ref()), "{name}");
        }
        for name in [
            "CARGO",
            "CARGO_HOME",
            "CARGO_MAKEFLAGS",
            "CARGO_NET_OFFLINE",
            "CARGO_REGISTRIES_MINE_INDEX",
            "PATH",
            "RUSTC",
            "RUSTUP_TOOLCHAIN",
        ] {
            assert!(!is_of_the_outer_build(name.as_ref()), "{name}");
        }
    }
}
