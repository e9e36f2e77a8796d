//! Where audit records go: appended in memory by requests, written by one thread.

use std::cell::RefCell;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use claviger_config::AuditSink as Configured;
use claviger_config::access::{self, Use};
use parking_lot::Mutex;
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::io::Errno;
use thiserror::Error;
use tracing::error;

use crate::words::Rate;

/// How long a record waits in memory at the most.
const FLUSH: Duration = Duration::from_millis(10);
/// Records that may wait, in bytes. Beyond this every request is refused, because
/// nothing is done that cannot be recorded.
const WAITING: usize = 16 << 20;

/// The records wait for a disk or a pipe that does not take them.
#[derive(Debug)]
pub(crate) struct Overflow;

/// Why the sink cannot be opened.
#[derive(Debug, Error)]
#[error("{path}: {source}")]
pub(crate) struct SinkFault {
    /// The file.
    path: PathBuf,
    /// The cause.
    source: io::Error,
}

/// The audit log.
pub(crate) struct AuditSink {
    shared: Arc<Shared>,
    writer: Option<JoinHandle<()>>,
    strangers: Rate,
}

/// Bytes that may wait while strangers' records are appended: the rest is for those of
/// AWS KMS, whose requests are refused without one.
const WAITING_WITH_STRANGERS: usize = WAITING / 4;

/// Of records of requests that nobody authenticated: so many at once, then one in so
/// much time. The others are counted, and the next one says how many.
const fn strangers() -> Rate {
    Rate::new(2000, Duration::from_millis(5))
}

struct Shared {
    waiting: Mutex<Vec<u8>>,
    failing: AtomicBool,
    closing: AtomicBool,
}

impl AuditSink {
    /// Opens the sink and starts its writer.
    pub(crate) fn open(configured: &Configured) -> Result<Self, SinkFault> {
        let target: Box<dyn Write + Send> = match configured {
            Configured::Stdout => Box::new(io::stdout()),
            Configured::File(path) => Box::new(append_to(path).map_err(|source| SinkFault {
                path: path.clone(),
                source,
            })?),
        };
        let shared = Arc::new(Shared {
            waiting: Mutex::default(),
            failing: AtomicBool::new(false),
            closing: AtomicBool::new(false),
        });
        let writing = Arc::clone(&shared);
        let writer = thread::Builder::new()
            .name("audit".to_owned())
            .spawn(move || write_until_closed(&writing, target))
            .map_err(|source| SinkFault {
                path: PathBuf::from("audit thread"),
                source,
            })?;
        Ok(Self {
            shared,
            writer: Some(writer),
            strangers: strangers(),
        })
    }

    /// Whether the last attempt to write failed.
    pub(crate) fn is_failing(&self) -> bool {
        self.shared.failing.load(Ordering::Relaxed)
    }

    /// Whether another request can be recorded.
    pub(crate) fn admit(&self) -> Result<(), Overflow> {
        if self.shared.waiting.lock().len() < WAITING {
            Ok(())
        } else {
            Err(Overflow)
        }
    }

    /// Appends what `write` leaves in the buffer that it is given, as one line.
    pub(crate) fn append(&self, write: impl FnOnce(&mut Vec<u8>)) {
        LINE.with_borrow_mut(|buffer| {
            buffer.clear();
            write(buffer);
            buffer.push(b'\n');
            self.shared.waiting.lock().extend_from_slice(buffer);
        });
    }
}

impl AuditSink {
    /// The same for a request that nobody authenticated, unless there are too many of
    /// those. `write` is told how many were withheld before this one.
    pub(crate) fn append_strangers(&self, now: Instant, write: impl FnOnce(&mut Vec<u8>, u64)) {
        if self.shared.waiting.lock().len() >= WAITING_WITH_STRANGERS {
            return self.strangers.withhold();
        }
        if let Some(withheld) = self.strangers.admit(now) {
            self.append(|buffer| write(buffer, withheld));
        }
    }
}

thread_local! {
    /// A record is made here, so that the lock is held for a copy only.
    static LINE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl Drop for AuditSink {
    /// Returns when every record is written.
    fn drop(&mut self) {
        self.shared.closing.store(true, Ordering::Release);
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

/// Not through a symbolic link: whoever made it would choose the file that is written.
fn append_to(path: &Path) -> io::Result<File> {
    // A pipe without a reader is refused, and not waited for.
    let flags = i32::try_from((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits()).unwrap_or(0);
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .custom_flags(flags)
        .open(path)
        .map_err(|error| match Errno::from_io_error(&error) {
            Some(Errno::LOOP) => io::Error::other("it is a symbolic link"),
            Some(Errno::NXIO) => io::Error::other("it is a pipe that nobody reads"),
            _ => error,
        })?;
    let metadata = file.metadata()?;
    // Devices such as /dev/null belong to everybody.
    if !metadata.file_type().is_char_device() {
        access::judge(&metadata, path, Use::Trusted)
            .map_err(|fault| io::Error::other(format!("{}: {}", fault.problem, fault.fix)))?;
    }
    fcntl_setfl(&file, fcntl_getfl(&file)? - OFlags::NONBLOCK)?;
    Ok(file)
}

fn write_until_closed(shared: &Shared, mut target: Box<dyn Write + Send>) {
    let mut batch = Vec::new();
    let mut failing = false;
    loop {
        // Read first: what was appended before the flag was set is still taken.
        let closing = shared.closing.load(Ordering::Acquire);
        if batch.is_empty() {
            std::mem::swap(&mut batch, &mut *shared.waiting.lock());
        }
        match write_all(&mut *target, &mut batch) {
            Ok(()) => failing = false,
            Err(cause) if !failing => {
                failing = true;
                error!(error = %cause, "audit records cannot be written; they wait in memory");
            }
            Err(_) => {}
        }
        shared.failing.store(failing, Ordering::Relaxed);
        if closing && (failing || shared.waiting.lock().is_empty()) {
            return;
        }
        thread::sleep(FLUSH);
    }
}

/// Leaves in `batch` what could not be written.
fn write_all(target: &mut (dyn Write + Send), batch: &mut Vec<u8>) -> io::Result<()> {
    let mut written = 0;
    let result = loop {
        match batch.get(written..) {
            None | Some([]) => break Ok(()),
            Some(rest) => match target.write(rest) {
                Ok(0) => break Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => written += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            },
        }
    };
    // Once, not after each part that a pipe has taken.
    batch.drain(..written.min(batch.len()));
    result.and_then(|()| target.flush())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_record_is_in_the_file_when_the_sink_is_dropped() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("audit.jsonl");
        let sink = AuditSink::open(&Configured::File(path.clone())).unwrap();
        for number in 0..1000 {
            sink.append(|line| line.extend_from_slice(number.to_string().as_bytes()));
        }
        drop(sink);
        let written = std::fs::read_to_string(&path).unwrap();
        assert_eq!(written.lines().count(), 1000);
        assert_eq!(written.lines().last(), Some("999"));
    }

    #[test]
    fn xks_118_strangers_records_are_bounded_and_those_withheld_are_counted() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("audit.jsonl");
        let sink = AuditSink::open(&Configured::File(path.clone())).unwrap();
        let now = Instant::now();
        let write = |line: &mut Vec<u8>, withheld: u64| {
            line.extend_from_slice(withheld.to_string().as_bytes());
        };
        (0..5000).for_each(|_| sink.append_strangers(now, write));
        sink.append_strangers(now + Duration::from_millis(5), write);
        drop(sink);
        let written = std::fs::read_to_string(&path).unwrap();
        assert_eq!(written.lines().count(), 2001);
        assert_eq!(written.lines().last(), Some("3000"));
    }

    #[test]
    fn flt_65_a_pipe_is_judged_as_a_file_is_and_nobody_waits_for_its_reader() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("audit.jsonl");
        let made = std::process::Command::new("mkfifo")
            .args(["-m", "0600"])
            .arg(&path)
            .status();
        assert!(made.unwrap().success());
        let fault = AuditSink::open(&Configured::File(path.clone()))
            .err()
            .unwrap();
        assert!(fault.to_string().contains("nobody reads"), "{fault}");
        let _reader = File::options().read(true).write(true).open(&path).unwrap();
        assert!(AuditSink::open(&Configured::File(path.clone())).is_ok());
        let widened = std::process::Command::new("chmod")
            .arg("0666")
            .arg(&path)
            .status();
        assert!(widened.unwrap().success());
        assert!(
            AuditSink::open(&Configured::File(path)).is_err(),
            "anybody may write it"
        );
    }

    #[test]
    fn a_failed_write_leaves_the_rest_for_the_next_try() {
        struct Half;
        impl Write for Half {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                if bytes.len() > 2 {
                    Ok(2)
                } else {
                    Err(io::ErrorKind::StorageFull.into())
                }
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut batch = b"12345".to_vec();
        assert!(write_all(&mut Half, &mut batch).is_err());
        assert_eq!(batch, b"5");
    }
}
