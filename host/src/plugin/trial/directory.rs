//! What a key directory does.

use claviger_doctor::catalogue::Check;

use super::conduct::{self, Memory};
use super::outcome::{Instead, Outcome, hold};
use super::rig::{PATIENCE, RESOLVE, Rig};
use super::{Entry, Trial, UNKNOWN, check, entry, ids_at_the_limits, made_up};
use crate::plugin::contract;
use crate::words::{FaultKind, KeyId};

type Directory = contract::Directory;
type DirectoryTrial<'t> = Trial<'t, Directory>;

static D01: Check = check(
    "D01",
    "XKS-056: an id that there is not is key-not-found, or stands for a key",
    "directory.resolve of an id that nobody has",
    "answer key-not-found for an id that the directory does not have",
);
static D02: Check = check(
    "D02",
    "XKS-005: ids of 1 and of 128 characters, with every one allowed",
    "directory.resolve of ids at the limits",
    "answer key-not-found where the backend's id would not have 1 to 128 of [A-Za-z0-9._-]",
);
static D03: Check = check(
    "D03",
    "directory.resolve: the key is found, with a backend-key-id of the right form",
    "directory.resolve",
    "name a key that the directory has with --key; or correct resolve",
);
static D04: Check = check(
    "D04",
    "directory.resolve: the same answer again, and from another instance",
    "directory.resolve twice, and in two instances",
    "keep what an id stands for outside of the instance: the host has several",
);
static D05: Check = check(
    "D05",
    "XKS-012: two external keys are not one key of the backend",
    "directory.resolve of the keys of this trial",
    "give each backend key one external key id: AWS KMS would use it twice",
);

/// Checks that need no key.
pub(super) static OF_THE_PLUGIN: [Entry<Directory>; 2] = [
    entry(&D01, None, |trial| Box::pin(has_no_unknown_key(trial))),
    entry(&D02, None, |trial| Box::pin(bears_ids_at_the_limits(trial))),
];

/// Checks of each key.
pub(super) static OF_A_KEY: [Entry<Directory>; 5] = [
    entry(&D03, None, |trial| Box::pin(is_found(trial))),
    entry(&D04, Some(&D03), |trial| Box::pin(is_the_same_again(trial))),
    entry(&D05, Some(&D03), |trial| {
        Box::pin(is_a_key_of_its_own(trial))
    }),
    entry(&conduct::U03, Some(&D03), |trial| {
        Box::pin(grows_no_memory(trial))
    }),
    entry(&conduct::U04, Some(&D03), |trial| {
        Box::pin(conduct::is_in_time(trial))
    }),
];

/// What an id stands for, or nothing.
async fn resolved(rig: &Rig<'_, Directory>, id: &KeyId) -> Result<Option<(String, bool)>, Instead> {
    let mut lease = rig.lease().await?;
    match rig.resolve(&mut lease, id).await? {
        Ok(entry) => {
            let legal = made_up(&entry.0).is_ok();
            hold(legal, || {
                let length = entry.0.len();
                format!(
                    "{RESOLVE} of `{}`: no backend-key-id, of {length} bytes",
                    id.as_str()
                )
            })?;
            Ok(Some(entry))
        }
        Err(refusal) if refusal.kind == FaultKind::KeyNotFound => Ok(None),
        Err(refusal) => {
            let seen = format!("{RESOLVE} of `{}`: {refusal}", id.as_str());
            Err(Instead::Breach(seen))
        }
    }
}

async fn has_no_unknown_key(trial: &DirectoryTrial<'_>) -> Outcome {
    let rig = Rig::new(trial).await?;
    let entry = resolved(&rig, &made_up(UNKNOWN)?).await?;
    Ok(if entry.is_some() {
        "it stands for a key"
    } else {
        ""
    }
    .to_owned())
}

async fn bears_ids_at_the_limits(trial: &DirectoryTrial<'_>) -> Outcome {
    let rig = Rig::new(trial).await?;
    for id in ids_at_the_limits() {
        resolved(&rig, &made_up(&id)?).await?;
    }
    Ok(String::new())
}

async fn of_the_key(rig: &Rig<'_, Directory>) -> Result<(String, bool), Instead> {
    let id = rig.trial.key()?;
    let found = resolved(rig, id).await?;
    found.ok_or_else(|| Instead::Breach(format!("{RESOLVE} of `{}`: key not found", id.as_str())))
}

async fn is_found(trial: &DirectoryTrial<'_>) -> Outcome {
    let rig = Rig::new(trial).await?;
    let (id, enabled) = of_the_key(&rig).await?;
    Ok(format!("`{id}`{}", if enabled { "" } else { ", disabled" }))
}

async fn is_the_same_again(trial: &DirectoryTrial<'_>) -> Outcome {
    let rig = Rig::new(trial).await?;
    let other = Rig::new(trial).await?;
    let first = of_the_key(&rig).await?;
    hold(first == of_the_key(&rig).await?, || {
        "another answer the second time".to_owned()
    })?;
    hold(first == of_the_key(&other).await?, || {
        "another instance answers otherwise".to_owned()
    })?;
    Ok(String::new())
}

async fn is_a_key_of_its_own(trial: &DirectoryTrial<'_>) -> Outcome {
    let rig = Rig::new(trial).await?;
    let key = trial.key()?;
    let own = of_the_key(&rig).await?.0;
    for other in trial.asked.keys.iter().filter(|other| *other != key) {
        let entry = resolved(&rig, other).await?;
        hold(entry.is_none_or(|(id, _)| id != own), || {
            format!("`{own}`, and so does `{}`", other.as_str())
        })?;
    }
    Ok(String::new())
}

async fn grows_no_memory(trial: &DirectoryTrial<'_>) -> Outcome {
    let rig = Rig::new(trial).await?;
    let mut lease = rig.lease().await?;
    let mut memory = Memory::new(trial);
    while memory.goes_on(lease.memory()) {
        let answer = rig.resolve(&mut lease, trial.key()?).await?;
        answer.map_err(|refusal| Instead::Breach(format!("{RESOLVE}: {refusal}")))?;
    }
    conduct::judge(&memory)
}

impl super::Subject {
    /// What an external key id stands for, if it is a directory's.
    pub(crate) async fn resolve(&self, id: &KeyId) -> Option<KeyId> {
        let pool = self.pool::<Directory>().await.ok()?;
        let deadline = crate::words::Deadline::after(std::time::Instant::now(), PATIENCE);
        let mut lease = pool.lease(deadline).await.ok()?;
        let (id, enabled) = lease.resolve(deadline, None, id).await.ok()?.ok()?;
        made_up(&id).ok().filter(|_| enabled)
    }
}
