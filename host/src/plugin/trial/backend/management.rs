//! `key-management`, as `claviger key` uses it. Keys are made only where that was asked
//! for, or in a storage of the trial's own.

use claviger_doctor::catalogue::Check;

use super::{Backend, BackendTrial, Held, plaintext};
use crate::plugin::backend::{KeyCommand, KeyPage, KeySummary, ManagementFault};
use crate::plugin::pool::Lease;
use crate::plugin::trial::outcome::{Instead, Outcome, hold};
use crate::plugin::trial::rig::{PATIENCE, Rig, Session, deadline};
use crate::plugin::trial::{UNKNOWN, check, made_up};
use crate::plugin::turn::Budget;
use crate::words::KeyId;

/// Pages of a list that are read.
const PAGES: usize = 10_000;

pub(super) static G01: Check = check(
    "G01",
    "key-management.list-keys: sorted, and whole however long its pages are",
    "list-keys with a limit of 1000, of 2 and of 1",
    "return the keys with ids greater than `after`, sorted by bytes, at most `limit`",
);
pub(super) static G02: Check = check(
    "G02",
    "key-management.create-key: the key is there, listed and found",
    "create-key, show-key, list-keys and lookup of the same id",
    "return once the key can be used, by other instances, too",
);
pub(super) static G03: Check = check(
    "G03",
    "key-management.management-error: already-exists and not-found",
    "create-key of an id that is taken, show-key of one that there is not",
    "answer already-exists and not-found, and change nothing",
);
pub(super) static G04: Check = check(
    "G04",
    "XKS-070: a key that set-key-status disables is looked up as disabled",
    "set-key-status, and lookup by another instance",
    "answer the status that was set",
);
pub(super) static G05: Check = check(
    "G05",
    "XKS-091: after rotate-key earlier ciphertexts still decrypt",
    "crypto.encrypt, rotate-key, crypto.decrypt, and lookup for other metadata",
    "keep earlier versions, and say in ciphertext-metadata which one it was",
);

pub(super) async fn lists(trial: &BackendTrial<'_>) -> Outcome {
    let rig = Rig::<Backend>::new(trial).await?;
    let mut session = rig.session().await?;
    let whole = ids(&mut session, 1000).await?;
    let sorted = whole.is_sorted() && whole.windows(2).all(|pair| pair.first() != pair.last());
    hold(sorted, || {
        "the ids are not sorted, or one is there twice".to_owned()
    })?;
    for limit in [2, 1] {
        let paged = ids(&mut session, limit).await?;
        hold(paged == whole, || {
            format!(
                "{} keys by pages of {limit}, {} by pages of 1000",
                paged.len(),
                whole.len()
            )
        })?;
    }
    Ok(format!("{} keys", whole.len()))
}

/// All ids, damaged ones included.
async fn ids(session: &mut Session<'_>, limit: u32) -> Result<Vec<String>, Instead> {
    const LIST: &str = "key-management.list-keys";
    let (mut all, mut after) = (Vec::new(), None::<String>);
    for _ in 0..PAGES {
        let from = after.as_deref().map(std::sync::Arc::from);
        let page = session
            .lease
            .list_keys(Budget::operator(deadline()), from, limit)
            .await;
        let KeyPage {
            keys,
            damaged,
            next,
        } = page.map_err(|fault| told(LIST, fault))?;
        let damaged = damaged.into_iter().map(|(id, _)| id);
        let mut ids: Vec<_> = keys.into_iter().map(|key| key.external_key_id).collect();
        hold(ids.is_sorted(), || {
            "the ids of a page are not sorted".to_owned()
        })?;
        ids.extend(damaged);
        let count = ids.len();
        hold(
            u32::try_from(count).is_ok_and(|count| count <= limit),
            || format!("{count} keys on a page of at most {limit}"),
        )?;
        ids.sort_unstable();
        let too_early = ids
            .iter()
            .any(|id| after.as_ref().is_some_and(|after| id <= after));
        hold(!too_early, || {
            "a page has an id that is not greater than `after`".to_owned()
        })?;
        all.append(&mut ids);
        match next {
            None => return Ok(all),
            Some(next) => {
                hold(after.as_ref().is_none_or(|after| next > *after), || {
                    "`next` does not go on where the page ended".to_owned()
                })?;
                after = Some(next);
            }
        }
    }
    Err(Instead::Warning(format!("more than {PAGES} pages")))
}

/// A key of this trial's own, new each time.
async fn new_key(
    trial: &BackendTrial<'_>,
    lease: &mut Lease<'_, Backend>,
) -> Result<KeyId, Instead> {
    if !trial.asked.makes_keys {
        let why = "keys are made only with --create-keys where they stay";
        return Err(Instead::Skipped(why.to_owned()));
    }
    let bytes = crate::capability::random_bytes(8);
    let bytes = bytes.map_err(|_| Instead::Skipped("no randomness".to_owned()))?;
    let number = bytes
        .iter()
        .fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    let id = made_up(&format!("claviger-trial-{number:016x}"))?;
    manage(lease, KeyCommand::Create(id.clone(), usage())).await?;
    Ok(id)
}

fn usage() -> Vec<String> {
    ["ENCRYPT", "DECRYPT"].map(str::to_owned).to_vec()
}

async fn manage(
    lease: &mut Lease<'_, Backend>,
    command: KeyCommand,
) -> Result<KeySummary, Instead> {
    let function = match &command {
        KeyCommand::Create(..) => "key-management.create-key",
        KeyCommand::Show(_) => "key-management.show-key",
        KeyCommand::SetEnabled(..) => "key-management.set-key-status",
        KeyCommand::Rotate(_) => "key-management.rotate-key",
    };
    let budget = Budget::operator(deadline());
    let done = lease.manage(budget, command).await;
    done.map_err(|fault| told(function, fault))
}

/// What the backend cannot do is no breach.
fn told(function: &str, fault: ManagementFault) -> Instead {
    match fault {
        ManagementFault::Unsupported(why) => Instead::Skipped(format!("{function}: {why}")),
        fault => Instead::Breach(format!("{function}: {fault}")),
    }
}

pub(super) async fn makes(trial: &BackendTrial<'_>) -> Outcome {
    let rig = Rig::<Backend>::new(trial).await?;
    let mut session = rig.session().await?;
    let id = new_key(trial, &mut session.lease).await?;
    let mut other = rig.session().await?;
    for session in [&mut session, &mut other] {
        match manage(&mut session.lease, KeyCommand::Show(id.clone())).await {
            Ok(shown) => hold(
                shown.external_key_id == id.as_str() && shown.enabled,
                || {
                    let (shown, enabled) = (&shown.external_key_id, shown.enabled);
                    format!("show-key shows `{shown}`, enabled: {enabled}")
                },
            )?,
            // What a backend cannot do is no breach.
            Err(Instead::Skipped(_)) => {}
            Err(other) => return Err(other),
        }
        let found = session.lookup(&id).await?;
        found.map_err(|refusal| Instead::Breach(format!("lookup of the new key: {refusal}")))?;
        let listed = ids(session, 1000).await;
        match listed {
            Ok(ids) => hold(ids.iter().any(|listed| listed == id.as_str()), || {
                "list-keys does not have it".to_owned()
            })?,
            Err(Instead::Skipped(_)) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(format!("`{}`", id.as_str()))
}

pub(super) async fn refuses(trial: &BackendTrial<'_>) -> Outcome {
    let rig = Rig::<Backend>::new(trial).await?;
    let mut session = rig.session().await?;
    let id = new_key(trial, &mut session.lease).await?;
    let lease = &mut session.lease;
    let again = lease
        .manage(
            Budget::operator(deadline()),
            KeyCommand::Create(id, usage()),
        )
        .await;
    hold(matches!(again, Err(ManagementFault::AlreadyExists)), || {
        format!("create-key of an id that is taken: {}", outcome(&again))
    })?;
    let unknown = KeyCommand::Show(made_up(UNKNOWN)?);
    let shown = lease.manage(Budget::operator(deadline()), unknown).await;
    hold(
        matches!(
            shown,
            Err(ManagementFault::NotFound | ManagementFault::Unsupported(_))
        ),
        || format!("show-key of an id that there is not: {}", outcome(&shown)),
    )?;
    Ok(String::new())
}

fn outcome(done: &Result<KeySummary, ManagementFault>) -> String {
    match done {
        Ok(_) => "it succeeds".to_owned(),
        Err(fault) => fault.to_string(),
    }
}

pub(super) async fn disables(trial: &BackendTrial<'_>) -> Outcome {
    let rig = Rig::<Backend>::new(trial).await?;
    let mut session = rig.session().await?;
    let mut other = rig.session().await?;
    let id = new_key(trial, &mut session.lease).await?;
    for enabled in [false, true] {
        manage(
            &mut session.lease,
            KeyCommand::SetEnabled(id.clone(), enabled),
        )
        .await?;
        for session in [&mut session, &mut other] {
            let found = session.lookup(&id).await?;
            let found = found.map_err(|refusal| Instead::Breach(format!("lookup: {refusal}")))?;
            hold(found.enabled == enabled, || {
                format!("it was set to enabled: {enabled}, and lookup says the contrary")
            })?;
        }
    }
    Ok(String::new())
}

pub(super) async fn rotates(trial: &BackendTrial<'_>) -> Outcome {
    let rig = Rig::<Backend>::new(trial).await?;
    let mut session = rig.session().await?;
    let id = new_key(trial, &mut session.lease).await?;
    let key = |found: Result<_, _>| {
        let found = found.map(Held::from);
        found
            .map_err(|refusal: crate::words::Refusal| Instead::Breach(format!("lookup: {refusal}")))
    };
    let first = key(session.lookup(&id).await?)?;
    let text = plaintext(32);
    let sealed = session
        .encrypt(&first.handle, &first.open(b"", &text))
        .await?;
    manage(&mut session.lease, KeyCommand::Rotate(id.clone())).await?;
    let second = key(session.lookup(&id).await?)?;
    hold(first.metadata != second.metadata, || {
        "lookup has the same ciphertext-metadata after the rotation".to_owned()
    })?;
    let newer = session
        .encrypt(&second.handle, &second.open(b"", &text))
        .await?;
    // Under the handle that there is now: the host looks a key up before it decrypts.
    for (whose, shut) in [
        ("the earlier", first.shut(b"", &sealed)),
        ("the new", second.shut(b"", &newer)),
    ] {
        match session.decrypt(&second.handle, &shut).await? {
            Ok(opened) if *opened == text => {}
            Ok(_) => {
                return Err(Instead::Breach(format!(
                    "{whose} version gives other bytes"
                )));
            }
            Err(refusal) => {
                return Err(Instead::Breach(format!("{whose} version: {refusal}")));
            }
        }
    }
    Ok(String::new())
}

impl crate::plugin::trial::Subject {
    /// Makes a key for the trial; why not, where that cannot be done.
    pub(crate) async fn create_key(&self, id: &KeyId) -> Result<(), String> {
        let told = |fault: ManagementFault| fault.to_string();
        let pool = self.pool::<Backend>().await.map_err(|faults| {
            let told: Vec<_> = faults.iter().map(ToString::to_string).collect();
            told.join("; ")
        })?;
        let lease = pool.lease_in_background(deadline()).await;
        let mut lease = lease.map_err(|fault| fault.to_string())?;
        let kept = lease.upkeep(Budget::background(deadline(), PATIENCE)).await;
        kept.map_err(|fault| fault.to_string())?;
        let command = KeyCommand::Create(id.clone(), usage());
        let made = lease.manage(Budget::operator(deadline()), command).await;
        made.map(drop).map_err(told)
    }
}
