//! The audit log with its threads, from the outside.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a test may fail by panicking, and says what it measured"
)]

mod daemons;
mod failing_target;
mod kill;
mod load;
mod measure;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use claviger_audit::verify::{self, Expectation, Report};
use claviger_audit::{AuditLog, Settings, Target};
use tempfile::TempDir;

fn log_in(folder: &TempDir) -> PathBuf {
    folder.path().join("audit.jsonl")
}

fn open(path: &Path) -> AuditLog {
    let settings = Settings {
        target: Target::File(path.to_owned()),
        ..Settings::default()
    };
    AuditLog::open(&settings).unwrap()
}

/// Longer than any test takes.
fn long() -> Instant {
    Instant::now() + Duration::from_mins(1)
}

fn record(log: &AuditLog, id: u64) -> claviger_audit::Ticket {
    log.append(|line| line.extend_from_slice(format!("{{\"id\":{id}}}").as_bytes()))
}

fn verified(path: &Path) -> Report {
    let report = verify::log(path, Expectation::default()).unwrap();
    assert!(report.is_ok(), "{report}");
    report
}

/// The ids of the records in the files of a log, in the order of their numbers.
fn ids(path: &Path) -> Vec<u64> {
    let folder = fs::read_dir(path.parent().unwrap()).unwrap();
    let mut records = Vec::new();
    for entry in folder {
        let file = entry.unwrap().path();
        if file.to_str().unwrap().contains(".state") {
            continue;
        }
        for line in fs::read_to_string(file).unwrap().lines() {
            let Ok(line) = serde_json::from_str::<serde_json::Value>(line) else {
                continue;
            };
            if let Some(id) = line["id"].as_u64() {
                records.push((line["seq"].as_u64().unwrap(), id));
            }
        }
    }
    records.sort_unstable();
    for (at, (seq, _)) in records.iter().enumerate() {
        assert_eq!(*seq, at as u64 + 1);
    }
    records.into_iter().map(|(_, id)| id).collect()
}

fn fifo(path: &Path) {
    let made = std::process::Command::new("mkfifo")
        .args(["-m", "0600"])
        .arg(path)
        .status();
    assert!(made.unwrap().success());
}
