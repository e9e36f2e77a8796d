//! A deep health check: real cryptography on a key made for nothing else (XKS-096).

use crate::Vault;
use crate::names::{Handle, metadata_of};
use claviger_sdk::{
    Call, Decryption, Encryption, Error, FailureKind, HealthReport, HealthStatus, KeyManager, log,
};
use serde::Deserialize;
use std::cell::RefCell;

const ADDITIONAL_DATA: &[u8] = b"claviger health check";
const PLAINTEXT: &[u8] = b"not a secret";

/// What is remembered from one check to the next.
#[derive(Default)]
pub(crate) struct Health {
    /// A server that is lost should still be named.
    server: RefCell<Option<Server>>,
    /// It is not said again each time.
    said: RefCell<Option<String>>,
}

/// `sys/health`.
#[derive(Clone, Deserialize)]
struct Server {
    #[serde(default)]
    version: String,
    #[serde(default)]
    cluster_name: String,
}

impl Vault {
    /// A failed check is a report, not an error: AWS KMS reads the status, while an error
    /// would say that the proxy is broken (XKS-100).
    pub(crate) fn report(&self, call: &Call) -> Result<HealthReport, Error> {
        let (health_status, problem) = match self.try_out(call) {
            Ok(()) => (HealthStatus::Active, None),
            // The host has the login renewed, and checks again.
            Err(error) if error.kind == FailureKind::UpkeepFirst => return Err(error),
            Err(error) if error.kind == FailureKind::KeyNotFound => {
                let name = &self.settings.health_key;
                let mount = &self.settings.mount;
                let problem = format!(
                    "there is no key for health checks; make it: bao write -f {mount}/keys/{name}"
                );
                (HealthStatus::Degraded, Some(problem))
            }
            Err(error) if error.kind == FailureKind::Throttling => {
                (HealthStatus::Degraded, Some(error.to_string()))
            }
            Err(error) => (HealthStatus::Unavailable, Some(error.text)),
        };
        let path = "/v1/sys/health?standbyok=true&perfstandbyok=true";
        if let Ok(server) = self.api.system::<Server>(path) {
            *self.health.server.borrow_mut() = Some(server);
        }
        let mut said = self.health.said.borrow_mut();
        if *said != problem {
            match &problem {
                Some(problem) => log::error(problem),
                None => log::info("healthy again"),
            }
            *said = problem;
        }
        let server = self.health.server.borrow();
        let text = |of: fn(&Server) -> &str, otherwise: &str| {
            let text = server.as_ref().map_or("", of);
            let text: String = text
                .chars()
                .filter(char::is_ascii_graphic)
                .take(100)
                .collect();
            if text.is_empty() {
                otherwise.to_owned()
            } else {
                text
            }
        };
        Ok(HealthReport {
            vendor: "OpenBao or HashiCorp Vault".to_owned(),
            key_managers: vec![KeyManager {
                id: text(|server| &server.cluster_name, &self.settings.upstream),
                model: format!("transit {}", text(|server| &server.version, "unknown")),
                health_status,
            }],
        })
    }

    fn try_out(&self, call: &Call) -> Result<(), Error> {
        let name = &self.settings.health_key;
        let key = self.key(name)?;
        let handle = Handle {
            newest: key.latest_version,
            name,
        };
        let handle = handle.to_bytes();
        let metadata = metadata_of(key.latest_version);
        let encryption = Encryption {
            call: call.clone(),
            ciphertext_metadata: metadata.clone(),
            additional_data: ADDITIONAL_DATA.to_vec(),
            plaintext: PLAINTEXT.to_vec(),
        };
        let sealed = crate::only(self.seal_all(&handle, &[encryption]))?;
        let is_plain = sealed.ciphertext == PLAINTEXT;
        let decryption = Decryption {
            call: call.clone(),
            ciphertext_metadata: metadata,
            additional_data: ADDITIONAL_DATA.to_vec(),
            sealed,
        };
        let opened = crate::only(self.open_all(&handle, &[decryption]))?;
        if opened != PLAINTEXT || is_plain {
            return Err(Error::internal(
                "the key for health checks does not give back what it encrypted",
            ));
        }
        Ok(())
    }
}
