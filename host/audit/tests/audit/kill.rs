//! `kill -9` loses no record of a request that was answered.

use std::collections::HashSet;
use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::SystemTime;

use claviger_audit::{AuditLog, Rotation, Settings, Target};

use crate::{ids, log_in, long, open, record, verified};

const LOG: &str = "CLAVIGER_AUDIT_TEST_LOG";
const RUNS: u64 = 8;

/// What the killed process does: it writes the id of each record that is written, as a
/// server answers a request, and does not end. By itself it is no test.
#[tokio::test(flavor = "multi_thread")]
async fn child() {
    let Some(path) = env::var_os(LOG) else {
        return;
    };
    let settings = Settings {
        target: Target::File(path.into()),
        rotation: Rotation {
            size: Some(200_000),
            ..Rotation::default()
        },
        ..Settings::default()
    };
    let log = Arc::new(AuditLog::open(&settings).unwrap());
    let tasks = (0..16u64).map(|task| {
        let log = Arc::clone(&log);
        tokio::spawn(async move {
            for number in 0.. {
                let id = task << 32 | number;
                record(&log, id).written().await.unwrap();
                // One call of write, which the pipe takes as a whole.
                let answer = format!("{id}\n");
                std::io::stderr().write_all(answer.as_bytes()).unwrap();
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}

#[test]
fn flt_38_kill_9_loses_no_record_that_was_acknowledged() {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap();
    let seed = u64::from(now.subsec_nanos());
    let folder = tempfile::tempdir().unwrap();
    let path = log_in(&folder);
    let mut answered = HashSet::new();
    for run in 0..RUNS {
        let answers = 1 + (seed * (run + 1)) % 7919;
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "kill::child", "--nocapture"])
            .env(LOG, &path)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        for count in 0.. {
            if count == answers {
                child.kill().unwrap();
            }
            // The last ones were answered before the signal came.
            let Some(line) = lines.next() else { break };
            let id: u64 = line.unwrap().parse().unwrap();
            answered.insert((run, id));
        }
        child.wait().unwrap();
        let report = verified(&path);
        assert!(report.first_key.is_some(), "{report}");
    }
    // The ids are the same in each run: as many as were answered, at the least.
    let mut counts = std::collections::HashMap::new();
    for id in ids(&path) {
        *counts.entry(id).or_insert(0u64) += 1;
    }
    let mut expected = std::collections::HashMap::new();
    for (_, id) in &answered {
        *expected.entry(*id).or_insert(0u64) += 1;
    }
    for (id, count) in expected {
        assert!(
            counts.get(&id).is_some_and(|it| *it >= count),
            "record {id} is lost"
        );
    }
    assert_eq!(open(&path).close(long()).lost, 0);
    let report = verified(&path);
    println!("{} answered, {} recorded", answered.len(), report.records);
}
