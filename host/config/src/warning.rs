//! Warnings: what is allowed and probably not meant.

use crate::aad_conventions::AadConventions;
use crate::configuration::Configuration;
use crate::key_store::KeyStore;
use crate::plugin::{ComponentSource, Digest};
use crate::proxy_protocol::ProxyProtocol;
use claviger_settings::Fault;
use std::time::Duration;

/// What a complete URI of 256 characters leaves for the endpoint and
/// `XksProxyUriPath` when a key id is as long as it may be (XKS-004):
/// `/keys/`, 128 characters and `/metadata` take 143.
const ENDPOINT_AND_PATH: usize = 256 - 143;

/// `/kms/xks/v1`.
const PATH_SUFFIX: usize = 11;

/// `https://` and a host name of 40 characters. The endpoint is not part of the
/// configuration; a path that leaves less than this is likely to be too long.
const LIKELY_ENDPOINT: usize = 48;

/// A cold TLS 1.2 connection at 35 ms of round trip takes 140 of the 250 ms in
/// which KMS wants its answer (XKS-135).
const LONGEST_SAFE_DEADLINE: Duration = Duration::from_millis(100);

/// On an open connection request and answer take up to 35 ms each.
const LONGEST_SAFE_LATER_DEADLINE: Duration = Duration::from_millis(180);

pub(crate) fn of(configuration: &Configuration) -> Vec<Fault> {
    let mut warnings = Vec::new();
    let server = &configuration.server;
    // One warning is enough where the first deadline is the reason.
    if server.later_deadline > LONGEST_SAFE_LATER_DEADLINE.max(server.deadline) {
        warnings.push(Fault::new(
            "server.later_deadline_ms",
            "over 180 ms, the answer may reach AWS KMS after the 250 ms that it waits",
            "keep it at 180 or below unless the network is known to be near",
        ));
    }
    if configuration.server.deadline > LONGEST_SAFE_DEADLINE {
        warnings.push(Fault::new(
            "server.deadline_ms",
            "over 100 ms, the answer may reach AWS KMS after the 250 ms that it waits",
            "keep it at 100 or below unless the network is known to be near",
        ));
    }
    warnings.extend(
        configuration
            .server
            .proxy_protocol
            .as_ref()
            .and_then(of_proxy_protocol),
    );
    for plugin in configuration.plugins.values() {
        if let ComponentSource::File {
            digest: Digest::Unchecked,
            ..
        } = plugin.component
        {
            warnings.push(Fault::new(
                format!("{}.digest", plugin.table_path),
                "any component at this path will be run",
                "write the component's digest, which `claviger check` prints",
            ));
        }
    }
    warnings.extend(configuration.key_stores.iter().flat_map(of_key_store));
    warnings
}

fn of_proxy_protocol(protocol: &ProxyProtocol) -> Option<Fault> {
    let everybody = protocol.from.iter().any(|range| range.prefix_len() == 0);
    everybody.then(|| {
        Fault::new(
            "server.proxy_protocol.from",
            "everybody may say whose connection it is, and so have as many addresses as it likes",
            "list the load balancers' addresses only",
        )
    })
}

fn of_key_store(key_store: &KeyStore) -> Vec<Fault> {
    let at = |key: &str| format!("{}.{key}", key_store.table_path);
    let mut warnings = Vec::new();
    let path = key_store.uri_path_prefix.as_str().len() + PATH_SUFFIX;
    let room = ENDPOINT_AND_PATH.saturating_sub(path);
    if room < LIKELY_ENDPOINT {
        warnings.push(Fault::new(
            at("uri_path_prefix"),
            format!(
                "requests for the longest key ids fit only with an endpoint, \
                 https:// included, of at most {room} characters"
            ),
            "shorten the prefix, or use shorter key ids",
        ));
    }
    if key_store.policies.is_empty() {
        warnings.push(Fault::new(
            at("policy"),
            "no policy: this key store trusts SigV4 alone, \
             and whoever holds a credential may use every key",
            "add a [[key_store.policy]] table",
        ));
    }
    match key_store.aad_conventions {
        AadConventions::Specification => {}
        AadConventions::DecryptSampleProxy => warnings.push(Fault::new(
            at("aad_convention"),
            "ciphertexts of AWS's sample proxy are opened too",
            "remove the setting when none of them is left; the audit records show which were opened",
        )),
        AadConventions::SampleProxy => warnings.push(Fault::new(
            at("aad_convention"),
            "new ciphertexts are made as AWS's sample proxy makes them, \
             without the version of their key, so no key may be rotated",
            "write \"decrypt-sample-proxy\" when the last sample proxy is out of service",
        )),
    }
    warnings
}
