//! Encrypt and Decrypt at a steady rate; every request is a good one.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::harness::http1::Http1;
use crate::harness::process::LIMIT;
use crate::harness::{KeyStore, Response, Server, assert_xks_error, base64, plaintext};

/// Requests a second, of all clients together.
const RATE: u32 = 200;
const CLIENTS: u32 = 20;

/// Clients at work until they are told to stop.
pub(super) struct Load {
    shared: Arc<Shared>,
    clients: JoinSet<()>,
    began: Instant,
}

#[derive(Default)]
struct Shared {
    stopped: AtomicBool,
    answers: Mutex<Vec<Answer>>,
    changed: Notify,
}

/// One request, and what became of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answer {
    pub(super) sent: Instant,
    pub(super) took: Duration,
    pub(super) status: u16,
    pub(super) api: Api,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Api {
    Encrypt,
    Decrypt,
}

impl Load {
    /// Begins, and returns when all is served.
    pub(super) async fn on(server: &Server) -> Self {
        let key = server.keys().usable;
        let plaintext = plaintext();
        let call = server.store.encrypt(key, &plaintext);
        let encrypted = server.send(call).await.ok();
        let shared = Arc::new(Shared::default());
        let mut clients = JoinSet::new();
        for number in 0..CLIENTS {
            let client = Client {
                connection: server.connect().await,
                store: server.store.clone(),
                key,
                plaintext: plaintext.clone(),
                encrypted: encrypted.clone(),
                shared: Arc::clone(&shared),
            };
            clients.spawn(client.run(number));
        }
        let load = Self {
            shared,
            clients,
            began: Instant::now(),
        };
        load.until(LIMIT, |answers| served(answers, 40)).await;
        load
    }

    /// Waits until `wanted` accepts the answers so far, and panics when that takes
    /// longer than `limit`.
    pub(super) async fn until(&self, limit: Duration, wanted: impl Fn(&[Answer]) -> bool) {
        let waiting = timeout(limit, async {
            loop {
                let changed = self.shared.changed.notified();
                if wanted(&self.answers()) || self.shared.stopped.load(Ordering::Relaxed) {
                    return;
                }
                changed.await;
            }
        });
        let in_time = waiting.await.is_ok();
        let answers = self.answers();
        let last = &answers[answers.len().saturating_sub(20)..];
        assert!(in_time, "not within {limit:?}; the last answers: {last:#?}");
    }

    /// Waits for so many answers to requests that are sent from now on.
    pub(super) async fn answers_from_now(&self, count: usize) {
        let now = Instant::now();
        self.until(LIMIT, |answers| since(answers, now).len() >= count)
            .await;
    }

    fn answers(&self) -> Vec<Answer> {
        self.shared
            .answers
            .lock()
            .expect("no client panics")
            .clone()
    }

    /// Ends, and returns all answers in the order of the requests. Panics when one
    /// was wrong.
    pub(super) async fn stop(mut self) -> Vec<Answer> {
        self.shared.stopped.store(true, Ordering::Relaxed);
        let lasted = self.began.elapsed();
        while let Some(ended) = self.clients.join_next().await {
            ended.expect("every answer to a good request is right, or a fault that passes");
        }
        let mut answers = self.answers();
        answers.sort_by_key(|answer| answer.sent);
        // Half of it, on a machine that has other tests to run.
        let fewest = lasted.as_secs_f64() * f64::from(RATE) / 2.0;
        let count = f64::from(u32::try_from(answers.len()).expect("not that many"));
        assert!(count > fewest, "{count} requests in {lasted:?} are no load");
        answers
    }
}

/// The answers to requests that were sent at `then` or later.
pub(super) fn since(answers: &[Answer], then: Instant) -> Vec<Answer> {
    let later = answers.iter().filter(|answer| answer.sent >= then);
    later.copied().collect()
}

/// Whether the last `count` answers are there and good, of both APIs.
pub(super) fn served(answers: &[Answer], count: usize) -> bool {
    let Some(start) = answers.len().checked_sub(count) else {
        return false;
    };
    let last = &answers[start..];
    let of = |api| last.iter().any(|answer| answer.api == api);
    last.iter().all(|answer| answer.status == 200) && of(Api::Encrypt) && of(Api::Decrypt)
}

struct Client {
    connection: Http1,
    store: KeyStore,
    key: &'static str,
    plaintext: String,
    /// What the last successful Encrypt answered.
    encrypted: Value,
    shared: Arc<Shared>,
}

impl Client {
    async fn run(mut self, number: u32) {
        // So that nobody waits for this client when it panics.
        let _stop = StopAll(Arc::clone(&self.shared));
        let period = Duration::from_secs(1) * CLIENTS / RATE;
        let first = tokio::time::Instant::now() + period * number / CLIENTS;
        let mut ticks = tokio::time::interval_at(first, period);
        let mut turn = number;
        loop {
            ticks.tick().await;
            if self.shared.stopped.load(Ordering::Relaxed) {
                return;
            }
            turn += 1;
            let (api, call) = if turn.is_multiple_of(2) {
                let call = self.store.decrypt(self.key, &self.encrypted);
                (Api::Decrypt, call)
            } else {
                let call = self.store.encrypt(self.key, &self.plaintext);
                let verified = turn % 4 == 1;
                (
                    Api::Encrypt,
                    if verified {
                        call.with_integrity_value()
                    } else {
                        call
                    },
                )
            };
            let request = call.sign();
            let sent = Instant::now();
            let response = self.connection.send(&request).await;
            let took = sent.elapsed();
            self.judge(api, &response);
            let status = response.status;
            let answer = Answer {
                sent,
                took,
                status,
                api,
            };
            let mut answers = self.shared.answers.lock().expect("no client panics");
            answers.push(answer);
            drop(answers);
            self.shared.changed.notify_waiters();
        }
    }

    /// A good request is served, or refused with a fault that passes.
    fn judge(&mut self, api: Api, response: &Response) {
        match (response.status, api) {
            // Whether it is right shows when it is decrypted.
            (200, Api::Encrypt) => self.encrypted = response.ok(),
            (200, Api::Decrypt) => {
                assert_eq!(response.ok()["plaintext"], base64(&self.plaintext));
            }
            (429, _) => assert_xks_error(response, 429, "ThrottlingException"),
            (500, _) => assert_xks_error(response, 500, "InternalException"),
            (_, _) => assert_xks_error(response, 503, "DependencyTimeoutException"),
        }
    }
}

/// Ends the load when a client panics.
struct StopAll(Arc<Shared>);

impl Drop for StopAll {
    fn drop(&mut self) {
        self.0.stopped.store(true, Ordering::Relaxed);
        self.0.changed.notify_waiters();
    }
}
