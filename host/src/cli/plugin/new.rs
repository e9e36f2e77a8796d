//! `claviger plugin new`

mod embedded;
mod name;
mod project;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::cli::{CommandFailure, print};
use name::PluginName;
use project::Project;

/// Write the project of a new plugin
///
/// It builds and passes `claviger plugin test` as it is: source, settings, tests, and a
/// README with the commands that come next. What it needs of the contract, and for Rust
/// of the SDK, comes out of this program. No file is overwritten.
#[derive(Args)]
#[command(after_help = "Example:\n  claviger plugin new my-policy --language rust --kind policy")]
pub(in crate::cli) struct New {
    /// The plugin: lower-case letters, digits and hyphens
    #[arg(value_name = "NAME")]
    name: PluginName,
    /// What it is written in
    #[arg(long, value_enum)]
    language: Language,
    /// What it does
    #[arg(long, value_enum)]
    kind: Kind,
    /// Where the project is to be; by default a folder of the plugin's name
    #[arg(value_name = "DIR")]
    dir: Option<PathBuf>,
    /// For Rust: the folder of a claviger-sdk, instead of the copy that is written into
    /// the project
    #[arg(long, value_name = "FOLDER")]
    sdk: Option<PathBuf>,
}

/// The languages for which there is a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Language {
    Rust,
    Js,
    Python,
}

/// The worlds of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Holds keys, or speaks to what holds them
    Backend,
    /// Maps the ids that AWS KMS knows to those of a backend
    Directory,
    /// Decides who may use a key
    Policy,
}

impl New {
    pub(super) fn run(self) -> Result<(), CommandFailure> {
        if self.sdk.is_some() && self.language != Language::Rust {
            let problem = "--sdk is for --language rust: the others need no SDK";
            return Err(CommandFailure::Plugin(problem.to_owned()));
        }
        let sdk = match &self.sdk {
            None => None,
            Some(folder) => Some(sdk(folder)?),
        };
        let project = Project::new(&self.name, self.language, self.kind, sdk.as_deref());
        let dir = self
            .dir
            .unwrap_or_else(|| PathBuf::from(self.name.as_str()));
        project.write(&dir)?;
        print(&format!(
            "{count} files in {shown}; next:\n\n  cd {shown}\n{commands}",
            count = project.len(),
            shown = dir.display(),
            commands = project.commands(),
        ))
    }
}

/// The whole path of a folder with an SDK in it.
fn sdk(folder: &Path) -> Result<PathBuf, CommandFailure> {
    let whole = folder
        .canonicalize()
        .map_err(|source| CommandFailure::File {
            path: folder.to_owned(),
            source,
        })?;
    if whole.join("Cargo.toml").is_file() && whole.join("src/lib.rs").is_file() {
        return Ok(whole);
    }
    Err(CommandFailure::Plugin(format!(
        "{}: there is no claviger-sdk; name the folder of its Cargo.toml with --sdk",
        folder.display()
    )))
}
