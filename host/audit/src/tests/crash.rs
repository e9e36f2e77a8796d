//! A process that is killed at any step leaves a log that the next one goes on with, and
//! that raises no alarm.

use std::fs;
use std::path::Path;

use super::{Process, files_of, folder, log_in, verified};
use crate::checkpoint::Before;
use crate::settings::Rotation;
use crate::state;
use crate::verify::Problem;

const SMALL: Rotation = Rotation {
    size: Some(1500),
    age: None,
    keep: None,
};

/// A state file as it once was, and how many bytes of the log were on the disk before.
struct Kept {
    state: Vec<u8>,
    written: usize,
}

/// The log of a whole life, as files in their order, with each state that there was.
struct History {
    names: Vec<String>,
    files: Vec<Vec<u8>>,
    states: Vec<Kept>,
}

fn history() -> History {
    let folder = folder();
    let path = log_in(&folder);
    let read = || -> usize {
        let files = files_of(&path).into_iter();
        files.map(|file| fs::read(file).unwrap().len()).sum()
    };
    let state = || fs::read(state::path_for(&path)).unwrap();
    let mut process = Process::start(&path, SMALL, 0);
    // The state of a new chain is there before its first line.
    let mut states = vec![Kept {
        state: state(),
        written: 0,
    }];
    for _ in 0..5 {
        process.records(2);
        process.records(1);
        process.later();
        states.push(Kept {
            state: state(),
            written: read(),
        });
    }
    process.close();
    states.push(Kept {
        state: state(),
        written: read(),
    });
    let names = files_of(&path);
    History {
        files: names.iter().map(|file| fs::read(file).unwrap()).collect(),
        names: names
            .iter()
            .map(|name| name.file_name().unwrap().to_str().unwrap().to_owned())
            .collect(),
        states,
    }
}

impl History {
    /// Every folder that a process can leave that has written so many bytes.
    fn layouts(&self, mut length: usize) -> Vec<Vec<(&str, &[u8])>> {
        let last = self.names.last().unwrap();
        let mut before = Vec::new();
        let mut layouts = Vec::new();
        for (name, file) in self.names.iter().zip(&self.files) {
            let with = |current: Option<&'static [u8]>| {
                let current = current.map(|bytes| (last.as_str(), bytes));
                before.iter().copied().chain(current).collect::<Vec<_>>()
            };
            if length == 0 && !before.is_empty() {
                // Renamed, and the next file not made or empty.
                layouts.push(with(None));
                layouts.push(with(Some(b"")));
                return layouts;
            }
            if length <= file.len() {
                let mut layout = before.clone();
                layout.push((last, &file[..length]));
                layouts.push(layout);
            }
            if length < file.len() {
                return layouts;
            }
            length -= file.len();
            before.push((name, file));
        }
        layouts
    }
}

/// Starts on what is there, goes on for a while and verifies.
fn goes_on(layout: &[(&str, &[u8])], state: &[u8], context: &str) {
    let folder = folder();
    let path = log_in(&folder);
    let mut complete = 0;
    for (name, bytes) in layout {
        fs::write(folder.path().join(name), bytes).unwrap();
        let lines = bytes.split_inclusive(|byte| *byte == b'\n');
        complete += lines
            .filter(|line| line.starts_with(b"{\"op") && line.ends_with(b"\n"))
            .count() as u64;
    }
    let state_path = state::path_for(&path);
    fs::write(&state_path, state).unwrap();
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    fs::set_permissions(&state_path, private).unwrap();
    let before = verified(&path);
    // The state names the first checkpoint that is not in the log yet.
    let begins = complete == 0;
    assert!(before.is_ok() || begins, "{context}, before:\n{before}");
    let mut process = Process::start(&path, SMALL, 3600);
    process.records(2);
    process.later();
    process.records(1);
    process.close();
    let report = verified(&path);
    assert!(report.is_ok(), "{context}:\n{report}");
    assert!(report.records >= complete + 3, "{context}:\n{report}");
    assert!(
        report.first_key.is_some(),
        "{context}: one chain from its beginning"
    );
}

#[test]
fn flt_39_a_kill_at_any_byte_neither_breaks_the_chain_nor_raises_an_alarm() {
    let history = history();
    assert!(history.files.len() >= 3, "{:?}", history.names);
    let all = history.files.concat();
    // Every third byte in a line, and each beside its ends.
    let near = |at: usize| all[at.saturating_sub(3)..all.len().min(at + 2)].contains(&b'\n');
    for length in (0..=all.len()).filter(|at| at % 3 == 0 || near(*at)) {
        let possible: Vec<_> = history
            .states
            .iter()
            .filter(|it| it.written <= length)
            .collect();
        // The keeper may be behind by any time: the newest one that is possible, and,
        // because that takes long, now and then each older one.
        let each = if length % 61 == 0 {
            0
        } else {
            possible.len() - 1
        };
        for (version, kept) in possible.iter().enumerate().skip(each) {
            for layout in history.layouts(length) {
                let context = format!("{length} bytes, {} files, state {version}", layout.len());
                goes_on(&layout, &kept.state, &context);
            }
        }
    }
}

#[test]
fn flt_39_a_kill_before_the_first_state_leaves_an_empty_log() {
    let folder = folder();
    let path = log_in(&folder);
    fs::write(&path, "").unwrap();
    fs::write(folder.path().join("audit.jsonl.state.new"), "claviger").unwrap();
    Process::start(&path, SMALL, 0).close();
    assert!(verified(&path).is_ok());
}

#[test]
fn flt_39_a_crash_while_a_start_recovers_from_a_crash_is_one_too() {
    let history = history();
    let length = history.files[0].len() + 700;
    let layout = &history.layouts(length)[0];
    let folder = folder();
    let path = log_in(&folder);
    for (name, bytes) in layout {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let kept = history
        .states
        .iter()
        .rfind(|it| it.written <= length)
        .unwrap();
    state_file(&path, &kept.state);
    for start in 0..4 {
        // It dies before its state is kept, with a line that it has not finished.
        Process::start(&path, SMALL, start * 60).records(1);
        state_file(&path, &kept.state);
        let half = [fs::read(&path).unwrap(), b"{\"operation\":\"Decr".to_vec()].concat();
        fs::write(&path, half).unwrap();
    }
    Process::start(&path, SMALL, 3600).close();
    let report = verified(&path);
    assert!(report.is_ok(), "{report}");
}

fn state_file(path: &Path, state: &[u8]) {
    let state_path = state::path_for(path);
    fs::write(&state_path, state).unwrap();
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    fs::set_permissions(&state_path, private).unwrap();
}

#[test]
fn flt_39_without_its_state_a_log_gets_a_new_chain_and_verification_says_so() {
    for (damage, before) in [(false, Before::NoState), (true, Before::BadState)] {
        let folder = folder();
        let path = log_in(&folder);
        let mut process = Process::start(&path, Rotation::default(), 0);
        process.records(3);
        process.close();
        if damage {
            state_file(&path, b"claviger audit state 1\n");
        } else {
            fs::remove_file(state::path_for(&path)).unwrap();
        }
        let mut process = Process::start(&path, Rotation::default(), 60);
        process.records(3);
        process.close();
        let report = verified(&path);
        let problems: Vec<_> = report.findings.iter().map(|it| &it.problem).collect();
        assert_eq!(problems, [&Problem::NewChain(before)], "{report}");
    }
}
