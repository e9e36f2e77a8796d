//! A trial: what the contract asks of a plugin, asked of the plugin itself, without a key
//! store around it.
//!
//! A check is an entry of a table: what has to hold, with the requirement or the
//! sentence of the contract that it comes from, and a small function that tries it.
//! The tables are in [`lifecycle`], [`backend`], [`directory`] and [`policy`]. Each
//! check begins with instances of its own, and calls them through the host's own
//! driver.

mod backend;
mod bench;
mod conduct;
mod directory;
mod lifecycle;
mod outcome;
mod policy;
mod rig;
mod subject;
mod times;

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::Arc;

use claviger_doctor::catalogue::{Check, Severity};
use claviger_doctor::finding::{Finding, Verdict};
use claviger_doctor::findings::Findings;
use futures_util::future::BoxFuture;

use super::contract::{self, Role, World};
use crate::words::{Caller, KeyId, Operation, RequestContext};

pub(crate) use bench::Measured;
use outcome::{Instead, Outcome};
pub(crate) use subject::Subject;
pub(crate) use times::{Summary, Times};

/// What a trial is told besides the plugin.
pub(crate) struct Asked {
    /// Keys that the plugin has, which may encrypt and decrypt.
    pub(crate) keys: Vec<KeyId>,
    /// Why there are none, where there are none.
    pub(crate) no_keys: String,
    /// Whether keys may be made, rotated and disabled.
    pub(crate) makes_keys: bool,
    /// On whose behalf the calls are made.
    pub(crate) caller: Caller,
}

/// One plugin on trial, and what a check may use.
struct Trial<'t, W> {
    subject: &'t Subject,
    asked: &'t Asked,
    /// The key that the check is about.
    key: Option<&'t KeyId>,
    times: &'t Times,
    world: PhantomData<fn() -> W>,
}

/// A check, and how it is made.
struct Entry<W: World> {
    check: &'static Check,
    /// Without this one there is nothing to try.
    needs: Option<&'static Check>,
    run: Run<W>,
}

type Run<W> = for<'t> fn(&'t Trial<'t, W>) -> BoxFuture<'t, Outcome>;

const fn entry<W: World>(
    check: &'static Check,
    needs: Option<&'static Check>,
    run: Run<W>,
) -> Entry<W> {
    Entry { check, needs, run }
}

/// A check of the contract.
const fn check(
    id: &'static str,
    title: &'static str,
    looks_at: &'static str,
    fix: &'static str,
) -> Check {
    Check {
        id,
        title,
        severity: Severity::Failure,
        looks_at,
        becomes: &[],
        fix,
        more: "",
    }
}

/// Checks that do not hold, or could not be tried because of one; with that one.
type Broken = BTreeMap<&'static str, &'static str>;

/// Makes every check that there is for a plugin of its kind.
pub(crate) async fn run(subject: &Subject, asked: &Asked, times: &Times, to: &mut Findings) {
    match subject.role() {
        Role::Backend => {
            let trial = Trial::<contract::Backend>::new(subject, asked, times);
            if trial.of_the_plugin(&lifecycle::entries(), to).await {
                trial.of_the_plugin(&backend::OF_THE_PLUGIN, to).await;
                trial.of_each_key(&backend::OF_A_KEY, to).await;
                trial.of_the_plugin(&backend::MANAGEMENT, to).await;
            }
        }
        Role::Directory => {
            let trial = Trial::<contract::Directory>::new(subject, asked, times);
            if trial.of_the_plugin(&lifecycle::entries(), to).await {
                trial.of_the_plugin(&directory::OF_THE_PLUGIN, to).await;
                trial.of_each_key(&directory::OF_A_KEY, to).await;
            }
        }
        Role::Policy => {
            let trial = Trial::<contract::Policy>::new(subject, asked, times);
            if trial.of_the_plugin(&lifecycle::entries(), to).await {
                trial.of_the_plugin(&policy::ENTRIES, to).await;
            }
        }
    }
}

impl<'t, W: World> Trial<'t, W> {
    fn new(subject: &'t Subject, asked: &'t Asked, times: &'t Times) -> Self {
        Self {
            subject,
            asked,
            key: None,
            times,
            world: PhantomData,
        }
    }

    fn of_key(subject: &'t Subject, asked: &'t Asked, key: &'t KeyId, times: &'t Times) -> Self {
        Self {
            key: Some(key),
            ..Self::new(subject, asked, times)
        }
    }

    /// Whether the plugin works at all: none of the checks fails that others need.
    async fn of_the_plugin(&self, entries: &[Entry<W>], findings: &mut Findings) -> bool {
        let mut broken = Broken::new();
        for entry in entries {
            let needed = entry.needs.and_then(|needed| broken.get(needed.id));
            if let Some(root) = needed.copied() {
                findings.add(self.skipped(entry.check, root));
                broken.insert(entry.check.id, root);
                continue;
            }
            let finding = self.try_one(entry, findings).await;
            if finding.verdict == Verdict::Failure {
                broken.insert(entry.check.id, entry.check.id);
            }
            findings.add(finding);
        }
        let needed = |entry: &Entry<W>| entry.needs.map(|check| check.id);
        let mut needed = entries.iter().filter_map(needed);
        !needed.any(|id| broken.contains_key(id))
    }

    async fn of_each_key(&self, entries: &[Entry<W>], findings: &mut Findings) {
        if self.asked.keys.is_empty() {
            for entry in entries {
                findings.add(Finding::skipped(entry.check, &self.asked.no_keys));
            }
        }
        for key in &self.asked.keys {
            let of_key = Self::of_key(self.subject, self.asked, key, self.times);
            of_key.of_the_plugin(entries, findings).await;
        }
    }

    /// Without `root` there is nothing to try.
    fn skipped(&self, check: &'static Check, root: &str) -> Finding {
        let of = self
            .key
            .map_or(String::new(), |key| format!(" of {}", key.as_str()));
        Finding::skipped(check, &format!("{root} does not hold{of}"))
    }

    async fn try_one(&self, entry: &Entry<W>, findings: &mut Findings) -> Finding {
        let (check, key) = (entry.check, self.key.map_or("", KeyId::as_str));
        findings.working_on(check, check.title);
        match (entry.run)(self).await {
            Ok(seen) => Finding::ok(check, key, &seen),
            Err(Instead::Breach(seen)) => Finding::failure(check, key, &seen),
            Err(Instead::Warning(seen)) => Finding::warning(check, key, &seen),
            Err(Instead::Skipped(why)) => Finding::skipped(check, &why),
        }
    }

    /// The key of a check that is about one.
    fn key(&self) -> Result<&'t KeyId, Instead> {
        self.key
            .ok_or_else(|| Instead::Skipped(self.asked.no_keys.clone()))
    }

    /// What a call is made for.
    fn context(&self, operation: Operation, key: &KeyId) -> RequestContext {
        RequestContext {
            key_store: self.subject.key_store(),
            operation,
            key_id: key.clone(),
            caller: self.asked.caller.clone(),
        }
    }
}

impl Asked {
    /// A caller that nobody has named otherwise.
    pub(crate) fn caller(principal_arn: &str, kms_key_arn: &str) -> Caller {
        Caller {
            credential: "CLAVIGERTRIALKEYID22222".into(),
            aws_principal_arn: principal_arn.into(),
            kms_operation: "Encrypt".into(),
            kms_request_id: "6f1cf9a2-7d5e-4f0e-9b0e-2f6f3a1d0c55".into(),
            kms_key_arn: Some(kms_key_arn.into()),
            ..Caller::default()
        }
    }
}

/// The id of a key.
fn made_up(text: &str) -> Result<KeyId, Instead> {
    let id = KeyId::try_from(Arc::from(text));
    id.map_err(|fault| Instead::Skipped(format!("`{text}`: {fault}")))
}

/// A key that no plugin has.
const UNKNOWN: &str = "claviger-trial-no-such-key";

/// Ids of one character and of as many as there may be, with each that is allowed.
fn ids_at_the_limits() -> [String; 5] {
    let every = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    [
        "_".to_owned(),
        "z".repeat(128),
        format!("{every:-<128}"),
        "-.-".to_owned(),
        "..-".to_owned(),
    ]
}
