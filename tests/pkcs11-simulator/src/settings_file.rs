//! Where the settings are, and what they are now.

use std::ffi::{CStr, OsStr};
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use std::{env, mem};

use crate::settings::Settings;

/// Names the file when there is none beside the library.
const VARIABLE: &str = "CLAVIGER_SIMULATOR";

/// File systems keep times in steps, so a file this young may change once more
/// without looking different.
const YOUNG: Duration = Duration::from_millis(100);

/// The settings file, read again whenever it has changed.
pub(crate) struct SettingsFile {
    last: Mutex<Option<Reading>>,
}

struct Reading {
    path: Option<PathBuf>,
    stamp: Option<Stamp>,
    result: Result<Arc<Settings>, String>,
}

/// What tells one state of a file from another.
#[derive(PartialEq, Eq)]
struct Stamp {
    inode: u64,
    length: u64,
    modified: SystemTime,
    changed: (i64, i64),
}

impl SettingsFile {
    pub(crate) const fn new() -> Self {
        Self {
            last: Mutex::new(None),
        }
    }

    /// The settings as they are now. One `stat` when nothing has changed; a
    /// fault is on standard error once.
    pub(crate) fn current(&self) -> Result<Arc<Settings>, String> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let path = match last.as_ref() {
            Some(reading) => reading.path.clone(),
            None => locate(),
        };
        let Some(file) = &path else {
            let result = Ok(Arc::default());
            let reading = last.get_or_insert(Reading {
                path,
                stamp: None,
                result,
            });
            return reading.result.clone();
        };
        let stamp = fs::metadata(file).and_then(|found| stamp(&found)).ok();
        if let Some(reading) = last.as_ref()
            && reading.stamp == stamp
            && stamp.as_ref().is_some_and(Stamp::is_settled)
        {
            return reading.result.clone();
        }
        let result = fs::read_to_string(file)
            .map_err(|error| error.to_string())
            .and_then(|text| Settings::parse(&text))
            .map_err(|fault| format!("{}: {fault}", file.display()));
        let result = match (result, last.take()) {
            // The same settings keep their allocation, which stands for "no
            // change" further on.
            (
                Ok(new),
                Some(Reading {
                    result: Ok(old), ..
                }),
            ) if *old == new => Ok(old),
            (Ok(new), _) => Ok(Arc::new(new)),
            (
                Err(new),
                Some(Reading {
                    result: Err(old), ..
                }),
            ) if old == new => Err(old),
            (Err(new), _) => {
                report(&new);
                Err(new)
            }
        };
        *last = Some(Reading {
            path,
            stamp,
            result: result.clone(),
        });
        result
    }
}

impl Stamp {
    fn is_settled(&self) -> bool {
        self.modified.elapsed().is_ok_and(|age| age > YOUNG)
    }
}

fn stamp(found: &Metadata) -> io::Result<Stamp> {
    Ok(Stamp {
        inode: found.ino(),
        length: found.len(),
        modified: found.modified()?,
        changed: (found.ctime(), found.ctime_nsec()),
    })
}

/// The file beside the library, so that two copies of it can differ; else the
/// one that the environment names; else none, and the defaults.
fn locate() -> Option<PathBuf> {
    own_path()
        .map(|library| library.with_added_extension("conf"))
        .filter(|beside| beside.exists())
        .or_else(|| env::var_os(VARIABLE).map(PathBuf::from))
}

/// The file this library was loaded from.
fn own_path() -> Option<PathBuf> {
    // SAFETY: all zeros are four null pointers.
    let mut found: libc::Dl_info = unsafe { mem::zeroed() };
    // SAFETY: any address may be asked about, and there is room for the answer.
    let status = unsafe { libc::dladdr(own_path as *const libc::c_void, &raw mut found) };
    if status == 0 || found.dli_fname.is_null() {
        return None;
    }
    // SAFETY: not null, so a C string, which lives as long as the library.
    let name = unsafe { CStr::from_ptr(found.dli_fname) };
    Some(PathBuf::from(OsStr::from_bytes(name.to_bytes())))
}

#[expect(
    clippy::print_stderr,
    reason = "a library has no other way to tell the author of a test what is wrong"
)]
pub(crate) fn report(fault: &str) {
    eprintln!("claviger simulator: {fault}");
}
