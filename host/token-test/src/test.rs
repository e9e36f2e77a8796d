//! The test as a whole: one trial after the other.

use std::time::Duration;

use claviger_config::Profile;

use crate::finding::{Level, Topic};
use crate::proposal::{self, Proposal};
use crate::report::{Ended, Report};
use crate::sealing::Convention;
use crate::trial::{NoResult, Trial, Tried};
use crate::wire::{Answer, Identity, Keeping, KeptKey, Request};
use crate::worker::Worker;
use crate::{conventions, forms, identity, recovery, search, sessions, sizes, tampering, vectors};

/// What the operator wants.
#[derive(Debug, Clone)]
pub struct Options {
    /// The token's name in the configuration.
    pub token: String,
    /// Its `profile`, if it is configured.
    pub configured: Option<Profile>,
    /// Its `sessions`.
    pub sessions: usize,
    /// Make a key on the token, if it makes no session keys.
    pub make_key: bool,
    /// The names of the key of this test, and of nothing else.
    pub key: KeptKey,
    /// How long the library may take for one request.
    pub limit: Duration,
    /// How long encryptions are measured, in all.
    pub seconds: Duration,
}

/// Tries everything. The worker is ended, and the key removed, whatever happens.
pub fn test(worker: &mut dyn Worker, options: &Options) -> Report {
    let mut trial = Trial::new(worker, options);
    // Why there is no result is among the findings.
    let (configured_works, proposal) = find(&mut trial).unwrap_or_default();
    let is_complete = trial.goes_on();
    let is_removed = clean_up(&mut trial);
    let findings = trial.findings;
    let has_fault = findings.iter().any(|it| it.level == Level::Fault);
    let ended = if !is_complete || !is_removed {
        Ended::Incomplete
    } else if has_fault || proposal.is_none() || configured_works == Some(false) {
        Ended::Badly
    } else {
        Ended::Well
    };
    Report {
        version: 1,
        token: options.token.clone(),
        ended,
        findings,
        configured_works,
        proposal,
    }
}

fn find(trial: &mut Trial<'_>) -> Tried<(Option<bool>, Option<Proposal>)> {
    let identity = identity::identify(trial)?;
    identity::log_in(trial, &identity)?;
    identity::make_key(trial)?;
    let _ = search::find(trial);
    let working = conventions::find(trial, &identity);
    let configured = trial.options.configured.clone();
    let chosen = proposal::choose(&working, &identity, configured.as_ref());
    let proposal = match chosen {
        Some(convention) => look_closely(trial, &identity, convention)?,
        None => None,
    };
    let configured_works = match &configured {
        Some(profile) => try_configured(trial, profile, proposal.as_ref()),
        None => None,
    };
    let opened = sessions::count(trial, &identity);
    let Some(proposal) = proposal else {
        return Ok((configured_works, None));
    };
    let most = opened.map_or(1, |sessions| sessions.opened);
    let enough = sessions::measure(trial, &proposal.profile, most);
    recovery::find(trial, &proposal.profile);
    let proposal = proposal.with_sessions(&trial.options.token, enough.ok().flatten());
    Ok((configured_works, Some(proposal)))
}

/// What AES-GCM does when it is called in this way; the profile of it, if the host's
/// own code can work by it.
fn look_closely(
    trial: &mut Trial<'_>,
    identity: &Identity,
    convention: Convention,
) -> Tried<Option<Proposal>> {
    sizes::find(trial, convention);
    forms::find(trial, convention);
    let _ = vectors::find(trial, convention);
    let codes = tampering::find(trial, convention)?;
    if codes.is_empty() {
        return Ok(None);
    }
    let configured = trial.options.configured.as_ref();
    let proposal = proposal::propose(convention, &codes, identity, configured);
    if configured == Some(&proposal.profile) {
        return Ok(Some(proposal));
    }
    let works = try_profile(trial, &proposal.profile, "the proposed profile")?;
    Ok(works.then_some(proposal))
}

/// Whether what is configured would work; none when it was not found out. A library that
/// crashes or hangs is no profile's that works.
fn try_configured(
    trial: &mut Trial<'_>,
    profile: &Profile,
    proposal: Option<&Proposal>,
) -> Option<bool> {
    let tried = try_profile(trial, profile, "the configured profile");
    let works = match tried {
        Ok(works) => works,
        Err(NoResult) if trial.goes_on() => false,
        Err(NoResult) => return None,
    };
    if !works && let Some(proposal) = proposal {
        trial.say(
            Topic::Configured,
            "configured-profile",
            Level::Fault,
            "the configured profile does not fit the token",
            format!("write what is proposed: profile = {}", proposal.setting()),
        );
    }
    Some(works)
}

/// Whether the host's own code can encrypt and decrypt by a profile.
fn try_profile(trial: &mut Trial<'_>, profile: &Profile, called: &str) -> Tried<bool> {
    let doing = format!("{called}, in the host's own code");
    let answer = trial.ask(&doing, &Request::TryProfile(profile.clone()))?;
    let Answer::Steps(steps) = answer else {
        return trial.unexpected(&doing, &answer);
    };
    let wrong = steps.iter().filter_map(|step| {
        let problem = step.problem.as_ref()?;
        Some(format!("{}: {problem}", step.what))
    });
    let wrong: Vec<_> = wrong.collect();
    let (level, found, means) = if wrong.is_empty() {
        let done: Vec<_> = steps.iter().map(|step| &*step.what).collect();
        (Level::Ok, format!("{called}: {}", done.join(", ")), "")
    } else {
        let means = "requests of AWS KMS would fail with it";
        (
            Level::Fault,
            format!("{doing}: {}", wrong.join("; ")),
            means,
        )
    };
    trial.say(Topic::Configured, "profile", level, found, means);
    Ok(wrong.is_empty())
}

/// Removes the key of the test. False when it may be on the token still.
fn clean_up(trial: &mut Trial<'_>) -> bool {
    let Some(Keeping::Token(key)) = trial.keeping.clone() else {
        trial.end_worker();
        return true;
    };
    // One of its own, because the last one may be lost, and to look whether it is gone.
    trial.resume();
    let removed = remove(trial, &key);
    trial.end_worker();
    let KeptKey { label, .. } = &key;
    if removed.is_ok() {
        let found = format!("the key of the test, {label}, is removed from the token");
        trial.say(Topic::Login, "key-removed", Level::Ok, found, "");
        return true;
    }
    trial.say(
        Topic::Login,
        "key-left",
        Level::Fault,
        format!("the key of the test may still be on the token: {label}"),
        "remove it with the vendor's tool, or `pkcs11-tool --delete-object --type secrkey --label …`",
    );
    false
}

fn remove(trial: &mut Trial<'_>, key: &KeptKey) -> Tried<()> {
    let limit = trial.options.limit;
    let doing = "removing the key of the test";
    for request in [
        Request::Start,
        Request::Login,
        Request::RemoveKept(key.clone()),
    ] {
        let answer = trial.ask_plainly(doing, &request, limit)?;
        if !matches!(answer, Answer::Done | Answer::Identity(_)) {
            return trial.unexpected(doing, &answer);
        }
    }
    Ok(())
}
