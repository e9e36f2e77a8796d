//! The rooms of the host and the direction of imports between them.
//!
//! `docs/architecture.md` draws the same picture; this is what holds it.

use std::path::Path;

use crate::documents::files;
use crate::harness::guests::repository;

/// The rooms of `host/src`, from the outside in. A room may import those below it.
const ROOMS: [&str; 16] = [
    "cli",
    "server",
    "assembly",
    "front",
    "keys",
    "plugin",
    "capability",
    "resources",
    "storage",
    "pkcs11",
    "upstream",
    "tls",
    "audit",
    "switches",
    "metrics",
    "words",
];

/// Rooms that may import less than all below them: a front door reaches keys by the
/// domain's steps alone, and so does whoever serves it.
const ONLY: [(&str, &[&str]); 2] = [
    ("front", &["keys", "audit", "metrics", "words"]),
    (
        "server",
        &[
            "assembly",
            "front",
            "keys",
            "plugin",
            "resources",
            "upstream",
            "tls",
            "audit",
            "switches",
            "metrics",
            "words",
        ],
    ),
];

/// The one folder that names types generated from `wit/`.
const CONTRACTS: &str = "plugin/contract/";

#[test]
fn every_file_is_in_a_room() {
    for source in sources() {
        let room = source.module.first().map_or("", String::as_str);
        let known = ROOMS.contains(&room) || matches!(room, "lib" | "main");
        assert!(known, "{}: `{room}` is no room of the list", source.path);
    }
    for room in ROOMS {
        let there = sources()
            .iter()
            .any(|source| source.module == [room.to_owned()]);
        assert!(there, "host/src/{room}.rs is gone: take it off the list");
    }
}

#[test]
fn the_architecture_page_maps_the_rooms_in_this_order() {
    let page = std::fs::read_to_string(repository().join("docs/architecture.md")).unwrap();
    let mapped: Vec<_> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(folder, _)| folder)
        .filter(|folder| !folder.contains('/'))
        .take(ROOMS.len())
        .collect();
    assert_eq!(mapped, ROOMS);
}

#[test]
fn imports_point_downwards() {
    let mut faults = Vec::new();
    for source in sources() {
        for (line, to) in imports(&source.module, &source.text) {
            let from = &*source.module[0];
            if let Some(fault) = judge(from, &to) {
                faults.push(format!("{}:{line}: {fault}", source.path));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn only_the_contracts_folder_names_generated_types() {
    assert_nowhere(
        |source| !source.path.contains(CONTRACTS),
        &["wit::", "bindgen!", "v0_1::bindings"],
    );
}

#[test]
fn the_protocol_of_aws_kms_ends_at_its_front_door() {
    let door = ROOMS.iter().position(|room| *room == "front").unwrap();
    let below = &ROOMS[door + 1..];
    assert_nowhere(
        |source| below.contains(&&*source.module[0]),
        &["claviger_xks", "XksError"],
    );
}

#[test]
fn no_call_of_a_guest_outside_the_instance() {
    let elsewhere = |source: &Source| !source.path.ends_with("plugin/instance.rs");
    assert_nowhere(elsewhere, &[".call_async(", "function.call("]);
}

#[test]
fn a_session_of_a_backend_is_begun_by_the_domain_alone() {
    let elsewhere = |source: &Source| !["keys", "plugin"].contains(&&*source.module[0]);
    assert_nowhere(elsewhere, &["BackendSession", ".session(", "::session("]);
}

#[test]
fn a_plugin_is_called_without_the_domain_on_trial_alone() {
    let elsewhere = |source: &Source| {
        let places = [
            "/plugin/trial",
            "/cli/plugin/",
            "/assembly.rs",
            "/assembly/trial.rs",
            // Where a witness is made.
            "/capability/log/source.rs",
            // Another one: of a token.
            "/pkcs11/",
        ];
        !places.iter().any(|place| source.path.contains(place))
    };
    assert_nowhere(elsewhere, &["trial::", "assemble_trial", "on_trial("]);
}

#[test]
fn unsafe_code_stands_where_it_is_reviewed() {
    let elsewhere = |source: &Source| {
        let reviewed = [
            "resources/artefact.rs",
            "pkcs11/raw.rs",
            "pkcs11/raw/describe.rs",
            "pkcs11/raw/objects.rs",
            "pkcs11/raw/sessions.rs",
            "pkcs11/raw/trial.rs",
        ];
        let test = source.module.iter().any(|part| part == "tests");
        !test && !reviewed.iter().any(|file| source.path.ends_with(file))
    };
    assert_nowhere(elsewhere, &["unsafe {", "unsafe fn", "unsafe impl"]);
}

#[test]
fn the_checker_sees_what_it_looks_for() {
    let module = ["keys".to_owned(), "find".to_owned()];
    let text = "use super::super::server;\nuse crate::front::xks::Front;\n// crate::cli\n\
                use crate::{audit, words::KeyId};";
    let found = imports(&module, text);
    let to: Vec<_> = found.iter().map(|(line, to)| (*line, &**to)).collect();
    assert_eq!(
        to,
        [(2, "front"), (4, "audit"), (4, "words"), (1, "server")]
    );
    assert!(judge("keys", "front").is_some());
    assert!(judge("keys", "plugin").is_none());
    assert!(judge("front", "plugin").is_some());
    assert!(judge("keys", "keys").is_none());
}

/// A file of the host.
struct Source {
    path: String,
    /// `["front", "xks", "route"]`.
    module: Vec<String>,
    text: String,
}

fn sources() -> Vec<Source> {
    let root = repository().join("host/src");
    let read = |path: &Path| {
        let relative = path
            .strip_prefix(&root)
            .expect("below it")
            .with_extension("");
        let part = |part: std::path::Component<'_>| part.as_os_str().to_string_lossy().into();
        Source {
            path: path.display().to_string(),
            module: relative.components().map(part).collect(),
            text: std::fs::read_to_string(path).unwrap(),
        }
    };
    files(&root, "rs").iter().map(|path| read(path)).collect()
}

/// The rooms that a file imports, with the line.
fn imports(module: &[String], text: &str) -> Vec<(usize, String)> {
    let up = "super::".repeat(module.len());
    let mut found = Vec::new();
    for marker in ["crate::", &up] {
        let mut at = 0;
        while let Some(next) = text[at..].find(marker) {
            let start = at + next;
            at = start + marker.len();
            let before = &text[..start];
            let line = before.rsplit('\n').next().unwrap_or_default().trim_start();
            let longer_name =
                before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
            if line.starts_with("//") || longer_name {
                continue;
            }
            let number = before.matches('\n').count() + 1;
            let rooms = named(&text[at..]);
            // In a room's own file `super::` is also the way from its inline tests.
            let rooms = rooms.into_iter().filter(|room| ROOMS.contains(&&**room));
            found.extend(rooms.map(|room| (number, room)));
        }
    }
    found
}

/// `a` of `a::b`, and `a` and `c` of `{a::b, c}`.
fn named(rest: &str) -> Vec<String> {
    let name = |text: &str| -> String {
        let text = text.trim_start();
        let legal = |c: &char| c.is_alphanumeric() || *c == '_';
        text.chars().take_while(legal).collect()
    };
    let Some(group) = rest.strip_prefix('{') else {
        return vec![name(rest)];
    };
    let (mut depth, mut names, mut begins) = (0, vec![name(group)], false);
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => begins = true,
            _ => {}
        }
        if begins {
            names.push(name(&group[at + 1..]));
            begins = false;
        }
    }
    names
}

fn judge(from: &str, to: &str) -> Option<String> {
    let rank = |room: &str| ROOMS.iter().position(|other| *other == room);
    let (Some(above), Some(below)) = (rank(from), rank(to)) else {
        return None;
    };
    if from == to {
        return None;
    }
    if above > below {
        return Some(format!("`{from}` lies below `{to}` and imports it"));
    }
    let allowed = ONLY.iter().find(|(room, _)| *room == from);
    allowed
        .filter(|(_, only)| !only.contains(&to))
        .map(|_| format!("`{from}` reaches past the rooms that it may import, to `{to}`"))
}

/// Lines of comments do not count.
fn assert_nowhere(place: impl Fn(&Source) -> bool, words: &[&str]) {
    let mut faults = Vec::new();
    for source in sources().into_iter().filter(place) {
        for (number, line) in source.text.lines().enumerate() {
            let code = !line.trim_start().starts_with("//");
            if let Some(word) = words.iter().find(|word| code && line.contains(**word)) {
                faults.push(format!("{}:{}: {word}", source.path, number + 1));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}
