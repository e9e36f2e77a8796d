use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use claviger_config::regular_file;
use claviger_xks_client::resolve::Resolve;
use claviger_xks_client::trust::{CA_FILE_LIMIT, Trust};
use tokio::net::TcpListener;

use super::{LocalKmsCommand, StartFault, listen};
use crate::caller::Profiles;
use crate::front::{Front, Hosts};
use crate::moment::{Clock, Moment};
use crate::names::{AccountId, Region};
use crate::seed::{Seed, plant};
use crate::server::{Server, acceptor};
use crate::service::{Proxies, Service, Settings};
use crate::state::{Folder, Store};

const DAY: Duration = Duration::from_hours(24);
const SECOND: Duration = Duration::from_secs(1);

/// A service that is bound to its address and ready to serve.
pub struct LocalKms {
    server: Server,
    address: SocketAddr,
    service: Arc<Service>,
    region: Region,
    is_tls: bool,
    in_folder: Option<String>,
}

impl LocalKmsCommand {
    /// Loads everything, and only then binds. Key stores that are to be connected
    /// begin to.
    pub async fn start(self) -> Result<LocalKms, StartFault> {
        self.start_with(Arc::new(Moment::now)).await
    }

    /// As [`Self::start`], with another clock.
    pub async fn start_with(self, clock: Clock) -> Result<LocalKms, StartFault> {
        let listen = listen::require_loopback(&self)?;
        let settings = self.settings()?;
        let (tls, certificate) = match (&self.tls_cert, &self.tls_key) {
            (Some(certificate), Some(key)) => {
                let (tls, certificate) = acceptor(certificate, key)?;
                (Some(tls), Some(certificate))
            }
            _ => (None, None),
        };
        let proxies = Proxies::new(Resolve::new(self.resolve.iter().cloned()), self.trust()?);
        let store = self.store()?;
        let service = Service::new(settings, store, proxies, clock);
        let profiles = self.plant(&service)?;
        let bind = |source| StartFault::Bind { listen, source };
        let listener = TcpListener::bind(listen).await.map_err(bind)?;
        let address = listener.local_addr().map_err(bind)?;
        service.start_timers();
        service.resume();
        let is_tls = tls.is_some();
        let front = Arc::new(Front {
            service: Arc::clone(&service),
            profiles,
            default_region: self.region.clone(),
            hosts: Hosts {
                allowed: self.allow_host,
                certificate,
            },
        });
        Ok(LocalKms {
            server: Server::new(listener, tls, front),
            address,
            service,
            region: self.region,
            is_tls,
            in_folder: self.dir.map(|dir| dir.display().to_string()),
        })
    }

    fn settings(&self) -> Result<Settings, StartFault> {
        let connect_delay = Duration::from(self.connect_delay);
        let health_check_interval = Duration::from(self.health_check_interval);
        for (option, duration) in [
            ("connect-delay", connect_delay),
            ("health-check-interval", health_check_interval),
        ] {
            if duration > DAY {
                return Err(StartFault::TooLong { option });
            }
        }
        if health_check_interval < SECOND {
            return Err(StartFault::TooShort);
        }
        Ok(Settings {
            account: self.account.clone(),
            connect_delay,
            health_check_interval,
            auto_connect: self.auto_connect,
        })
    }

    fn trust(&self) -> Result<Trust, StartFault> {
        let Some(path) = &self.ca_file else {
            return Trust::system().map_err(StartFault::SystemCas);
        };
        let text = regular_file::read(path, CA_FILE_LIMIT).map_err(|source| {
            StartFault::CaFileUnreadable {
                path: path.clone(),
                source,
            }
        })?;
        Trust::pem(&text).map_err(|source| StartFault::CaFile {
            path: path.clone(),
            source,
        })
    }

    fn store(&self) -> Result<Store, StartFault> {
        let Some(dir) = &self.dir else {
            return Ok(Store::default());
        };
        let (folder, regions) = Folder::open(dir, &self.account)?;
        Ok(Store::on(folder, regions))
    }

    fn plant(&self, service: &Service) -> Result<Profiles, StartFault> {
        let Some(path) = &self.seed else {
            return Ok(Profiles::new());
        };
        let mut seed = Seed::read(path, &self.region)?;
        let callers = std::mem::take(&mut seed.callers);
        plant(service, seed).map_err(|faults| StartFault::Plant {
            path: path.clone(),
            faults,
        })?;
        Ok(callers)
    }
}

impl LocalKms {
    /// Where it listens, which matters when the port was 0.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The service.
    pub const fn service(&self) -> &Arc<Service> {
        &self.service
    }

    /// The Region of requests that are not signed.
    pub const fn region(&self) -> &Region {
        &self.region
    }

    /// The account of all ARNs.
    pub fn account(&self) -> &AccountId {
        &self.service.settings.account
    }

    /// What SDKs call the endpoint.
    pub fn url(&self) -> String {
        let scheme = if self.is_tls { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// What whoever starts it reads.
    pub fn welcome(&self) -> String {
        let state = match &self.in_folder {
            Some(folder) => format!("in {folder}"),
            None => "in memory: it is gone when this command ends".to_owned(),
        };
        format!(
            "claviger local-kms serves the AWS KMS API at {url} for development.\n\
             THIS IS NOT AWS KMS: it authenticates nobody, and stores key policies and grants \
             without enforcing them.\n\
             Account {account}; state {state}.\n",
            url = self.url(),
            account = self.account(),
        )
    }

    /// Serves until `stop` completes, and then lets requests under way end.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        self.server.run(stop).await;
        self.service.end().await;
    }
}
