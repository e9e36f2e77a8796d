//! The file or pipe that lines are written to, and the bytes that wait for it.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use claviger_config::access::{self, Use};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::io::Errno;

use crate::checkpoint::BEGIN;

/// What a pipe takes without delay once it is ready: `PIPE_BUF` of Linux, in bytes.
const PIPE_TAKES: usize = 4096;
/// How long one attempt waits for a pipe. The thread looks up in between, so that a
/// pipe that nobody reads does not hold up the end of the process.
const ATTEMPT: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 50_000_000,
};

/// As much as is kept of the memory that a long wait has needed, in bytes.
const KEPT: usize = 1 << 20;

/// A target of lines, with the lines that it has not taken yet.
pub(crate) struct Output {
    file: Arc<File>,
    regular: bool,
    /// A write may wait for a reader.
    waits: bool,
    pending: Vec<u8>,
    /// So much of `pending` is written.
    sent: usize,
    /// Of the file, when everything is written.
    length: u64,
    /// Somebody deleted or cut it, which has been said.
    damaged: bool,
}

impl Output {
    pub(crate) fn stdout() -> io::Result<Self> {
        let file = io::stdout().as_fd().try_clone_to_owned()?;
        // Whatever it is: others may write to it as well, and its name is not known.
        let file = File::from(file);
        let waits = !file.metadata()?.is_file();
        Ok(Self::of(file, false, waits, 0))
    }

    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = append_to(path)?;
        let metadata = file.metadata()?;
        if metadata.is_file() {
            // Two writers would make two chains of one.
            file.try_lock()
                .map_err(|_| io::Error::other("another process writes it"))?;
        }
        let regular = metadata.is_file();
        Ok(Self::of(file, regular, !regular, metadata.len()))
    }

    fn of(file: File, regular: bool, waits: bool, length: u64) -> Self {
        Self {
            file: Arc::new(file),
            regular,
            waits,
            pending: Vec::new(),
            sent: 0,
            length,
            damaged: false,
        }
    }

    /// A file, and no pipe or device: it has a length, and can be continued.
    pub(crate) fn is_regular(&self) -> bool {
        self.regular
    }

    pub(crate) fn file(&self) -> &Arc<File> {
        &self.file
    }

    /// Where the next byte will be.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Looks how long the file is, before anything is pushed.
    pub(crate) fn measure(&mut self) -> io::Result<()> {
        if self.regular {
            self.length = self.file.metadata()?.len();
        }
        Ok(())
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
        self.length = self.length.saturating_add(bytes.len() as u64);
    }

    /// Writes what waits. What could not be written waits for the next time;
    /// [`io::ErrorKind::TimedOut`] says that a pipe took nothing for a moment.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        while let Some(rest @ [_, ..]) = self.pending.get(self.sent..) {
            let part = if self.waits {
                wait_for(&self.file)?;
                rest.get(..PIPE_TAKES).unwrap_or(rest)
            } else {
                rest
            };
            match (&*self.file).write(part) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => self.sent += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.pending.clear();
        self.pending.shrink_to(KEPT);
        self.sent = 0;
        Ok(())
    }

    /// So many bytes of what waits are written.
    pub(crate) fn sent(&self) -> usize {
        self.sent
    }

    /// Records that are not written, or not to their end.
    pub(crate) fn records_left(&self) -> u64 {
        let mut end = 0;
        let lines = self.pending.split_inclusive(|byte| *byte == b'\n');
        let left = lines.filter(|line| {
            end += line.len();
            end > self.sent && !line.starts_with(BEGIN)
        });
        left.count() as u64
    }

    /// What somebody did to the file that no rotation does, if that is not known yet.
    pub(crate) fn damage(&mut self) -> Option<&'static str> {
        if self.damaged || !self.regular {
            return None;
        }
        let metadata = self.file.metadata().ok()?;
        let written = self.length - (self.pending.len() - self.sent) as u64;
        let damage = if metadata.nlink() == 0 {
            "it was deleted: what it held is gone"
        } else if metadata.len() < written {
            "it was cut: what it held is gone (do not use copytruncate)"
        } else {
            return None;
        };
        self.damaged = true;
        Some(damage)
    }

    /// Whether the file at this path is another one by now, or none.
    pub(crate) fn was_moved(&self, path: &Path) -> bool {
        let identity =
            |metadata: io::Result<std::fs::Metadata>| metadata.map(|it| (it.dev(), it.ino())).ok();
        identity(path.symlink_metadata()) != identity(self.file.metadata())
    }
}

fn wait_for(file: &File) -> io::Result<()> {
    let mut ready = [PollFd::new(file, PollFlags::OUT)];
    match poll(&mut ready, Some(&ATTEMPT)) {
        Ok(0) => Err(io::ErrorKind::TimedOut.into()),
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
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

/// How long a pipe that takes nothing is waited for before that is a fault.
pub(crate) const STALL: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn flt_65_a_pipe_is_judged_as_a_file_is_and_nobody_waits_for_its_reader() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("audit.jsonl");
        let made = std::process::Command::new("mkfifo")
            .args(["-m", "0600"])
            .arg(&path)
            .status();
        assert!(made.unwrap().success());
        let fault = Output::open(&path).err().unwrap();
        assert!(fault.to_string().contains("nobody reads"), "{fault}");
        let _reader = File::options().read(true).write(true).open(&path).unwrap();
        assert!(Output::open(&path).is_ok());
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
        assert!(Output::open(&path).is_err(), "anybody may write it");
    }

    #[test]
    fn a_link_is_not_followed_and_a_file_has_one_writer() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("audit.jsonl");
        let _first = Output::open(&path).unwrap();
        let fault = Output::open(&path).err().unwrap();
        assert!(fault.to_string().contains("another process"), "{fault}");
        let link = directory.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let fault = Output::open(&link).err().unwrap();
        assert!(fault.to_string().contains("symbolic link"), "{fault}");
    }

    #[test]
    fn flt_37_what_a_pipe_does_not_take_waits_and_its_records_are_counted() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("fifo");
        let made = std::process::Command::new("mkfifo")
            .args(["-m", "0600"])
            .arg(&path)
            .status();
        assert!(made.unwrap().success());
        let reader = File::options().read(true).write(true).open(&path).unwrap();
        let mut output = Output::open(&path).unwrap();
        let line = format!("{{\"text\":\"{}\"}}\n", "a".repeat(1000));
        (0..1000).for_each(|_| output.push(line.as_bytes()));
        output.push(b"{\"audit\":\"checkpoint\",...}\n");
        assert_eq!(output.records_left(), 1000);
        let fault = output.flush().err().unwrap();
        assert_eq!(fault.kind(), io::ErrorKind::TimedOut);
        let left = output.records_left();
        // A pipe holds 64 KiB at first, of lines with 1012 bytes.
        assert!((900..1000).contains(&left), "{left}");
        let draining = std::thread::spawn(move || {
            let wanted = 1000 * line.len() + 27;
            let mut bytes = Vec::new();
            io::Read::read_to_end(&mut io::Read::take(reader, wanted as u64), &mut bytes).unwrap();
            bytes.len()
        });
        while output.flush().is_err() {}
        assert_eq!(draining.join().unwrap(), 1000 * 1012 + 27);
        assert_eq!(output.records_left(), 0);
    }

    #[test]
    fn a_failed_write_leaves_the_rest_for_the_next_try() {
        let mut output = Output::open(Path::new("/dev/full")).unwrap();
        output.push(b"12345\n");
        assert!(output.flush().is_err());
        assert!(output.flush().is_err());
        assert_eq!(output.records_left(), 1);
    }
}
