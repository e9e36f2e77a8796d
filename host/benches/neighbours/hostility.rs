//! The hostile neighbours, and the configurations that have one.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use crate::state_folder::StateFolder;
use crate::upstreams::Upstream;

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
    /// What its backend waits for, when that is a server.
    upstream: Option<Upstream>,
}

const fn backend(name: &'static str, keys: &'static [&'static str]) -> Hostility {
    Hostility {
        name,
        keys,
        settings: "",
        policy: None,
        upstream: None,
    }
}

const fn upstream(name: &'static str, upstream: Upstream) -> Hostility {
    Hostility {
        upstream: Some(upstream),
        ..backend(name, &["get-ok"])
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
    upstream("its upstream answers", Upstream::Answers),
    upstream("its upstream takes 150 ms", Upstream::IsLate),
    upstream("its upstream never answers", Upstream::NeverAnswers),
    upstream("its upstream hangs up", Upstream::HangsUp),
    upstream("its upstream is away", Upstream::IsAway),
];

/// Where everything is that the servers need.
pub(crate) struct Site {
    folder: StateFolder,
    probe: SocketAddr,
    backend: PathBuf,
    policy: PathBuf,
    caller: PathBuf,
    upstreams: Vec<(&'static str, SocketAddr)>,
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
            caller: build("caller"),
            upstreams: Upstream::ALL
                .iter()
                .map(|upstream| (upstream.name(), upstream.start()))
                .collect(),
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
             [[key_store.credential]]{credential}\n{}{policy}",
            self.backend.display().to_string(),
            self.policy.display().to_string(),
            self.backend_of(hostility),
        );
        text.push_str(&hostile);
        fs::write(&path, text).expect("the state folder can be written");
        path
    }

    /// Its table of the hostile key store, and what belongs to that.
    fn backend_of(&self, hostility: &Hostility) -> String {
        let Some(upstream) = hostility.upstream else {
            let settings = hostility.settings;
            return format!(
                "[key_store.backend]\nplugin = \"misbehaving\"\n\
                 grants = {{ log = true, aead = true, wasi = true }}\n\
                 settings = {{ {settings} }}\n"
            );
        };
        let of_name = |(name, _): &&(_, _)| *name == upstream.name();
        let (_, address) = self.upstreams.iter().find(of_name).expect("all have begun");
        format!(
            "[key_store.backend]\nplugin = \"caller\"\n\
             grants = {{ log = true, http = [\"one\"], streams = [], secrets = [] }}\n\
             [plugin.caller]\ncomponent = {:?}\ndigest = \"unchecked\"\n\
             instances = 1024\nmemory_mib = 2\n\
             [upstream.one]\norigins = [\"http://{address}\"]\npaths = [\"/ok\"]\n\
             connections = 64\n",
            self.caller.display().to_string(),
        )
    }
}
