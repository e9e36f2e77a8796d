//! Builds the stock plugins, so that the binary can carry them.

use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

/// Written to `OUT_DIR` as `<name>.wasm`.
const PLUGINS: [&str; 6] = [
    "backend-kmip",
    "backend-pkcs11",
    "backend-software",
    "backend-vault",
    "directory-map",
    "policy-allow-list",
];

/// What plugins are made of, as seen from the workspace.
const SOURCES: [&str; 5] = ["Cargo.toml", "Cargo.lock", "plugins", "sdk", "wit"];

fn main() -> Result<(), Box<dyn Error>> {
    let out_dir = PathBuf::from(env::var("OUT_DIR")?);
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()?;
    for source in SOURCES {
        println!(
            "cargo::rerun-if-changed={}",
            workspace.join(source).display()
        );
    }

    let target_dir = claviger_guest_build::target_dir_of(&out_dir);
    let built = claviger_guest_build::workspace_plugins(&workspace, &PLUGINS, &target_dir);
    let components = match built {
        Ok(components) => components,
        Err(error) => {
            for line in report(&error).lines() {
                println!("cargo::error={line}");
            }
            return Err("the stock plugins were not built".into());
        }
    };
    for (name, component) in PLUGINS.iter().zip(components) {
        fs::write(out_dir.join(name).with_extension("wasm"), component)?;
    }
    Ok(())
}

/// The error and what caused it.
fn report(error: &dyn Error) -> String {
    let mut report = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        report.push_str(": ");
        report.push_str(&error.to_string());
        cause = error.source();
    }
    report
}
