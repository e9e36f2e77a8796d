//! Calls of a plugin on trial: each is timed, and has time enough.

use std::sync::Arc;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::Trial;
use super::outcome::Instead;
use crate::plugin::answer::{KeyAnswer, VerdictAnswer};
use crate::plugin::contract::{self, Decryption, Encryption, World};
use crate::plugin::fault::PluginFault;
use crate::plugin::pool::{Lease, Pool};
use crate::plugin::turn::Budget;
use crate::words::{Deadline, KeyId, Octets, Operation, Refusal, RequestContext, Sealed};

/// How long a call may take here. A request has less; how long calls take is a check of
/// its own, so that a busy machine breaks no other.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// The functions, as they are named in what is said of them.
pub(super) const LOOKUP: &str = "key-lookup.lookup";
pub(super) const ENCRYPT: &str = "crypto.encrypt";
pub(super) const DECRYPT: &str = "crypto.decrypt";
pub(super) const RESOLVE: &str = "directory.resolve";
pub(super) const AUTHORIZE: &str = "authorization.authorize";

/// The instances of one check.
pub(super) struct Rig<'t, W: World> {
    pub(super) trial: &'t Trial<'t, W>,
    pub(super) pool: Pool<W>,
}

impl<'t, W: World> Rig<'t, W> {
    /// With a first instance.
    pub(super) async fn new(trial: &'t Trial<'t, W>) -> Result<Self, Instead> {
        let pool = trial.subject.pool().await?;
        Ok(Self { trial, pool })
    }

    /// An instance that nobody else has.
    pub(super) async fn lease(&self) -> Result<Lease<'_, W>, Instead> {
        let leased = self.pool.lease(deadline()).await;
        leased.map_err(|fault| Instead::of("an instance", &fault))
    }
}

/// Until a call has to be answered.
pub(super) fn deadline() -> Deadline {
    Deadline::after(Instant::now(), PATIENCE)
}

/// One instance of a backend.
pub(super) struct Session<'r> {
    trial: &'r Trial<'r, contract::Backend>,
    pub(super) lease: Lease<'r, contract::Backend>,
}

/// What a call answers to several requests.
pub(super) type Answers<T> = Result<Vec<Result<T, Refusal>>, PluginFault>;

impl Rig<'_, contract::Backend> {
    /// An instance that has been kept up, as the host does after the start.
    pub(super) async fn session(&self) -> Result<Session<'_>, Instead> {
        let mut session = Session {
            trial: self.trial,
            lease: self.lease().await?,
        };
        session.keep_up().await?;
        Ok(session)
    }
}

/// What is encrypted.
#[derive(Clone)]
pub(super) struct Open {
    pub(super) metadata: Octets,
    pub(super) additional_data: Octets,
    pub(super) plaintext: Octets,
}

/// What is decrypted.
#[derive(Clone)]
pub(super) struct Shut {
    pub(super) metadata: Octets,
    pub(super) additional_data: Octets,
    pub(super) sealed: Sealed,
}

impl Session<'_> {
    /// `upkeep.run`; what it says of its next run.
    pub(super) async fn keep_up(&mut self) -> Result<Option<Duration>, Instead> {
        let budget = Budget::background(deadline(), PATIENCE);
        let run = self.lease.upkeep(budget).await;
        run.map_err(|fault| Instead::of("upkeep.run", &fault))
    }

    /// `key-lookup.lookup`, after upkeep if it wants that.
    pub(super) async fn lookup(
        &mut self,
        id: &KeyId,
    ) -> Result<Result<KeyAnswer, Refusal>, Instead> {
        let first = self.lookup_once(id).await?;
        if !matches!(&first, Err(refusal) if refusal.wants_upkeep) {
            return Ok(first);
        }
        self.keep_up().await?;
        self.lookup_once(id).await
    }

    async fn lookup_once(&mut self, id: &KeyId) -> Result<Result<KeyAnswer, Refusal>, Instead> {
        let context = self.trial.context(Operation::Describe, id);
        let began = Instant::now();
        let answer = self.lease.lookup(deadline(), Some(&context), id).await;
        self.trial.times.add(LOOKUP, began.elapsed());
        answer.map_err(|fault| Instead::of(LOOKUP, &fault))
    }

    /// The key of the check.
    pub(super) async fn found(&mut self) -> Result<KeyAnswer, Instead> {
        let id = self.trial.key()?;
        let refused =
            |refusal| Instead::Breach(format!("{LOOKUP} of `{}`: {refusal}", id.as_str()));
        self.lookup(id).await?.map_err(refused)
    }

    /// `crypto.encrypt` in one call, after upkeep if it wants that.
    pub(super) async fn encrypt_all(&mut self, handle: &Octets, all: &[Open]) -> Answers<Sealed> {
        let first = self.encrypt_once(handle, all, deadline()).await?;
        if !wants_upkeep(&first) || self.keep_up().await.is_err() {
            return Ok(first);
        }
        self.encrypt_once(handle, all, deadline()).await
    }

    /// The same by a deadline, once.
    pub(super) async fn encrypt_once(
        &mut self,
        handle: &Octets,
        all: &[Open],
        deadline: Deadline,
    ) -> Answers<Sealed> {
        let context = self.context(Operation::Encrypt);
        let task = |open: &Open| {
            let Open {
                metadata,
                additional_data,
                plaintext,
            } = open.clone();
            // The host wipes what it hands out.
            let plaintext = Arc::new(plaintext.to_vec());
            Encryption::new(
                deadline,
                context.as_ref(),
                metadata,
                additional_data,
                plaintext,
            )
        };
        let tasks: Arc<[Encryption]> = all.iter().map(task).collect();
        let began = Instant::now();
        let answers = self
            .lease
            .encrypt(deadline, Arc::clone(handle), tasks)
            .await;
        self.trial.times.add(ENCRYPT, began.elapsed());
        answers
    }

    /// `crypto.decrypt` in one call, after upkeep if it wants that.
    pub(super) async fn decrypt_all(
        &mut self,
        handle: &Octets,
        all: &[Shut],
    ) -> Answers<Zeroizing<Vec<u8>>> {
        let first = self.decrypt_once(handle, all).await?;
        if !wants_upkeep(&first) || self.keep_up().await.is_err() {
            return Ok(first);
        }
        self.decrypt_once(handle, all).await
    }

    async fn decrypt_once(&mut self, handle: &Octets, all: &[Shut]) -> Answers<Zeroizing<Vec<u8>>> {
        let (context, deadline) = (self.context(Operation::Decrypt), deadline());
        let task = |shut: &Shut| {
            let Shut {
                metadata,
                additional_data,
                sealed,
            } = shut.clone();
            Decryption::new(
                deadline,
                context.as_ref(),
                metadata,
                additional_data,
                sealed,
            )
        };
        let tasks: Arc<[Decryption]> = all.iter().map(task).collect();
        let began = Instant::now();
        let answers = self
            .lease
            .decrypt(deadline, Arc::clone(handle), tasks)
            .await;
        self.trial.times.add(DECRYPT, began.elapsed());
        answers
    }

    /// `crypto.encrypt` of one request.
    pub(super) async fn encrypt(
        &mut self,
        handle: &Octets,
        open: &Open,
    ) -> Result<Sealed, Instead> {
        let answers = self.encrypt_all(handle, std::slice::from_ref(open)).await;
        only(ENCRYPT, answers)?.map_err(|refusal| Instead::Breach(format!("{ENCRYPT}: {refusal}")))
    }

    /// `crypto.decrypt` of one request.
    pub(super) async fn decrypt(
        &mut self,
        handle: &Octets,
        shut: &Shut,
    ) -> Result<Result<Zeroizing<Vec<u8>>, Refusal>, Instead> {
        let answers = self.decrypt_all(handle, std::slice::from_ref(shut)).await;
        only(DECRYPT, answers)
    }

    fn context(&self, operation: Operation) -> Option<RequestContext> {
        let key = self.trial.key?;
        Some(self.trial.context(operation, key))
    }
}

fn wants_upkeep<T>(answers: &[Result<T, Refusal>]) -> bool {
    let wants = |answer: &Result<T, Refusal>| matches!(answer, Err(it) if it.wants_upkeep);
    answers.iter().any(wants)
}

/// The answer to the only request of a call.
fn only<T>(function: &str, answers: Answers<T>) -> Result<Result<T, Refusal>, Instead> {
    let answers = answers.map_err(|fault| Instead::of(function, &fault))?;
    let only = answers.into_iter().next();
    only.ok_or_else(|| Instead::Breach(format!("{function}: no answer")))
}

impl Rig<'_, contract::Directory> {
    /// `directory.resolve` of one instance: the backend's id, and whether it is enabled.
    pub(super) async fn resolve(
        &self,
        lease: &mut Lease<'_, contract::Directory>,
        id: &KeyId,
    ) -> Result<Result<(String, bool), Refusal>, Instead> {
        let context = self.trial.context(Operation::Describe, id);
        let began = Instant::now();
        let answer = lease.resolve(deadline(), Some(&context), id).await;
        self.trial.times.add(RESOLVE, began.elapsed());
        answer.map_err(|fault| Instead::of(RESOLVE, &fault))
    }
}

impl Rig<'_, contract::Policy> {
    /// `authorization.authorize` of one instance.
    pub(super) async fn authorize(
        &self,
        lease: &mut Lease<'_, contract::Policy>,
        context: &RequestContext,
    ) -> Result<VerdictAnswer, Instead> {
        let began = Instant::now();
        let answer = lease.authorize(deadline(), context).await;
        self.trial.times.add(AUTHORIZE, began.elapsed());
        answer.map_err(|fault| Instead::of(AUTHORIZE, &fault))
    }
}
