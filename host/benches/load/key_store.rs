//! An external key store that is asked, and how its caller is let in.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use claviger_config::Configuration;
use claviger_xks::credential::Credential;
use rustls::ClientConfig;

use crate::closed_loop::call_once;
use crate::kms_request::Call;
use crate::server_process::ServerProcess;
use crate::tls;

/// What a caller has to know beside the server's address.
pub(crate) struct KeyStore {
    /// `XksProxyUriPath`: `/prefix/kms/xks/v1`.
    uri_path: String,
    credential: Credential,
    client: Arc<ClientConfig>,
}

impl KeyStore {
    /// With the root certificate in the file `ca`.
    pub(crate) fn new(uri_path: String, credential: Credential, ca: &Path) -> Self {
        Self {
            uri_path,
            credential,
            client: tls::client_config(ca),
        }
    }

    /// The first one of a configuration that has its `ca.pem` beside it, as
    /// `claviger dev` makes them.
    pub(crate) fn first_of(configuration: &Path) -> Self {
        let loaded = Configuration::load(configuration).expect("a configuration without faults");
        let prefix = &loaded.key_stores[0].uri_path_prefix;
        Self::new(
            prefix.proxy_uri_path(),
            first_credential(configuration),
            &configuration.with_file_name("ca.pem"),
        )
    }

    /// Another one of the same server with the same credential.
    pub(crate) fn beside(&self, prefix: &str) -> Self {
        Self {
            uri_path: format!("{prefix}/kms/xks/v1"),
            credential: self.credential.clone(),
            client: Arc::clone(&self.client),
        }
    }

    /// The caller's end of TLS.
    pub(crate) fn client(&self) -> &Arc<ClientConfig> {
        &self.client
    }

    /// The bytes of an HTTP request, signed now.
    pub(crate) fn sign(&self, call: &Call) -> Arc<[u8]> {
        let now = SystemTime::now();
        call.to_bytes(&self.uri_path, &self.credential, now).into()
    }

    /// Asks once, and returns the body of the answer.
    pub(crate) fn ask(&self, server: &ServerProcess, call: &Call) -> Vec<u8> {
        call_once(server, &self.client, &self.sign(call))
    }
}

/// The first credential of the first key store of a configuration.
pub(crate) fn first_credential(configuration: &Path) -> Credential {
    let loaded = Configuration::load(configuration).expect("a configuration without faults");
    let credentials = &loaded.key_stores[0].credentials;
    credentials[0].read().expect("its secret")
}
