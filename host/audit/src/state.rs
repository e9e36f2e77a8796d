//! The state file: what the next process needs to go on with the chain.
//!
//! It is a text of four lines: `claviger audit state 1`, the seed of the next key, where
//! in its file the last checkpoint begins with that checkpoint, and a SHA-256 over the
//! three. It may be older than the log: every key follows from an earlier one, so that
//! the checkpoints after it are found and followed. It is newer only by the first
//! checkpoint of a chain, which can be written from it.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use claviger_config::access::{self, Use};
use rustix::fs::OFlags;
use zeroize::Zeroizing;

use crate::chain::Chain;
use crate::checkpoint::Checkpoint;
use crate::hex;
use crate::key::{KeyFault, SigningKey};

const FIRST_LINE: &str = "claviger audit state 1";
/// The longest state file that is read, in bytes.
const LONGEST: u64 = 8192;

/// The end of a chain.
pub(crate) struct State {
    /// Of the checkpoint after the last one.
    pub(crate) key: SigningKey,
    /// Where in its file the last checkpoint begins.
    pub(crate) offset: u64,
    pub(crate) checkpoint: Checkpoint,
}

/// What is at the place of a state file.
pub(crate) enum Found {
    Nothing,
    /// Something that is no state file.
    Damaged,
    State(Box<State>),
}

impl State {
    /// Of a chain whose last checkpoint begins there.
    pub(crate) fn of(chain: &Chain, offset: u64) -> Result<Option<Self>, KeyFault> {
        let Some(checkpoint) = chain.last() else {
            return Ok(None);
        };
        Ok(Some(Self {
            key: chain.key().copy()?,
            offset,
            checkpoint: checkpoint.clone(),
        }))
    }

    /// Goes on from here.
    pub(crate) fn chain(&self) -> Result<Chain, KeyFault> {
        Ok(Chain::resume(self.key.copy()?, self.checkpoint.clone()))
    }

    fn text(&self) -> Zeroizing<Vec<u8>> {
        // Never moved to a larger place, which would leave a copy of the seed behind.
        let mut text = Zeroizing::new(Vec::with_capacity(usize::try_from(LONGEST).unwrap_or(0)));
        text.extend_from_slice(FIRST_LINE.as_bytes());
        text.push(b'\n');
        hex::encode_into(&mut text, &**self.key.seed());
        text.push(b'\n');
        text.extend_from_slice(self.offset.to_string().as_bytes());
        text.push(b' ');
        text.extend_from_slice(&self.checkpoint.line());
        text.push(b'\n');
        let sum = digest(&SHA256, &text);
        hex::encode_into(&mut text, sum.as_ref());
        text.push(b'\n');
        text
    }

    /// Reads the text of a state file.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let body = text.get(..text.len().checked_sub(65)?)?;
        let sum: [u8; 32] = hex::decode(text.get(body.len()..)?.strip_suffix(b"\n")?)?;
        (digest(&SHA256, body).as_ref() == sum).then_some(())?;
        let body = std::str::from_utf8(body).ok()?.strip_suffix('\n')?;
        let mut lines = body.splitn(3, '\n');
        (lines.next()? == FIRST_LINE).then_some(())?;
        let seed = hex::decode(lines.next()?.as_bytes()).map(Zeroizing::new)?;
        let key = SigningKey::of(seed).ok()?;
        let (offset, line) = lines.next()?.split_once(' ')?;
        let checkpoint = Checkpoint::parse(line.as_bytes())?;
        let fits = checkpoint.is_signed() && checkpoint.next == key.public();
        fits.then_some(Self {
            key,
            offset: offset.parse().ok()?,
            checkpoint,
        })
    }
}

/// Beside the log.
pub(crate) fn path_for(log: &Path) -> PathBuf {
    with_suffix(log, ".state")
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

/// Reads a state file. That others can read it is an error: they could have the key.
pub(crate) fn read(path: &Path) -> io::Result<Found> {
    let file = match access::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => return Err(error),
    };
    let metadata = file.metadata()?;
    access::judge(&metadata, path, Use::Secret)
        .map_err(|fault| io::Error::other(format!("{}: {}", fault.problem, fault.fix)))?;
    if !metadata.is_file() || metadata.len() > LONGEST {
        return Ok(Found::Damaged);
    }
    let mut text = Zeroizing::new(Vec::with_capacity(usize::try_from(LONGEST).unwrap_or(0)));
    file.take(LONGEST).read_to_end(&mut text)?;
    Ok(State::parse(&text).map_or(Found::Damaged, |state| Found::State(Box::new(state))))
}

/// Puts another state in the place of the last one, as a whole and on the disk.
pub(crate) fn replace(path: &Path, state: &State) -> io::Result<()> {
    let new = with_suffix(path, ".new");
    write_synced(&new, &state.text())?;
    fs::rename(&new, path)?;
    sync_folder(path)
}

/// Writes a file that only its owner reads, whatever was there.
pub(crate) fn write_synced(path: &Path, text: &[u8]) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let flags = i32::try_from(OFlags::NOFOLLOW.bits()).unwrap_or(0);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .custom_flags(flags)
        .open(path)?;
    file.write_all(text)?;
    file.sync_all()
}

/// Makes new names in the folder of this file last.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::time::SystemTime;

    use super::*;
    use crate::checkpoint::{Before, Reason};

    fn state() -> State {
        let mut chain = Chain::begin().unwrap();
        let reason = Reason::Begun(Before::Nothing);
        chain.seal(reason, SystemTime::now(), 0).unwrap();
        State::of(&chain, 17).unwrap().unwrap()
    }

    #[test]
    fn flt_39_a_state_is_read_as_it_was_written_and_not_if_a_byte_is_another() {
        let state = state();
        let text = state.text();
        let read = State::parse(&text).unwrap();
        assert_eq!((read.offset, read.checkpoint), (17, state.checkpoint));
        assert_eq!(read.key.seed(), state.key.seed());
        for at in 0..text.len() {
            let mut changed = text.to_vec();
            changed[at] ^= 1;
            assert!(State::parse(&changed).is_none(), "byte {at}");
            assert!(State::parse(&text[..at]).is_none(), "{at} bytes");
        }
    }

    #[test]
    fn the_file_is_its_owners_alone_and_replaced_as_a_whole() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("audit.jsonl.state");
        assert!(matches!(read(&path).unwrap(), Found::Nothing));
        // Left by a process that was killed.
        fs::write(directory.path().join("audit.jsonl.state.new"), "half").unwrap();
        for _ in 0..2 {
            replace(&path, &state()).unwrap();
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
            assert!(matches!(read(&path).unwrap(), Found::State(_)));
        }
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
        fs::write(&path, "nonsense").unwrap();
        assert!(matches!(read(&path).unwrap(), Found::Damaged));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(read(&path).is_err(), "others may have read the key");
    }
}
