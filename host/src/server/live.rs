//! The snapshot in force, and its replacement.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use claviger_config::{Configuration, Log, Server};
use claviger_settings::Fault;
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::assembly::{Completed, Snapshot};
use crate::front::admission::Admission;
use crate::resources::{Compiler, Resources};

/// How long a new snapshot waits for the first reports of its key managers.
const FIRST_CHECK: Duration = Duration::from_secs(2);
/// From one look at what is absent to the next.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LAST_PAUSE: Duration = Duration::from_secs(30);

/// What a server serves from, now and after each change.
pub(super) struct Live {
    current: ArcSwap<Snapshot>,
    resources: Resources,
    admission: Admission,
    /// Of the configuration at the start; what of it cannot be changed is compared.
    server: Server,
    log: Log,
    /// Held while a snapshot is made: one change at a time.
    changing: Mutex<()>,
}

/// The way to change what a server serves, while it serves.
#[derive(Clone)]
pub struct Control(pub(super) Arc<Live>);

impl Live {
    /// Loads everything. How the key managers are is not known yet.
    pub(super) async fn start(
        configuration: &Configuration,
        compiler: Compiler,
        warnings: &mut Vec<Fault>,
    ) -> Result<Self, Vec<Fault>> {
        let (resources, admission) = (Resources::new(compiler), Admission::default());
        let snapshot = Snapshot::assemble(configuration, &resources, &admission, warnings).await?;
        Ok(Self {
            current: ArcSwap::from_pointee(snapshot),
            resources,
            admission,
            server: configuration.server.clone(),
            log: configuration.log.clone(),
            changing: Mutex::new(()),
        })
    }

    /// Takes up the key stores that waited for something, once it is there; returns
    /// when none waits any more. An attempt that was of no use has the next one wait
    /// twice as long, up to 30 s.
    pub(super) async fn take_up_absent(&self) {
        let mut pause = FIRST_PAUSE;
        loop {
            tokio::time::sleep(pause).await;
            let _one_at_a_time = self.changing.lock().await;
            let current = self.current();
            let completed = current.complete(&self.resources, &self.admission);
            match completed.await {
                Completed::Over => return,
                Completed::NotYet => pause = (2 * pause).min(LAST_PAUSE),
                Completed::Snapshot(snapshot) => {
                    let _ = timeout(FIRST_CHECK, snapshot.check_health()).await;
                    // What was served before is served on: nothing retires.
                    self.current.store(Arc::from(snapshot));
                    pause = FIRST_PAUSE;
                }
            }
        }
    }

    /// For a request or a connection, which keeps it until it ends.
    pub(super) fn current(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }

    /// A warning for each setting that differs and takes effect at the next start
    /// only.
    fn for_the_next_start(&self, configuration: &Configuration) -> impl Iterator<Item = Fault> {
        let (server, log) = (&configuration.server, &configuration.log);
        let changed = [
            ("server.listen", server.listen != self.server.listen),
            (
                "server.probe_listen",
                server.probe_listen != self.server.probe_listen,
            ),
            (
                "server.connections",
                server.connections != self.server.connections,
            ),
            (
                "server.proxy_protocol",
                server.proxy_protocol != self.server.proxy_protocol,
            ),
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

impl Control {
    /// Takes up another configuration: everything is loaded and checked before
    /// anything changes, then requests and connections that begin from now on use
    /// it. Those under way end with what they began with. What both configurations
    /// name in the same words (tokens, storages, the audit log, compiled plugins)
    /// stays open.
    ///
    /// Returns the warnings, one for each changed setting that takes effect at the
    /// next start only among them.
    ///
    /// # Errors
    /// All faults, with their key paths; nothing has changed then.
    pub async fn take_up(&self, configuration: &Configuration) -> Result<Vec<Fault>, Vec<Fault>> {
        let live = &self.0;
        let _one_at_a_time = live.changing.lock().await;
        let mut warnings: Vec<_> = live.for_the_next_start(configuration).collect();
        let (resources, admission) = (&live.resources, &live.admission);
        let snapshot =
            Snapshot::assemble(configuration, resources, admission, &mut warnings).await?;
        // So that readiness does not go while the key managers are well. One that does
        // not answer at once is asked again in the background.
        let _ = timeout(FIRST_CHECK, snapshot.check_health()).await;
        live.current.swap(Arc::new(snapshot)).retire();
        Ok(warnings)
    }
}
