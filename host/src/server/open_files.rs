//! Whether the files that a process may have open are enough for its connections
//! (FLT-23).

use claviger_config::Configuration;
use claviger_settings::Fault;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::PROBES;

/// Files of the process itself: standard streams, listeners, the runtime's own, the
/// audit log, components and certificates while they are read.
const OF_THE_PROCESS: usize = 128;
/// A SQLite file with its journal and shared memory, for those who write, read and
/// watch it.
const OF_A_STORAGE: usize = 16;
/// Beside a connection for each session: what a PKCS#11 library opens for itself.
const OF_A_TOKEN: usize = 16;
/// Connections that are served however few files there are.
const LEAST: usize = 16;

/// How many connections there can be.
pub(super) struct Fitting {
    pub(super) connections: usize,
    /// They are fewer than configured.
    pub(super) warning: Option<Fault>,
}

/// Lets this process open as many files as it is allowed to. It holds for the whole
/// process, so only the program does it.
pub(crate) fn raise() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let all = Rlimit {
        current: maximum,
        maximum,
    };
    // Where that does not go, `Fitting` goes by what there is.
    let _ = setrlimit(Resource::Nofile, all);
}

impl Fitting {
    /// As many as this process can serve.
    pub(super) fn now(configuration: &Configuration) -> Self {
        Self::within(configuration, getrlimit(Resource::Nofile).current)
    }

    /// As many as a host of this user's could serve.
    pub(super) fn once_raised(configuration: &Configuration) -> Self {
        Self::within(configuration, getrlimit(Resource::Nofile).maximum)
    }

    /// No limit means that there is none.
    fn within(configuration: &Configuration, limit: Option<u64>) -> Self {
        let connections = configuration.server.connections;
        let others = others(configuration);
        let limit = limit.map_or(usize::MAX, |limit| {
            usize::try_from(limit).unwrap_or(usize::MAX)
        });
        if limit >= others + connections {
            return Self {
                connections,
                warning: None,
            };
        }
        let fitting = limit.saturating_sub(others).max(LEAST);
        let warning = Fault::new(
            "server.connections",
            format!(
                "{connections} connections and {others} other files are more than the {limit} \
                 files that the process may open; {fitting} connections are served"
            ),
            format!(
                "raise the limit to {} (`LimitNOFILE=` of systemd, `ulimit -n` of the shell), \
                 or set it to {fitting}",
                others + connections
            ),
        );
        Self {
            connections: fitting,
            warning: Some(warning),
        }
    }
}

/// All files but those of the connections.
fn others(configuration: &Configuration) -> usize {
    let tokens = configuration.tokens.values();
    let probes = configuration.server.probe_listen.map_or(0, |_| PROBES);
    OF_THE_PROCESS
        + probes
        + OF_A_STORAGE * configuration.storage.len()
        + tokens
            .map(|token| token.sessions + OF_A_TOKEN)
            .sum::<usize>()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn configuration() -> Configuration {
        let text = r#"
            [server]
            listen = "127.0.0.1:8443"
            probe_listen = "127.0.0.1:8080"
            tls = { certificate = "server.pem", private_key = "server.key" }
            [storage.main]
            path = "keys.sqlite"
            key_encryption_key_file = "keys.kek"
            [plugin.software]
            component = "builtin:backend-software"
            [[key_store]]
            name = "payments"
            uri_path_prefix = "/payments"
            backend = { plugin = "software", grants = { key-storage = "main" } }
            [[key_store.credential]]
            access_key_id = "CLAVIGEREXAMPLEKEYID234"
            secret_access_key_file = "payments.secret"
        "#;
        let configuration = Configuration::parse(text, Path::new("/etc/claviger"));
        configuration.unwrap_or_else(|faults| panic!("{faults:?}"))
    }

    #[test]
    fn flt_23_connections_are_as_many_as_the_open_files_allow() {
        let configuration = configuration();
        for enough in [None, Some(4096 + 208)] {
            let fitting = Fitting::within(&configuration, enough);
            assert_eq!(fitting.connections, 4096);
            assert!(fitting.warning.is_none());
        }
        let fitting = Fitting::within(&configuration, Some(1024));
        assert_eq!(fitting.connections, 816);
        assert_eq!(
            fitting.warning.unwrap().to_string(),
            "server.connections: 4096 connections and 208 other files are more than the 1024 \
             files that the process may open; 816 connections are served; raise the limit to \
             4304 (`LimitNOFILE=` of systemd, `ulimit -n` of the shell), or set it to 816"
        );
        assert_eq!(Fitting::within(&configuration, Some(64)).connections, 16);
    }
}
