//! TLS to an upstream: whom the host believes, and how it shows who it is.

use std::path::Path;
use std::sync::Arc;

use claviger_config::secrets::read_private_file;
use claviger_config::{ClientIdentity, Scheme, Upstream as Configured};
use claviger_settings::Fault;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore};

use crate::tls::certificates;

/// The longest file of a private key, in bytes.
const PRIVATE_KEY: usize = 64 << 10;

/// TLS as `configured`; all faults with their key paths.
pub(super) fn client(configured: &Configured) -> Result<Arc<ClientConfig>, Vec<Fault>> {
    let setting = |key: &str| format!("{}.{key}", configured.table_path);
    let roots = roots(configured.ca.as_deref(), &setting("ca"));
    let identity = configured.client.as_ref();
    let identity = identity
        .map(|files| identity_of(files, setting))
        .transpose();
    let (roots, identity) = match (roots, identity) {
        (Ok(roots), Ok(identity)) => (roots, identity),
        (roots, identity) => {
            return Err([roots.err(), identity.err()]
                .into_iter()
                .flatten()
                .collect());
        }
    };
    let unusable = |setting: String, error: rustls::Error| {
        vec![Fault::new(
            setting,
            error.to_string(),
            "name a certificate and the private key that belongs to it",
        )]
    };
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&TLS13, &TLS12])
        .map_err(|error| unusable(configured.table_path.clone(), error))?
        .with_root_certificates(roots);
    let mut config = match identity {
        None => builder.with_no_client_auth(),
        Some((chain, key)) => builder
            .with_client_auth_cert(chain, key)
            .map_err(|error| unusable(setting("certificate"), error))?,
    };
    if configured.scheme() == Scheme::Https {
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
    }
    Ok(Arc::new(config))
}

fn roots(file: Option<&Path>, setting: &str) -> Result<RootCertStore, Fault> {
    let certificates = match file {
        Some(file) => certificates(file, setting)?,
        None => rustls_native_certs::load_native_certs().certs,
    };
    let mut store = RootCertStore::empty();
    let (added, _) = store.add_parsable_certificates(certificates);
    if added == 0 {
        let problem = match file {
            Some(file) => format!("{} has no CA certificate", file.display()),
            None => "the operating system has no CA certificates".to_owned(),
        };
        let fix = "name a file of CA certificates in PEM";
        return Err(Fault::new(setting, problem, fix));
    }
    Ok(store)
}

fn identity_of(
    files: &ClientIdentity,
    setting: impl Fn(&str) -> String,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), Fault> {
    let chain = certificates(&files.certificate, &setting("certificate"))?;
    let setting = setting("private_key");
    let pem = read_private_file(&files.private_key, &setting, PRIVATE_KEY)?;
    let key = PrivateKeyDer::from_pem_slice(&pem).map_err(|_| {
        let problem = format!("{} holds no private key", files.private_key.display());
        Fault::new(
            setting,
            problem,
            "write it as PKCS#8, PKCS#1 or SEC 1 in PEM",
        )
    })?;
    Ok((chain, key))
}
