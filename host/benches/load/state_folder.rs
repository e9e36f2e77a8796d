//! The state folder of `claviger dev`, and variations of its configuration.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A folder with a certificate, a credential, keys and a configuration; removed
/// in the end.
pub(crate) struct StateFolder(TempDir);

impl StateFolder {
    /// Has the program make one.
    pub(crate) fn make() -> Self {
        let folder = TempDir::with_prefix_in("bench-", env!("CARGO_TARGET_TMPDIR"))
            .expect("Cargo's folder for temporary files can be written");
        let made = Command::new(env!("CARGO_BIN_EXE_claviger"))
            .args(["dev", "--no-serve", "--listen", "127.0.0.1:0", "--dir"])
            .arg(folder.path().join("state"))
            .output()
            .expect("the program starts");
        assert!(
            made.status.success(),
            "claviger dev --no-serve makes a state folder"
        );
        Self(folder)
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.0.path().join("state")
    }

    /// Writes the configuration with some of its text replaced, beside the
    /// original, and returns where.
    pub(crate) fn variation(&self, name: &str, replacements: &[(&str, &str)]) -> PathBuf {
        let original = self.path().join("claviger.toml");
        let mut text = fs::read_to_string(original).expect("the program made it");
        for (from, to) in replacements {
            assert!(text.contains(from), "claviger.toml has the text {from:?}");
            text = text.replace(from, to);
        }
        let path = self.path().join(name).with_extension("toml");
        fs::write(&path, text).expect("the state folder can be written");
        path
    }

    /// Empties the audit file, which grows by some tens of megabytes a second;
    /// says why requests were refused, if any were.
    pub(crate) fn forget_audit_records(&self, refused: bool) {
        let audit = self.path().join("audit.jsonl");
        if let Ok(file) = File::options().write(true).open(&audit) {
            if refused {
                print_refusals(&audit);
            }
            file.set_len(0).expect("our own file");
        }
    }
}

/// One line for the first few that were refused.
fn print_refusals(audit: &Path) {
    let records = BufReader::new(File::open(audit).expect("the audit records"));
    let refused = records
        .lines()
        .map_while(Result::ok)
        .filter(|line| !line.contains(r#""status":200"#));
    for line in refused.take(3) {
        if let Ok(record) = serde_json::from_str::<serde_json::Value>(&line) {
            eprintln!(
                "refused: {} after {} µs: {}",
                record["error"], record["duration_us"], record["reason"]
            );
        }
    }
}

/// What has plugins started anew for every request.
pub(crate) const PER_REQUEST: &[(&str, &str)] = &[
    (
        "\"builtin:backend-software\"",
        "\"builtin:backend-software\"\nisolation = \"per-request\"",
    ),
    (
        "\"builtin:policy-allow-list\"",
        "\"builtin:policy-allow-list\"\nisolation = \"per-request\"",
    ),
];

/// What moves AES into the sandbox.
pub(crate) const CIPHER_GUEST: &[(&str, &str)] =
    &[("{ cipher = \"host\" }", "{ cipher = \"guest\" }")];

/// What trusts signatures alone.
pub(crate) const NO_POLICY: &[(&str, &str)] = &[(
    "[[key_store.policy]]\nplugin = \"allow-list\"\n\n\
     [[key_store.policy.settings.statements]]\nid = \"everybody\"\neffect = \"allow\"\n\
     principals = [\"*\"]\n",
    "",
)];

/// What makes audit records and keeps none.
pub(crate) const AUDIT_TO_NOWHERE: &[(&str, &str)] =
    &[("audit = \"audit.jsonl\"", "audit = \"/dev/null\"")];
