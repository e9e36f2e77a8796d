use crate::access::{self, Use};
use claviger_settings::Fault;
use std::io::{self, Read};
use std::path::Path;
use zeroize::Zeroizing;

/// The longest file of a secret, in bytes.
pub(super) const SECRET_BYTES: usize = 4096;

/// The bytes of a secret's file without the newline that editors put at its end: a
/// regular file of at most `limit` bytes that nobody else has access to, which is
/// judged by the descriptor that is read. `setting` is the key path of faults.
pub fn read(file: &Path, setting: &str, limit: usize) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let fault = |problem: String, fix: String| Fault::new(setting, problem, fix);
    let shown = file.display();
    let unreadable = |error: &io::Error| {
        fault(
            format!("cannot read {shown}: {error}"),
            "correct the path, or give the user that runs claviger access".to_owned(),
        )
    };
    let opened = access::open(file).map_err(|error| unreadable(&error))?;
    let metadata = opened.metadata().map_err(|error| unreadable(&error))?;
    if !metadata.is_file() {
        return Err(fault(
            format!("{shown} is not a regular file"),
            "name a file".to_owned(),
        ));
    }
    access::judge(&metadata, file, Use::Secret).map_err(|access| access.at(setting))?;

    // Room for more than is read: a buffer that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(2 * limit));
    let more = u64::try_from(limit.saturating_add(1)).unwrap_or(u64::MAX);
    opened
        .take(more)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(&error))?;
    if bytes.len() > limit {
        return Err(fault(
            format!("{shown} is larger than {limit} bytes"),
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
