//! A SoftHSM of this test process, with a token for each test.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, OnceLock};

use claviger_config::secrets::SecretSource;
use claviger_config::{Profile, Token as Configured, TokenSelector};

use crate::pkcs11::Token;

const PIN: &str = "1234";
/// Labels of tokens; a test takes the one of its name.
const LABELS: [&str; 16] = [
    "crypto",
    "permits",
    "misfit",
    "keys",
    "stale",
    "hang",
    "full",
    "lost",
    "closed",
    "shared",
    "start",
    "twice",
    "restarted",
    "wrapping",
    "storage",
    "unfit",
];

/// Where distributions put it.
const MODULES: [&str; 4] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
];

struct SoftHsm {
    module: PathBuf,
    pin: PathBuf,
}

/// SoftHSM reads one configuration per process.
fn softhsm() -> &'static SoftHsm {
    static SOFTHSM: OnceLock<SoftHsm> = OnceLock::new();
    SOFTHSM.get_or_init(|| {
        let install = "these tests need SoftHSM 2: apt-get install softhsm2";
        let module = MODULES.iter().find(|path| Path::new(path).exists());
        let module = PathBuf::from(module.expect(install));
        // Kept until the process ends: the library uses it until then.
        let folder = tempfile::tempdir().expect("a temporary directory").keep();
        let tokens = folder.join("tokens");
        std::fs::create_dir(&tokens).expect("room for a directory");
        let configuration = folder.join("softhsm2.conf");
        let text = format!(
            "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
            tokens.display()
        );
        std::fs::write(&configuration, text).expect("room for a file");
        let labels = LABELS.iter().chain(["twice"].iter());
        for label in labels {
            let made = Command::new("softhsm2-util")
                .args(["--init-token", "--free", "--label", label])
                .args(["--pin", PIN, "--so-pin", PIN])
                .env("SOFTHSM2_CONF", &configuration)
                .output()
                .expect(install);
            assert!(made.status.success(), "softhsm2-util: {made:?}");
        }
        point_to(&configuration);
        let pin = folder.join("pin");
        std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&pin)
            .and_then(|mut file| file.write_all(PIN.as_bytes()))
            .expect("room for a file");
        SoftHsm { module, pin }
    })
}

#[expect(
    unsafe_code,
    reason = "SoftHSM reads its configuration's path from the environment"
)]
fn point_to(configuration: &Path) {
    // SAFETY: no test reads or changes the environment by other means than the
    // standard library's, which has a lock for it; SoftHSM is loaded after this.
    unsafe { std::env::set_var("SOFTHSM2_CONF", configuration) };
}

/// How this kind of HSM does AES-GCM.
pub(super) fn profile_of(hsm: &str) -> Profile {
    let mut named = Profile::NAMED.into_iter();
    let (_, profile) = named.find(|(name, _)| *name == hsm).unwrap();
    profile
}

/// The configuration of the token with this label.
pub(super) fn configured(label: &str, sessions: usize) -> Configured {
    let softhsm = softhsm();
    Configured {
        module: softhsm.module.clone(),
        selector: TokenSelector::Label(label.to_owned()),
        profile: profile_of("softhsm"),
        pin: SecretSource::File(softhsm.pin.clone()),
        sessions,
        queue: 64,
        library_parameters: None,
        table_path: "tokens.hsm".to_owned(),
    }
}

/// The same in a library that no other test uses: what is done to the library as
/// a whole is felt by all its tokens.
pub(super) fn with_own_library(label: &str, sessions: usize) -> Configured {
    let mut configured = configured(label, sessions);
    let copy = softhsm().pin.with_file_name(format!("{label}.so"));
    std::fs::copy(&configured.module, &copy).expect("room for a file");
    configured.module = copy;
    configured
}

/// The token with this label, open.
pub(crate) fn open(label: &str, sessions: usize) -> Arc<Token> {
    open_as(&configured(label, sessions))
}

/// The token of this configuration, open.
pub(super) fn open_as(configured: &Configured) -> Arc<Token> {
    let (token, warning) = Token::open("hsm", configured).unwrap();
    assert_eq!(warning, None);
    Arc::new(token)
}
