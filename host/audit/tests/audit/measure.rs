//! What a record costs: `cargo test --release -- --ignored --nocapture measure`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use claviger_audit::{AuditLog, Durability, Settings, Target};

use crate::{log_in, long};

const RECORD: usize = 500;

#[test]
#[ignore = "it measures"]
fn appending() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings {
        target: Target::File(log_in(&folder)),
        durability: Durability::Interval,
        ..Settings::default()
    };
    let log = AuditLog::open(&settings).unwrap();
    let record = format!("{{\"text\":\"{}\"}}", "a".repeat(RECORD));
    let count = 20_000;
    let before = Instant::now();
    for _ in 0..count {
        let _ = log.append(|line| line.extend_from_slice(record.as_bytes()));
    }
    let each = before.elapsed() / count;
    assert_eq!(log.close(long()).lost, 0);
    println!("append: {each:?} a record of {} bytes", record.len());
}

#[test]
#[ignore = "it measures"]
fn written() {
    for durability in [
        Durability::BeforeAnswer,
        Durability::Synced,
        Durability::Interval,
    ] {
        for tasks in [1, 16, 128, 1024] {
            if durability != Durability::Interval {
                let runtime = tokio::runtime::Runtime::new().unwrap();
                runtime.block_on(measure(durability, tasks, None));
            }
        }
    }
}

/// 20,000 a second: what comes on top of an idle timer is what the log costs.
#[test]
#[ignore = "it measures"]
fn paced() {
    let pause = Some(Duration::from_millis(5));
    let all = [
        Durability::Interval,
        Durability::BeforeAnswer,
        Durability::Synced,
    ];
    for durability in all {
        for tasks in [10, 125] {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(measure(durability, tasks, pause));
        }
    }
}

async fn measure(durability: Durability, tasks: u32, pause: Option<Duration>) {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings {
        target: Target::File(log_in(&folder)),
        durability,
        ..Settings::default()
    };
    let log = Arc::new(AuditLog::open(&settings).unwrap());
    let record: Arc<str> = format!("{{\"text\":\"{}\"}}", "a".repeat(RECORD)).into();
    let (before, used) = (Instant::now(), processor_time());
    let end = before + Duration::from_secs(2);
    let tasks: Vec<_> = (0..tasks)
        .map(|_| {
            let (log, record) = (Arc::clone(&log), Arc::clone(&record));
            tokio::spawn(async move {
                let (mut count, mut slowest) = (0, Duration::ZERO);
                while Instant::now() < end {
                    let begun = Instant::now();
                    let ticket = log.append(|line| line.extend_from_slice(record.as_bytes()));
                    ticket.written().await.unwrap();
                    slowest = slowest.max(begun.elapsed());
                    count += 1;
                    if let Some(pause) = pause {
                        tokio::time::sleep(pause).await;
                    }
                }
                (count, slowest)
            })
        })
        .collect();
    let number = tasks.len();
    let (mut count, mut slowest) = (0u32, Duration::ZERO);
    for task in tasks {
        let (more, slow) = task.await.unwrap();
        (count, slowest) = (count + more, slowest.max(slow));
    }
    let took = before.elapsed();
    let processor = processor_time().saturating_sub(used) / count;
    let state = log.state();
    println!(
        "{durability:?}, {number} at once: {:.0} records/s, {processor:?} of processor each, \
         {:.1} a group, slowest {slowest:?}",
        f64::from(count) / took.as_secs_f64(),
        state.written as f64 / state.groups.max(1) as f64,
    );
    assert_eq!(Arc::into_inner(log).unwrap().close(long()).lost, 0);
}

fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::try_from(time).unwrap()
}
