use claviger_settings::Fault;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use zeroize::Zeroizing;

/// The longest secret file, in bytes.
const FILE_LIMIT: usize = 4096;

/// The bytes of a secret's file without the newline that editors put at its
/// end: a regular file of at most 4 KiB that group and others have no access to.
/// `setting` is the key path of faults.
pub(super) fn read(file: &Path, setting: &str) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let fault = |problem: String, fix: String| Fault::new(setting, problem, fix);
    let shown = file.display();
    let unreadable = |error: &io::Error| {
        fault(
            format!("cannot read {shown}: {error}"),
            "correct the path, or give the user that runs claviger access".to_owned(),
        )
    };
    let refuse_unless_private = |metadata: &Metadata| {
        let mode = metadata.permissions().mode() & 0o7777;
        if !metadata.is_file() {
            Err(fault(
                format!("{shown} is not a regular file"),
                "name a file".to_owned(),
            ))
        } else if mode & 0o077 != 0 {
            Err(fault(
                format!("others have access to {shown} (mode {mode:04o})"),
                format!("chmod 600 {shown}"),
            ))
        } else {
            Ok(())
        }
    };
    // Before opening, since opening a FIFO waits; after it, since the name may
    // stand for another file by then.
    refuse_unless_private(&fs::metadata(file).map_err(|error| unreadable(&error))?)?;
    let opened = File::open(file).map_err(|error| unreadable(&error))?;
    refuse_unless_private(&opened.metadata().map_err(|error| unreadable(&error))?)?;

    // Room for more than is read: a buffer that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(2 * FILE_LIMIT));
    let limit = u64::try_from(FILE_LIMIT + 1).unwrap_or(u64::MAX);
    opened
        .take(limit)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(&error))?;
    if bytes.len() > FILE_LIMIT {
        return Err(fault(
            format!("{shown} is larger than {FILE_LIMIT} bytes"),
            "name the file that holds the secret and nothing else".to_owned(),
        ));
    }
    if bytes.ends_with(b"\n") {
        let newline = if bytes.ends_with(b"\r\n") { 2 } else { 1 };
        let length = bytes.len() - newline;
        bytes.truncate(length);
    }
    Ok(bytes)
}
