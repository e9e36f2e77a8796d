//! What the conformance tests run against. The same tests serve every backend:
//! a deployment says how its state folder is made and what its keys are called.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use toml::Table;

use super::hsm::{self, Hsm};
use super::{kmip, openbao};

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

/// The keys of `claviger dev`. Other deployments call theirs the same.
pub(crate) const KEYS: Keys = Keys {
    usable: "demo",
    encrypt_only: "demo-encrypt-only",
    decrypt_only: "demo-decrypt-only",
    no_usage: "demo-no-usage",
    disabled: "demo-disabled",
    unknown: "no-such-key",
};

/// A way of running Claviger.
#[derive(Clone, Copy)]
pub(crate) struct Deployment {
    pub(crate) keys: Keys,
    /// The name of the key store that holds the keys.
    pub(crate) key_store: &'static str,
    /// The name of the plugin that uses them.
    pub(crate) backend: &'static str,
    /// The token that they are on, if they are on one.
    pub(crate) hsm: Option<&'static Hsm>,
    /// The key manager on the network that has them, if one has.
    pub(crate) manager: Option<Manager>,
}

/// A key manager on the network.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manager {
    /// The transit engine of OpenBao.
    OpenBao,
    /// A server of KMIP.
    Kmip,
}

impl Manager {
    /// Turns a copy of the software deployment's folder into one whose keys are there.
    pub(crate) fn settle(self, directory: &Path, config: &mut Table) {
        match self {
            Self::OpenBao => openbao::settle(directory, config),
            Self::Kmip => kmip::settle(directory, config),
        }
    }

    /// What `claviger key ACTION` does where keys are made by Claviger; `false` when
    /// Claviger itself does it here, too.
    pub(crate) fn manage(self, key_store: &toml::Value, action: &str, key: &str) -> bool {
        let is_its = ["create", "rotate", "disable", "enable"].contains(&action);
        match self {
            _ if !is_its => {}
            Self::OpenBao => openbao::manage(key_store, action, key),
            Self::Kmip => kmip::manage(key_store, action, key),
        }
        is_its
    }

    /// Gives a key store a place of its own, without keys.
    pub(crate) fn move_away(self, key_store: &mut Table) {
        let (setting, place) = match self {
            Self::OpenBao => ("mount", openbao::OpenBao::shared().mount()),
            Self::Kmip => ("key_prefix", kmip::prefix()),
        };
        key_store["backend"]["settings"][setting] = place.into();
    }
}

/// The name of the deployment that [`Deployment::selected`] is.
pub(crate) const SELECTION: &str = "CLAVIGER_TEST_DEPLOYMENT";

impl Deployment {
    /// The deployment that the conformance tests use.
    pub(crate) fn selected() -> Self {
        let name = std::env::var(SELECTION);
        match name.as_deref().unwrap_or("software") {
            "software" => Self::software(),
            "openbao" => Self::openbao(),
            "kmip" => Self::kmip(),
            other => match Hsm::called(other) {
                Some(hsm) => Self::on(hsm),
                None => panic!("{SELECTION}: there is no deployment {other}"),
            },
        }
    }

    /// What `claviger dev` makes: the software backend.
    pub(crate) fn software() -> Self {
        Self {
            keys: KEYS,
            key_store: "demo",
            backend: "software",
            hsm: None,
            manager: None,
        }
    }

    /// The same with its keys in OpenBao.
    pub(crate) fn openbao() -> Self {
        Self {
            backend: "vault",
            manager: Some(Manager::OpenBao),
            ..Self::software()
        }
    }

    /// The same with its keys on a server of KMIP.
    pub(crate) fn kmip() -> Self {
        Self {
            backend: "kmip",
            manager: Some(Manager::Kmip),
            ..Self::software()
        }
    }

    /// The same with its keys on a PKCS#11 token.
    pub(crate) fn on(hsm: &'static Hsm) -> Self {
        Self {
            backend: "hsm",
            hsm: Some(hsm),
            ..Self::software()
        }
    }

    /// The state folder to copy: complete, never served from.
    pub(crate) fn template(&self) -> &'static Path {
        match self.hsm {
            None => dev_template(),
            Some(_) => hsm::template(),
        }
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

/// The process id of the test run whose templates are used: a test that runs this
/// program again lends it its own.
pub(crate) const RUN: &str = "CLAVIGER_TEST_RUN";

/// Where a template of this test run is, or is to be.
pub(crate) fn template_directory(kind: &str) -> PathBuf {
    let run = std::env::var(RUN).unwrap_or_else(|_| std::process::id().to_string());
    shared_directory().join(format!("{kind}-{run}"))
}

/// `claviger dev --no-serve`, once for each run of the tests.
pub(crate) fn dev_template() -> &'static Path {
    static TEMPLATE: LazyLock<PathBuf> = LazyLock::new(|| {
        remove_templates_of_ended_runs();
        let template = template_directory("dev");
        if !template.exists() {
            make(&template);
        }
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
        if let Some((kind, process)) = name.rsplit_once('-')
            && ["dev", hsm::TEMPLATE].contains(&kind)
            && !Path::new("/proc").join(process).exists()
        {
            let _ = std::fs::remove_dir_all(&path);
        }
    }
}

/// Puts these tables into a configuration: `backend` and `directory` into its first key
/// store.
pub(crate) fn change(config: &mut Table, changes: Table) {
    for (name, value) in changes {
        if ["backend", "directory"].contains(&name.as_str()) {
            let key_store = config["key_store"][0].as_table_mut().expect("a table");
            key_store.insert(name, value);
        } else {
            config.insert(name, value);
        }
    }
}
