//! T: TLS as AWS KMS uses it.

pub(super) mod handshake;
mod judge;
mod validity;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use claviger_certificates::chain::{self, Chain, Completeness};
use claviger_certificates::names::Names;
use claviger_certificates::roots::Roots;
use claviger_xks_client::connection::{Connector, TlsFault, TransportFault};
use claviger_xks_client::resolve::Resolve;
use claviger_xks_client::trust::{Trust, system_roots};
use rustls::crypto::SupportedKxGroup;
use rustls::crypto::aws_lc_rs::DEFAULT_KX_GROUPS;
use rustls::pki_types::CertificateDer;
use rustls::version::{TLS12, TLS13};
use rustls::{CipherSuite, NamedGroup, SupportedProtocolVersion};
use tokio::time::Instant;
use x509_parser::certificate::X509Certificate;

use self::handshake::{HYBRID, Offer, Witness, config};
pub(super) use self::judge::client_certificate;
use super::session::PATIENCE;
use crate::catalogue::{T01, T02, T03, T04, T05, T07};
use crate::finding::Finding;
use crate::findings::Findings;

/// Version and suite of each handshake of T01.
const OFFERS: [(&SupportedProtocolVersion, CipherSuite, &str); 4] = [
    (
        &TLS13,
        CipherSuite::TLS13_AES_256_GCM_SHA384,
        "TLS_AES_256_GCM_SHA384",
    ),
    (
        &TLS13,
        CipherSuite::TLS13_CHACHA20_POLY1305_SHA256,
        "TLS_CHACHA20_POLY1305_SHA256",
    ),
    (
        &TLS12,
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        "ECDHE-ECDSA-AES256-GCM-SHA384",
    ),
    (
        &TLS12,
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        "ECDHE-RSA-AES256-GCM-SHA384",
    ),
];

/// How long a handshake may take after one that was not answered.
const SHORT_PATIENCE: Duration = Duration::from_secs(1);

/// What is needed to look at the TLS of one endpoint.
pub(super) struct Endpoint<'e> {
    pub(super) host: &'e str,
    pub(super) resolve: &'e Resolve,
    /// Roots of a private authority.
    pub(super) extra_roots: &'e [CertificateDer<'static>],
    /// AWS's list, or another one.
    pub(super) list: &'e Roots,
    pub(super) now: SystemTime,
}

/// What the handshakes have in common.
struct Seen {
    group: Option<NamedGroup>,
    fault: Option<TransportFault>,
    chain: Vec<CertificateDer<'static>>,
}

/// T01 to T05, and T07. Whether TLS works at all.
pub(super) async fn probe(endpoint: &Endpoint<'_>, findings: &mut Findings) -> bool {
    findings.working_on(&T01, "handshakes");
    let mut working = Vec::new();
    let mut chain = Vec::new();
    let mut faults = Vec::new();
    for (version, suite, name) in OFFERS {
        let offer = Offer {
            only: Some((version, suite)),
            groups: None,
        };
        // A proxy that hung once is not waited for as long again.
        let hung = faults
            .iter()
            .any(|fault| matches!(fault, TransportFault::TimedOut(_)));
        let patience = if hung { SHORT_PATIENCE } else { PATIENCE };
        let seen = endpoint.handshake(&offer, patience).await;
        // A server that sends its certificate has agreed to version and suite.
        if !seen.chain.is_empty() {
            working.push(name);
            chain = seen.chain;
        }
        faults.extend(seen.fault);
    }
    findings.add(judge::versions_and_suites(&working, faults.first()));
    if chain.is_empty() {
        for check in [&T02, &T03, &T04, &T05, &T07] {
            findings.add(Finding::skipped(check, "no handshake got to a certificate"));
        }
        return false;
    }
    endpoint.certificates(&chain, findings);
    findings.add(endpoint.groups().await);
    true
}

impl Endpoint<'_> {
    async fn handshake(&self, offer: &Offer, patience: Duration) -> Seen {
        let witness = Arc::new(Witness::default());
        let config = match config(offer, &witness) {
            Ok(config) => config,
            Err(error) => {
                return Seen {
                    group: None,
                    fault: Some(TransportFault::Tls(TlsFault::Refused(error))),
                    chain: Vec::new(),
                };
            }
        };
        let connector = Connector::new(self.host, self.resolve.clone(), Trust::config(config));
        let result = connector.connect_tls(Instant::now() + patience).await;
        let group = result.as_ref().ok().and_then(|(stream, _)| {
            let (_, connection) = stream.get_ref();
            connection
                .negotiated_key_exchange_group()
                .map(SupportedKxGroup::name)
        });
        Seen {
            group,
            fault: result.err(),
            chain: witness.chain(),
        }
    }

    /// T02 to T05.
    fn certificates(&self, sent: &[CertificateDer<'static>], findings: &mut Findings) {
        let Some(read) = Chain::read(sent) else {
            let seen = "a certificate that was sent cannot be read";
            findings.add(Finding::failure(&T02, "", seen));
            for check in [&T03, &T04, &T05] {
                findings.add(Finding::skipped(check, seen));
            }
            return;
        };
        let system = system_roots();
        let roots: Vec<X509Certificate<'_>> = self
            .extra_roots
            .iter()
            .chain(&system)
            .filter_map(chain::read)
            .collect();
        let completeness = read.completeness(&roots, self.list);
        findings.add(judge::order(&completeness, sent.len()));
        findings.add(match &completeness {
            Completeness::IssuerMissing(_) => {
                Finding::cannot_tell(&T03, "", "the chain does not reach a root")
            }
            _ => judge::root(read.anchor(&roots, self.list).as_ref(), &read),
        });
        if let Some(leaf) = read.leaf() {
            let names = Names::of(leaf);
            findings.add(judge::names_fit(&names, self.host));
            findings.add(validity::judge(read.iter(), names.has_wildcard(), self.now));
        }
    }

    /// T07.
    async fn groups(&self) -> Finding {
        let classical: Vec<_> = DEFAULT_KX_GROUPS
            .iter()
            .copied()
            .filter(|group| group.name() != HYBRID)
            .collect();
        let hybrid_first: Vec<_> = DEFAULT_KX_GROUPS
            .iter()
            .copied()
            .filter(|group| group.name() == HYBRID)
            .chain(classical.iter().copied())
            .collect();
        let group = async |groups| {
            let offer = Offer {
                only: None,
                groups: Some(groups),
            };
            self.handshake(&offer, PATIENCE).await.group
        };
        judge::key_exchange(group(hybrid_first).await, group(classical).await)
    }
}

#[cfg(test)]
mod tests;
