//! Health: the server is tried out again, with real cryptography on a key made for
//! nothing else (XKS-096).

use crate::Kmip;
use crate::server::Known;
use crate::trial::Flaw;
use claviger_kmip::Version;
use claviger_sdk::{Error, FailureKind, HealthReport, HealthStatus, KeyManager, log};
use std::cell::RefCell;

/// What is remembered from one check to the next.
#[derive(Default)]
pub(crate) struct Health {
    /// Version and vendor: a server that is lost should still be named.
    server: RefCell<Option<(Version, String)>>,
    /// It is not said again each time.
    said: RefCell<Option<String>>,
}

impl Health {
    /// The server says what it is.
    pub(crate) fn saw(&self, version: Version, vendor: String) {
        *self.server.borrow_mut() = Some((version, vendor));
    }

    fn model(&self) -> String {
        match &*self.server.borrow() {
            None => "KMIP".to_owned(),
            Some((version, vendor)) if vendor.is_empty() => format!("KMIP {version}"),
            Some((version, vendor)) => format!("KMIP {version}, {vendor}"),
        }
    }
}

impl Kmip {
    /// A server that does not serve now is a report, not an error: AWS KMS reads the
    /// status (XKS-100). What it lacks, or what is missing on it, is an error, so that
    /// `claviger check` tells it.
    pub(crate) fn report(&self) -> Result<HealthReport, Error> {
        let (health_status, problem) = match self.try_out() {
            Ok(_) => (HealthStatus::Active, None),
            // The key is missing since: the others are served.
            Err(Flaw::NoKey(why)) if matches!(Known::read(), Known::Fit(_)) => {
                (HealthStatus::Degraded, Some(why))
            }
            Err(Flaw::Unfit(why) | Flaw::NoKey(why)) => return Err(Error::internal(why)),
            Err(Flaw::Trouble(error)) if error.kind == FailureKind::Throttling => {
                (HealthStatus::Degraded, Some(error.to_string()))
            }
            Err(Flaw::Trouble(error)) => (HealthStatus::Unavailable, Some(error.to_string())),
        };
        let mut said = self.health.said.borrow_mut();
        if *said != problem {
            match &problem {
                Some(problem) => log::error(problem),
                None => log::info("healthy again"),
            }
            *said = problem;
        }
        Ok(HealthReport {
            vendor: "KMIP".to_owned(),
            key_managers: vec![KeyManager {
                id: self.settings.upstream.clone(),
                model: self.health.model(),
                health_status,
            }],
        })
    }
}
