//! Builds the stock plugins, so that the binary can carry them.

use std::env;
use std::error::Error;
use std::fmt::Write as _;
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

/// What `claviger plugin new` makes projects of: the name of a list in the source, and the
/// folders whose files are in it, with a `/` where the paths begin.
const EMBEDDED: [(&str, &[&str]); 4] = [
    ("SDK", &["sdk/"]),
    ("WIT", &["wit/v0.1/"]),
    ("TEMPLATES", &["host/templates/"]),
    (
        "EXAMPLES",
        &[
            "examples/backend-js",
            "examples/backend-minimal",
            "examples/backend-python",
            "examples/directory-js",
            "examples/directory-prefix",
            "examples/directory-python",
            "examples/policy-js",
            "examples/policy-python",
            "examples/policy-region",
        ],
    ),
];

/// Beside the files of a folder there may be what was built from them, and links to what
/// stands elsewhere.
const LEFT_OUT: [&str; 3] = ["target", "__pycache__", "node_modules"];

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
    fs::write(out_dir.join("embedded.rs"), embedded(&workspace)?)?;
    Ok(())
}

/// The lists of [`EMBEDDED`], as source; and the manifest of the workspace.
fn embedded(workspace: &Path) -> Result<String, Box<dyn Error>> {
    let mut source = String::new();
    for (name, folders) in EMBEDDED {
        writeln!(source, "pub(super) const {name}: &[File] = &[")?;
        for folder in folders {
            // Paths begin after the last `/`.
            let begin = folder.rfind('/').map_or(0, |at| at + 1);
            let mut files = Vec::new();
            list(&workspace.join(folder), &mut files)?;
            files.sort();
            for file in files {
                println!("cargo::rerun-if-changed={}", file.display());
                let path = file.strip_prefix(workspace.join(&folder[..begin]))?;
                let path = path.to_str().ok_or("a path that is not UTF-8")?;
                let file = file.to_str().ok_or("a path that is not UTF-8")?;
                writeln!(source, "    ({path:?}, include_str!({file:?})),")?;
            }
            println!(
                "cargo::rerun-if-changed={}",
                workspace.join(folder).display()
            );
        }
        writeln!(source, "];")?;
    }
    let manifest = workspace.join("Cargo.toml");
    let manifest = manifest.to_str().ok_or("a path that is not UTF-8")?;
    writeln!(
        source,
        "pub(super) const MANIFEST: &str = include_str!({manifest:?});"
    )?;
    Ok(source)
}

/// The files below a folder.
fn list(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (kind, path) = (entry.file_type()?, entry.path());
        if kind.is_dir() && !LEFT_OUT.iter().any(|it| *it == entry.file_name()) {
            list(&path, files)?;
        } else if kind.is_file() {
            files.push(path);
        }
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
