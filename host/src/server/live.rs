//! The snapshot in force, and its replacement.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use arc_swap::ArcSwap;
use claviger_audit::Ticket;
use claviger_config::Configuration;
use claviger_settings::Fault;
use parking_lot::Mutex as Lock;
use tokio::sync::{Mutex, watch};
use tokio::time::timeout;

use super::KMS_WAITS;
use super::at_start::AtStart;
use super::history::History;
use super::phase::Phase;
use super::seats::Seats;
use super::served::Served;
use crate::assembly::{Completed, FIRST_CHECK, Snapshot, may_succeed};
use crate::audit::Act;
use crate::front::Ledger;
use crate::resources::{Compiler, Resources};
use crate::switches::Switches;

/// From one look at what is absent to the next.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LAST_PAUSE: Duration = Duration::from_secs(30);

/// Changes that are remembered.
const CHANGES: usize = 100;

/// What a server serves from, now and after each change.
pub(super) struct Live {
    current: ArcSwap<Snapshot>,
    resources: Resources,
    ledger: Ledger,
    at_start: AtStart,
    /// Held while a snapshot is made: one change at a time.
    changing: Mutex<()>,
    /// For connections of AWS KMS.
    pub(super) seats: Arc<Seats>,
    began: SystemTime,
    /// How many configurations were taken up.
    generation: AtomicU64,
    watches_files: AtomicBool,
    /// What it does with connections.
    pub(super) phase: watch::Sender<Phase>,
    history: Lock<History>,
    /// What happened to the host, newest first.
    changes: Lock<VecDeque<(SystemTime, String)>>,
}

/// A configuration that is in force.
#[derive(Debug)]
pub struct TakenUp {
    /// 1 for that of the start; one more for each after it.
    pub generation: u64,
    /// One for each changed setting that takes effect at the next start only among them.
    pub warnings: Vec<Fault>,
}

/// The way to change what a server serves, while it serves.
#[derive(Clone)]
pub struct Control(pub(super) Arc<Live>);

impl Live {
    /// Loads everything. How the key managers are is not known yet. There are so many
    /// `connections`.
    pub(super) async fn start(
        configuration: &Configuration,
        compiler: Compiler,
        connections: usize,
        warnings: &mut Vec<Fault>,
    ) -> Result<Self, Vec<Fault>> {
        let ledger = match configuration.server.page_listen {
            Some(_) => Ledger::watched(),
            None => Ledger::default(),
        };
        let resources = Resources::new(compiler);
        let snapshot = Snapshot::assemble(configuration, &resources, &ledger, warnings).await?;
        let seats = Seats::new("server.connections", connections, KMS_WAITS);
        seats.shared_by(configuration.key_stores.len());
        Ok(Self {
            current: ArcSwap::from_pointee(snapshot),
            resources,
            ledger,
            at_start: AtStart::of(configuration),
            changing: Mutex::new(()),
            seats,
            began: SystemTime::now(),
            generation: AtomicU64::new(1),
            watches_files: AtomicBool::new(configuration.server.watch_files),
            phase: watch::Sender::new(Phase::Serving),
            history: Lock::new(History::of(configuration)),
            changes: Lock::default(),
        })
    }

    /// Takes up the key stores that wait for something, once it is there. An attempt that
    /// was of no use has the next one wait twice as long, up to 30 s. Never returns:
    /// another configuration may have some that wait.
    pub(super) async fn take_up_absent(&self) {
        let mut pause = FIRST_PAUSE;
        loop {
            tokio::time::sleep(pause).await;
            let _one_at_a_time = self.changing.lock().await;
            let current = self.current();
            let completed = current.complete(&self.resources, &self.ledger);
            match completed.await {
                Completed::Over => pause = FIRST_PAUSE,
                Completed::NotYet => pause = (2 * pause).min(LAST_PAUSE),
                Completed::Snapshot(snapshot) => {
                    let comes = snapshot.key_stores().len() > current.key_stores().len();
                    let _ = timeout(FIRST_CHECK, snapshot.check_health()).await;
                    // What was served before is served on: nothing retires.
                    self.current.store(Arc::from(snapshot));
                    pause = FIRST_PAUSE;
                    if comes {
                        self.changed("what some key stores waited for is there".to_owned());
                        let served = self.served();
                        let in_force = served.in_force();
                        let cause = "absence-over";
                        let _ = self.record(&Act::TakeUp { cause, in_force });
                    }
                }
            }
        }
    }

    /// How many configurations were taken up: 1 from the start on.
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Relaxed)
    }

    /// Whether changed files are to be taken up.
    pub(super) fn watches_files(&self) -> bool {
        self.watches_files.load(Ordering::Relaxed)
    }

    /// The files that the configuration in force names, and a later one that was refused.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        self.history.lock().files.iter().cloned().collect()
    }

    /// What became of the configurations so far.
    pub(super) fn history(&self) -> History {
        self.history.lock().clone()
    }

    /// A configuration was taken up, or refused for these faults.
    pub(super) fn note(&self, refused: Option<&Vec<Fault>>) {
        let mut history = self.history.lock();
        if let Some(faults) = refused {
            history.refusals += 1;
            self.changed(format!(
                "a configuration with {} faults is refused",
                faults.len()
            ));
        }
        history.refused = refused.map(|faults| (SystemTime::now(), faults.clone()));
    }

    /// What it does with connections.
    pub(super) fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    /// Whether clients are asked to go elsewhere.
    pub(super) fn is_leaving(&self) -> bool {
        self.phase() != Phase::Serving
    }

    /// Whether requests are welcome.
    pub(super) fn is_ready(&self) -> bool {
        !self.is_leaving() && self.unready().is_empty()
    }

    /// Why requests are better sent elsewhere; nothing when they are welcome.
    pub(super) fn unready(&self) -> Vec<String> {
        let current = self.current();
        let mut reasons = current.unready();
        match self.phase() {
            Phase::Serving => {}
            Phase::LameDuck | Phase::Draining => reasons.push("the host is stopping".to_owned()),
        }
        if let Some(certificate) = current.certificate()
            && certificate.seconds_left(SystemTime::now()) < 0
        {
            reasons.push("the certificate has expired: nobody connects".to_owned());
        }
        if let Some(difference) = current.xks.clock_is_wrong(SystemTime::now()) {
            reasons.push(format!(
                "signed requests are dated {} s away from this machine's clock, and refused",
                difference.abs()
            ));
        }
        if let Some(reason) = current.xks.cannot_record() {
            reasons.push(reason.to_owned());
        }
        if self.seats.are_too_few(Instant::now()) {
            reasons.push(
                "all connections that `server.connections` allows are in use: new ones wait"
                    .to_owned(),
            );
        }
        reasons
    }

    /// What is served now.
    pub(super) fn served(&self) -> Served {
        let names = |states: Vec<(String, bool)>| states.into_iter().map(|(name, _)| name);
        let (tokens, storages) = (names(self.tokens()), names(self.storages()));
        Served::by(&self.current(), self.generation(), tokens, storages)
    }

    /// Records what was done to the host; what is returned resolves when it is written.
    pub(super) fn record(&self, act: &Act<'_>) -> Option<Ticket> {
        self.current().xks.record(act)
    }

    /// Something happened to the host, for people who look.
    pub(super) fn changed(&self, what: String) {
        let mut changes = self.changes.lock();
        changes.push_front((SystemTime::now(), what));
        changes.truncate(CHANGES);
    }

    /// The last changes, newest first.
    pub(super) fn changes(&self) -> Vec<(SystemTime, String)> {
        self.changes.lock().iter().cloned().collect()
    }

    /// When the process began to serve.
    pub(super) fn began(&self) -> SystemTime {
        self.began
    }

    /// The tokens in use by name, and whether each answers.
    pub(super) fn tokens(&self) -> Vec<(String, bool)> {
        self.resources.token_states()
    }

    /// The storages in use by name, and whether each can be read and written.
    pub(super) fn storages(&self) -> Vec<(String, bool)> {
        self.resources.storage_states()
    }

    /// The upstreams in use by name, and whether each answers.
    pub(super) fn upstream_states(&self) -> Vec<(String, bool)> {
        self.resources.upstream_states()
    }

    /// Counts audit records that were not written in the end.
    pub(super) fn lost_records(&self) -> Arc<AtomicU64> {
        self.resources.lost_records()
    }

    /// What is switched off.
    pub(super) fn switches(&self) -> Arc<Switches> {
        Arc::clone(self.current().switches())
    }

    /// For a request or a connection, which keeps it until it ends.
    pub(super) fn current(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }

    /// Takes up another configuration: everything is loaded and checked before
    /// anything changes, then requests and connections that begin from now on use
    /// it. Those under way end with what they began with. What both configurations
    /// name in the same words (tokens, storages, the audit log, compiled plugins)
    /// stays open.
    pub(super) async fn take_up(
        &self,
        configuration: &Configuration,
    ) -> Result<(TakenUp, Served), Vec<Fault>> {
        let _one_at_a_time = self.changing.lock().await;
        let named = configuration.files().into_iter().map(Path::to_owned);
        self.history.lock().files.extend(named);
        let mut warnings: Vec<_> = self.at_start.changed_by(configuration).collect();
        warnings.extend(configuration.warnings());
        let (resources, ledger) = (&self.resources, &self.ledger);
        let snapshot = Snapshot::assemble(configuration, resources, ledger, &mut warnings).await?;
        may_succeed(&snapshot, &self.current()).await?;
        self.current.swap(Arc::new(snapshot)).retire();
        self.seats.shared_by(configuration.key_stores.len());
        self.watches_files
            .store(configuration.server.watch_files, Ordering::Relaxed);
        {
            let mut history = self.history.lock();
            *history = History {
                refusals: history.refusals,
                ..History::of(configuration)
            };
        }
        let before = self.generation.fetch_add(1, Ordering::Relaxed);
        self.changed(format!("configuration {} taken up", before + 1));
        let generation = before + 1;
        let served = self.served();
        let taken_up = TakenUp {
            generation,
            warnings,
        };
        Ok((taken_up, served))
    }
}

impl Control {
    /// Takes up another configuration, in place of the one in force.
    ///
    /// # Errors
    /// All faults, with their key paths; nothing has changed then.
    pub async fn take_up(&self, configuration: &Configuration) -> Result<TakenUp, Vec<Fault>> {
        let (taken_up, _) = self.0.take_up(configuration).await?;
        Ok(taken_up)
    }
}
