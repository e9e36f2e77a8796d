//! What cannot be changed while a host serves.

use claviger_config::{Audit, Configuration, Control, Log, Server};
use claviger_settings::Fault;

/// As the configuration had it at the start.
pub(super) struct AtStart {
    server: Server,
    log: Log,
    audit: Audit,
    control: Option<Control>,
}

impl AtStart {
    pub(super) fn of(configuration: &Configuration) -> Self {
        Self {
            server: configuration.server.clone(),
            log: configuration.log.clone(),
            audit: configuration.audit.clone(),
            control: configuration.control.clone(),
        }
    }

    /// A warning for each setting that differs and takes effect at the next start
    /// only.
    pub(super) fn changed_by(&self, configuration: &Configuration) -> impl Iterator<Item = Fault> {
        let (server, log) = (&configuration.server, &configuration.log);
        let changed = [
            ("server.listen", server.listen != self.server.listen),
            (
                "server.probe_listen",
                server.probe_listen != self.server.probe_listen,
            ),
            (
                "server.page_listen",
                server.page_listen != self.server.page_listen,
            ),
            (
                "server.live_paths",
                server.probes.live != self.server.probes.live,
            ),
            (
                "server.ready_paths",
                server.probes.ready != self.server.probes.ready,
            ),
            (
                "server.metrics_paths",
                server.probes.metrics != self.server.probes.metrics,
            ),
            (
                "server.lame_duck_seconds",
                server.probes.lame_duck != self.server.probes.lame_duck,
            ),
            (
                "server.connections",
                server.connections != self.server.connections,
            ),
            (
                "server.proxy_protocol",
                server.proxy_protocol != self.server.proxy_protocol,
            ),
            ("audit", configuration.audit != self.audit),
            ("control", configuration.control != self.control),
            ("log.level", log.level != self.log.level),
            ("log.format", log.format != self.log.format),
        ];
        let changed = changed.into_iter().filter(|(_, changed)| *changed);
        changed.map(|(setting, _)| {
            let problem = "changed, which has no effect on a running host";
            Fault::new(setting, problem, "start the host again")
        })
    }
}
