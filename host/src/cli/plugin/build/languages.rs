//! Which language a project is in, and how that becomes a component.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use claviger_config::regular_file;
use serde_json::Value;
use toml::Table;

use super::tools::{self, Tool};
use crate::cli::CommandFailure;

/// The largest manifest, in bytes.
const LIMIT: usize = 1 << 20;
/// The world of a project's own, in its folder `wit`.
const WORLD: &str = "plugin";

/// A project, as its manifest says.
pub(super) struct Project {
    pub(super) name: String,
    language: Language,
}

enum Language {
    /// The library's name.
    Rust(String),
    /// The module, from the project's folder.
    JavaScript(PathBuf),
    Python,
}

impl Project {
    /// Of this folder.
    pub(super) fn of(dir: &Path) -> Result<Self, CommandFailure> {
        let is_there = |manifest: &str| dir.join(manifest).is_file();
        if is_there("Cargo.toml") {
            return rust(&dir.join("Cargo.toml"));
        }
        if is_there("package.json") {
            return java_script(&dir.join("package.json"));
        }
        if is_there("pyproject.toml") {
            return python(&dir.join("pyproject.toml"));
        }
        Err(CommandFailure::Plugin(format!(
            "{}: there is no Cargo.toml, package.json or pyproject.toml; name the folder of a \
             plugin's project, or write one: claviger plugin new NAME --language rust --kind policy",
            dir.display()
        )))
    }

    /// Builds it, and puts the component where it is wanted.
    pub(super) fn build(
        &self,
        dir: &Path,
        target_dir: &Path,
        output: &Path,
    ) -> Result<Vec<u8>, CommandFailure> {
        let file = |path: &Path| {
            let path = path.to_owned();
            move |source| CommandFailure::File { path, source }
        };
        let output = &std::path::absolute(output).map_err(file(output))?;
        match &self.language {
            Language::Rust(library) => {
                let built = claviger_guest_build::component(dir, library, target_dir);
                let built = built.map_err(|fault| CommandFailure::Plugin(fault.to_string()))?;
                fs::copy(&built, output).map_err(file(output))?;
            }
            Language::JavaScript(module) => {
                let mut command = tools::find(&Tool::QUICK_JS, dir)?;
                command.args(["--sync", "--wit", "wit", "--world", WORLD, "--js"]);
                run(command.arg(module).arg("--output").arg(output), dir)?;
            }
            Language::Python => {
                let mut command = tools::find(&Tool::PYTHON, dir)?;
                command.args(["--quiet", "--wit-path", "wit", "--world", WORLD]);
                command.args([
                    "componentize",
                    "--stub-wasi",
                    "--python-path",
                    "src",
                    "--output",
                ]);
                run(command.arg(output).arg("plugin"), dir)?;
            }
        }
        fs::read(output).map_err(file(output))
    }
}

fn rust(path: &Path) -> Result<Project, CommandFailure> {
    let manifest = toml(path)?;
    let text = |table: &str| manifest.get(table)?.get("name")?.as_str();
    let name = text("package").ok_or_else(|| unnamed(path, "package.name"))?;
    Ok(Project {
        language: Language::Rust(text("lib").unwrap_or(name).to_owned()),
        name: name.to_owned(),
    })
}

fn java_script(path: &Path) -> Result<Project, CommandFailure> {
    let manifest: Value = serde_json::from_str(&read(path)?)
        .map_err(|error| CommandFailure::Plugin(format!("{}: {error}", path.display())))?;
    let text = |key: &str| manifest.get(key)?.as_str();
    let name = text("name").ok_or_else(|| unnamed(path, "name"))?;
    let main = text("main").ok_or_else(|| unnamed(path, "main"))?;
    Ok(Project {
        language: Language::JavaScript(main.into()),
        name: name.to_owned(),
    })
}

fn python(path: &Path) -> Result<Project, CommandFailure> {
    let manifest = toml(path)?;
    let name = manifest
        .get("project")
        .and_then(|it| it.get("name")?.as_str());
    let name = name.ok_or_else(|| unnamed(path, "project.name"))?;
    Ok(Project {
        language: Language::Python,
        name: name.to_owned(),
    })
}

fn toml(path: &Path) -> Result<Table, CommandFailure> {
    let parsed = read(path)?.parse();
    parsed.map_err(|error: toml::de::Error| {
        CommandFailure::Plugin(format!("{}: {}", path.display(), error.message()))
    })
}

fn read(path: &Path) -> Result<String, CommandFailure> {
    let text = regular_file::read_text(path, LIMIT);
    let text = text.map(|text| text.to_string());
    text.map_err(|error| CommandFailure::Plugin(format!("{}: {error}", path.display())))
}

fn unnamed(path: &Path, key: &str) -> CommandFailure {
    CommandFailure::Plugin(format!("{}: it has no text `{key}`", path.display()))
}

/// Runs a tool in the project's folder; what it said is shown when it fails.
fn run(command: &mut Command, dir: &Path) -> Result<(), CommandFailure> {
    let program = Path::new(command.get_program()).to_owned();
    let done = command.current_dir(dir).output();
    let done = done.map_err(|source| CommandFailure::File {
        path: program.clone(),
        source,
    })?;
    if done.status.success() {
        return Ok(());
    }
    let said = [done.stdout, done.stderr].concat();
    Err(CommandFailure::Plugin(format!(
        "{} failed ({}):\n{}",
        program
            .file_name()
            .unwrap_or(OsStr::new("the tool"))
            .display(),
        done.status,
        String::from_utf8_lossy(&said).trim_end()
    )))
}
