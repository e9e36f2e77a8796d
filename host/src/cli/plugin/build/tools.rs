//! Where the tools of a language are, and how they are come by.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cli::CommandFailure;

/// A program that makes components.
pub(super) struct Tool {
    program: &'static str,
    /// Where it is installed in a project.
    places: &'static [&'static str],
    /// Run in the project's folder.
    install: &'static str,
}

impl Tool {
    pub(super) const QUICK_JS: Self = Self {
        program: "componentize-qjs",
        places: &["node_modules/.bin"],
        install: "npm install",
    };
    pub(super) const PYTHON: Self = Self {
        program: "componentize-py",
        places: &[".venv/bin", "venv/bin"],
        install: "python3 -m venv .venv && .venv/bin/pip install -r requirements.txt",
    };
}

/// The tool as it is installed in the project, in the virtual environment, or in the path.
pub(super) fn find(tool: &Tool, dir: &Path) -> Result<Command, CommandFailure> {
    let in_project = tool.places.iter().map(|place| dir.join(place));
    let activated = env::var_os("VIRTUAL_ENV").map(|it| PathBuf::from(it).join("bin"));
    let path = env::var_os("PATH").unwrap_or_default();
    let path: Vec<_> = env::split_paths(&path).collect();
    let mut places = in_project.chain(activated).chain(path);
    let found = places.find_map(|place| Some(place.join(tool.program)).filter(|it| it.is_file()));
    found.map(Command::new).ok_or_else(|| {
        CommandFailure::Plugin(format!(
            "there is no {}: install it in {} with: {}",
            tool.program,
            dir.display(),
            tool.install
        ))
    })
}
