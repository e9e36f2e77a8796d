use crate::declared::Declared;
use crate::name::Name;
use crate::secrets::{SecretKeys, SecretSource};
use crate::upstream::Upstream;
use claviger_settings::{Fault, Table};
use std::env;
use std::ffi::OsString;
use std::path::Path;
use zeroize::Zeroizing;

/// `[secret.NAME]`: what the `secrets` capability can be granted on, and what headers of
/// an upstream can hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// Where it is.
    pub source: SecretSource,
    /// Whether a plugin may see it. Otherwise it can only have the host put it into a
    /// header.
    pub reveal: bool,
    /// The upstreams that a plugin may have it sent to; all that it is granted when
    /// there are none here.
    pub upstreams: Vec<Name>,
    /// Where this secret stands in the configuration: `secret.role-id`.
    pub table_path: String,
}

const KEYS: SecretKeys = SecretKeys {
    secret: "secret",
    file: "file",
    environment: "env",
    inline: "value",
};

impl Secret {
    /// Reads it: 1 to 4096 bytes.
    pub fn read(&self) -> Result<Zeroizing<Vec<u8>>, Fault> {
        self.read_with(|name| env::var_os(name))
    }

    fn read_with(
        &self,
        environment: impl FnOnce(&str) -> Option<OsString>,
    ) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let bytes = KEYS.read(&self.source, &self.table_path, environment)?;
        if bytes.is_empty() {
            return Err(Fault::new(
                self.setting(),
                "is empty",
                "write the secret and nothing else",
            ));
        }
        Ok(bytes)
    }

    /// The key path of the setting that says where it is.
    pub fn setting(&self) -> String {
        KEYS.path(&self.source, &self.table_path)
    }
}

pub(crate) fn read(
    table: Table<'_>,
    base: &Path,
    upstreams: &Declared<Upstream>,
) -> Option<Secret> {
    let source = KEYS.source(&table, base);
    let reveal = table.flag("reveal").unwrap_or_default();
    let upstreams = upstreams.references(&table, "upstreams");
    let table_path = table.path().to_owned();
    table.finish();
    Some(Secret {
        source: source?,
        reveal,
        upstreams,
        table_path,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::written_file::Written;

    fn secret(source: SecretSource) -> Secret {
        Secret {
            source,
            reveal: false,
            upstreams: Vec::new(),
            table_path: "secret.token".to_owned(),
        }
    }

    #[test]
    fn a_secret_is_what_its_file_holds_and_not_empty() {
        let file = Written::new("named-secret", b"s.abc\n", 0o600);
        let read = secret(SecretSource::File(file.0.clone())).read().unwrap();
        assert_eq!(&**read, b"s.abc");
        let empty = Written::new("named-secret-empty", b"\n", 0o600);
        let fault = secret(SecretSource::File(empty.0.clone())).read();
        assert_eq!(
            fault.unwrap_err().to_string(),
            "secret.token.file: is empty; write the secret and nothing else"
        );
        let shared = Written::new("named-secret-shared", b"s.abc", 0o640);
        let fault = secret(SecretSource::File(shared.0.clone())).read();
        assert!(fault.unwrap_err().problem.starts_with("others have access"));
    }
}
