//! Files that are full, or that others have renamed.

use std::fs;
use std::time::Duration;

use super::{Process, files_of, folder, log_in, verified};
use crate::checkpoint::{Checkpoint, Reason};
use crate::settings::Rotation;
use crate::verify::{Note, Problem};

#[test]
fn flt_39_rotation_keeps_the_chain() {
    let folder = folder();
    let path = log_in(&folder);
    let rotation = Rotation {
        age: Some(Duration::from_secs(5)),
        ..Rotation::default()
    };
    let mut process = Process::start(&path, rotation, 0);
    for _ in 0..9 {
        process.records(10);
        process.later();
    }
    process.close();
    let files = files_of(&path);
    assert_eq!(files.len(), 4);
    for file in &files[1..] {
        let text = fs::read_to_string(file).unwrap();
        let first = Checkpoint::parse(text.lines().next().unwrap().as_bytes()).unwrap();
        assert_eq!(first.reason, Reason::Continued);
    }
    let report = verified(&path);
    assert!(report.is_ok(), "{report}");
    assert_eq!(report.records, 90);
}

#[test]
fn a_log_without_records_is_not_rotated_again_and_again() {
    let folder = folder();
    let path = log_in(&folder);
    let rotation = Rotation {
        size: Some(100),
        age: Some(Duration::from_secs(3)),
        keep: None,
    };
    let mut process = Process::start(&path, rotation, 0);
    for _ in 0..9 {
        process.later();
        assert!(process.journal.due().unwrap() > process.now.steady);
    }
    // The first one has the line of the start.
    assert_eq!(files_of(&path).len(), 2);
    process.records(1);
    process.later();
    process.close();
    assert_eq!(files_of(&path).len(), 3);
    assert!(verified(&path).is_ok());
}

#[test]
fn flt_39_only_the_number_of_files_that_is_wanted_is_kept() {
    let folder = folder();
    let path = log_in(&folder);
    let rotation = Rotation {
        size: Some(1000),
        keep: Some(2),
        ..Rotation::default()
    };
    let mut process = Process::start(&path, rotation, 0);
    for _ in 0..9 {
        process.records(10);
        process.later();
    }
    process.close();
    assert_eq!(files_of(&path).len(), 3);
    let report = verified(&path);
    assert!(report.is_ok(), "{report}");
    let begins_later = report
        .notes
        .iter()
        .any(|note| matches!(note, Note::BeginsLater(_)));
    assert!(begins_later, "{report}");
}

#[test]
fn flt_74_after_a_rename_from_outside_the_chain_goes_on_in_a_new_file() {
    let folder = folder();
    let path = log_in(&folder);
    let mut process = Process::start(&path, Rotation::default(), 0);
    process.records(3);
    process.later();
    process.records(3);
    fs::rename(&path, folder.path().join("audit.jsonl.1")).unwrap();
    process.records(3);
    process.later();
    process.records(1);
    process.close();
    let lines = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(lines("audit.jsonl.1").lines().count(), 9 + 4);
    assert!(lines("audit.jsonl").contains("\"reason\":\"continued\""));
    let report = verified(&path);
    assert!(report.is_ok(), "{report}");
    assert_eq!(report.records, 10);
}

#[test]
fn flt_74_a_rename_and_a_kill_before_the_next_file_is_begun_raise_no_alarm() {
    for copied in [false, true] {
        let folder = folder();
        let path = log_in(&folder);
        let mut process = Process::start(&path, Rotation::default(), 0);
        process.records(3);
        process.later();
        process.records(2);
        drop(process);
        fs::rename(&path, folder.path().join("audit.jsonl-20270115")).unwrap();
        if copied {
            fs::write(&path, "").unwrap();
        }
        let mut process = Process::start(&path, Rotation::default(), 60);
        process.records(1);
        process.close();
        let report = verified(&path);
        assert!(report.is_ok(), "{report}");
        assert_eq!(report.records, 6);
    }
}

#[test]
fn flt_39_a_log_whose_last_file_is_elsewhere_goes_on_and_says_so() {
    let folder = folder();
    let path = log_in(&folder);
    let mut process = Process::start(&path, Rotation::default(), 0);
    process.records(3);
    process.close();
    let elsewhere = folder.path().join("elsewhere");
    fs::rename(&path, &elsewhere).unwrap();
    let mut process = Process::start(&path, Rotation::default(), 60);
    process.records(3);
    process.close();
    let all = [elsewhere, path.clone()];
    let report = crate::verify::files(&all, &crate::verify::Expectation::default()).unwrap();
    assert!(report.is_ok(), "{report}");
    let moved = |note: &Note| matches!(note, Note::FileWasMoved { .. });
    assert!(report.notes.iter().any(moved), "{report}");
}

#[test]
fn flt_39_a_log_that_was_cut_before_a_start_is_found() {
    let folder = folder();
    let path = log_in(&folder);
    let mut process = Process::start(&path, Rotation::default(), 0);
    process.records(3);
    process.later();
    process.records(3);
    process.close();
    let text = fs::read_to_string(&path).unwrap();
    let cut: Vec<_> = text.lines().take(4).collect();
    fs::write(&path, cut.join("\n")).unwrap();
    Process::start(&path, Rotation::default(), 60).close();
    let report = verified(&path);
    let missing = |problem: &Problem| matches!(problem, Problem::Missing { .. });
    assert!(
        report.findings.iter().any(|it| missing(&it.problem)),
        "{report}"
    );
}
