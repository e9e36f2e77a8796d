//! Lines on their way to standard error: they wait in memory, and one thread writes
//! them.
//!
//! Nobody who logs waits, even when standard error is a pipe that nobody reads. Lines
//! for which there is no room are lost and counted, and the count is logged when
//! lines are written again.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender};
use std::thread;
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

use crate::words::escape_into;

/// Lines that may wait, in bytes.
const WAITING: usize = 1 << 20;
/// How often lost lines are mentioned at the most.
const SAY_EVERY: Duration = Duration::from_secs(1);

/// Where lines are appended.
#[derive(Clone)]
pub(super) struct Lines {
    entries: Sender<Entry>,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    /// Bytes that wait.
    waiting: AtomicUsize,
    /// Lines, since the start.
    lost: AtomicU64,
}

enum Entry {
    Line(Vec<u8>),
    /// Answered when everything before it is written.
    Flush(SyncSender<()>),
}

impl Lines {
    /// Starts the thread. It calls `say_lost` with the number of lines that were
    /// lost since the last call.
    pub(super) fn start(
        target: impl Write + Send + 'static,
        say_lost: impl Fn(u64) + Send + 'static,
    ) -> io::Result<Self> {
        let (entries, received) = mpsc::channel();
        let counts = Arc::new(Counts::default());
        let writer = Writer {
            target,
            counts: Arc::clone(&counts),
            said: 0,
            works: false,
        };
        thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || writer.run(&received, say_lost))?;
        Ok(Self { entries, counts })
    }

    /// One line, with its line feed.
    fn append(&self, line: &[u8]) {
        let line = String::from_utf8_lossy(line);
        let text = line.strip_suffix('\n').unwrap_or(&line);
        let mut safe = Vec::with_capacity(line.len());
        escape_into(&mut safe, text, &[]);
        safe.push(b'\n');
        self.enqueue(safe);
    }

    /// A text of several lines.
    pub(super) fn append_text(&self, text: &str) {
        let mut safe = Vec::with_capacity(text.len());
        escape_into(&mut safe, text, &['\n']);
        self.enqueue(safe);
    }

    fn enqueue(&self, line: Vec<u8>) {
        let length = line.len();
        let before = self.counts.waiting.fetch_add(length, Ordering::AcqRel);
        // The first one always has room, however long it is.
        let room = before == 0 || before.saturating_add(length) <= WAITING;
        if !room || self.entries.send(Entry::Line(line)).is_err() {
            self.counts.waiting.fetch_sub(length, Ordering::AcqRel);
            self.counts.lost.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// Waits until everything is written, `most` at the most.
    pub(super) fn flush(&self, most: Duration) {
        let (done, written) = mpsc::sync_channel(1);
        if self.entries.send(Entry::Flush(done)).is_ok() {
            let _ = written.recv_timeout(most);
        }
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line(self)
    }
}

/// Takes a line in one piece, as the subscriber writes it.
pub(super) struct Line<'a>(&'a Lines);

impl Write for Line<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.append(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Writer<T> {
    target: T,
    counts: Arc<Counts>,
    /// Lost lines that were mentioned.
    said: u64,
    /// Whether the last line was written: one that says that lines cannot be written
    /// would be lost as well.
    works: bool,
}

impl<T: Write> Writer<T> {
    fn run(mut self, entries: &Receiver<Entry>, say_lost: impl Fn(u64)) {
        loop {
            let entry = if self.unsaid() == 0 {
                entries.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                entries.recv_timeout(SAY_EVERY)
            };
            match entry {
                Ok(Entry::Line(line)) => self.write(&line),
                Ok(Entry::Flush(done)) => {
                    let _ = self.target.flush();
                    let _ = done.send(());
                }
                Err(RecvTimeoutError::Timeout) => self.say(&say_lost),
                Err(RecvTimeoutError::Disconnected) => return,
            }
            // Soon after there was room again, also when lines never cease.
            if self.counts.waiting.load(Ordering::Acquire) == 0 {
                self.say(&say_lost);
            }
        }
    }

    fn unsaid(&self) -> u64 {
        self.counts.lost.load(Ordering::Acquire) - self.said
    }

    fn say(&mut self, say_lost: &impl Fn(u64)) {
        let unsaid = self.unsaid();
        if unsaid > 0 && self.works {
            self.said += unsaid;
            say_lost(unsaid);
        }
    }

    fn write(&mut self, line: &[u8]) {
        self.works = self.target.write_all(line).is_ok();
        self.counts.waiting.fetch_sub(line.len(), Ordering::AcqRel);
        if !self.works {
            self.counts.lost.fetch_add(1, Ordering::AcqRel);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, SyncSender};

    use super::*;

    /// Takes a line when the test lets it.
    struct Gate {
        open: Receiver<bool>,
        taken: SyncSender<Vec<u8>>,
    }

    impl Write for Gate {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            if self.open.recv().unwrap_or(true) {
                let _ = self.taken.send(line.to_vec());
                Ok(line.len())
            } else {
                Err(io::ErrorKind::BrokenPipe.into())
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    const LIMIT: Duration = Duration::from_secs(20);

    #[test]
    fn flt_36_lines_beyond_the_room_are_lost_counted_and_said() {
        let (open, opened) = mpsc::channel();
        let (taken, lines_taken) = mpsc::sync_channel(1 << 12);
        let (said, lost) = mpsc::channel();
        let gate = Gate {
            open: opened,
            taken,
        };
        let lines = Lines::start(gate, move |count| said.send(count).unwrap_or_default()).unwrap();
        let line = format!("{}\n", "x".repeat(1023));
        for _ in 0..2000 {
            lines.append(line.as_bytes());
        }
        assert!(lines.counts.waiting.load(Ordering::Acquire) <= WAITING);
        drop(open);
        let kept = 2000 - lost.recv_timeout(LIMIT).unwrap();
        assert!((1000..1100).contains(&kept), "{kept}");
        lines.flush(LIMIT);
        assert_eq!(lines_taken.try_iter().count() as u64, kept);
        assert_eq!(lines.counts.waiting.load(Ordering::Acquire), 0);
    }

    #[test]
    fn flt_36_an_error_of_a_write_is_said_after_a_line_was_written() {
        let (open, opened) = mpsc::channel();
        let (taken, _lines_taken) = mpsc::sync_channel(1 << 12);
        let (said, lost) = mpsc::channel();
        let gate = Gate {
            open: opened,
            taken,
        };
        let lines = Lines::start(gate, move |count| said.send(count).unwrap_or_default()).unwrap();
        for works in [false, false, true] {
            open.send(works).unwrap();
            lines.append(b"line\n");
            lines.flush(LIMIT);
        }
        assert_eq!(lost.recv_timeout(LIMIT), Ok(2));
    }

    #[test]
    fn flt_40_a_line_is_one_line_whatever_is_in_it() {
        let (taken, lines_taken) = mpsc::sync_channel(1);
        let gate = Gate {
            open: mpsc::channel().1,
            taken,
        };
        let lines = Lines::start(gate, |_| ()).unwrap();
        lines.append("a\nb\u{85}\u{9b}\u{2028}é\u{202e}\n".as_bytes());
        let line = lines_taken.recv_timeout(LIMIT).unwrap();
        let line = String::from_utf8(line).unwrap();
        assert_eq!(line, "a\\u000ab\\u0085\\u009b\\u2028é\\u202e\n");
    }
}
