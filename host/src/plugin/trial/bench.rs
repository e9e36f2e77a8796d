//! How fast a plugin is, without a host around it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Barrier;

use super::outcome::Instead;
use super::rig::{AUTHORIZE, DECRYPT, ENCRYPT, LOOKUP, Open, RESOLVE, Rig, Shut};
use super::{Asked, Subject, Summary, Times, Trial, made_up};
use crate::plugin::contract::{Backend, Directory, Policy, Role};
use crate::words::{KeyId, Operation};

/// Bytes of a plaintext: a data key of AWS KMS, as it is encrypted a second time.
const PLAINTEXT: usize = 64;

/// What one function did.
pub(crate) struct Measured {
    pub(crate) function: &'static str,
    /// Callers at the same time, each with an instance of its own.
    pub(crate) callers: usize,
    pub(crate) calls_per_second: f64,
    pub(crate) times: Summary,
    /// Of an instance at the end, in bytes.
    pub(crate) memory: usize,
}

/// What one caller did.
struct Called {
    times: Vec<Duration>,
    took: Duration,
    memory: usize,
}

/// What a caller does: it begins with the others, and calls for so long.
#[derive(Clone)]
struct Task {
    function: &'static str,
    begin: Arc<Barrier>,
    time: Duration,
}

impl Subject {
    /// Calls each of its functions for so long, by so many callers at the same time. The
    /// error says why that is not possible.
    pub(crate) async fn measure(
        self: &Arc<Self>,
        asked: &Arc<Asked>,
        callers: usize,
        time: Duration,
    ) -> Result<Vec<Measured>, String> {
        let functions: &[&'static str] = match self.role() {
            Role::Backend => &[LOOKUP, ENCRYPT, DECRYPT],
            Role::Directory => &[RESOLVE],
            Role::Policy => &[AUTHORIZE],
        };
        let mut all = Vec::new();
        for &function in functions {
            let task = Task {
                function,
                begin: Arc::new(Barrier::new(callers)),
                time,
            };
            let measured = self.measure_one(asked, callers, task).await;
            all.push(measured.map_err(Instead::into_text)?);
        }
        Ok(all)
    }

    async fn measure_one(
        self: &Arc<Self>,
        asked: &Arc<Asked>,
        callers: usize,
        task: Task,
    ) -> Result<Measured, Instead> {
        let function = task.function;
        let calling: Vec<_> = (0..callers)
            .map(|_| {
                let (subject, asked, task) = (Arc::clone(self), Arc::clone(asked), task.clone());
                tokio::spawn(async move { call(&subject, &asked, &task).await })
            })
            .collect();
        let (mut times, mut memory, mut took) = (Vec::new(), 0, Duration::ZERO);
        for caller in calling {
            let called = caller.await;
            let called = called.map_err(|error| Instead::Breach(error.to_string()))??;
            times.extend(called.times);
            memory = memory.max(called.memory);
            took = took.max(called.took);
        }
        let count = u32::try_from(times.len()).unwrap_or(u32::MAX);
        Ok(Measured {
            function,
            callers,
            calls_per_second: f64::from(count) / took.as_secs_f64().max(1e-9),
            times: Summary::of(times),
            memory,
        })
    }
}

/// One caller.
async fn call(subject: &Subject, asked: &Asked, task: &Task) -> Result<Called, Instead> {
    let times = Times::default();
    let key = match asked.keys.first() {
        Some(key) => key.clone(),
        None => made_up("demo")?,
    };
    let (took, memory) = match subject.role() {
        Role::Backend => {
            let trial = Trial::<Backend>::of_key(subject, asked, &key, &times);
            backend(&trial, task).await?
        }
        Role::Directory => {
            let trial = Trial::<Directory>::of_key(subject, asked, &key, &times);
            directory(&trial, &key, task).await?
        }
        Role::Policy => {
            let trial = Trial::<Policy>::of_key(subject, asked, &key, &times);
            policy(&trial, &key, task).await?
        }
    };
    Ok(Called {
        times: times.of(task.function),
        took,
        memory,
    })
}

/// For how long it called, and the memory of its instance.
type Done = Result<(Duration, usize), Instead>;

async fn backend(trial: &Trial<'_, Backend>, task: &Task) -> Done {
    let rig = task.after(Rig::new(trial).await).await?;
    let mut session = rig.session().await?;
    let found = session.found().await?;
    let (handle, metadata) = (Arc::new(found.handle), Arc::new(found.metadata));
    let open = Open {
        metadata: Arc::clone(&metadata),
        additional_data: Arc::new(vec![7; 49]),
        plaintext: Arc::new(vec![7; PLAINTEXT]),
    };
    let sealed = session.encrypt(&handle, &open).await?;
    let shut = Shut {
        metadata,
        additional_data: Arc::clone(&open.additional_data),
        sealed,
    };
    let began = Instant::now();
    while began.elapsed() < task.time {
        match task.function {
            LOOKUP => drop(session.found().await?),
            ENCRYPT => drop(session.encrypt(&handle, &open).await?),
            _ => {
                let opened = session.decrypt(&handle, &shut).await?;
                opened.map_err(|refusal| Instead::Breach(format!("{DECRYPT}: {refusal}")))?;
            }
        }
    }
    Ok((began.elapsed(), session.lease.memory()))
}

async fn directory(trial: &Trial<'_, Directory>, key: &KeyId, task: &Task) -> Done {
    let rig = task.after(Rig::new(trial).await).await?;
    let mut lease = rig.lease().await?;
    let began = Instant::now();
    while began.elapsed() < task.time {
        // That there is no such key is an answer, too.
        let _ = rig.resolve(&mut lease, key).await?;
    }
    Ok((began.elapsed(), lease.memory()))
}

async fn policy(trial: &Trial<'_, Policy>, key: &KeyId, task: &Task) -> Done {
    let rig = task.after(Rig::new(trial).await).await?;
    let mut lease = rig.lease().await?;
    let context = trial.context(Operation::Encrypt, key);
    let began = Instant::now();
    while began.elapsed() < task.time {
        rig.authorize(&mut lease, &context).await?;
    }
    Ok((began.elapsed(), lease.memory()))
}

impl Task {
    /// Begins with the others, who do not wait for ever for one that cannot.
    async fn after<T>(&self, prepared: Result<T, Instead>) -> Result<T, Instead> {
        self.begin.wait().await;
        prepared
    }
}
