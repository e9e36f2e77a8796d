//! The checks that talk to the proxy: N, T, H, A, P, M and E.
//!
//! What is sent is what AWS KMS sends, or what a proxy has to refuse. Nothing of it
//! changes anything: keys that are given encrypt and decrypt made-up bytes. Every
//! certificate is accepted, because the checks of T judge it and the others have to
//! go on when it is a private authority's.

mod authentication;
mod cryptography;
mod fix;
mod health;
mod key_metadata;
mod late;
mod measure;
mod network;
mod protocol;
mod session;
mod tls;
#[cfg(test)]
mod trial;

use std::time::{Duration, SystemTime};

pub use claviger_certificates::roots;
use claviger_xks_client::metadata::KmsOperation;

use self::health::Reached;
use self::session::Session;
use crate::catalogue::{
    self, A01, A02, A03, A04, A05, Check, H01, H02, H03, H04, H05, M01, M02, M03, P01, P02, T01,
    T02, T03, T04, T05, T06, T07,
};
use crate::finding::Finding;
use crate::findings::Findings;
use crate::target::Target;

const TLS: [&Check; 7] = [&T01, &T02, &T03, &T04, &T05, &T06, &T07];
const HEALTH: [&Check; 5] = [&H01, &H02, &H03, &H04, &H05];
const AFTER_HEALTH: [&Check; 10] = [&A01, &A02, &A03, &A04, &A05, &P01, &P02, &M01, &M02, &M03];

/// A proxy whose first answer takes longer is not put under load.
const MUCH_TOO_LATE: Duration = Duration::from_secs(1);

/// Skips the checks of this module that have no finding yet, for the reason given.
pub fn skip_those_left(why: &str, findings: &mut Findings) {
    let rest = catalogue::ALL.iter().copied().filter(|check| {
        check.id.starts_with(['N', 'T', 'H', 'A', 'P', 'M', 'E']) && findings.worst(check).is_none()
    });
    let rest: Vec<_> = rest.collect();
    skip(&rest, why, findings);
}

/// Makes them all.
pub async fn probe(target: &Target, findings: &mut Findings) {
    let host = target.key_store.endpoint.host();
    if !network::probe(host, &target.resolve, findings).await {
        skip(&TLS, "there is no TCP connection", findings);
        skip(&HEALTH, "there is no TCP connection", findings);
        return skip_rest("there is no TCP connection", findings);
    }
    let endpoint = tls::Endpoint {
        host,
        resolve: &target.resolve,
        extra_roots: &target.ca_roots,
        list: &target.trusted_roots,
        now: SystemTime::now(),
    };
    let works = tls::probe(&endpoint, findings).await;
    let session = Session::new(target);
    let (true, Ok(mut session)) = (works, session) else {
        findings.add(Finding::skipped(&T06, "there is no TLS connection"));
        skip(&HEALTH, "there is no TLS connection", findings);
        return skip_rest("there is no TLS connection", findings);
    };

    findings.working_on(&H01, "GetHealthStatus");
    let first = session
        .send(session.health(KmsOperation::CreateCustomKeyStore))
        .await;
    let demanded = first.as_ref().map(|_| ());
    findings.add(tls::client_certificate(&session.witness, demanded));
    if first.is_err() && session.witness.client_certificate_asked() {
        let why = "the proxy demands a client certificate";
        skip(&HEALTH, why, findings);
        return skip_rest(why, findings);
    }
    session.vendor = health::vendor(&first);
    let health = match health::probe(&session, &first, target.thorough, findings).await {
        Reached::Answered => true,
        Reached::Refused => false,
        Reached::No => return skip_rest("GetHealthStatus is not answered", findings),
    };
    authentication::probe(&mut session, health, findings).await;
    let load = if !target.thorough {
        Err("only with --thorough")
    } else if first.is_ok_and(|answer| answer.times.total() > MUCH_TOO_LATE) {
        Err("the proxy is too slow for it: see H05")
    } else {
        Ok(())
    };
    let invalid = protocol::provoke(&mut session).await;
    let mut usable_keys = Vec::new();
    for key in &target.keys {
        if key_metadata::probe(&mut session, key, findings).await {
            usable_keys.push(key);
        } else {
            let why = format!("CreateKey would not take {key}");
            skip(&cryptography::CHECKS, &why, findings);
        }
    }
    if target.keys.is_empty() {
        let why = "no key is given: --key ID";
        skip(&[&M01, &M02], why, findings);
        skip(&cryptography::CHECKS, why, findings);
    }
    protocol::future(&session, health, usable_keys.first().copied(), findings).await;
    key_metadata::absent_key(&mut session, findings).await;
    for key in usable_keys {
        cryptography::probe(&mut session, key, load, findings).await;
    }
    // Last, when all refusals are there.
    for finding in protocol::errors(&invalid, &session.refusals) {
        findings.add(finding);
    }
}

fn skip_rest(why: &str, findings: &mut Findings) {
    skip(&AFTER_HEALTH, why, findings);
    skip(&cryptography::CHECKS, why, findings);
}

fn skip(checks: &[&'static Check], why: &str, findings: &mut Findings) {
    for check in checks {
        findings.add(Finding::skipped(check, why));
    }
}
