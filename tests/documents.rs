//! The documents agree with the tree.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::harness::guests::repository;

/// Folders that hold what is built or downloaded.
const SKIPPED: [&str; 3] = ["target", ".git", "corpus"];

/// The longest file of the host, in lines.
const LONGEST: usize = 400;

/// All files below a folder with this extension.
pub(crate) fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a readable directory") {
        let path = entry.expect("a readable directory").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() && !SKIPPED.contains(&name.as_ref()) {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|other| other == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn relative_links_lead_somewhere() {
    let mut broken = Vec::new();
    for document in files(&repository(), "md") {
        let text = std::fs::read_to_string(&document).unwrap();
        for link in links(&text) {
            let folder = document.parent().expect("a file is in a folder");
            if !folder.join(&link).exists() {
                broken.push(format!("{}: {link}", document.display()));
            }
        }
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

/// The targets of relative links, without their fragments.
fn links(markdown: &str) -> Vec<String> {
    markdown
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(target, _)| target.split('#').next().unwrap_or_default())
        .filter(|target| !target.is_empty() && !target.contains("://"))
        .filter(|target| !target.starts_with("mailto:"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn links_are_read() {
    let text = "[a](docs/a.md#part) [b](https://example.com) [c](#here) ![d](d.svg)";
    assert_eq!(links(text), ["docs/a.md", "d.svg"]);
}

#[test]
fn the_code_map_names_every_file_of_the_host_and_no_other() {
    let architecture = std::fs::read_to_string(repository().join("ARCHITECTURE.md")).unwrap();
    let mapped: BTreeSet<String> = architecture
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("- `"))
        .filter_map(|line| line.split_once('`'))
        .map(|(path, _)| path.to_owned())
        .filter(|path| path.starts_with("host/src/"))
        .collect();
    let there: BTreeSet<String> = files(&repository().join("host/src"), "rs")
        .iter()
        .map(|path| path.strip_prefix(repository()).expect("below it"))
        .map(|path| path.to_str().expect("UTF-8").to_owned())
        .collect();
    let missing: Vec<_> = there.difference(&mapped).collect();
    let gone: Vec<_> = mapped.difference(&there).collect();
    assert!(missing.is_empty(), "not in the code map: {missing:#?}");
    assert!(gone.is_empty(), "only in the code map: {gone:#?}");
}

#[test]
fn no_file_of_the_host_is_too_long() {
    let long: Vec<_> = files(&repository().join("host"), "rs")
        .into_iter()
        .filter(|path| path.components().any(|part| part.as_os_str() == "src"))
        .map(|path| {
            let lines = std::fs::read_to_string(&path).unwrap().lines().count();
            (path, lines)
        })
        .filter(|(_, lines)| *lines > LONGEST)
        .collect();
    assert!(long.is_empty(), "over {LONGEST} lines: {long:#?}");
}
