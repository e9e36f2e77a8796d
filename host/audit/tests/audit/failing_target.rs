//! Targets that take nothing: a full disk, and a pipe that nobody reads.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::time::{Duration, Instant};

use claviger_audit::{Durability, NoRoom, NotWritten, Settings, Target};

use crate::{AuditLog, fifo, log_in, long, open, record};

#[tokio::test(flavor = "multi_thread")]
async fn flt_37_with_a_full_disk_requests_are_refused_and_the_lost_records_counted() {
    let log = open(Path::new("/dev/full"));
    assert_eq!(record(&log, 1).written().await, Err(NotWritten));
    assert_eq!(record(&log, 2).written().await, Err(NotWritten));
    assert_eq!(log.admit(), Err(NoRoom::Failing));
    let failure = log.state().failure.unwrap();
    assert!(failure.cause.contains("No space left"), "{}", failure.cause);
    let before = Instant::now();
    assert_eq!(log.close(long()).lost, 2);
    assert!(
        before.elapsed() < Duration::from_secs(10),
        "a full disk is not waited for"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn flt_37_a_pipe_that_nobody_reads_is_noticed_and_the_end_is_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let path = log_in(&folder);
    fifo(&path);
    let _reader = File::options().read(true).write(true).open(&path).unwrap();
    let log = open(&path);
    // More than a pipe holds.
    let long_record = format!("{{\"id\":\"{}\"}}", "a".repeat(1000));
    let tickets: Vec<_> = (0..200)
        .map(|_| log.append(|line| line.extend_from_slice(long_record.as_bytes())))
        .collect();
    assert_eq!(tickets.last().unwrap().written().await, Err(NotWritten));
    assert_eq!(log.admit(), Err(NoRoom::Failing));
    assert!(log.state().failure.is_some());
    let lost = log.close(Instant::now() + Duration::from_millis(300)).lost;
    assert!((100..200).contains(&lost), "{lost}");
}

#[tokio::test(flavor = "multi_thread")]
async fn flt_37_memory_is_bounded_and_writing_goes_on_when_the_pipe_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = log_in(&folder);
    fifo(&path);
    let reader = File::options().read(true).write(true).open(&path).unwrap();
    let settings = Settings {
        target: Target::File(path.clone()),
        durability: Durability::Interval,
        ..Settings::default()
    };
    let log = AuditLog::open(&settings).unwrap();
    let long_record = format!("{{\"id\":\"{}\"}}", "a".repeat(100_000));
    let mut strangers = 0;
    let mut kept = 0;
    for number in 0..400 {
        strangers += u64::from(log.has_room_for_strangers());
        let ticket = log.append(|line| line.extend_from_slice(long_record.as_bytes()));
        kept += u64::from(ticket.written().await.is_ok());
        // 20 MiB of 100 kB are 210.
        assert!(number < 205 || log.admit() == Err(NoRoom::Full));
    }
    assert!(strangers < 50, "{strangers}");
    assert!((200..215).contains(&kept), "{kept}");
    let (told, lines) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let lines = BufReader::new(reader).lines().map_while(Result::ok);
        lines.for_each(|line| drop(told.send(line)));
    });
    let closing = std::thread::spawn(move || log.close(long()));
    let mut records = 0;
    let last = loop {
        let line = lines.recv_timeout(Duration::from_mins(1)).unwrap();
        if line.contains("\"reason\":\"closed\"") {
            break line;
        }
        records += u64::from(line.starts_with("{\"id\""));
    };
    assert_eq!(records, kept);
    assert_eq!(closing.join().unwrap().lost, 400 - kept);
    assert!(last.contains(&format!("\"seq\":{kept},")), "{last}");
}

#[test]
fn a_file_has_one_writer() {
    let folder = tempfile::tempdir().unwrap();
    let path = log_in(&folder);
    let _log = open(&path);
    let settings = Settings {
        target: Target::File(path),
        ..Settings::default()
    };
    let fault = AuditLog::open(&settings).err().unwrap().to_string();
    assert!(
        fault.ends_with("audit.jsonl: another process writes it"),
        "{fault}"
    );
}
