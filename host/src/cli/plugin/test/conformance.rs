//! The XKS conformance suite: `claviger doctor`'s probes of a host around the plugin.

use std::net::SocketAddr;
use std::time::Duration;

use claviger_doctor::becomes::Becomes;
use claviger_doctor::catalogue::{self, Check};
use claviger_doctor::finding::{Finding, Verdict};
use claviger_doctor::findings::Findings;
use claviger_doctor::probe::roots::Roots;
use claviger_doctor::probe::{probe, skip_those_left};
use claviger_doctor::progress::Progress;
use claviger_doctor::target::Target;
use claviger_xks::uri::ExternalKeyId;
use claviger_xks_client::outcome::Outcome;
use claviger_xks_client::resolve::{Override, Resolve};
use claviger_xks_client::target::Target as KeyStore;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::super::workbench::{OnTrial, Workbench};
use crate::assembly::assemble_backend;
use crate::cli::{CommandFailure, compiler, dev, key};
use crate::plugin::Role;
use crate::plugin::backend::KeyCommand;
use crate::resources::MissingStorage;
use crate::server::Server;
use crate::words::KeyId;

/// How long all of it may take for each key.
const LIMIT: Duration = Duration::from_mins(2);

/// The checks that say something of a plugin, with the requirements that they try. Those
/// of the network, of TLS and of the authentication are about the host alone, and H04 is
/// about how many key managers there are.
const REQUIREMENTS: [(&Check, &str); 17] = [
    (&catalogue::H01, "XKS-092, XKS-134"),
    (&catalogue::H02, "XKS-092"),
    (&catalogue::H03, "XKS-093, XKS-094"),
    (&catalogue::H05, "XKS-134"),
    (&catalogue::A01, "XKS-025"),
    (&catalogue::P01, "XKS-045, XKS-047, XKS-049"),
    (&catalogue::P02, "XKS-101, XKS-102, XKS-103"),
    (&catalogue::M01, "XKS-050"),
    (&catalogue::M02, "XKS-051, XKS-052, XKS-054"),
    (&catalogue::M03, "XKS-056"),
    (&catalogue::E01, "XKS-058, XKS-061, XKS-079, XKS-090"),
    (&catalogue::E02, "XKS-066, XKS-067"),
    (&catalogue::E03, "XKS-075"),
    (&catalogue::E04, "XKS-084, XKS-085, XKS-087, XKS-088"),
    (&catalogue::E05, "XKS-068"),
    (&catalogue::E06, "XKS-133"),
    (&catalogue::E07, "XKS-111"),
];

/// Without these there is nothing to serve.
const NEEDED: [&str; 3] = ["L01", "L03", "Z01"];

/// A key of the trial, and what a directory makes of it.
pub(super) type Key<'k> = (&'k KeyId, Option<KeyId>);

/// Plays AWS KMS, for the keys with which nothing is wrong so far.
pub(super) async fn findings(
    on_trial: &OnTrial,
    bench: &Workbench,
    keys: Vec<Key<'_>>,
    so_far: &[Finding],
) -> Result<Vec<Finding>, CommandFailure> {
    let failed = so_far.iter().filter(|it| it.verdict == Verdict::Failure);
    let needed = failed.clone().find(|it| NEEDED.contains(&it.check.id));
    if let Some(needed) = needed {
        return Ok(skipped(&format!("{} does not hold", needed.check.id)));
    }
    let holds = |key: &KeyId| !failed.clone().any(|it| it.subject == key.as_str());
    let keys = usable(bench, keys, holds).await?;
    if keys.is_empty() {
        return Ok(skipped("there is no key with which all of the above holds"));
    }
    let own = play(on_trial, bench, &keys).await?;
    let told = REQUIREMENTS.iter().flat_map(|(check, requirements)| {
        let of_check = own
            .iter()
            .filter(move |finding| finding.check.id == check.id);
        of_check.map(|finding| told(finding.clone(), requirements, bench.role))
    });
    Ok(told.collect())
}

fn skipped(why: &str) -> Vec<Finding> {
    REQUIREMENTS
        .iter()
        .map(|(check, _)| Finding::skipped(check, why))
        .collect()
}

/// The keys that AWS KMS would name; behind a policy or a directory they are made.
async fn usable(
    bench: &Workbench,
    keys: Vec<Key<'_>>,
    holds: impl Fn(&KeyId) -> bool,
) -> Result<Vec<KeyId>, CommandFailure> {
    let key_store = bench.key_store()?;
    let (mut usable, mut behind) = (Vec::new(), Vec::new());
    for (key, resolved) in keys {
        match (bench.role, resolved) {
            (Role::Backend, _) if holds(key) => usable.push(key.clone()),
            (Role::Directory, Some(resolved)) if holds(key) => {
                usable.push(key.clone());
                behind.push(resolved);
            }
            _ => {}
        }
    }
    if bench.role == Role::Policy {
        let demo = key::parse_key_id("demo").map_err(CommandFailure::Plugin)?;
        usable.push(demo.clone());
        behind.push(demo);
    }
    if !behind.is_empty() {
        let (missing, compiler) = (MissingStorage::IsMade, compiler()?);
        let backend = assemble_backend(&bench.configuration, key_store, missing, compiler).await?;
        for id in behind {
            let usage = ["ENCRYPT", "DECRYPT"].map(str::to_owned).to_vec();
            key::manage(&backend, Some(KeyCommand::Create(id, usage))).await?;
        }
    }
    Ok(usable)
}

/// Starts the host, calls it, and ends it.
async fn play(
    on_trial: &OnTrial,
    bench: &Workbench,
    keys: &[KeyId],
) -> Result<Vec<Finding>, CommandFailure> {
    let server = Server::start(&bench.configuration, compiler()?).await?;
    let address = server.listening().api;
    let (serving, orders) = mpsc::channel(1);
    let host = tokio::spawn(server.run(orders));
    let target = target(on_trial, bench, keys, address)?;
    let mut findings = Findings::new(Progress::on_terminal());
    let many = u32::try_from(keys.len()).unwrap_or(u32::MAX);
    let done = timeout(LIMIT.saturating_mul(many), probe(&target, &mut findings)).await;
    if done.is_err() {
        let why = format!("the limit of {} s for each key passed", LIMIT.as_secs());
        skip_those_left(&why, &mut findings);
    }
    // The host ends when nobody can order it to.
    drop(serving);
    let _ = host.await;
    Ok(findings.finish())
}

fn target(
    on_trial: &OnTrial,
    bench: &Workbench,
    keys: &[KeyId],
    address: SocketAddr,
) -> Result<Target, CommandFailure> {
    let malformed =
        |what: &str| CommandFailure::Plugin(format!("{what} is not what AWS KMS takes"));
    let keys = keys.iter().map(|key| key.as_str().parse::<ExternalKeyId>());
    Ok(Target {
        key_store: KeyStore {
            endpoint: format!("https://{}", dev::HOST)
                .parse()
                .map_err(|_| malformed("the endpoint"))?,
            uri_path: bench
                .key_store()?
                .uri_path_prefix
                .proxy_uri_path()
                .parse()
                .map_err(|_| malformed("the path"))?,
            credential: bench.credential.clone(),
            region: on_trial.region.clone(),
        },
        keys: keys
            .collect::<Result<_, _>>()
            .map_err(|fault| CommandFailure::Plugin(fault.to_string()))?,
        resolve: Resolve::new([Override {
            host: dev::HOST.to_owned(),
            address,
        }]),
        ca_roots: Vec::new(),
        trusted_roots: Roots::published(),
        principal_arn: on_trial.principal.clone(),
        kms_key_arn: on_trial.kms_key_arn(),
        thorough: true,
    })
}

/// With the requirements in front of what was seen. What a policy denies is its decision.
fn told(finding: Finding, requirements: &str, role: Role) -> Finding {
    let denied = [Becomes::Call(Outcome::AccessDenied)];
    if role == Role::Policy && finding.verdict == Verdict::Failure && finding.becomes == denied {
        let why = format!(
            "the policy denies it, see --principal and --kms-key-arn: {}",
            finding.seen
        );
        return Finding::cannot_tell(finding.check, &finding.subject, &why);
    }
    match finding.verdict {
        Verdict::Warning | Verdict::Failure => Finding {
            seen: format!("{requirements}: {}", finding.seen),
            ..finding
        },
        Verdict::Ok | Verdict::Skipped | Verdict::CannotTell => finding,
    }
}
