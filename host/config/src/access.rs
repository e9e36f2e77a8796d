//! Who else can read or write a file that this host relies on.
//!
//! A file is judged by the descriptor that is then read, so that nobody can put
//! another file in its place in between.

use claviger_settings::Fault;
use rustix::fs::{Access, AtFlags};
use rustix::io::Errno;
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// What a file or folder is to the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// A secret: nobody else may read it.
    Secret,
    /// What the host goes by: nobody else may write it.
    Trusted,
    /// A folder of such files: nobody else may put files in it.
    Folder,
}

/// What is wrong with who has access to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessFault {
    /// What is wrong.
    pub problem: String,
    /// The command that corrects it.
    pub fix: String,
}

impl AccessFault {
    /// As a fault of the setting at this key path.
    pub fn at(self, setting: &str) -> Fault {
        Fault::new(setting, self.problem, self.fix)
    }
}

/// Whom a process runs as.
#[derive(Clone, Debug)]
struct Process {
    user: u32,
    groups: Vec<u32>,
}

impl Process {
    fn this() -> Self {
        let group = rustix::process::getegid().as_raw();
        let others = rustix::process::getgroups().unwrap_or_default();
        let groups = others.into_iter().map(rustix::fs::Gid::as_raw);
        Self {
            user: rustix::process::geteuid().as_raw(),
            groups: groups.chain([group]).collect(),
        }
    }
}

/// The part of a file's metadata that decides.
#[derive(Clone, Copy, Debug)]
struct Permissions {
    owner: u32,
    group: u32,
    mode: u32,
}

/// Opens a file for reading without waiting for it, which matters when it is a FIFO.
pub fn open(path: &Path) -> io::Result<File> {
    let nonblocking = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or(0);
    File::options()
        .read(true)
        .custom_flags(nonblocking)
        .open(path)
}

/// Whether this process may write to a file, or make it in its folder; folders of it that
/// are not there may be made as well if `makes_folders`. Nothing is touched.
///
/// # Errors
/// What the operating system says, with the path that it says it of when that is another.
pub fn may_write(path: &Path, makes_folders: bool) -> io::Result<()> {
    let may =
        |path: &Path, access| rustix::fs::accessat(rustix::fs::CWD, path, access, AtFlags::EACCESS);
    match may(path, Access::WRITE_OK) {
        Err(Errno::NOENT) => {}
        done => return Ok(done?),
    }
    let mut folder = folder_of(path);
    loop {
        match may(folder, Access::WRITE_OK | Access::EXEC_OK) {
            Err(Errno::NOENT) if makes_folders && folder_of(folder) != folder => {
                folder = folder_of(folder);
            }
            Err(error) => {
                let error = io::Error::from(error);
                let said = format!("{}: {error}", folder.display());
                return Err(io::Error::new(error.kind(), said));
            }
            Ok(()) => return Ok(()),
        }
    }
}

/// A path beside this one: its name with `suffix` behind it.
pub fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// The folder that a path is in; of the root, itself.
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
        Some(folder) => folder,
        None => path,
    }
}

/// Judges an open file, or a folder by its metadata. `shown` is its name.
pub fn judge(metadata: &Metadata, shown: &Path, to_us: Use) -> Result<(), AccessFault> {
    let permissions = Permissions {
        owner: metadata.uid(),
        group: metadata.gid(),
        mode: metadata.mode() & 0o7777,
    };
    permissions.judge(&Process::this(), &shown.display().to_string(), to_us)
}

impl Permissions {
    fn judge(self, process: &Process, shown: &str, to_us: Use) -> Result<(), AccessFault> {
        let Self { owner, mode, .. } = self;
        // Root acts for others: `sudo claviger key disable` on a service's files.
        if ![0, process.user].contains(&owner) && process.user != 0 {
            return Err(AccessFault {
                problem: format!("{shown} belongs to user {owner}, who can change it"),
                fix: format!("chown it to the user that runs claviger, or to root: {shown}"),
            });
        }
        let (refused, fix) = match to_us {
            Use::Secret => (!self.is_secret(process), format!("chmod 600 {shown}")),
            Use::Trusted => (self.others_write(process), format!("chmod go-w {shown}")),
            Use::Folder => (
                // In a sticky folder nobody replaces the files of others.
                self.others_write(process) && !self.is_sticky(),
                format!("chmod go-w {shown}"),
            ),
        };
        if !refused {
            return Ok(());
        }
        let access = match to_us {
            Use::Secret => "others have access to",
            Use::Trusted => "others can write to",
            Use::Folder => "others can put files into",
        };
        Err(AccessFault {
            problem: format!("{access} {shown} (mode {mode:04o})"),
            fix,
        })
    }

    /// Nobody else has access; or nobody but root can write to it, and a group may read
    /// it that root chose or that this process is in. That is how Kubernetes, systemd
    /// and distributions hand out secrets.
    fn is_secret(self, process: &Process) -> bool {
        let by_others = self.mode & 0o077 != 0;
        let to_us = process.groups.contains(&self.group);
        let from_root = self.owner == 0;
        // Who else than root may write is this process, when it is root.
        let allowed = if from_root && to_us && process.user != 0 {
            0o640
        } else if from_root || to_us {
            0o440
        } else {
            0o000
        };
        !by_others || self.mode & !allowed == 0
    }

    fn is_sticky(self) -> bool {
        self.mode & 0o1000 != 0
    }

    /// Its own user's group may write.
    fn others_write(self, process: &Process) -> bool {
        let by_group =
            self.mode & 0o020 != 0 && self.group != 0 && process.groups.last() != Some(&self.group);
        by_group || self.mode & 0o002 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVICE: u32 = 990;
    const SOMEBODY: u32 = 1000;

    fn judge(owner: u32, group: u32, mode: u32, to_us: Use) -> Result<(), String> {
        let process = Process {
            user: SERVICE,
            groups: vec![2000, SERVICE],
        };
        let permissions = Permissions { owner, group, mode };
        let judged = permissions.judge(&process, "file", to_us);
        judged.map_err(|fault| format!("{}; {}", fault.problem, fault.fix))
    }

    #[test]
    fn flt_65_a_secret_is_read_by_its_user_or_as_root_hands_it_out() {
        for (owner, group, mode) in [
            (SERVICE, SERVICE, 0o600),
            (SERVICE, SERVICE, 0o400),
            (SERVICE, SERVICE, 0o440),
            (0, 0, 0o400),
            (0, 0, 0o440),
            (0, SERVICE, 0o440),
            (0, 2000, 0o440),
            (SERVICE, 2000, 0o440),
            (0, SERVICE, 0o640),
        ] {
            assert_eq!(judge(owner, group, mode, Use::Secret), Ok(()), "{mode:o}");
        }
        for (owner, group, mode) in [
            (SERVICE, SERVICE, 0o640),
            (SERVICE, SOMEBODY, 0o440),
            (SERVICE, SERVICE, 0o444),
            (SERVICE, SERVICE, 0o660),
            (SERVICE, SERVICE, 0o610),
            (0, 0, 0o644),
            (0, 0, 0o640),
        ] {
            let fault = judge(owner, group, mode, Use::Secret).unwrap_err();
            assert!(fault.starts_with("others have access to file"), "{fault}");
            assert!(fault.ends_with("chmod 600 file"), "{fault}");
        }
    }

    #[test]
    fn flt_65_what_another_user_owns_is_refused() {
        for to_us in [Use::Secret, Use::Trusted, Use::Folder] {
            let fault = judge(SOMEBODY, SERVICE, 0o600, to_us).unwrap_err();
            assert!(fault.starts_with("file belongs to user 1000"), "{fault}");
        }
    }

    #[test]
    fn flt_65_what_others_can_write_is_refused() {
        for mode in [0o644, 0o600, 0o755, 0o664] {
            assert_eq!(judge(SERVICE, SERVICE, mode, Use::Trusted), Ok(()));
        }
        assert_eq!(judge(SERVICE, SERVICE, 0o1777, Use::Folder), Ok(()));
        for mode in [0o666, 0o646, 0o602, 0o777] {
            let fault = judge(SERVICE, SERVICE, mode, Use::Trusted).unwrap_err();
            assert!(fault.contains("chmod go-w file"), "{fault}");
            assert!(judge(SERVICE, SERVICE, mode, Use::Folder).is_err());
        }
        assert!(judge(SERVICE, 2000, 0o664, Use::Trusted).is_err());
    }
}
