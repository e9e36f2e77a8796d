//! The files of a new project: those of an example, under another name.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::embedded::{EXAMPLES, MANIFEST, SDK, TEMPLATES, WIT, below};
use super::name::PluginName;
use super::{Kind, Language};
use crate::cli::CommandFailure;

/// Files by their paths in the project.
pub(super) struct Project {
    files: BTreeMap<String, String>,
    commands: String,
}

/// Where the copy of the SDK is in a project.
const OWN_SDK: &str = "claviger-sdk";

/// The line of an example's manifest that says where the SDK is.
const SDK_OF_EXAMPLES: &str = r#"claviger-sdk = { path = "../../sdk" }"#;

impl Project {
    /// `sdk` is the folder of another SDK than the one that is inside of this program.
    pub(super) fn new(
        name: &PluginName,
        language: Language,
        kind: Kind,
        sdk: Option<&Path>,
    ) -> Self {
        let example = example(language, kind);
        let renamed = |text: &str| text.replace(example, name.as_str());
        let mut files = BTreeMap::new();
        for (path, text) in below(EXAMPLES, example) {
            // A README of the repository's own.
            if let Some(path) = place(path) {
                files.insert(path, renamed(text));
            }
        }
        let folder = language.folder();
        for (path, text) in below(TEMPLATES, folder) {
            let text = text
                .replace("@NAME@", name.as_str())
                .replace("@KEY@", kind.key());
            files.insert(path.replace("gitignore", ".gitignore"), text);
        }
        let settings = below(TEMPLATES, "settings")
            .find(|(path, _)| path.strip_suffix(".toml") == Some(example));
        let settings = settings.map_or("", |(_, text)| text);
        files.insert("test.toml".to_owned(), settings.to_owned());
        match language {
            Language::Rust => with_sdk(&mut files, sdk),
            Language::Js | Language::Python => {
                let deps = |(path, text): &(&str, &str)| {
                    (format!("wit/deps/claviger/{path}"), (*text).to_owned())
                };
                files.extend(WIT.iter().map(deps));
            }
        }
        let readme = files.get("README.md").map_or("", String::as_str);
        Self {
            commands: commands(readme),
            files,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.files.len()
    }

    /// The commands that its README begins with, after `cd`.
    pub(super) fn commands(&self) -> &str {
        &self.commands
    }

    /// Writes it, unless one of its files is there.
    pub(super) fn write(&self, dir: &Path) -> Result<(), CommandFailure> {
        let there: Vec<PathBuf> = self
            .files
            .keys()
            .map(|path| dir.join(path))
            .filter(|path| path.symlink_metadata().is_ok())
            .collect();
        if !there.is_empty() {
            let there: Vec<_> = there
                .iter()
                .map(|path| path.display().to_string())
                .collect();
            return Err(CommandFailure::Plugin(format!(
                "nothing is written, because these are there already: {}; choose another folder",
                there.join(", ")
            )));
        }
        for (path, text) in &self.files {
            let path = dir.join(path);
            let made = path.parent().map_or(Ok(()), fs::create_dir_all);
            let written = made.and_then(|()| {
                let mut file = fs::File::create_new(&path)?;
                std::io::Write::write_all(&mut file, text.as_bytes())
            });
            written.map_err(|source| CommandFailure::File { path, source })?;
        }
        Ok(())
    }
}

/// The example that a project is made of.
fn example(language: Language, kind: Kind) -> &'static str {
    match (language, kind) {
        (Language::Rust, Kind::Backend) => "backend-minimal",
        (Language::Rust, Kind::Directory) => "directory-prefix",
        (Language::Rust, Kind::Policy) => "policy-region",
        (Language::Js, Kind::Backend) => "backend-js",
        (Language::Js, Kind::Directory) => "directory-js",
        (Language::Js, Kind::Policy) => "policy-js",
        (Language::Python, Kind::Backend) => "backend-python",
        (Language::Python, Kind::Directory) => "directory-python",
        (Language::Python, Kind::Policy) => "policy-python",
    }
}

/// Where a file of an example is in the project; nothing for its README.
fn place(path: &str) -> Option<String> {
    match path.rsplit_once('.') {
        Some((_, "md")) => None,
        // What componentize-py is given the folder of.
        Some((stem, language @ ("js" | "py"))) if !stem.contains('/') => {
            Some(format!("src/plugin.{language}"))
        }
        _ => Some(path.to_owned()),
    }
}

fn with_sdk(files: &mut BTreeMap<String, String>, sdk: Option<&Path>) {
    let path = sdk.map_or(OWN_SDK.to_owned(), |sdk| sdk.display().to_string());
    if let Some(manifest) = files.get_mut("Cargo.toml") {
        // A string of TOML is one of JSON here.
        let path = serde_json::Value::from(path);
        *manifest = manifest.replace(
            SDK_OF_EXAMPLES,
            &format!("claviger-sdk = {{ path = {path} }}"),
        );
    }
    if sdk.is_some() {
        return;
    }
    for (path, text) in SDK {
        let text = if path.ends_with("Cargo.toml") {
            standing_alone(text)
        } else {
            (*text).to_owned()
        };
        files.insert(format!("{OWN_SDK}/{path}"), text);
    }
    for (path, text) in WIT {
        files.insert(format!("{OWN_SDK}/wit/v0.1/{path}"), (*text).to_owned());
    }
}

/// A manifest of this workspace as it has to be outside of it.
fn standing_alone(manifest: &str) -> String {
    let manifest = manifest.replace("[lints]\nworkspace = true\n", "");
    let lines = manifest
        .lines()
        .map(|line| match line.strip_suffix(".workspace = true") {
            // As the workspace has it.
            Some(key) => MANIFEST
                .lines()
                .find(|line| {
                    line.strip_prefix(key)
                        .is_some_and(|rest| rest.starts_with(" ="))
                })
                .unwrap_or(line),
            None => line,
        });
    let mut text: String = lines.flat_map(|line| [line, "\n"]).collect();
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// The first block of commands, without their prompts.
fn commands(readme: &str) -> String {
    let block = readme.split("```console\n").nth(1).unwrap_or_default();
    let block = block.split("```").next().unwrap_or_default();
    let commands = block.lines().filter_map(|line| line.strip_prefix("$ "));
    commands.flat_map(|command| ["  ", command, "\n"]).collect()
}

impl Language {
    /// Of its templates.
    fn folder(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Js => "js",
            Self::Python => "python",
        }
    }
}

impl Kind {
    /// What the test needs to know of keys, where the plugin cannot make one.
    fn key(self) -> &'static str {
        match self {
            Self::Directory => " --key orders",
            Self::Backend | Self::Policy => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_stands_alone_outside_of_the_workspace() {
        let manifests = SDK.iter().filter(|(path, _)| path.ends_with("Cargo.toml"));
        for (path, text) in manifests {
            let text = standing_alone(text);
            assert!(!text.contains("workspace"), "{path}: {text}");
            let table: toml::Table = text.parse().unwrap();
            assert_eq!(
                table["package"]["version"].as_str(),
                Some(env!("CARGO_PKG_VERSION"))
            );
            assert_eq!(table["package"]["edition"].as_str(), Some("2024"));
        }
    }

    #[test]
    fn no_name_of_an_example_is_left_in_a_project() {
        let name: PluginName = "of-my-own".parse().unwrap();
        for language in [Language::Rust, Language::Js, Language::Python] {
            for kind in [Kind::Backend, Kind::Directory, Kind::Policy] {
                let project = Project::new(&name, language, kind, None);
                let example = example(language, kind);
                for (path, text) in &project.files {
                    assert!(!text.contains('@') || !text.contains("@NAME@"), "{path}");
                    assert!(!text.contains(example), "{path}: {example}");
                    assert!(!path.contains(".."), "{path}");
                }
                for path in ["README.md", ".gitignore", "test.toml"] {
                    assert!(project.files.contains_key(path), "{language:?}: {path}");
                }
                assert!(
                    project.commands().contains("claviger plugin test"),
                    "{language:?}"
                );
            }
        }
    }
}
