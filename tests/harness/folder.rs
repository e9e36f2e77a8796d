//! A state folder of one test's own: configuration, keys, certificates, secrets.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Output;

use tempfile::TempDir;
use toml::Table;

use super::deployment::{Deployment, dev_template, make, program};
use super::simulator::Simulator;
use super::{Credential, Server, hsm};

/// A copy of a deployment's state folder, to be changed before it is served.
pub(crate) struct Folder {
    directory: TempDir,
    pub(crate) config: Table,
    pub(crate) deployment: Deployment,
}

impl Folder {
    /// A copy of the deployment's folder.
    pub(crate) fn new(deployment: Deployment) -> Self {
        let mut folder = Self::copy_of(deployment.template(), deployment);
        if let Some(hsm) = deployment.hsm {
            hsm.settle(folder.directory.path(), &mut folder.config);
        }
        if let Some(manager) = deployment.manager {
            manager.settle(folder.directory.path(), &mut folder.config);
        }
        folder
    }

    /// A copy of this state folder. Log level debug, because that is where leaks
    /// are; the longest deadline, because the machine may be busy; the compiled
    /// plugins shared with the other tests.
    pub(crate) fn copy_of(state: &Path, deployment: Deployment) -> Self {
        let directory = tempfile::Builder::new()
            .prefix("claviger-")
            .tempdir()
            .expect("a temporary directory");
        copy(state, directory.path());
        let mut folder = Self::adopt(directory, deployment);
        let cache = dev_template().join("plugin-cache");
        folder.set("plugin_cache.directory", text(&cache));
        folder.set("server.listen", "127.0.0.1:0");
        folder.set("server.deadline_ms", 240);
        folder.set("log.level", "debug");
        // Tests change files, and stop hosts; those that are about that say so.
        folder.set("server.watch_files", false);
        folder.set("server.lame_duck_seconds", 0);
        folder
    }

    /// What `claviger dev --no-serve` makes of an empty folder.
    pub(crate) fn fresh() -> Self {
        let directory = tempfile::Builder::new()
            .prefix("claviger-")
            .tempdir()
            .expect("a temporary directory");
        make(directory.path());
        Self::adopt(directory, Deployment::software())
    }

    /// `claviger dev --no-serve`, once more.
    pub(crate) fn dev(&self) {
        make(self.directory.path());
    }

    fn adopt(directory: TempDir, deployment: Deployment) -> Self {
        let config = fs::read_to_string(directory.path().join("claviger.toml"))
            .expect("claviger dev writes a configuration")
            .parse()
            .expect("the configuration is TOML");
        Self {
            directory,
            config,
            deployment,
        }
    }

    /// The folder itself.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// A path in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The credentials of a key store, as its files have them.
    pub(crate) fn credentials(&mut self, key_store: &str) -> Vec<Credential> {
        let directory = self.directory.path().to_owned();
        self.key_store(key_store)["credential"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|credential| Credential {
                access_key_id: credential["access_key_id"].as_str().unwrap().to_owned(),
                secret_access_key: credential["secret_access_key_file"]
                    .as_str()
                    .and_then(|file| fs::read_to_string(directory.join(file)).ok())
                    .expect("the secret is in a file")
                    .trim()
                    .to_owned(),
            })
            .collect()
    }

    /// Writes a file that only its owner may read.
    pub(crate) fn write_private(&self, name: &str, contents: &str) {
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(self.path(name))
            .expect("a file to write");
        file.write_all(contents.as_bytes()).expect("room to write");
    }

    /// Writes claviger.toml.
    pub(crate) fn save(&self) {
        let config = toml::to_string(&self.config).expect("a table is TOML");
        fs::write(self.path("claviger.toml"), config).expect("room to write");
    }

    /// Runs `claviger ARGUMENTS --config claviger.toml` here, to its end.
    pub(crate) fn claviger(&self, arguments: &[&str]) -> Output {
        let (name, value) = self.environment();
        program()
            .args(arguments)
            .arg("--config")
            .arg(self.path("claviger.toml"))
            .current_dir(self.directory.path())
            .env(name, value)
            .output()
            .expect("the program starts")
    }

    /// What the program needs in its environment to find the folder's tokens.
    pub(crate) fn environment(&self) -> (&'static str, PathBuf) {
        hsm::environment(self.directory.path())
    }

    /// The simulated HSM whose library is `NAME.so` in the folder.
    pub(crate) fn simulator(&self, name: &str) -> Simulator {
        Simulator::at(self.directory.path(), name)
    }

    /// Runs `claviger key ACTION --key-store … ID`; panics when it fails.
    #[track_caller]
    pub(crate) fn key(&self, action: &str, key_store: &str, key: &str) -> String {
        if let Some(manager) = self.deployment.manager {
            let key_stores = self.config["key_store"].as_array().expect("a list");
            let mut named = key_stores.iter();
            let named = named.find(|it| it["name"].as_str() == Some(key_store));
            let named = named.expect("the key store is there");
            if manager.manage(named, action, key) {
                return String::new();
            }
        }
        let output = self.claviger(&["key", action, "--key-store", key_store, key]);
        assert!(
            output.status.success(),
            "key {action} {key}: {}",
            text_of(&output.stderr)
        );
        text_of(&output.stdout)
    }

    /// Makes a key for everything in the deployment's key store.
    #[track_caller]
    pub(crate) fn create_key(&mut self, key: &str) {
        if self.deployment.hsm.is_some() {
            hsm::add_to_directory(&mut self.config["key_store"][0], key);
        }
        self.save();
        self.key("create", self.deployment.key_store, key);
    }

    /// Disables a key of the deployment's key store, where the deployment does so.
    #[track_caller]
    pub(crate) fn disable_key(&mut self, key: &str) {
        if self.deployment.hsm.is_some() {
            hsm::disable_in_directory(&mut self.config["key_store"][0], key);
        }
        self.save();
        if self.deployment.hsm.is_none() {
            self.key("disable", self.deployment.key_store, key);
        }
    }

    /// What `claviger check` says: whether all is well, and its standard error.
    pub(crate) fn check(&self) -> (bool, String) {
        self.save();
        let output = self.claviger(&["check"]);
        (output.status.success(), text_of(&output.stderr))
    }

    /// Starts `claviger serve` and waits until it listens.
    #[track_caller]
    pub(crate) fn serve(self) -> Server {
        self.save();
        Server::serve(self)
    }

    /// Starts `claviger serve`, which must refuse to; returns its standard error.
    #[track_caller]
    pub(crate) fn serve_refuses(&self) -> String {
        self.save();
        let output = self.claviger(&["serve"]);
        assert!(!output.status.success(), "claviger serve started");
        text_of(&output.stderr)
    }
}

/// A path as text.
pub(crate) fn text(path: &Path) -> String {
    path.to_str()
        .expect("the test folders are UTF-8")
        .to_owned()
}

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Copies a folder with its permissions, compiled plugins left out.
pub(super) fn copy(from: &Path, to: &Path) {
    let permissions = fs::metadata(from).expect("it is there").permissions();
    fs::set_permissions(to, permissions).expect("it is ours");
    for entry in fs::read_dir(from).expect("a readable directory") {
        let entry = entry.expect("a readable directory");
        let target = to.join(entry.file_name());
        if entry.file_name() == "plugin-cache" {
            continue;
        }
        if entry.path().is_dir() {
            fs::create_dir(&target).expect("room to write");
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).expect("room to write");
        }
    }
}
