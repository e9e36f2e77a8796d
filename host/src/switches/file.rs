//! The file that says what is switched off.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use claviger_config::access::{self, Use};
use claviger_settings::Fault;
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use super::Off;

/// The longest file, in bytes: some hundred thousand keys.
const MOST: u64 = 16 << 20;
/// The setting that names it.
const SETTING: &str = "control.switches";

/// The file, which nobody else writes as long as this lives.
pub(super) struct SwitchFile {
    path: PathBuf,
    /// Beside it, because the file itself is replaced with every change.
    _lock: File,
}

/// As it is written.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u32,
    key_stores: std::collections::BTreeSet<String>,
    keys: std::collections::BTreeMap<String, std::collections::BTreeSet<String>>,
}

const VERSION: u32 = 1;
const TOO_LONG: &str = "longer than 16 MiB: switch whole key stores off instead of keys";

impl SwitchFile {
    pub(super) fn open(path: &Path) -> Result<(Self, Off), Fault> {
        let cannot = |error: io::Error| {
            Fault::new(
                SETTING,
                format!("{}: {error}", path.display()),
                "name a file in a folder that this user can write to",
            )
        };
        if let Some(folder) = path.parent().filter(|folder| !folder.exists()) {
            let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
            made.map_err(cannot)?;
        }
        let lock = lock(path).map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => Fault::new(
                SETTING,
                format!("{}: another host uses it", path.display()),
                "give each host a file of its own",
            ),
            _ => cannot(error),
        })?;
        let file = Self {
            path: path.to_owned(),
            _lock: lock,
        };
        let off = match read(path) {
            Ok(off) => off,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let off = Off::default();
                file.write(&off).map_err(cannot)?;
                off
            }
            Err(error) => return Err(unknown(path, &error)),
        };
        Ok((file, off))
    }

    /// Replaces the file; it is on the disk when this returns.
    pub(super) fn write(&self, off: &Off) -> io::Result<()> {
        let written = Written {
            version: VERSION,
            key_stores: off.key_stores.clone(),
            keys: off.keys.clone(),
        };
        let mut text = serde_json::to_vec_pretty(&written)?;
        text.push(b'\n');
        if is_too_long(&text) {
            return Err(io::Error::other(TOO_LONG));
        }
        let beside = access::with_suffix(&self.path, ".new");
        let _ = fs::remove_file(&beside);
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&beside)?;
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&beside, &self.path)?;
        File::open(access::folder_of(&self.path))?.sync_all()
    }
}

/// What the file says is off; nothing when it is not there yet.
pub(super) fn examine(path: &Path) -> Result<Off, Fault> {
    match read(path) {
        Ok(off) => Ok(off),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Off::default()),
        Err(error) => Err(unknown(path, &error)),
    }
}

fn read(path: &Path) -> io::Result<Off> {
    let file = access::open(path)?;
    access::judge(&file.metadata()?, path, Use::Trusted)
        .map_err(|fault| io::Error::other(format!("{}: {}", fault.problem, fault.fix)))?;
    let mut bytes = Vec::new();
    file.take(MOST + 1).read_to_end(&mut bytes)?;
    parse(&bytes)
}

fn unknown(path: &Path, error: &io::Error) -> Fault {
    Fault::new(
        SETTING,
        format!(
            "{}: {error}: what is switched off is not known, and nothing is served",
            path.display()
        ),
        "put back a copy of the file; or remove it, which switches everything on, \
         and switch off again what has to be off",
    )
}

/// A file that could not be read again is not written either.
fn is_too_long(bytes: &[u8]) -> bool {
    u64::try_from(bytes.len()).is_ok_and(|length| length > MOST)
}

/// What a file says.
fn parse(bytes: &[u8]) -> io::Result<Off> {
    if is_too_long(bytes) {
        return Err(io::Error::other(TOO_LONG));
    }
    let written: Written = serde_json::from_slice(bytes)
        .map_err(|error| io::Error::other(format!("damaged: {error}")))?;
    if written.version != VERSION {
        return Err(io::Error::other("written by another version of Claviger"));
    }
    Ok(Off {
        key_stores: written.key_stores,
        keys: written.keys,
    })
}

fn lock(path: &Path) -> io::Result<File> {
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(access::with_suffix(path, ".lock"))?;
    flock(&lock, FlockOperation::NonBlockingLockExclusive)?;
    Ok(lock)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_file_and_a_second_host_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deeper/switches.json");
        let (file, off) = SwitchFile::open(&path).unwrap();
        assert_eq!(off, Off::default());
        let second = SwitchFile::open(&path).err().unwrap();
        assert!(second.problem.contains("another host"), "{second:?}");
        let whole = fs::read(&path).unwrap();
        drop(file);
        assert!(SwitchFile::open(&path).is_ok());
        for damaged in [
            whole.get(..whole.len() - 3).unwrap(),
            b"",
            b"{\"version\":2,\"key_stores\":[],\"keys\":{}}",
            b"{\"version\":1,\"key_stores\":[],\"keys\":{},\"more\":0}",
        ] {
            fs::write(&path, damaged).unwrap();
            let fault = SwitchFile::open(&path).err().unwrap();
            assert!(fault.problem.contains("nothing is served"), "{fault:?}");
        }
    }
}
