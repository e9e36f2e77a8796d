//! A token, a copy of the simulator, and its settings.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use tempfile::TempDir;

pub(crate) const TOKEN: &str = "token";
pub(crate) const PIN: &str = "1234";

const VARIABLE: &str = "SOFTHSM2_CONF";

/// Long enough for anything that is going to happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Rig {
    folder: TempDir,
    base: String,
}

impl Rig {
    /// `base` is in the settings whatever else is set.
    pub(crate) fn new(base: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let rig = Self {
            base: format!(
                "{base}\ncounts = {}",
                folder.path().join("counts").display()
            ),
            folder,
        };
        fs::copy(built(), rig.library()).unwrap();
        rig.make_token();
        rig.set("");
        rig
    }

    fn make_token(&self) {
        let configuration = self.folder.path().join("softhsm2.conf");
        fs::create_dir(self.tokens()).unwrap();
        configure(&configuration, &self.tokens());
        let made = Command::new("softhsm2-util")
            .env(VARIABLE, configuration)
            .args(["--init-token", "--free", "--label", TOKEN])
            .args(["--pin", PIN, "--so-pin", PIN])
            .output()
            .unwrap();
        let complaint = String::from_utf8_lossy(&made.stderr);
        assert!(made.status.success(), "{complaint}");
    }

    /// Does what `C_Initialize` is in. SoftHSM finds its tokens through the
    /// environment, which all tests share, and reads what it finds there in
    /// `C_Initialize`: so one at a time, and every test has tokens of its own.
    pub(crate) fn with_tokens<T>(&self, initialise: impl FnOnce() -> T) -> T {
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        configure(&shared_configuration(), &self.tokens());
        initialise()
    }

    fn tokens(&self) -> PathBuf {
        self.folder.path().join("tokens")
    }

    pub(crate) fn library(&self) -> PathBuf {
        self.folder.path().join("libsimulator.so")
    }

    pub(crate) fn settings(&self) -> PathBuf {
        self.library().with_added_extension("conf")
    }

    /// Rewrites the settings.
    pub(crate) fn set(&self, more: &str) {
        let draft = self.folder.path().join("draft");
        fs::write(&draft, format!("{}\n{more}\n", self.base)).unwrap();
        fs::rename(draft, self.settings()).unwrap();
    }

    /// How often a function was called.
    pub(crate) fn count(&self, function: &str) -> u64 {
        let counts = fs::read_to_string(self.folder.path().join("counts")).unwrap();
        let line = counts
            .lines()
            .filter_map(|line| line.split_once('='))
            .find(|(name, _)| name.trim() == function)
            .unwrap();
        line.1.trim().parse().unwrap()
    }

    /// Waits until a function has been called so often.
    pub(crate) fn await_count(&self, function: &str, count: u64) {
        let deadline = Instant::now() + PATIENCE;
        while self.count(function) < count {
            assert!(
                Instant::now() < deadline,
                "no call number {count} of {function}"
            );
            std::thread::yield_now();
        }
    }
}

/// What cargo built beside this test.
fn built() -> PathBuf {
    let test = env::current_exe().unwrap();
    test.with_file_name("libclaviger_pkcs11_simulator.so")
}

/// What the environment names for every SoftHSM in this process.
fn shared_configuration() -> PathBuf {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    let make = || {
        let folder = TempDir::new().unwrap();
        // SAFETY: once, and before any SoftHSM reads the environment; Rust's
        // own readers take a lock.
        unsafe { env::set_var(VARIABLE, folder.path().join("softhsm2.conf")) };
        folder
    };
    FOLDER.get_or_init(make).path().join("softhsm2.conf")
}

fn configure(path: &Path, tokens: &Path) {
    let lines = format!(
        "directories.tokendir = {}\nlog.level = ERROR\n",
        tokens.display()
    );
    fs::write(path, lines).unwrap();
}
