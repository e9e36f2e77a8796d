//! The folder of the cache and the files in it, each judged by its open descriptor.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, Stat};

use super::CacheFault;
use super::sweep::PARTIAL;

/// A folder of this user's own that nobody else has access to.
pub(super) struct Folder(OwnedFd);

impl Folder {
    /// Opens it, making it with mode 0700 when it is missing.
    pub(super) fn open(directory: &Path) -> Result<Self, CacheFault> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder =
            rustix::fs::openat(CWD, directory, flags, Mode::empty()).map_err(io::Error::from)?;
        let stat = rustix::fs::fstat(&folder).map_err(io::Error::from)?;
        if !is_private(&stat) {
            return Err(CacheFault::Shared {
                mode: stat.st_mode & 0o7777,
                owner: stat.st_uid,
            });
        }
        Ok(Self(folder))
    }

    /// What is in the file of this name: at most `limit` bytes, and `None` when there
    /// is no such file, or it is not this user's own or not closed to everybody else.
    /// A file that is read counts as used today.
    pub(super) fn read(&self, name: &str, limit: u64) -> io::Result<Option<Vec<u8>>> {
        // Without NONBLOCK a FIFO under this name would hold the start for ever.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let file = match rustix::fs::openat(&self.0, name, flags, Mode::empty()) {
            Ok(file) => file,
            Err(rustix::io::Errno::NOENT | rustix::io::Errno::LOOP) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let stat = rustix::fs::fstat(&file)?;
        let length = u64::try_from(stat.st_size).unwrap_or(u64::MAX);
        let regular = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
        if !regular || !is_private(&stat) || length > limit {
            return Ok(None);
        }
        let mut file = File::from(file);
        let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
        (&mut file).take(limit).read_to_end(&mut bytes)?;
        // A file system without times keeps the file for less long.
        let _ = file.set_modified(std::time::SystemTime::now());
        Ok(Some(bytes))
    }

    /// Writes a file of mode 0600, all or nothing: a half-written file never has the
    /// final name, and is removed.
    pub(super) fn write(&self, name: &str, parts: &[&[u8]]) -> io::Result<()> {
        let partial = self.write_partial(name, parts)?;
        let renamed = rustix::fs::renameat(&self.0, &*partial, &self.0, name);
        self.unless_done(&partial, renamed.map_err(io::Error::from))
    }

    /// The same, unless there is a file of this name already.
    pub(super) fn write_new(&self, name: &str, parts: &[&[u8]]) -> io::Result<()> {
        let partial = self.write_partial(name, parts)?;
        let linked = rustix::fs::linkat(&self.0, &*partial, &self.0, name, AtFlags::empty());
        self.remove(&partial)?;
        match linked {
            Ok(()) | Err(rustix::io::Errno::EXIST) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.0, name, AtFlags::empty())?)
    }

    /// The names in it, with what is known of each.
    pub(super) fn list(&self) -> io::Result<Vec<(String, Stat)>> {
        let mut found = Vec::new();
        for entry in Dir::read_from(&self.0)? {
            let entry = entry?;
            if let Ok(name) = entry.file_name().to_str()
                && let Ok(stat) = rustix::fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW)
            {
                found.push((name.to_owned(), stat));
            }
        }
        Ok(found)
    }

    /// Returns the name of a file that has everything, on the disk.
    fn write_partial(&self, name: &str, parts: &[&[u8]]) -> io::Result<String> {
        let mut random = [0; 8];
        aws_lc_rs::rand::fill(&mut random).map_err(|_| io::Error::other("no randomness"))?;
        let partial = format!("{name}{PARTIAL}{:016x}", u64::from_le_bytes(random));
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&self.0, &*partial, flags, Mode::RUSR | Mode::WUSR)?;
        let mut file = File::from(file);
        let written = parts.iter().try_for_each(|part| file.write_all(part));
        self.unless_done(&partial, written.and_then(|()| file.sync_all()))?;
        Ok(partial)
    }

    /// Removes what is left of a file that could not be written.
    fn unless_done(&self, partial: &str, done: io::Result<()>) -> io::Result<()> {
        done.inspect_err(|_| {
            // The sweep of a later start removes what cannot be removed now.
            let _ = self.remove(partial);
        })
    }
}

/// Whether it is this user's own, and nobody else has any access to it.
fn is_private(stat: &Stat) -> bool {
    let others = Mode::from_raw_mode(stat.st_mode) & (Mode::RWXG | Mode::RWXO);
    stat.st_uid == rustix::process::geteuid().as_raw() && others.is_empty()
}
