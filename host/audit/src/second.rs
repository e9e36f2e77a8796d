//! Second sinks: each line also to a daemon. The first sink never waits for them.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use tracing::{error, info};

use crate::datagram::{Datagrams, Format};
use crate::settings::Second;
use crate::slot::Slot;

/// Lines that may wait for a daemon, in bytes.
const WAITING: usize = 4 << 20;

/// A second sink with its thread.
pub(crate) struct Mirror {
    shared: Arc<Shared>,
}

struct Shared {
    name: String,
    lines: Slot<Vec<u8>>,
    lost: AtomicU64,
}

impl Mirror {
    pub(crate) fn open(second: &Second) -> io::Result<Self> {
        let (path, format, kind) = match second {
            Second::Syslog(path) => (path, Format::Syslog, "syslog"),
            Second::Journald(path) => (path, Format::Journald, "journald"),
        };
        let datagrams = Datagrams::new(path.clone(), format)?;
        let shared = Arc::new(Shared {
            name: format!("{kind} {}", path.display()),
            lines: Slot::new(),
            lost: AtomicU64::new(0),
        });
        let sending = Arc::clone(&shared);
        thread::Builder::new()
            .name("audit-second".to_owned())
            .spawn(move || send_until_closed(&sending, datagrams))?;
        Ok(Self { shared })
    }

    /// Lines with their ends.
    pub(crate) fn offer(&self, lines: &[u8]) {
        let taken = self.shared.lines.update(|waiting| {
            let waiting = waiting.get_or_insert_default();
            let fits = waiting.len() + lines.len() <= WAITING;
            if fits {
                waiting.extend_from_slice(lines);
            }
            fits
        });
        if !taken {
            let lost = lines.split_inclusive(|byte| *byte == b'\n').count() as u64;
            self.shared.lost.fetch_add(lost, Ordering::Relaxed);
        }
    }

    /// Its name, and how many lines it has lost.
    pub(crate) fn lost(&self) -> (String, u64) {
        (
            self.shared.name.clone(),
            self.shared.lost.load(Ordering::Relaxed),
        )
    }

    pub(crate) fn finish(&self, deadline: Instant) {
        if !self.shared.lines.finish(deadline) {
            error!(
                sink = self.shared.name,
                "second audit sink: the last lines are not sent"
            );
        }
    }
}

fn send_until_closed(shared: &Shared, mut datagrams: Datagrams) {
    let sink = &*shared.name;
    let mut failing = false;
    while let Some(lines) = shared.lines.next() {
        let mut lines = lines
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty());
        while let Some(line) = lines.next() {
            let Err(cause) = datagrams.send(line) else {
                if std::mem::take(&mut failing) {
                    let lost = shared.lost.load(Ordering::Relaxed);
                    info!(sink, lost, "second audit sink: lines are sent again");
                }
                continue;
            };
            if !std::mem::replace(&mut failing, true) {
                error!(sink, error = %cause, "second audit sink: lines are lost");
            }
            // A daemon that is not there will not be there for the rest; a line that is
            // too long for it says nothing about the others.
            let too_long =
                rustix::io::Errno::from_io_error(&cause) == Some(rustix::io::Errno::MSGSIZE);
            let rest = if too_long {
                0
            } else {
                lines.by_ref().count() as u64
            };
            shared.lost.fetch_add(1 + rest, Ordering::Relaxed);
        }
    }
}
