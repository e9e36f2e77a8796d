//! Heads leave the machine: to another mount, to syslog, to a program.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use tracing::{error, info};

use crate::datagram::{Datagrams, Format};
use crate::head::Head;
use crate::settings::HeadExport;
use crate::slot::Slot;
use crate::state::{sync_folder, write_synced};

/// An exporter with its thread: one that hangs holds up no other.
pub(crate) struct Exporter {
    shared: Arc<Shared>,
}

struct Shared {
    name: String,
    /// The newest head. One that was not exported when the next one came is left out.
    head: Slot<Head>,
    failing: AtomicBool,
}

impl Exporter {
    pub(crate) fn open(export: HeadExport) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            name: match &export {
                HeadExport::Replace(path) | HeadExport::Append(path) => {
                    format!("file {}", path.display())
                }
                HeadExport::Syslog(path) => format!("syslog {}", path.display()),
                HeadExport::Command { argv, .. } => {
                    format!("command {}", argv.first().map_or("", |program| program))
                }
            },
            head: Slot::new(),
            failing: AtomicBool::new(false),
        });
        let exporting = Arc::clone(&shared);
        thread::Builder::new()
            .name("audit-head".to_owned())
            .spawn(move || export_until_closed(&exporting, &export))?;
        Ok(Self { shared })
    }

    pub(crate) fn offer(&self, head: Head) {
        self.shared.head.update(|waiting| *waiting = Some(head));
    }

    /// Its name, and whether the last head could not be exported.
    pub(crate) fn failing(&self) -> (String, bool) {
        (
            self.shared.name.clone(),
            self.shared.failing.load(Ordering::Relaxed),
        )
    }

    pub(crate) fn finish(&self, deadline: Instant) {
        if !self.shared.head.finish(deadline) {
            error!(
                export = self.shared.name,
                "the last audit head is not exported"
            );
        }
    }
}

fn export_until_closed(shared: &Shared, export: &HeadExport) {
    while let Some(head) = shared.head.next() {
        let result = export_to(export, &format!("{head}\n"));
        let failed = shared.failing.swap(result.is_err(), Ordering::Relaxed);
        let name = &*shared.name;
        match result {
            Err(cause) if !failed => {
                error!(export = name, error = %cause, "audit heads cannot be exported");
            }
            Ok(()) if failed => info!(export = name, "audit heads are exported again"),
            _ => {}
        }
    }
}

fn export_to(export: &HeadExport, line: &str) -> io::Result<()> {
    match export {
        HeadExport::Replace(path) => {
            let mut new = path.clone().into_os_string();
            new.push(".new");
            write_synced(Path::new(&new), line.as_bytes())?;
            fs::rename(new, path)?;
            sync_folder(path)
        }
        HeadExport::Append(path) => {
            let flags = i32::try_from((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits()).unwrap_or(0);
            let mut file = OpenOptions::new()
                .create(true)
                .append(true)
                .mode(0o600)
                .custom_flags(flags)
                .open(path)?;
            file.write_all(line.as_bytes())?;
            file.sync_data()
        }
        HeadExport::Syslog(path) => {
            Datagrams::new(path.clone(), Format::Syslog)?.send(line.trim_end().as_bytes())
        }
        HeadExport::Command { argv, limit } => run(argv, *limit, line),
    }
}

/// Without a shell. When it returns, the program has ended.
fn run(argv: &[String], limit: Duration, line: &str) -> io::Result<()> {
    let Some((program, arguments)) = argv.split_first() else {
        return Err(io::Error::other("no program is named"));
    };
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut child = Command::new(program)
        .args(arguments)
        .env_clear()
        .env("PATH", path)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    // A head is shorter than what any pipe holds: this does not wait for the program.
    let written = child
        .stdin
        .take()
        .map_or(Ok(()), |mut stdin| stdin.write_all(line.as_bytes()));
    let in_time = ends_within(child.id(), limit);
    if !matches!(in_time, Ok(true)) {
        child.kill()?;
    }
    let status = child.wait()?;
    if !in_time? {
        return Err(io::Error::other(format!("it was killed after {limit:?}")));
    }
    if !status.success() {
        return Err(io::Error::other(format!("it ended with {status}")));
    }
    match written {
        // It did not want to read all of it.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}

fn ends_within(id: u32, limit: Duration) -> io::Result<bool> {
    let id = i32::try_from(id).ok().and_then(Pid::from_raw);
    let id = id.ok_or(io::ErrorKind::NotFound)?;
    let process = pidfd_open(id, PidfdFlags::empty())?;
    let end = Instant::now() + limit;
    loop {
        let rest = end.saturating_duration_since(Instant::now());
        let rest = Timespec::try_from(rest).map_err(io::Error::other)?;
        match poll(&mut [PollFd::new(&process, PollFlags::IN)], Some(&rest)) {
            Ok(ended) => return Ok(ended > 0),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(script: &str, limit: Duration) -> io::Result<()> {
        let argv = ["/bin/sh", "-c", script].map(str::to_owned);
        export_to(
            &HeadExport::Command {
                argv: argv.into(),
                limit,
            },
            "head\n",
        )
    }

    #[test]
    fn flt_39_a_program_reads_the_head_and_has_a_time_limit() {
        let long = Duration::from_mins(1);
        command("read head && test \"$head\" = head", long).unwrap();
        command("exec true", long).unwrap();
        let fault = command("exit 3", long).unwrap_err();
        assert!(fault.to_string().contains("exit status: 3"), "{fault}");
        let fault = command("exec sleep 600", Duration::from_millis(20)).unwrap_err();
        assert!(fault.to_string().contains("killed after 20ms"), "{fault}");
    }

    #[test]
    fn flt_39_a_file_has_the_last_head_or_all_of_them() {
        let directory = tempfile::tempdir().unwrap();
        let [last, all] = ["last", "all"].map(|name| directory.path().join(name));
        for head in ["1\n", "2\n"] {
            export_to(&HeadExport::Replace(last.clone()), head).unwrap();
            export_to(&HeadExport::Append(all.clone()), head).unwrap();
        }
        assert_eq!(fs::read_to_string(last).unwrap(), "2\n");
        assert_eq!(fs::read_to_string(all).unwrap(), "1\n2\n");
    }
}
