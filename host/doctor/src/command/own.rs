//! A key store of Claviger's own configuration: `--config` with `--key-store`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

use claviger_certificates::chain;
use claviger_certificates::names::Names;
use claviger_config::{Configuration, Fault, KeyStore, regular_file};
use claviger_xks::credential::Credential;
use claviger_xks_client::resolve::Override;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

/// The largest file of certificates, in bytes.
const CERTIFICATES_LIMIT: usize = 1 << 20;

/// What a configuration says of a key store.
pub(super) struct Own {
    /// `XksProxyUriPath`
    pub(super) uri_path: String,
    pub(super) credential: Credential,
    /// The host of the server's certificate, and where it listens.
    pub(super) server: Result<Override, Fault>,
}

/// Reads a configuration file and the secret of one credential.
pub(super) fn read(
    path: &Path,
    name: &str,
    access_key_id: Option<&str>,
) -> Result<Own, Vec<Fault>> {
    let configuration = Configuration::load(path).map_err(|fault| {
        vec![Fault::new(
            "--config",
            fault.to_string(),
            "claviger check --config FILE",
        )]
    })?;
    let key_store = key_store(&configuration, name).map_err(|fault| vec![fault])?;
    let credential = credential(key_store, access_key_id).map_err(|fault| vec![fault])?;
    Ok(Own {
        uri_path: key_store.uri_path_prefix.proxy_uri_path(),
        credential,
        server: server(&configuration),
    })
}

fn key_store<'c>(configuration: &'c Configuration, name: &str) -> Result<&'c KeyStore, Fault> {
    configuration.key_store(name).ok_or_else(|| {
        let names = configuration.key_store_names().join(", ");
        Fault::new(
            "--key-store",
            format!("there is no key store `{name}`"),
            format!("name one of: {names}"),
        )
    })
}

fn credential(key_store: &KeyStore, id: Option<&str>) -> Result<Credential, Fault> {
    let Some(source) = key_store.credential(id) else {
        let ids = key_store.access_key_ids().join(", ");
        return Err(Fault::new(
            "--access-key-id",
            "does not name one credential of the key store",
            format!("name one of: {ids}"),
        ));
    };
    source.read()
}

/// The first DNS name of the server's certificate, at the address where it listens.
fn server(configuration: &Configuration) -> Result<Override, Fault> {
    let listen = configuration.server.listen;
    let path = &configuration.server.tls.certificate;
    let fault = |problem: String| {
        let problem = format!("{}: {problem}", path.display());
        Fault::new(
            "server.tls.certificate",
            problem,
            "name the ENDPOINT on the command line",
        )
    };
    let pem = regular_file::read(path, CERTIFICATES_LIMIT);
    let pem = pem.map_err(|error| fault(error.to_string()))?;
    let certificate = CertificateDer::from_pem_slice(&pem);
    let certificate = certificate.map_err(|error| fault(error.to_string()))?;
    let host = host(&certificate).ok_or_else(|| fault("has no DNS name".to_owned()))?;
    Ok(Override {
        host,
        address: SocketAddr::new(reachable(listen.ip()), listen.port()),
    })
}

fn host(certificate: &CertificateDer<'_>) -> Option<String> {
    let names = Names::of(&chain::read(certificate)?).alternative;
    names.into_iter().find(|name| !name.contains('*'))
}

/// An address to connect to for one to listen on.
fn reachable(listen: IpAddr) -> IpAddr {
    if listen.is_unspecified() {
        IpAddr::V4(Ipv4Addr::LOCALHOST)
    } else {
        listen
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;
    use tempfile::{TempDir, tempdir};

    const CONFIGURATION: &str = r#"
[server]
listen = "0.0.0.0:8443"
[server.tls]
certificate = "server.pem"
private_key = "server.key"
[plugin.software]
component = "builtin:backend-software"
[[key_store]]
name = "payments"
uri_path_prefix = "/payments-7cq2"
[[key_store.credential]]
access_key_id = "CLAVIGEREXAMPLEKEYID234"
secret_access_key_file = "payments.secret"
[[key_store.credential]]
access_key_id = "CLAVIGEREXAMPLEKEYID567"
secret_access_key_file = "payments.secret"
[key_store.backend]
plugin = "software"
"#;

    /// A configuration with a certificate for these names.
    fn folder(names: &[&str]) -> TempDir {
        let folder = tempdir().unwrap();
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        let secret = "hJ3k+9dV/0aQ2sWzX7bNcM5tYuIoP1gFeRlKjHvTqAE=";
        for (name, text, mode) in [
            ("claviger.toml", CONFIGURATION, 0o644),
            ("server.pem", &made.cert.pem(), 0o644),
            ("payments.secret", secret, 0o600),
        ] {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        }
        folder
    }

    fn faults(folder: &TempDir, name: &str, id: Option<&str>) -> String {
        let read = read(&folder.path().join("claviger.toml"), name, id);
        claviger_config::report(&read.err().unwrap())
    }

    #[test]
    fn a_key_store_is_reached_where_the_host_listens_under_its_certificates_name() {
        let folder = folder(&["*.example.com", "xks.example.com"]);
        let path = folder.path().join("claviger.toml");
        let own = read(&path, "payments", Some("CLAVIGEREXAMPLEKEYID567")).unwrap();
        assert_eq!(own.uri_path, "/payments-7cq2/kms/xks/v1");
        let id = own.credential.access_key_id;
        assert_eq!(id.as_str(), "CLAVIGEREXAMPLEKEYID567");
        let server = own.server.unwrap();
        assert_eq!(server.host, "xks.example.com");
        assert_eq!(server.address.to_string(), "127.0.0.1:8443");
    }

    #[test]
    fn what_names_nothing_is_answered_with_what_there_is() {
        let folder = folder(&["xks.example.com"]);
        let other = faults(&folder, "sales", None);
        assert!(other.contains("name one of: payments"), "{other}");
        for id in [None, Some("CLAVIGEREXAMPLEKEYID777")] {
            let which = faults(&folder, "payments", id);
            assert!(
                which.contains("KEYID234, CLAVIGEREXAMPLEKEYID567"),
                "{which}"
            );
        }
        fs::write(folder.path().join("claviger.toml"), "[server]").unwrap();
        let broken = faults(&folder, "payments", None);
        assert!(broken.starts_with("--config\n"), "{broken}");
    }

    #[test]
    fn a_certificate_without_a_name_asks_for_the_endpoint() {
        let folder = folder(&["*.example.com"]);
        let path = folder.path().join("claviger.toml");
        let own = read(&path, "payments", Some("CLAVIGEREXAMPLEKEYID234")).unwrap();
        let fault = own.server.unwrap_err();
        assert_eq!(fault.path, "server.tls.certificate");
        assert!(fault.fix.contains("ENDPOINT"), "{fault}");
    }
}
