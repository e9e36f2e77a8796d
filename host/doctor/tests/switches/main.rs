//! The proof that the doctor is no yes-man: a proxy that is right in everything but
//! one thing, and the doctor finds that one thing and nothing else.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

mod authentication;
mod cipher;
mod pki;
mod reports;
mod server;
mod service;
mod switch;

use std::collections::{BTreeSet, HashSet};
use std::fmt::Write as _;
use std::sync::Arc;

use claviger_doctor::becomes::Becomes;
use claviger_doctor::catalogue;
use claviger_doctor::finding::{Finding, Verdict};
use claviger_doctor::findings::Findings;
use claviger_doctor::probe::probe;
use claviger_doctor::progress::Progress;
use claviger_doctor::target::Target;
use claviger_xks_client::resolve::{Override, Resolve};
use claviger_xks_client::target::Target as KeyStore;
use tokio::sync::Semaphore;

use service::{KEY, PREFIX};
use switch::{ROWS, Row, Switch, WITHOUT_SWITCH};

/// How many runs there are at once: enough to be quick, few enough to be in time.
const AT_ONCE: usize = 3;

/// The checks that a proxy is called for.
fn ids() -> impl Iterator<Item = &'static str> {
    catalogue::ALL
        .iter()
        .map(|check| check.id)
        .filter(|id| id.starts_with(['N', 'T', 'H', 'A', 'P', 'M', 'E']))
}

async fn run(switch: Option<Switch>, thorough: bool) -> Vec<Finding> {
    let pki = pki::make(switch);
    let server = server::serve(switch, &pki).await;
    // A name that is malformed is not asked for anywhere.
    let (host, resolve) = if switch == Some(Switch::HostWithoutAddress) {
        ("xks..example.com", Resolve::default())
    } else {
        let host = pki::HOST;
        let there = Override {
            host: host.to_owned(),
            address: server.address,
        };
        (host, Resolve::new([there]))
    };
    let target = Target {
        key_store: KeyStore {
            endpoint: format!("https://{host}").parse().unwrap(),
            uri_path: format!("{PREFIX}/kms/xks/v1").parse().unwrap(),
            credential: service::credential(),
            region: "eu-central-1".parse().unwrap(),
        },
        keys: vec![KEY.parse().unwrap()],
        resolve,
        ca_roots: vec![pki.root.clone()],
        trusted_roots: pki.list.clone(),
        principal_arn: Target::PRINCIPAL_ARN.to_owned(),
        kms_key_arn: Target::example_key_arn(&"eu-central-1".parse().unwrap()),
        thorough,
    };
    let mut findings = Findings::new(Progress::silent());
    probe(&target, &mut findings).await;
    findings.finish()
}

/// A line for each finding of this verdict or a worse one.
fn listed(findings: &[Finding], from: Verdict) -> String {
    let mut text = String::new();
    for finding in findings.iter().filter(|finding| finding.verdict >= from) {
        let (id, verdict) = (finding.check.id, finding.verdict);
        writeln!(text, "  {id} {verdict:?}: {}", finding.seen).unwrap();
    }
    text
}

fn problem(row: &Row, findings: &[Finding]) -> Option<String> {
    let bad: Vec<&Finding> = findings
        .iter()
        .filter(|finding| finding.verdict >= Verdict::Warning)
        .collect();
    let worst = bad.iter().map(|finding| finding.verdict).max();
    let only = !bad.is_empty() && bad.iter().all(|finding| finding.check.id == row.check);
    let becomes = row.becomes.is_none_or(|outcome| {
        bad.iter()
            .any(|finding| finding.becomes.contains(&Becomes::Call(outcome)))
    });
    let fixed = bad.iter().all(|finding| finding.fix.is_some());
    let once: HashSet<&str> = findings.iter().map(|finding| finding.check.id).collect();
    let complete = ids().all(|id| once.contains(id));
    if only && worst == Some(row.verdict) && becomes && fixed && complete {
        return None;
    }
    Some(format!(
        "{:?}: {} {:?} {:?} was expected (complete: {complete}), and found was\n{}",
        row.switch,
        row.check,
        row.verdict,
        row.becomes,
        listed(findings, Verdict::CannotTell)
    ))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conforming_proxy_has_no_finding() {
    for thorough in [false, true] {
        let findings = run(None, thorough).await;
        assert_eq!(listed(&findings, Verdict::CannotTell), "");
        let skipped: BTreeSet<&str> = findings
            .iter()
            .filter(|finding| finding.verdict == Verdict::Skipped)
            .map(|finding| finding.check.id)
            .collect();
        // The name is not resolved, because --resolve says where the proxy is.
        let expected = if thorough {
            vec!["N01"]
        } else {
            vec!["E04", "E06", "E07", "N01"]
        };
        assert_eq!(skipped, expected.into_iter().collect());
        let found: BTreeSet<&str> = findings.iter().map(|finding| finding.check.id).collect();
        assert_eq!(found, ids().collect());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_is_found_by_its_check_and_by_no_other() {
    let permits = Arc::new(Semaphore::new(AT_ONCE));
    let mut runs = tokio::task::JoinSet::new();
    for row in ROWS {
        let permits = Arc::clone(&permits);
        runs.spawn(async move {
            let _permit = permits.acquire().await.unwrap();
            problem(row, &run(Some(row.switch), true).await)
        });
    }
    let mut problems: Vec<String> = runs.join_all().await.into_iter().flatten().collect();
    problems.sort();
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn every_check_has_a_switch_or_a_reason() {
    let switches: HashSet<Switch> = ROWS.iter().map(|row| row.switch).collect();
    assert_eq!(switches.len(), ROWS.len(), "a switch is there twice");
    let mut covered: BTreeSet<&str> = ROWS.iter().map(|row| row.check).collect();
    for (id, reason) in WITHOUT_SWITCH {
        assert!(!reason.is_empty());
        assert!(
            covered.insert(id),
            "{id} has a switch and a reason for none"
        );
    }
    assert_eq!(covered, ids().collect());
}
