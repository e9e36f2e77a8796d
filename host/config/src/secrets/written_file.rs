use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

/// A file in a directory of its own that goes with it.
pub(crate) struct Written(pub(crate) PathBuf);

impl Written {
    pub(crate) fn new(test: &str, bytes: &[u8], mode: u32) -> Self {
        let directory =
            std::env::temp_dir().join(format!("claviger-{}-{test}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        let file = directory.join("secret");
        fs::write(&file, bytes).unwrap();
        fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
        Self(file)
    }

    pub(crate) fn shown(&self) -> String {
        self.0.display().to_string()
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(self.0.parent().unwrap());
    }
}
