//! The host against another XKS proxy on the loopback interface, which somebody
//! has started and will stop.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use claviger_xks::credential::Credential;

use crate::contestant::{Contestant, Pairs};
use crate::key_store::KeyStore;
use crate::kms_request::Call;
use crate::server_process::ServerProcess;
use crate::table;

/// Another proxy, and the configuration that the host is compared with it in.
///
/// Both have an external key `demo`. For a ratio that means anything both have it
/// in the same place.
#[derive(clap::Args)]
#[group(requires_all = [
    "name", "address", "pid", "ca", "uri_path", "credential", "host_configuration",
])]
pub(crate) struct Other {
    /// Compare with another XKS proxy instead of the native floor: what the
    /// table calls it. Needs all of the options that follow
    #[arg(long = "other", value_name = "NAME", required = false)]
    name: String,
    /// Where it listens, for TLS with a certificate for `localhost`
    #[arg(long = "other-address", value_name = "IP:PORT", required = false)]
    address: SocketAddr,
    /// Its process
    #[arg(long = "other-pid", value_name = "PID", required = false)]
    pid: u32,
    /// The root certificate of its certificate, in PEM
    #[arg(long = "other-ca", value_name = "FILE", required = false)]
    ca: PathBuf,
    /// Its `XksProxyUriPath`: /PREFIX/kms/xks/v1
    #[arg(long = "other-path", value_name = "PATH", required = false)]
    uri_path: String,
    /// A file of two lines: access key id, secret access key
    #[arg(long = "other-credential", value_name = "FILE", required = false, value_parser = read_credential)]
    credential: Credential,
    /// What the host serves, with its `ca.pem` beside it, as `claviger dev` makes
    /// them; its audit records stay
    #[arg(long, value_name = "FILE", required = false)]
    host_configuration: PathBuf,
}

impl Other {
    /// Prints the table, a row as soon as it is measured.
    pub(crate) fn print(self, rounds: u32, duration: Duration, only: &str) {
        let host_key_store = KeyStore::first_of(&self.host_configuration);
        let key_store = KeyStore::new(self.uri_path, self.credential, &self.ca);
        table::print_heading(&self.name);
        for (name, integrity_value) in [("Encrypt", false), ("Encrypt with integrity value", true)]
        {
            if !name.contains(only) {
                continue;
            }
            let host = contestant(
                ServerProcess::host(&self.host_configuration),
                &host_key_store,
                integrity_value,
            );
            let other = contestant(
                ServerProcess::running(self.pid, self.address),
                &key_store,
                integrity_value,
            );
            let pairs = Pairs::measure(&host, &other, rounds, duration, |_| ());
            table::print_row(name, &pairs);
        }
    }
}

fn contestant(
    server: ServerProcess,
    key_store: &KeyStore,
    integrity_value: bool,
) -> Contestant<'_> {
    let call = Call::encrypt(integrity_value);
    // Says what is wrong when the answer is not 200, before anything is measured.
    key_store.ask(&server, &call);
    Contestant {
        server,
        key_store,
        call,
        callers: 1,
    }
}

fn read_credential(file: &str) -> Result<Credential, String> {
    let text = fs::read_to_string(Path::new(file)).map_err(|error| error.to_string())?;
    let mut lines = text.lines();
    let mut line = |what: &str| lines.next().ok_or(format!("no line with the {what}"));
    let (id, secret) = (line("access key id")?, line("secret access key")?);
    Ok(Credential {
        access_key_id: id.parse().map_err(|fault| format!("line 1 {fault}"))?,
        secret_access_key: secret.parse().map_err(|fault| format!("line 2 {fault}"))?,
    })
}
