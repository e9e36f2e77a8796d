//! The standard library for a target, added where it is missing.

use crate::Error;
use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

/// Sees to it that the compiler has `target`, through rustup if it does not.
pub(crate) fn ensure(target: &'static str) -> Result<(), Error> {
    if is_there(target)? {
        return Ok(());
    }
    let added = Command::new("rustup")
        .args(["target", "add", target])
        .output();
    let reason = match added {
        // A compiler that is not rustup's has gained nothing from it.
        Ok(output) if output.status.success() => {
            if is_there(target)? {
                return Ok(());
            }
            "the compiler in use is not one of rustup's".to_owned()
        }
        Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        Err(error) => format!("rustup cannot be run ({error})"),
    };
    Err(Error::TargetMissing { target, reason })
}

/// Whether the compiler has it.
pub(crate) fn is_there(target: &str) -> Result<bool, Error> {
    let program = env::var_os("RUSTC").unwrap_or_else(|| OsString::from("rustc"));
    let output = Command::new(&program)
        .args(["--print", "target-libdir", "--target", target])
        .output()
        .map_err(|source| Error::CannotRun {
            program: program.to_string_lossy().into_owned(),
            source,
        })?;
    let directory = String::from_utf8_lossy(&output.stdout);
    Ok(output.status.success() && Path::new(directory.trim()).is_dir())
}
