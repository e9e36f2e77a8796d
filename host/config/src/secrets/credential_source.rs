use super::secret_source::{SecretKeys, SecretSource};
use crate::key_store::refuse_repetition;
use crate::scalar;
use claviger_settings::{Fault, Table};
use claviger_xks::credential::{
    AccessKeyId, AccessKeyIdFault, Credential, SecretAccessKey, SecretAccessKeyFault,
};
use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::str::FromStr;
use std::time::SystemTime;

/// `[[key_store.credential]]`: an access key id, and where its secret is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialSource {
    /// 20 to 30 characters of `[A-Z2-7]` (XKS-036).
    pub access_key_id: AccessKeyId,
    /// Where the secret access key is.
    pub secret: SecretSource,
    /// Where this credential stands in the configuration:
    /// `key_store[0].credential[1]`.
    pub table_path: String,
}

const ID_KEY: &str = "access_key_id";

const KEYS: SecretKeys = SecretKeys {
    secret: "secret access key",
    file: "secret_access_key_file",
    environment: "secret_access_key_env",
    inline: "secret_access_key",
};

impl CredentialSource {
    /// Reads the secret and checks its form (XKS-037).
    pub fn read(&self) -> Result<Credential, Fault> {
        self.read_with(|name| env::var_os(name))
    }

    fn read_with(
        &self,
        environment: impl FnOnce(&str) -> Option<OsString>,
    ) -> Result<Credential, Fault> {
        let bytes = KEYS.read(&self.secret, &self.table_path, environment)?;
        let secret_access_key = str::from_utf8(&bytes)
            .map_err(|_| SecretAccessKeyFault::Character)
            .and_then(SecretAccessKey::from_str)
            .map_err(|fault| {
                let setting = KEYS.path(&self.secret, &self.table_path);
                Fault::new(setting, fault.to_string(), fault.fix())
            })?;
        Ok(Credential {
            access_key_id: self.access_key_id.clone(),
            secret_access_key,
        })
    }

    /// When the file of the secret was written, if the secret is in one.
    pub fn written(&self) -> Option<SystemTime> {
        let SecretSource::File(path) = &self.secret else {
            return None;
        };
        std::fs::metadata(path).ok()?.modified().ok()
    }

    /// The key path of the setting that says where the secret is.
    pub fn setting(&self) -> String {
        KEYS.path(&self.secret, &self.table_path)
    }

    pub(crate) fn from_table(
        table: Table<'_>,
        base: &Path,
        taken: &mut BTreeMap<String, String>,
    ) -> Option<Self> {
        let made = "`claviger credential new` makes one";
        let access_key_id: Option<AccessKeyId> =
            scalar::parsed(table.require(ID_KEY, made), ID_KEY, AccessKeyIdFault::fix);
        if let Some(id) = &access_key_id {
            refuse_repetition(&table, ID_KEY, id.as_str(), taken);
        }
        let secret = KEYS.source(&table, base);
        let table_path = table.path().to_owned();
        table.finish();
        Some(Self {
            access_key_id: access_key_id?,
            secret: secret?,
            table_path,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::written_file::Written;

    const SECRET: &str = "hJ3k+9dV/0aQ2sWzX7bNcM5tYuIoP1gFeRlKjHvTqAE=";

    fn source(secret: SecretSource) -> CredentialSource {
        CredentialSource {
            access_key_id: "CLAVIGEREXAMPLEKEYID234".parse().unwrap(),
            secret,
            table_path: "key_store[0].credential[1]".to_owned(),
        }
    }

    fn from_file(file: &Written) -> Result<Credential, String> {
        source(SecretSource::File(file.0.clone()))
            .read()
            .map_err(|fault| fault.to_string())
    }

    fn from_variable(value: Option<&str>) -> Result<Credential, String> {
        source(SecretSource::Environment("SECRET".to_owned()))
            .read_with(|name| {
                assert_eq!(name, "SECRET");
                value.map(OsString::from)
            })
            .map_err(|fault| fault.to_string())
    }

    #[test]
    fn xks_037_a_secret_is_read_as_written_but_for_the_newline_at_its_end() {
        for (index, end) in ["", "\n", "\r\n"].iter().enumerate() {
            let text = SECRET.to_owned() + end;
            let file = Written::new(&format!("read-{index}"), text.as_bytes(), 0o600);
            let credential = from_file(&file).unwrap();
            assert_eq!(credential.secret_access_key.reveal(), SECRET);
            assert_eq!(credential.access_key_id.as_str(), "CLAVIGEREXAMPLEKEYID234");
        }
        let credential = from_variable(Some(SECRET)).unwrap();
        assert_eq!(credential.secret_access_key.reveal(), SECRET);
    }

    #[test]
    fn xks_037_a_secret_of_another_form_is_refused_and_not_repeated() {
        let short = Written::new("short", &SECRET.as_bytes()[..42], 0o600);
        assert_eq!(
            from_file(&short).unwrap_err(),
            "key_store[0].credential[1].secret_access_key_file: has 42 characters; \
             use 43 to 64, for example 32 random bytes in Base64"
        );
        assert_eq!(
            from_variable(Some(&format!("{SECRET}\n"))).unwrap_err(),
            "key_store[0].credential[1].secret_access_key_env: \
             has a character other than A-Z, a-z, 0-9, slash, plus and equals; \
             remove it (a line break or a space at the end is a frequent cause)"
        );
        let binary = Written::new("binary", &[0xff; 44], 0o600);
        assert!(
            from_file(&binary)
                .unwrap_err()
                .contains("has a character other than")
        );
    }

    #[test]
    fn an_environment_variable_that_is_not_set_is_named() {
        assert_eq!(
            from_variable(None).unwrap_err(),
            "key_store[0].credential[1].secret_access_key_env: \
             the environment variable SECRET is not set; \
             set it before claviger starts, or correct its name"
        );
    }

    #[test]
    fn a_secret_that_others_have_access_to_is_refused() {
        for mode in [0o640, 0o604, 0o610, 0o622] {
            let file = Written::new(&format!("mode-{mode:o}"), SECRET.as_bytes(), mode);
            let shown = file.shown();
            assert_eq!(
                from_file(&file).unwrap_err(),
                format!(
                    "key_store[0].credential[1].secret_access_key_file: \
                     others have access to {shown} (mode {mode:04o}); chmod 600 {shown}"
                )
            );
        }
    }

    #[test]
    fn a_secret_is_a_regular_file_of_at_most_4_kib() {
        let directory = source(SecretSource::File(env::temp_dir()))
            .read()
            .unwrap_err();
        assert!(
            directory.problem.ends_with("is not a regular file"),
            "{directory}"
        );
        let missing = source(SecretSource::File("/nowhere/secret".into()))
            .read()
            .unwrap_err();
        assert!(
            missing.problem.starts_with("cannot read /nowhere/secret: "),
            "{missing}"
        );
        let large = Written::new("large", &[b'a'; 4097], 0o600);
        assert!(
            from_file(&large)
                .unwrap_err()
                .contains("is larger than 4096 bytes")
        );
    }
}
