//! Many requests at once.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use claviger_audit::{AuditLog, Durability, Rotation, Settings, Target};

use crate::{ids, log_in, long, open, record, verified};

async fn requests(log: &Arc<AuditLog>, tasks: u64, each: u64) {
    let tasks = (0..tasks).map(|task| {
        let log = Arc::clone(log);
        tokio::spawn(async move {
            for number in 0..each {
                record(&log, task * each + number).written().await.unwrap();
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn flt_38_every_ticket_resolves_and_every_record_is_there_once() {
    for durability in [
        Durability::BeforeAnswer,
        Durability::Synced,
        Durability::Interval,
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = log_in(&folder);
        let settings = Settings {
            target: Target::File(path.clone()),
            durability,
            ..Settings::default()
        };
        let log = Arc::new(AuditLog::open(&settings).unwrap());
        requests(&log, 64, 100).await;
        if durability != Durability::Interval {
            // Before the log is closed.
            assert_eq!(ids(&path).len(), 6400, "{durability:?}");
        }
        let closed = Arc::into_inner(log).unwrap().close(long());
        assert_eq!(closed.lost, 0);
        let mut ids = ids(&path);
        ids.sort_unstable();
        assert!(ids.into_iter().eq(0..6400), "{durability:?}");
        assert_eq!(verified(&path).records, 6400);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn flt_39_rotation_under_load_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = log_in(&folder);
    let settings = Settings {
        target: Target::File(path.clone()),
        rotation: Rotation {
            size: Some(20_000),
            ..Rotation::default()
        },
        ..Settings::default()
    };
    let log = Arc::new(AuditLog::open(&settings).unwrap());
    let written = Arc::new(AtomicBool::new(false));
    let verifying = std::thread::spawn({
        let (path, written) = (path.clone(), Arc::clone(&written));
        move || {
            while !written.load(Ordering::Acquire) {
                verified(&path);
            }
        }
    });
    requests(&log, 32, 300).await;
    written.store(true, Ordering::Release);
    // A log in use is as good as one that is closed.
    verifying.join().unwrap();
    assert_eq!(Arc::into_inner(log).unwrap().close(long()).lost, 0);
    let files = fs::read_dir(folder.path()).unwrap().count();
    assert!(files > 5, "{files} files");
    assert_eq!(ids(&path).len(), 9600);
    assert_eq!(verified(&path).records, 9600);
}

#[tokio::test(flavor = "multi_thread")]
async fn flt_74_after_reopen_records_are_in_the_new_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = log_in(&folder);
    let log = open(&path);
    record(&log, 1).written().await.unwrap();
    fs::rename(&path, folder.path().join("audit.jsonl.1")).unwrap();
    log.reopen();
    // What the writer does after it was told: at the latest, with the record after this.
    record(&log, 2).written().await.unwrap();
    record(&log, 3).written().await.unwrap();
    assert_eq!(log.close(long()).lost, 0);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("\"reason\":\"continued\""), "{text}");
    assert!(text.contains("\"id\":3,\"seq\":3}"), "{text}");
    assert_eq!(verified(&path).records, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_goes_on_in_the_next_process() {
    let folder = tempfile::tempdir().unwrap();
    let path = log_in(&folder);
    for start in 0..3 {
        let log = open(&path);
        record(&log, start).written().await.unwrap();
        assert_eq!(log.close(long()).lost, 0);
    }
    let report = verified(&path);
    assert_eq!((report.records, report.checkpoints), (3, 6));
}
