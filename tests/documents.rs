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
fn every_decision_is_listed_once() {
    let folder = repository().join("docs/decisions");
    let list = std::fs::read_to_string(folder.join("README.md")).unwrap();
    let listed: Vec<_> = links(&list);
    let distinct: BTreeSet<_> = listed.iter().cloned().collect();
    assert_eq!(listed.len(), distinct.len(), "{listed:?}");
    let there: BTreeSet<String> = files(&folder, "md")
        .iter()
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .filter(|name| name != "README.md")
        .collect();
    assert_eq!(distinct, there);
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
