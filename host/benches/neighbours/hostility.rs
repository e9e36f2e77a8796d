//! The hostile neighbours, and the configurations that have one.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use crate::state_folder::StateFolder;

/// The URI path prefix of the hostile key store.
pub(crate) const PREFIX: &str = "/hostile";

/// What the hostile key store's plugins do.
pub(crate) struct Hostility {
    pub(crate) name: &'static str,
    /// The keys that are asked for in turn, by which the backend misbehaves.
    pub(crate) keys: &'static [&'static str],
    /// Settings of the backend.
    settings: &'static str,
    /// Milliseconds that the policy computes, 0 for ever; `None` for no policy.
    policy: Option<u32>,
}

const fn backend(name: &'static str, keys: &'static [&'static str]) -> Hostility {
    Hostility {
        name,
        keys,
        settings: "",
        policy: None,
    }
}

/// The rows of the table.
pub(crate) const HOSTILITIES: &[Hostility] = &[
    backend("a backend that behaves", &["good"]),
    backend("its backend loops", &["loops"]),
    backend("its backend computes 80 ms", &["computes"]),
    Hostility {
        policy: Some(0),
        ..backend("its policy loops", &["good"])
    },
    Hostility {
        policy: Some(80),
        ..backend("its policy computes 80 ms", &["good"])
    },
    backend("its backend sleeps", &["waits"]),
    backend("its backend traps", &["traps"]),
    backend("its backend allocates to its cap", &["eats-memory"]),
    backend("its backend returns 4 MiB", &["returns-megabytes"]),
    backend("its backend returns 100,000 words", &["endless-usages"]),
    Hostility {
        settings: "start_work = 150",
        ..backend("its backend traps and starts slowly", &["traps"])
    },
    // As long as one in four succeeds, no breaker opens.
    backend(
        "its backend mostly loops",
        &["loops", "loops", "loops", "good"],
    ),
    backend(
        "its backend mostly computes 80 ms",
        &["computes", "computes", "computes", "good"],
    ),
    backend(
        "its backend mostly traps",
        &["traps", "traps", "traps", "good"],
    ),
    backend(
        "its backend mostly returns 4 MiB",
        &[
            "returns-megabytes",
            "returns-megabytes",
            "returns-megabytes",
            "good",
        ],
    ),
    backend(
        "its backend does each in turn",
        &[
            "loops",
            "good",
            "computes",
            "good",
            "traps",
            "good",
            "eats-memory",
            "good",
            "endless-usages",
            "good",
        ],
    ),
];

/// Where everything is that the servers need.
pub(crate) struct Site {
    folder: StateFolder,
    probe: SocketAddr,
    backend: PathBuf,
    policy: PathBuf,
}

impl Site {
    /// Makes a state folder, and builds the hostile plugins.
    pub(crate) fn make() -> Self {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/plugins");
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guests");
        let build = |name: &str| {
            claviger_guest_build::standalone_plugin(&tests.join(name), &target)
                .expect("the plugin builds")
        };
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        Self {
            folder: StateFolder::make(),
            probe: free.local_addr().expect("it is bound"),
            backend: build("misbehaving"),
            policy: build("looping-policy"),
        }
    }

    pub(crate) fn probe(&self) -> SocketAddr {
        self.probe
    }

    pub(crate) fn forget_audit_records(&self) {
        self.folder.forget_audit_records(false);
    }

    /// The configuration with this neighbour.
    pub(crate) fn configuration(&self, hostility: Option<&Hostility>) -> PathBuf {
        let server = format!("[server]\nprobe_listen = \"{}\"", self.probe);
        let path = self
            .folder
            .variation("neighbours", &[("[server]", &server)]);
        let Some(hostility) = hostility else {
            return path;
        };
        let mut text = fs::read_to_string(&path).expect("it was just written");
        let credential = text
            .split_once("[[key_store.credential]]")
            .and_then(|(_, rest)| rest.split_once("\n\n"))
            .map(|(credential, _)| credential.to_owned())
            .expect("the good key store has a credential");
        let policy = match hostility.policy {
            None => String::new(),
            Some(work) => format!(
                "[[key_store.policy]]\nplugin = \"looping\"\nsettings = {{ work = {work} }}\n"
            ),
        };
        let hostile = format!(
            "\n[plugin.misbehaving]\ncomponent = {:?}\ndigest = \"unchecked\"\n\
             [plugin.looping]\ncomponent = {:?}\ndigest = \"unchecked\"\n\
             [[key_store]]\nname = \"hostile\"\nuri_path_prefix = \"{PREFIX}\"\n\
             [[key_store.credential]]{credential}\n\
             [key_store.backend]\nplugin = \"misbehaving\"\n\
             grants = {{ log = true, aead = true, wasi = true }}\n\
             settings = {{ {} }}\n{policy}",
            self.backend.display().to_string(),
            self.policy.display().to_string(),
            hostility.settings,
        );
        text.push_str(&hostile);
        fs::write(&path, text).expect("the state folder can be written");
        path
    }
}
