//! The Unix socket itself.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream as Connection;
use std::path::Path;

use claviger_settings::Fault;
use tokio::net::UnixListener;

/// The setting that names it.
const SETTING: &str = "control.socket";

/// Makes the socket, in place of one that a host left behind.
pub(crate) fn bind(path: &Path) -> Result<UnixListener, Fault> {
    let cannot = |error: io::Error| {
        Fault::new(
            SETTING,
            format!("{}: {error}", path.display()),
            "name a path of at most 107 bytes in a folder that this user can write to",
        )
    };
    if let Some(folder) = path.parent().filter(|folder| !folder.exists()) {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(cannot)?;
    }
    match fs::symlink_metadata(path) {
        Ok(there) if !there.file_type().is_socket() => {
            return Err(Fault::new(
                SETTING,
                format!("{}: it is there, and no socket", path.display()),
                "name another path, or remove what is there",
            ));
        }
        Ok(_) if Connection::connect(path).is_ok() => {
            return Err(Fault::new(
                SETTING,
                format!("{}: another host listens there", path.display()),
                "give each host a socket of its own",
            ));
        }
        Ok(_) => fs::remove_file(path).map_err(cannot)?,
        Err(_) => {}
    }
    let listener = UnixListener::bind(path).map_err(cannot)?;
    // Whoever connects before this is looked at as well: see `serve`.
    fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(cannot)?;
    Ok(listener)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_socket_that_was_left_behind_is_replaced_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run/claviger.sock");
        let first = bind(&path).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let fault = bind(&path).err().unwrap();
        assert!(fault.problem.contains("another host"), "{fault:?}");
        drop(first);
        assert!(bind(&path).is_ok());
        let file = folder.path().join("file");
        fs::write(&file, "kept").unwrap();
        assert!(bind(&file).is_err());
        assert_eq!(fs::read_to_string(&file).unwrap(), "kept");
    }
}
