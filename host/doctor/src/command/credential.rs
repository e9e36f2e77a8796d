//! Credentials in files: `claviger credential new`'s, and the console's.

use std::path::Path;

use claviger_config::Fault;
use claviger_config::secrets::read_private_file;
use claviger_xks::proxy_configuration::{ProxyConfiguration, RawCredential};

/// The largest file, in bytes.
const FILE_LIMIT: usize = 64 << 10;

/// Reads the file of `--credential-file`, which nobody else may have access to.
pub(super) fn read(path: &Path) -> Result<RawCredential, Fault> {
    const OPTION: &str = "--credential-file";
    let bytes = read_private_file(path, OPTION, FILE_LIMIT)?;
    serde_json::from_slice(&bytes).map_err(|error| {
        Fault::new(
            OPTION,
            format!("{} is no credential: {}", path.display(), place(&error)),
            "write {\"AccessKeyId\": \"…\", \"RawSecretAccessKey\": \"…\"}, as \
             `claviger credential new` does",
        )
    })
}

/// What a console file comes to: its values, or why the console would refuse it, or why
/// it cannot be read.
pub(super) fn read_console_file(path: &Path) -> Result<Result<ProxyConfiguration, String>, Fault> {
    let bytes = read_private_file(path, "--console-file", FILE_LIMIT)?;
    Ok(serde_json::from_slice(&bytes).map_err(|error| place(&error)))
}

/// What is wrong with a text of JSON, without a byte of it: it may be the secret's.
fn place(error: &serde_json::Error) -> String {
    let (line, column) = (error.line(), error.column());
    let text = error.to_string();
    // Missing members are named by the types here; other texts may quote the file.
    let missing = text
        .split(" at line ")
        .next()
        .filter(|text| text.starts_with("missing field"));
    match missing {
        Some(missing) => missing.to_owned(),
        None if error.is_data() => {
            format!("a value of another type at line {line}, column {column}")
        }
        None => format!("not JSON at line {line}, column {column}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    fn fault(text: &str, mode: u32) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("credential.json");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        read(&path)
            .err()
            .map_or_else(String::new, |fault| fault.to_string())
    }

    #[test]
    fn a_credential_file_is_judged_like_a_secret_of_the_host() {
        let good = r#"{"AccessKeyId": "A", "RawSecretAccessKey": "B"}"#;
        assert_eq!(fault(good, 0o600), "");
        assert!(fault(good, 0o644).contains("others have access to"));
    }

    #[test]
    fn no_byte_of_the_secret_is_in_a_fault() {
        for text in [
            r#"{"AccessKeyId": "A", "RawSecretAccessKey": 4711}"#,
            r#"{"AccessKeyId": "A", "RawSecretAccessKey": "4711""#,
            r#"["4711"]"#,
            r#""4711""#,
        ] {
            let fault = fault(text, 0o600);
            assert!(fault.contains("is no credential"), "{fault}");
            assert!(!fault.contains("4711"), "{fault}");
        }
        let fault = fault(r#"{"AccessKeyId": "4711"}"#, 0o600);
        assert!(
            fault.contains("missing field `RawSecretAccessKey`"),
            "{fault}"
        );
    }
}
