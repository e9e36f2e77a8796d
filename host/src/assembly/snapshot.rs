//! Everything that a configuration says, put together: immutable, replaced as a
//! whole.

use std::sync::Arc;
use std::time::Instant;

use claviger_config::Configuration;
use claviger_settings::Fault;
use rustls::ServerConfig;

use super::{Assembled, access, assemble};
use crate::front::admission::Admission;
use crate::front::xks;
use crate::keys::KeyStore;
use crate::resources::{Compiler, Resources};
use crate::tls;

/// What requests and connections begin with, and keep until they end.
pub(crate) struct Snapshot {
    key_stores: Vec<Arc<KeyStore>>,
    pub(crate) xks: xks::Front,
    pub(crate) tls: Arc<ServerConfig>,
}

impl Snapshot {
    /// Reads everything that the configuration names, and opens the audit log.
    pub(crate) async fn assemble(
        configuration: &Configuration,
        resources: &Resources,
        admission: &Admission,
        warnings: &mut Vec<Fault>,
    ) -> Result<Self, Vec<Fault>> {
        let (assembled, tls) = read(configuration, resources, admission, warnings).await?;
        warnings.extend(assembled.damaged);
        let audit = resources.audit(&configuration.log.audit).map_err(|fault| {
            vec![Fault::new(
                "log.audit",
                fault.to_string(),
                "name a file that can be written",
            )]
        })?;
        let server = &configuration.server;
        Ok(Self {
            key_stores: assembled.key_stores,
            xks: xks::Front::new(server, assembled.xks, audit),
            tls,
        })
    }

    /// What `claviger check` does: reads and starts the same things, but opens no
    /// audit log. Returns the warnings.
    pub(crate) async fn check(
        configuration: &Configuration,
        compiler: Compiler,
    ) -> Result<Vec<Fault>, Vec<Fault>> {
        let mut warnings = Vec::new();
        let (resources, admission) = (Resources::new(compiler), Admission::default());
        let (assembled, _) = read(configuration, &resources, &admission, &mut warnings).await?;
        if assembled.damaged.is_empty() {
            Ok(warnings)
        } else {
            Err(assembled.damaged)
        }
    }

    /// Asks every key manager how it is.
    pub(crate) async fn check_health(&self) {
        for key_store in &self.key_stores {
            key_store.check_health().await;
        }
    }

    /// Whether some key store in service has a key manager that serves.
    pub(crate) fn is_ready(&self) -> bool {
        let now = Instant::now();
        self.key_stores
            .iter()
            .any(|key_store| key_store.serves(now))
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
    admission: &Admission,
    warnings: &mut Vec<Fault>,
) -> Result<(Assembled, Arc<ServerConfig>), Vec<Fault>> {
    let others = access::examine(configuration, warnings);
    let tls = tls::server_config(&configuration.server.tls);
    let assembled = assemble(configuration, resources, admission, warnings).await;
    match (assembled, tls) {
        (Ok(assembled), Ok(tls)) if others.is_empty() => Ok((assembled, tls)),
        (assembled, tls) => {
            let faults = [Some(others), assembled.err(), tls.err()];
            Err(faults.into_iter().flatten().flatten().collect())
        }
    }
}
