//! `claviger plugin build`

mod languages;
mod tools;

use std::path::{Path, PathBuf};

use clap::Args;
use claviger_config::Digest;

use crate::cli::{CommandFailure, print};
use crate::plugin::Declaration;
use crate::resources::sha256;

/// Build the plugin of a folder to a component
///
/// With the tools of its language: cargo for a Cargo.toml, componentize-qjs for a
/// package.json, componentize-py for a pyproject.toml. Nothing is installed; a tool that
/// is missing is named, with the command that installs it.
#[derive(Args)]
#[command(after_help = "Example:\n  claviger plugin build my-policy")]
pub(in crate::cli) struct Build {
    /// The folder of the project
    #[arg(value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// Where the component is to be; by default NAME.wasm in the folder
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Where cargo builds; by default `target` in the folder
    #[arg(long, value_name = "FOLDER")]
    target_dir: Option<PathBuf>,
}

impl Build {
    pub(super) fn run(self) -> Result<(), CommandFailure> {
        let dir = self
            .dir
            .canonicalize()
            .map_err(|source| CommandFailure::File {
                path: self.dir.clone(),
                source,
            })?;
        let project = languages::Project::of(&dir)?;
        let target_dir = self.target_dir.unwrap_or_else(|| dir.join("target"));
        let output = self
            .output
            .unwrap_or_else(|| self.dir.join(format!("{}.wasm", project.name)));
        let made = project.build(&dir, &target_dir, &output)?;
        print(&told(&made, &output)?)
    }
}

/// What was made, if it is a plugin.
fn told(component: &[u8], output: &Path) -> Result<String, CommandFailure> {
    let shown = output.display();
    let declaration = Declaration::read(component).map_err(|fault| {
        CommandFailure::Plugin(format!("{shown} is no plugin: {fault}; {}", fault.fix()))
    })?;
    Ok(format!(
        "{shown}\nworld   {world}, contract {contract}\nsize    {size} bytes\n\
         digest  sha256:{digest}\n",
        world = declaration.role.world(),
        contract = declaration.contract(),
        size = component.len(),
        digest = Digest::digits(&sha256(component)),
    ))
}
