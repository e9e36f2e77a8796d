//! The files of one log: the one that is written, and those before it.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

use crate::checkpoint::Checkpoint;
use crate::lines::read_line;

/// The name that a file gets when it is full: `audit.jsonl.20261129T015500Z-000000004096`
/// by the time and the last record in it, so that names sort by age.
pub(crate) fn rotated(log: &Path, time: SystemTime, seq: u64) -> PathBuf {
    let seconds = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.as_secs());
    let time = humantime::format_rfc3339_seconds(time).to_string();
    let mut name = log.as_os_str().to_owned();
    name.push(format!(".{}-{seq:012}", time.replace(['-', ':'], "")));
    PathBuf::from(name)
}

/// Renames a file unless there is one of the new name.
pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // The file system does not know the flag.
        Err(Errno::INVAL | Errno::NOSYS) if !to.try_exists()? => fs::rename(from, to),
        result => Ok(result?),
    }
}

/// Deletes the oldest of the files that have been rotated, but for so many.
pub(crate) fn delete_oldest(log: &Path, keep: usize) -> io::Result<()> {
    let mut names = siblings(log)?;
    names.retain(|path| is_rotated(log, path));
    names.sort();
    names
        .iter()
        .take(names.len().saturating_sub(keep))
        .try_for_each(fs::remove_file)
}

fn is_rotated(log: &Path, path: &Path) -> bool {
    let suffix = path
        .as_os_str()
        .as_encoded_bytes()
        .strip_prefix(log.as_os_str().as_encoded_bytes());
    let Some([b'.', suffix @ ..]) = suffix else {
        return false;
    };
    let form = b"dddddddd dddddd  dddddddddddd".map(|c| if c == b'd' { c } else { 0 });
    let marks = suffix.get(8) == Some(&b'T') && suffix.get(15..17) == Some(b"Z-");
    let digits = suffix
        .iter()
        .zip(form)
        .all(|(c, form)| form == 0 || c.is_ascii_digit());
    marks && digits && suffix.len() >= form.len() && suffix.iter().skip(17).all(u8::is_ascii_digit)
}

/// The other files in the folder whose names begin with that of the log, whoever gave
/// them these names.
pub(crate) fn siblings(log: &Path) -> io::Result<Vec<PathBuf>> {
    let folder = match log.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let name = log.file_name().unwrap_or(OsStr::new("")).as_encoded_bytes();
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let other = entry.file_name();
        let is_sibling = match other.as_encoded_bytes().strip_prefix(name) {
            Some(b".state" | b".state.new") => false,
            Some([b'.' | b'-', ..]) => entry.file_type()?.is_file(),
            _ => false,
        };
        if is_sibling {
            found.push(log.with_file_name(other));
        }
    }
    Ok(found)
}

/// The first checkpoint among the first `within` lines of a file: it says where in a
/// chain the file belongs.
pub(crate) fn first_checkpoint(path: &Path, within: usize) -> io::Result<Option<Checkpoint>> {
    let mut reader = BufReader::new(File::open(path)?);
    let mut line = Vec::new();
    for _ in 0..within {
        if read_line(&mut reader, &mut line, |_| ())?.is_none() {
            break;
        }
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        if let Some(checkpoint) = Checkpoint::parse(text) {
            return Ok(Some(checkpoint));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_rotated_files_sort_by_age_and_only_they_are_deleted() {
        let directory = tempfile::tempdir().unwrap();
        let log = directory.path().join("audit.jsonl");
        let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_917_300_999);
        let name = rotated(&log, time, 4096);
        assert!(
            name.to_str()
                .unwrap()
                .ends_with("audit.jsonl.20261129T015500Z-000000004096")
        );
        assert!(name < rotated(&log, time, 10_000));
        assert!(name < rotated(&log, time + Duration::from_secs(1), 1));
        let others = [
            "audit.jsonl.1",
            "audit.jsonl.20261129T015500Z-00000000409x",
            "audit.jsonl.state",
        ];
        for other in others {
            fs::write(directory.path().join(other), "").unwrap();
        }
        for seq in [4096, 5000, 6000] {
            fs::write(rotated(&log, time, seq), "").unwrap();
        }
        delete_oldest(&log, 1).unwrap();
        assert_eq!(
            fs::read_dir(directory.path()).unwrap().count(),
            others.len() + 1
        );
        assert!(rotated(&log, time, 6000).exists());
        assert_eq!(siblings(&log).unwrap().len(), 3);
    }

    #[test]
    fn no_file_is_replaced_by_a_rotated_one() {
        let directory = tempfile::tempdir().unwrap();
        let [from, to] = ["a", "b"].map(|name| directory.path().join(name));
        fs::write(&from, "a").unwrap();
        fs::write(&to, "b").unwrap();
        assert!(rename(&from, &to).is_err());
        assert_eq!(fs::read(&to).unwrap(), b"b");
    }
}
