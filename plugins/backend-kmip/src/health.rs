//! Health: the server is tried out again, with real cryptography on a key made for
//! nothing else (XKS-096).

use crate::Kmip;
use crate::server::Known;
use crate::trial::Flaw;
use claviger_kmip::Version;
use claviger_sdk::{FailureKind, HealthReport, HealthStatus, KeyManager, log};
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
    /// A failed check is a report, not an error: AWS KMS reads the status, while an error
    /// would say that the proxy is broken (XKS-100).
    pub(crate) fn report(&self) -> HealthReport {
        let (health_status, problem) = match self.try_out() {
            Ok(_) => (HealthStatus::Active, None),
            Err(Flaw::Unfit(why)) => (HealthStatus::Unavailable, Some(why)),
            Err(Flaw::NoKey(why)) => {
                let serves = matches!(Known::read(), Known::Fit(_));
                let status = if serves {
                    HealthStatus::Degraded
                } else {
                    HealthStatus::Unavailable
                };
                (status, Some(why))
            }
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
        HealthReport {
            vendor: "KMIP".to_owned(),
            key_managers: vec![KeyManager {
                id: self.settings.upstream.clone(),
                model: self.health.model(),
                health_status,
            }],
        }
    }
}
