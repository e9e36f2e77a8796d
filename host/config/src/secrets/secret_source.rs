use super::private_file::{self, SECRET_BYTES};
use crate::scalar;
use claviger_settings::{Fault, Table};
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Where a secret is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// `…_file`: a regular file of at most 4 KiB that group and others have no
    /// access to; one newline at its end is ignored.
    File(PathBuf),
    /// `…_env`: an environment variable of this name.
    Environment(String),
}

/// The name of an environment variable, or problem and fix.
pub(super) fn variable(name: &str) -> Result<String, (&'static str, &'static str)> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let starts = !name.starts_with(|first: char| first.is_ascii_digit());
    if starts && (1..=128).contains(&name.len()) && name.bytes().all(allowed) {
        Ok(name.to_owned())
    } else {
        Err((
            "not the name of an environment variable",
            "use letters, digits and _, and write the name without $",
        ))
    }
}

impl SecretSource {
    /// The file that it is in, if that does not exist: it may come. A variable of the
    /// environment does not change any more.
    pub fn absent_file(&self) -> Option<&Path> {
        let file = self.file()?;
        (!file.try_exists().unwrap_or(true)).then_some(file)
    }

    /// The file, if the secret is in one.
    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Environment(_) => None,
        }
    }
}

/// The settings of one kind of secret.
pub(crate) struct SecretKeys {
    /// What operators call it.
    pub(crate) secret: &'static str,
    /// Names a file.
    pub(crate) file: &'static str,
    /// Names an environment variable.
    pub(crate) environment: &'static str,
    /// Would hold the secret itself, and is refused.
    pub(crate) inline: &'static str,
}

impl SecretKeys {
    /// Where the secret of `table` is; exactly one place.
    pub(crate) fn source(&self, table: &Table<'_>, base: &Path) -> Option<SecretSource> {
        let Self {
            secret,
            file: file_key,
            environment,
            inline,
        } = self;
        table.forbid(
            inline,
            "secrets do not belong in this file",
            &format!("put it in a file of mode 0600 and name that with `{file_key}`"),
        );
        let file = scalar::path(table, file_key, base);
        let variable = table.parsed(environment, variable);
        match (table.raw(file_key), table.raw(environment)) {
            (None, None) => table.fault(
                file_key,
                "missing",
                format!(
                    "name the file of mode 0600 that holds the {secret}, \
                     or an environment variable with `{environment}`"
                ),
            ),
            (Some(_), Some(_)) => table.fault(
                environment,
                "a second place for the same secret",
                format!("remove this or `{file_key}`"),
            ),
            _ => {}
        }
        file.map(SecretSource::File)
            .or(variable.map(SecretSource::Environment))
    }

    /// The key path of the setting that names this source.
    pub(crate) fn path(&self, source: &SecretSource, table_path: &str) -> String {
        let key = match source {
            SecretSource::File(_) => self.file,
            SecretSource::Environment(_) => self.environment,
        };
        format!("{table_path}.{key}")
    }

    /// The bytes of the secret.
    pub(crate) fn read(
        &self,
        source: &SecretSource,
        table_path: &str,
        environment: impl FnOnce(&str) -> Option<OsString>,
    ) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let setting = self.path(source, table_path);
        match source {
            SecretSource::File(file) => private_file::read(file, &setting, SECRET_BYTES),
            SecretSource::Environment(name) => environment(name)
                .map(|value| Zeroizing::new(value.into_vec()))
                .ok_or_else(|| {
                    Fault::new(
                        setting,
                        format!("the environment variable {name} is not set"),
                        "set it before claviger starts, or correct its name",
                    )
                }),
        }
    }
}
