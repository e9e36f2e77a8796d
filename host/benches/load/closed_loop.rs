//! Closed loop: every connection sends its next request when the last one is
//! answered. Finds out how much a server can do and what it costs.

use std::ops::Range;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use rustls::ClientConfig;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::answer::{Answer, AnswerBuffer};
use crate::server_process::{ServerProcess, processor_time};
use crate::tls;

/// Connections, all kept alive.
pub(crate) const CONNECTIONS: usize = 32;
/// Threads of the load generator, each with its share of the connections.
const THREADS: usize = 2;
/// Handshakes and first requests, which are not measured.
const WARM_UP: Duration = Duration::from_millis(400);

/// What one round found.
pub(crate) struct Round {
    pub(crate) requests_per_second: f64,
    /// Processor time of the server per request, in microseconds.
    pub(crate) server_us: f64,
    /// The same of the load generator.
    pub(crate) generator_us: f64,
    /// From one answer to the next on the same connection, in microseconds.
    pub(crate) latencies: Histogram<u64>,
    /// Answers other than 200; their latencies count like any other.
    pub(crate) refused: u32,
}

/// Sends `requests` in turn over each of so many `connections`, and measures for
/// `duration`.
pub(crate) fn run(
    server: &ServerProcess,
    client: &Arc<ClientConfig>,
    requests: &[Arc<[u8]>],
    connections: usize,
    duration: Duration,
) -> Round {
    let measured_from = Instant::now() + WARM_UP;
    let measured = measured_from..measured_from + duration;
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|number| {
                let (requests, measured) = (&*requests, &measured);
                let share = number * connections / THREADS..(number + 1) * connections / THREADS;
                scope
                    .spawn(move || generate(server, client, share, connections, requests, measured))
            })
            .collect();
        let processor_times = || (server.processor_time(), processor_time("self"));
        thread::sleep(measured.start.saturating_duration_since(Instant::now()));
        let before = processor_times();
        thread::sleep(measured.end.saturating_duration_since(Instant::now()));
        let after = processor_times();
        let answers = threads
            .into_iter()
            .map(|thread| thread.join().expect("it does not panic"));
        let answers = answers.fold(Answers::none(), Answers::and);
        let good = f64::from(answers.good);
        Round {
            requests_per_second: good / duration.as_secs_f64(),
            server_us: after.0.saturating_sub(before.0).as_secs_f64() * 1e6 / good,
            generator_us: after.1.saturating_sub(before.1).as_secs_f64() * 1e6 / good,
            latencies: answers.latencies,
            refused: answers.refused,
        }
    })
}

/// Answers that came while it was measured.
struct Answers {
    good: u32,
    refused: u32,
    latencies: Histogram<u64>,
}

impl Answers {
    fn none() -> Self {
        Self {
            good: 0,
            refused: 0,
            latencies: Histogram::new(3).expect("three digits"),
        }
    }

    fn add(&mut self, good: bool, latency: Duration) {
        self.good += u32::from(good);
        self.refused += u32::from(!good);
        let latency = u64::try_from(latency.as_micros()).expect("a bounded time");
        self.latencies.record(latency).expect("the histogram grows");
    }

    fn and(mut self, other: Self) -> Self {
        self.latencies += other.latencies;
        Self {
            good: self.good + other.good,
            refused: self.refused + other.refused,
            latencies: self.latencies,
        }
    }
}

/// One thread's share.
fn generate(
    server: &ServerProcess,
    client: &Arc<ClientConfig>,
    share: Range<usize>,
    of: usize,
    requests: &[Arc<[u8]>],
    measured: &Range<Instant>,
) -> Answers {
    runtime().block_on(async {
        let mut connections = JoinSet::new();
        for connection in share {
            // Each of them begins at another place, and all go through the whole.
            let (done, ahead) = requests.split_at(connection * requests.len() / of);
            let requests = [ahead, done].concat();
            let connection = Connection::open(server, client).await;
            connections.spawn(connection.call_until(requests, measured.clone()));
        }
        connections
            .join_all()
            .await
            .into_iter()
            .fold(Answers::none(), Answers::and)
    })
}

/// Sends one request and returns the body of its answer.
pub(crate) fn call_once(
    server: &ServerProcess,
    client: &Arc<ClientConfig>,
    request: &[u8],
) -> Vec<u8> {
    runtime().block_on(async {
        Connection::open(server, client)
            .await
            .call(request)
            .await
            .body()
            .to_vec()
    })
}

fn runtime() -> Runtime {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime starts")
}

struct Connection {
    stream: TlsStream<TcpStream>,
    buffer: AnswerBuffer,
}

impl Connection {
    async fn open(server: &ServerProcess, client: &Arc<ClientConfig>) -> Self {
        let stream = TcpStream::connect(server.address)
            .await
            .expect("the server listens");
        stream.set_nodelay(true).expect("a TCP option");
        let stream = TlsConnector::from(Arc::clone(client))
            .connect(tls::server_name(), stream)
            .await
            .expect("a TLS handshake");
        Self {
            stream,
            buffer: AnswerBuffer::default(),
        }
    }

    async fn call_until(mut self, requests: Vec<Arc<[u8]>>, measured: Range<Instant>) -> Answers {
        let mut answers = Answers::none();
        let mut asked = Instant::now();
        for request in requests.iter().cycle() {
            let good = self.call(request).await.good();
            let now = Instant::now();
            if now >= measured.end {
                break;
            }
            if now >= measured.start {
                answers.add(good, now - asked);
            }
            asked = now;
        }
        answers
    }

    async fn call(&mut self, request: &[u8]) -> Answer<'_> {
        self.stream
            .write_all(request)
            .await
            .expect("the server reads");
        self.stream.flush().await.expect("the server reads");
        loop {
            let count = self
                .stream
                .read(self.buffer.free())
                .await
                .expect("the server answers");
            if self.buffer.arrived(count) {
                return self.buffer.answer();
            }
        }
    }
}
