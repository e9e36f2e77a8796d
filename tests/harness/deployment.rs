//! What the conformance tests run against. The same tests serve every backend:
//! a deployment says how its state folder is made and what its keys are called.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// The external keys that a deployment has, by what they are there for.
#[derive(Clone, Copy)]
pub(crate) struct Keys {
    pub(crate) usable: &'static str,
    pub(crate) encrypt_only: &'static str,
    pub(crate) decrypt_only: &'static str,
    pub(crate) no_usage: &'static str,
    pub(crate) disabled: &'static str,
    /// Does not exist.
    pub(crate) unknown: &'static str,
}

/// A way of running Claviger.
#[derive(Clone, Copy)]
pub(crate) struct Deployment {
    pub(crate) keys: Keys,
    /// The name of the key store that holds the keys.
    pub(crate) key_store: &'static str,
    template: fn() -> &'static Path,
}

impl Deployment {
    /// The deployment that the conformance tests use. Another backend is another
    /// constructor and its name in `CLAVIGER_TEST_DEPLOYMENT`.
    pub(crate) fn selected() -> Self {
        let name = std::env::var("CLAVIGER_TEST_DEPLOYMENT");
        match name.as_deref().unwrap_or("software") {
            "software" => Self::software(),
            other => panic!("CLAVIGER_TEST_DEPLOYMENT: there is no deployment {other}"),
        }
    }

    /// What `claviger dev` makes: the software backend.
    pub(crate) fn software() -> Self {
        Self {
            keys: Keys {
                usable: "demo",
                encrypt_only: "demo-encrypt-only",
                decrypt_only: "demo-decrypt-only",
                no_usage: "demo-no-usage",
                disabled: "demo-disabled",
                unknown: "no-such-key",
            },
            key_store: "demo",
            template: dev_template,
        }
    }

    /// The state folder to copy: complete, never served from.
    pub(crate) fn template(&self) -> &'static Path {
        (self.template)()
    }
}

/// The built program.
pub(crate) fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_claviger"))
}

/// Where the test run keeps what its tests share.
pub(crate) fn shared_directory() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
}

/// `claviger dev --no-serve`, once for each run of the tests.
fn dev_template() -> &'static Path {
    static TEMPLATE: LazyLock<PathBuf> = LazyLock::new(|| {
        remove_templates_of_ended_runs();
        let template = shared_directory().join(format!("dev-{}", std::process::id()));
        make(&template);
        template
    });
    &TEMPLATE
}

/// Makes a state folder, or what is missing of it.
#[track_caller]
pub(crate) fn make(directory: &Path) {
    let output = program()
        .args(["dev", "--no-serve", "--listen", "127.0.0.1:0", "--dir"])
        .arg(directory)
        .output()
        .expect("the program starts");
    assert!(
        output.status.success(),
        "claviger dev --no-serve: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn remove_templates_of_ended_runs() {
    for entry in std::fs::read_dir(shared_directory()).expect("Cargo made it") {
        let path = entry.expect("a readable directory").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if let Some(process) = name.strip_prefix("dev-")
            && !Path::new("/proc").join(process).exists()
        {
            let _ = std::fs::remove_dir_all(&path);
        }
    }
}
