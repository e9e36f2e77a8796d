//! Everything that a configuration says, put together: immutable, replaced as a
//! whole.

use std::sync::Arc;
use std::time::{Duration, Instant};

use claviger_certificates::Facts;
use claviger_config::{Configuration, ReadyWhen, WhenAbsent};
use claviger_settings::Fault;
use rustls::ServerConfig;
use tokio::task::JoinSet;
use tracing::{error, info};

use super::absent::{self, Group, Waiting};
use super::{Assembled, access, assemble, examination, rehearsal};
use crate::audit::AuditPlace;
use crate::front::Ledger;
use crate::front::xks;
use crate::keys::{KeyStore, NotServed};
use crate::resources::{Compiler, Resources};
use crate::switches::Switches;
use crate::tls::{self, Identity};

/// How long a new snapshot waits for the first reports of its key managers.
pub(crate) const FIRST_CHECK: Duration = Duration::from_secs(2);

/// What requests and connections begin with, and keep until they end.
pub(crate) struct Snapshot {
    key_stores: Vec<Arc<KeyStore>>,
    pub(crate) xks: xks::Front,
    pub(crate) tls: Arc<ServerConfig>,
    certificate: Option<Facts>,
    /// Key stores that need something that is not there.
    waiting: Option<Waiting>,
    switches: Arc<Switches>,
    /// What it was made from, for comparisons with the next one. It has no secrets.
    configuration: Arc<Configuration>,
}

/// What came of an attempt to take up what was absent.
pub(crate) enum Completed {
    /// Nothing is absent any more, or what is cannot be taken up: the log says why.
    Over,
    /// It is absent still.
    NotYet,
    /// To be served from now on.
    Snapshot(Box<Snapshot>),
}

/// What was found out without serving.
#[derive(Debug, Default)]
pub struct Checked {
    /// What keeps a host from serving, or some of its key stores.
    pub faults: Vec<Fault>,
    /// A warning for each storage with records of key stores that do not use it: true
    /// only of a configuration that was read as a whole.
    pub unclaimed: Vec<Fault>,
    /// What is not as it should be, but no fault.
    pub warnings: Vec<Fault>,
    /// Key store, plugin, and how long the plugin's first instance took to start: about
    /// as long as each further one takes.
    pub starts: Vec<(Arc<str>, Arc<str>, Duration)>,
}

impl Snapshot {
    /// Reads everything that the configuration names, and opens the audit log.
    pub(crate) async fn assemble(
        configuration: &Configuration,
        resources: &Resources,
        ledger: &Ledger,
        warnings: &mut Vec<Fault>,
    ) -> Result<Self, Vec<Fault>> {
        let control = configuration.control.as_ref();
        let switches = resources.switches(control);
        let (assembled, identity, switches) = match switches {
            Ok(switches) => {
                let read = read(configuration, resources, ledger, &switches, warnings).await;
                let (assembled, identity) = read?;
                (assembled, identity, switches)
            }
            Err(fault) => {
                // What else is wrong shows too.
                let none = &Switches::none();
                let read = read(configuration, resources, ledger, none, warnings).await;
                let mut faults = read.err().unwrap_or_default();
                faults.push(fault);
                return Err(faults);
            }
        };
        warnings.extend(assembled.damaged);
        warnings.extend(assembled.unclaimed);
        let refuses = configuration.server.when_absent == WhenAbsent::Refuse;
        let mut faults = absent::faults(&assembled.absent);
        if refuses {
            faults.extend(assembled.unused);
        } else {
            warnings.extend(assembled.unused);
        }
        // Nobody could be served: the start says so, as of any other fault.
        if !faults.is_empty() && (refuses || assembled.key_stores.is_empty()) {
            return Err(faults);
        }
        warnings.extend(absent::warnings(&assembled.absent));
        let place = AuditPlace::of(&configuration.log, &configuration.audit);
        let audit = resources.audit(&place).map_err(|fault| {
            vec![Fault::new(
                "log.audit",
                fault.to_string(),
                "name a file that can be written",
            )]
        })?;
        let server = &configuration.server;
        let counters = Arc::clone(&ledger.counters);
        Ok(Self {
            key_stores: assembled.key_stores,
            xks: xks::Front::new(server, assembled.xks, audit, counters),
            tls: identity.config,
            certificate: identity.certificate,
            waiting: Waiting::new(Group::divide(configuration, assembled.absent)),
            switches,
            configuration: Arc::new(configuration.clone()),
        })
    }

    /// Tries again to assemble the key stores that were absent, and no others.
    pub(crate) async fn complete(&self, resources: &Resources, ledger: &Ledger) -> Completed {
        let Some(waiting) = self.waiting.as_ref().filter(|it| it.is_for_something()) else {
            return Completed::Over;
        };
        let mut key_stores = self.key_stores.clone();
        let (mut xks, mut groups) = (xks::KeyStores::default(), Vec::new());
        let mut tried_in_vain = false;
        for group in waiting.groups() {
            if !group.may_be_over() {
                groups.push(group.clone());
                continue;
            }
            // Everything that it can say has been said at the start.
            let unread = &mut Vec::new();
            let configuration = &group.configuration;
            let switches = &self.switches;
            match assemble(configuration, resources, ledger, switches, unread).await {
                Ok(assembled) => {
                    for key_store in &assembled.key_stores {
                        info!(
                            key_store = &**key_store.name(),
                            "what the key store waited for is there: it is served"
                        );
                    }
                    key_stores.extend(assembled.key_stores);
                    xks = xks.replaced_by(assembled.xks);
                    groups.extend(Group::divide(configuration, assembled.absent));
                }
                // No more attempts: a PIN that is refused locks the token's user.
                Err(faults) => {
                    tried_in_vain = true;
                    for Fault { path, problem, fix } in &faults {
                        error!("{path}: {problem} ({fix}); reload the configuration then");
                    }
                    groups.push(Group {
                        given_up: Some(faults),
                        ..group.clone()
                    });
                }
            }
        }
        let none_came = key_stores.len() == self.key_stores.len();
        match Waiting::new(groups) {
            Some(_) if none_came && !tried_in_vain => Completed::NotYet,
            None if none_came => Completed::Over,
            waiting => Completed::Snapshot(Box::new(Self {
                key_stores,
                xks: self.xks.with(xks),
                tls: Arc::clone(&self.tls),
                certificate: self.certificate.clone(),
                waiting,
                switches: Arc::clone(&self.switches),
                configuration: Arc::clone(&self.configuration),
            })),
        }
    }

    /// The names of the key stores that wait for something that is not there.
    pub(crate) fn absent(&self) -> impl Iterator<Item = &str> {
        let waiting = self.waiting.iter().flat_map(Waiting::key_stores);
        waiting.map(|key_store| &*key_store.name)
    }

    /// What they wait for, by their names, or why nobody waits any more.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = (&str, &Fault)> {
        let groups = self.waiting.iter().flat_map(Waiting::groups);
        groups.flat_map(Group::reasons)
    }

    /// What `claviger check` does: reads and starts the same things, but opens no
    /// audit log.
    pub(crate) async fn check(configuration: &Configuration, compiler: Compiler) -> Checked {
        let mut warnings = Vec::new();
        let (resources, ledger) = (Resources::new(compiler), Ledger::default());
        // The file of a host that serves is its own: it is not opened here.
        let switches = &Switches::none();
        let read = read(configuration, &resources, &ledger, switches, &mut warnings);
        let mut unclaimed = Vec::new();
        let (assembled, mut faults) = match read.await {
            // Whatever a start would make of it.
            Ok((assembled, _)) => {
                let faults = assembled.tolerated();
                unclaimed = assembled.unclaimed;
                (assembled.key_stores, faults)
            }
            Err(faults) => (Vec::new(), faults),
        };
        examination::examine(configuration, &assembled, &mut faults, &mut warnings).await;
        faults.extend(rehearsal::faults(configuration, &mut warnings));
        let starts = assembled.iter().flat_map(|key_store| {
            let of = |(plugin, time)| (Arc::clone(key_store.name()), plugin, time);
            key_store.start_times().into_iter().map(of)
        });
        Checked {
            starts: starts.collect(),
            warnings,
            faults,
            unclaimed,
        }
    }

    /// The server's certificate.
    pub(crate) fn certificate(&self) -> Option<&Facts> {
        self.certificate.as_ref()
    }

    /// What is switched off.
    pub(crate) fn switches(&self) -> &Arc<Switches> {
        &self.switches
    }

    /// Its key stores that are served, in no order.
    pub(crate) fn key_stores(&self) -> &[Arc<KeyStore>] {
        &self.key_stores
    }

    /// Asks every key manager how it is, all at the same time: one that does not
    /// answer holds up nobody else's report.
    pub(crate) async fn check_health(&self) {
        let checks = self.key_stores.iter().map(|key_store| {
            let key_store = Arc::clone(key_store);
            async move { key_store.check_health().await }
        });
        checks.collect::<JoinSet<()>>().join_all().await;
    }

    /// What it was made from.
    pub(super) fn configuration(&self) -> &Configuration {
        &self.configuration
    }

    /// What has to be done now and then, every 15 seconds or so.
    pub(crate) fn drop_surplus(&self) {
        self.key_stores
            .iter()
            .for_each(|key_store| key_store.drop_surplus());
    }

    /// Why requests are better sent elsewhere, by key store; nothing when they are
    /// welcome. The first line says it of the whole.
    pub(crate) fn unready(&self) -> Vec<String> {
        let now = Instant::now();
        // One that the operator wants out of service is refused as AWS KMS understands it,
        // by any host.
        let missed = self.key_stores.iter().filter_map(|key_store| {
            let why = key_store.not_served(now);
            let why = why.filter(|why| *why != NotServed::OutOfService)?;
            Some(format!("key store `{}`: {why}", key_store.name()))
        });
        let absent = self.absent();
        let absent = absent.map(|name| format!("key store `{name}`: what it needs is not there"));
        let missed: Vec<_> = missed.chain(absent).collect();
        let serves_one = self
            .key_stores
            .iter()
            .any(|key_store| key_store.serves(now));
        let what = match self.configuration.server.ready_when {
            _ if missed.is_empty() => return Vec::new(),
            _ if !serves_one => "no key store is served",
            ReadyWhen::All => "not all key stores are served",
            ReadyWhen::Any => return Vec::new(),
        };
        [what.to_owned()].into_iter().chain(missed).collect()
    }

    /// Another snapshot has taken over: idle instances of plugins go.
    pub(crate) fn retire(&self) {
        self.key_stores
            .iter()
            .for_each(|key_store| key_store.retire());
    }
}

async fn read(
    configuration: &Configuration,
    resources: &Resources,
    ledger: &Ledger,
    switches: &Switches,
    warnings: &mut Vec<Fault>,
) -> Result<(Assembled, Identity), Vec<Fault>> {
    let others = access::examine(configuration, warnings);
    let identity = tls::identity(&configuration.server.tls, warnings);
    let assembled = assemble(configuration, resources, ledger, switches, warnings).await;
    match (assembled, identity) {
        (Ok(assembled), Ok(identity)) if others.is_empty() => Ok((assembled, identity)),
        (assembled, identity) => {
            let assembled = match assembled {
                Ok(assembled) => assembled.tolerated(),
                Err(faults) => faults,
            };
            let identity = identity.err().unwrap_or_default();
            Err([others, assembled, identity].concat())
        }
    }
}
