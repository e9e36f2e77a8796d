//! Reading a file that somebody named: a regular one, and never more of it than was
//! expected.
//!
//! Opening a FIFO waits for whoever writes to it, and a device has no end; neither is
//! seen in the length that the file system says. So what is opened is looked at before
//! it is read, and the reading itself is limited.

use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::path::Path;

use thiserror::Error;
use zeroize::Zeroizing;

use crate::access;

/// Why a file is not read. Tells nothing of what is in it.
#[derive(Debug, Error)]
pub enum FileFault {
    /// The operating system refused.
    #[error("{0}")]
    Unreadable(#[from] io::Error),
    /// A folder, a FIFO, a device or a socket.
    #[error("it is not a regular file")]
    NotRegular,
    /// It has more bytes than such a file has.
    #[error("it has more than {limit} bytes")]
    TooLarge {
        /// The most that is read, in bytes.
        limit: usize,
    },
    /// Bytes that are no text.
    #[error("it is not UTF-8 text")]
    NotText,
}

/// Opens a regular file without waiting for it.
pub fn open(path: &Path) -> Result<(File, Metadata), FileFault> {
    let file = access::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(FileFault::NotRegular);
    }
    Ok((file, metadata))
}

/// The bytes of a regular file, at most `limit` of them. They are overwritten when they
/// are dropped, because some of these files hold secrets.
pub fn read(path: &Path, limit: usize) -> Result<Zeroizing<Vec<u8>>, FileFault> {
    let (file, metadata) = open(path)?;
    read_open(file, &metadata, limit)
}

/// As [`read`], of a file that holds text.
pub fn read_text(path: &Path, limit: usize) -> Result<Zeroizing<String>, FileFault> {
    let bytes = read(path, limit)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| FileFault::NotText)?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// As [`read`], of a file that [`open`] has opened.
pub fn read_open(
    file: File,
    metadata: &Metadata,
    limit: usize,
) -> Result<Zeroizing<Vec<u8>>, FileFault> {
    let more = limit.saturating_add(1);
    // Room for all of it and a byte: a buffer that grows leaves copies behind.
    let length = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
    let room = length.saturating_add(1).min(more);
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    file.take(u64::try_from(more).unwrap_or(u64::MAX))
        .read_to_end(&mut bytes)?;
    if bytes.len() > limit {
        return Err(FileFault::TooLarge { limit });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn fault(path: &str) -> FileFault {
        read(Path::new(path), 10).unwrap_err()
    }

    #[test]
    fn what_is_no_regular_file_is_refused_at_once() {
        let fifo = std::env::temp_dir().join(format!("claviger-fifo-{}", std::process::id()));
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, mode).unwrap();
        let refused = read(&fifo, 10);
        std::fs::remove_file(&fifo).unwrap();
        assert!(matches!(refused, Err(FileFault::NotRegular)));
        for path in ["/dev/zero", "/"] {
            assert!(matches!(fault(path), FileFault::NotRegular), "{path}");
        }
        assert!(matches!(fault("/absent"), FileFault::Unreadable(_)));
    }

    /// A file of /proc says that it has no bytes, and has some.
    #[test]
    fn no_more_than_the_limit_is_read_whatever_length_the_file_system_says() {
        let path = PathBuf::from("/proc/self/status");
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 0);
        assert!(matches!(
            read(&path, 10),
            Err(FileFault::TooLarge { limit: 10 })
        ));
        assert!(read_text(&path, 1 << 20).unwrap().contains("Name:"));
    }
}
