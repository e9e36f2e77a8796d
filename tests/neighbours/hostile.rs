//! Plugins that compute, wait, fail and allocate, under many requests at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

use super::{Good, KMS_WAITS, with_neighbour};
use crate::harness::guests::{looping_policy_guest, misbehaving_in};
use crate::harness::http1::Http1;
use crate::harness::{Folder, Request, Server, plaintext};

/// Connections of the hostile key store's callers.
const CONNECTIONS: usize = 16;
/// How long the good key store is watched.
const WATCHED: Duration = Duration::from_secs(2);

/// Callers of the hostile key store, each of whom sends the next request when the
/// last was answered.
struct Callers {
    ended: Arc<AtomicBool>,
    answers: Arc<AtomicUsize>,
    tasks: Vec<JoinHandle<()>>,
}

impl Callers {
    async fn begin(server: &Server, request: &Request) -> Self {
        server.forbidden.note_request(request);
        let mut callers = Self {
            ended: Arc::default(),
            answers: Arc::default(),
            tasks: Vec::new(),
        };
        for _ in 0..CONNECTIONS {
            let connection = server.connect().await;
            let request = request.clone();
            let (ended, answers) = (Arc::clone(&callers.ended), Arc::clone(&callers.answers));
            callers.tasks.push(tokio::spawn(async move {
                call_until(connection, request, &ended, &answers).await;
            }));
        }
        callers
    }

    /// Stops them; returns how many answers they got.
    async fn end(self) -> usize {
        self.ended.store(true, Ordering::Relaxed);
        for task in self.tasks {
            task.await.expect("they get answers");
        }
        self.answers.load(Ordering::Relaxed)
    }
}

async fn call_until(
    mut connection: Http1,
    request: Request,
    ended: &AtomicBool,
    answers: &AtomicUsize,
) {
    while !ended.load(Ordering::Relaxed) {
        let response = connection.send(&request).await;
        assert_ne!(response.status, 404, "{}", response.text());
        answers.fetch_add(1, Ordering::Relaxed);
    }
}

/// Every answer of the good key store is right and in time while callers of the
/// hostile one use this key.
async fn is_not_noticed(key: &str, change: impl FnOnce(&mut Folder)) {
    let mut server = with_neighbour(change);
    let hostile = server.key_store("hostile");
    let mut good = Good::of(&server).await;
    let callers = Callers::begin(&server, &hostile.encrypt(key, plaintext()).sign()).await;
    let start = Instant::now();
    while start.elapsed() < WATCHED {
        good.is_served().await;
    }
    server.send(server.store.health()).await.ok();
    let answers = callers.end().await;
    assert!(answers > 0, "{key}: nobody was answered");
    assert!(good.longest < KMS_WAITS, "{key}: {:?}", good.longest);
}

fn backend(folder: &mut Folder) {
    misbehaving_in(folder, "hostile", &[]);
}

/// Puts a policy before the hostile key store that computes for about so many
/// milliseconds; 0 is for ever.
fn policy(folder: &mut Folder, work: i64) {
    backend(folder);
    folder.set("plugin.looping", looping_policy_guest().plugin());
    let policy = toml::toml! {
        plugin = "looping"
        settings = { work = 0 }
    };
    let mut policy = toml::Value::Table(policy);
    policy["settings"]["work"] = work.into();
    let hostile = folder.key_store("hostile");
    hostile.insert("policy".to_owned(), vec![policy].into());
}

#[tokio::test]
async fn flt_02_a_backend_that_loops_is_not_noticed_by_a_neighbour() {
    is_not_noticed("loops", backend).await;
}

#[tokio::test]
async fn flt_02_a_backend_that_computes_is_not_noticed_by_a_neighbour() {
    is_not_noticed("computes", backend).await;
}

#[tokio::test]
async fn flt_02_a_policy_that_loops_is_not_noticed_by_a_neighbour() {
    is_not_noticed("good", |folder| policy(folder, 0)).await;
}

#[tokio::test]
async fn flt_02_a_policy_that_computes_is_not_noticed_by_a_neighbour() {
    is_not_noticed("good", |folder| policy(folder, 80)).await;
}

#[tokio::test]
async fn a_backend_that_waits_is_not_noticed_by_a_neighbour() {
    is_not_noticed("waits", backend).await;
}

#[tokio::test]
async fn a_backend_that_allocates_to_its_cap_is_not_noticed_by_a_neighbour() {
    is_not_noticed("eats-memory", backend).await;
}

#[tokio::test]
async fn flt_09_a_backend_that_traps_every_time_is_not_noticed_by_a_neighbour() {
    is_not_noticed("traps", backend).await;
}

#[tokio::test]
async fn flt_10_a_backend_that_returns_megabytes_is_not_noticed_by_a_neighbour() {
    is_not_noticed("returns-megabytes", backend).await;
    is_not_noticed("endless-usages", backend).await;
}

#[tokio::test]
async fn flt_08_a_backend_that_starts_slowly_is_not_noticed_by_a_neighbour() {
    is_not_noticed("traps", |folder| {
        misbehaving_in(folder, "hostile", &[("start_work", 150.into())]);
    })
    .await;
}
