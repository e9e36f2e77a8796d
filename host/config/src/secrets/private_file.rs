use crate::access::{self, Use};
use crate::regular_file::{self, FileFault};
use claviger_settings::Fault;
use std::path::Path;
use zeroize::Zeroizing;

/// The longest file of a secret, in bytes.
pub(super) const SECRET_BYTES: usize = 4096;

/// The bytes of a secret's file without the newline that editors put at its end: a
/// regular file of at most `limit` bytes that nobody else has access to, which is
/// judged by the descriptor that is read. `setting` is the key path of faults.
pub fn read(file: &Path, setting: &str, limit: usize) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let shown = file.display();
    let fault = |fault: FileFault| {
        let (problem, fix) = match fault {
            FileFault::NotRegular => (
                format!("{shown} is not a regular file"),
                "name a file".to_owned(),
            ),
            FileFault::TooLarge { limit } => (
                format!("{shown} is larger than {limit} bytes"),
                "name the file that holds the secret and nothing else".to_owned(),
            ),
            unreadable => (
                format!("cannot read {shown}: {unreadable}"),
                "correct the path, or give the user that runs claviger access".to_owned(),
            ),
        };
        Fault::new(setting, problem, fix)
    };
    let (opened, metadata) = regular_file::open(file).map_err(fault)?;
    access::judge(&metadata, file, Use::Secret).map_err(|access| access.at(setting))?;
    let mut bytes = regular_file::read_open(opened, &metadata, limit).map_err(fault)?;
    if bytes.ends_with(b"\n") {
        let newline = if bytes.ends_with(b"\r\n") { 2 } else { 1 };
        let length = bytes.len() - newline;
        bytes.truncate(length);
    }
    Ok(bytes)
}
