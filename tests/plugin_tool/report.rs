//! What `claviger plugin test` finds, read from its `JUnit` XML.

use std::path::Path;
use std::process::{Command, Output};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::harness::deployment::{program, shared_directory};
use crate::harness::text;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Passed,
    Failed,
    Skipped,
}

/// A test case.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) id: String,
    /// With its requirement in it.
    pub(super) name: String,
    pub(super) ended: Ended,
    /// Why, if it did not pass; a warning's text otherwise.
    pub(super) text: String,
}

/// What was said, and found.
pub(super) struct Report {
    pub(super) status: Option<i32>,
    pub(super) said: String,
    pub(super) cases: Vec<Case>,
}

/// Runs `claviger plugin test` on a component.
pub(super) fn test(component: &str, arguments: &[&str]) -> Report {
    test_with(component, arguments, |_| {})
}

/// The same, with more told to the command.
pub(super) fn test_with(
    component: &str,
    arguments: &[&str],
    tell: impl FnOnce(&mut Command),
) -> Report {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let xml = folder.path().join("report.xml");
    let mut command = program();
    command.args(["plugin", "test", component]).args(arguments);
    command.args(["--plugin-cache", &text(&cache()), "--junit", &text(&xml)]);
    tell(&mut command);
    let output = command.output().expect("the program starts");
    Report {
        status: output.status.code(),
        cases: std::fs::read_to_string(&xml).map_or_else(|_| Vec::new(), |xml| cases(&xml)),
        said: said(output),
    }
}

/// Compiled components of these tests.
pub(super) fn cache() -> std::path::PathBuf {
    shared_directory().join("plugin-tool-cache")
}

pub(super) fn said(output: Output) -> String {
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

impl Report {
    /// Everything holds; `made` checks are among those that passed.
    #[track_caller]
    pub(super) fn assert_passed(&self, made: &[&str]) {
        assert_eq!(self.status, Some(0), "{}", self.said);
        let failed: Vec<_> = self.failed().collect();
        assert!(failed.is_empty(), "{failed:#?}");
        for id in made {
            let passed = |case: &Case| case.id == *id && case.ended == Ended::Passed;
            assert!(self.cases.iter().any(passed), "{id}: {}", self.said);
        }
    }

    pub(super) fn failed(&self) -> impl Iterator<Item = &Case> {
        self.cases.iter().filter(|case| case.ended == Ended::Failed)
    }

    /// The failures of one key, by the ids of their checks.
    pub(super) fn failed_of(&self, key: &str) -> Vec<&Case> {
        let of_key = format!("({key})");
        self.failed()
            .filter(|case| case.name.ends_with(&of_key))
            .collect()
    }
}

fn cases(xml: &str) -> Vec<Case> {
    let mut reader = Reader::from_str(xml);
    let mut cases = Vec::<Case>::new();
    let attribute = |element: &BytesStart<'_>, name: &str| {
        let found = element.try_get_attribute(name).expect("well-formed");
        found.map_or_else(String::new, |it| {
            it.unescape_value().expect("escaped").into_owned()
        })
    };
    loop {
        match reader.read_event().expect("XML") {
            Event::Start(element) | Event::Empty(element) => match element.name().as_ref() {
                b"testcase" => cases.push(Case {
                    id: attribute(&element, "classname"),
                    name: attribute(&element, "name"),
                    ended: Ended::Passed,
                    text: String::new(),
                }),
                b"failure" | b"skipped" => {
                    let case = cases.last_mut().expect("in a test case");
                    case.text = attribute(&element, "message");
                    case.ended = match element.name().as_ref() {
                        b"failure" => Ended::Failed,
                        _ => Ended::Skipped,
                    };
                }
                _ => {}
            },
            Event::Text(text) => {
                let text = text.decode().expect("UTF-8");
                if let Some(case) = cases.last_mut().filter(|it| it.text.is_empty()) {
                    text.trim().clone_into(&mut case.text);
                }
            }
            Event::Eof => return cases,
            _ => {}
        }
    }
}

/// Writes a file beside others of a test.
pub(super) fn write(folder: &Path, name: &str, contents: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, contents).expect("room to write");
    text(&path)
}
