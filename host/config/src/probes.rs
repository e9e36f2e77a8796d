use claviger_settings::Table;
use std::time::Duration;

/// What load balancers are told by probes, and how much time they have to notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probes {
    /// Paths that are 200 while the process lives. None is in `ready` too.
    pub live: Vec<String>,
    /// Paths that are 200 while requests are welcome.
    pub ready: Vec<String>,
    /// Paths where metrics are. None is in `live` or `ready`.
    pub metrics: Vec<String>,
    /// After the order to stop the host serves on for so long, up to 5 minutes, while
    /// readiness is 503: until load balancers send nothing more.
    pub lame_duck: Duration,
}

/// Two probes of a usual load balancer, which sends one in five seconds.
const LAME_DUCK: u64 = 10;

impl Probes {
    /// Of `[server]`. Without a probe nobody notices, and nobody is waited for.
    pub(crate) fn read(server: &Table<'_>, probed: bool) -> Self {
        let live = paths(server, "live_paths", "/healthz");
        let ready = paths(server, "ready_paths", "/readyz");
        if let Some(both) = ready.iter().find(|path| live.contains(path)) {
            server.fault(
                "ready_paths",
                format!("`{both}` is one of `live_paths` too"),
                "give each path one meaning: a host that stops is alive and not ready",
            );
        }
        let metrics = paths(server, "metrics_paths", "/metrics");
        let others = [&live, &ready];
        if let Some(both) = metrics
            .iter()
            .find(|path| others.iter().any(|it| it.contains(path)))
        {
            server.fault(
                "metrics_paths",
                format!("`{both}` is a path of a probe too"),
                "give each path one meaning",
            );
        }
        let seconds = server.integer("lame_duck_seconds", 0..=300);
        let seconds = seconds.unwrap_or(if probed { LAME_DUCK } else { 0 });
        Self {
            live,
            ready,
            metrics,
            lame_duck: Duration::from_secs(seconds),
        }
    }
}

fn paths(server: &Table<'_>, key: &str, usual: &str) -> Vec<String> {
    let Some(paths) = server.texts(key) else {
        return vec![usual.to_owned()];
    };
    for (index, path) in paths.iter().enumerate() {
        let plain = path
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"?#%".contains(&byte));
        if !path.starts_with('/') || path.len() > 128 || !plain {
            server.fault_at(
                key,
                index,
                "not a path of a probe",
                "begin with `/`, and write at most 128 letters, digits and signs",
            );
        }
    }
    paths.into_iter().map(str::to_owned).collect()
}
