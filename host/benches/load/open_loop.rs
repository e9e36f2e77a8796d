//! Open loop: requests are due at fixed times, whether or not earlier ones have
//! been answered. Finds out how long callers wait at a given load.
//!
//! A latency is counted from the moment a request was due: time that it waited
//! for its connection belongs to it, or a stalled server would look good by
//! being asked less.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::ops::Range;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use crate::answer::AnswerBuffer;
use crate::server_process::ServerProcess;
use crate::tls;

/// The default quota of KMS for one external key store.
pub(crate) const QUOTA: Offer = Offer {
    rate: 1800,
    connections: 32,
};
/// Not recorded, so that connections and instances are warm.
const WARM_UP: Duration = Duration::from_secs(1);

/// What is offered.
#[derive(Clone, Copy)]
pub(crate) struct Offer {
    /// Requests per second.
    pub(crate) rate: u32,
    /// Connections that take turns.
    pub(crate) connections: u32,
}

/// What was found, in microseconds.
pub(crate) struct Latencies {
    pub(crate) histogram: Histogram<u64>,
    /// Answers other than 200; their latencies count like any other.
    pub(crate) refused: u32,
}

/// Offers so many requests a second over so many connections.
///
/// A thread for each connection, because a thread wakes within some tens of
/// microseconds of its time and a runtime's timer within a millisecond.
pub(crate) fn run(
    server: &ServerProcess,
    client: &Arc<ClientConfig>,
    request: &[u8],
    offered: Offer,
    duration: Duration,
) -> Latencies {
    let step = Duration::from_secs(1) / offered.rate;
    let connections = (0..offered.connections).map(|_| open(server, client));
    let connections: Vec<_> = connections.collect();
    let own_step = step * offered.connections;
    let first_due = Instant::now() + Duration::from_millis(50);
    let recorded_from = first_due + WARM_UP;
    let recorded = recorded_from..recorded_from + duration;
    let mut found = Latencies::none();
    thread::scope(|scope| {
        let mut threads = Vec::new();
        for (stream, offset) in connections.into_iter().zip(0_u32..) {
            let (due, recorded) = (first_due + step * offset, recorded.clone());
            threads.push(scope.spawn(move || offer(stream, request, due, own_step, recorded)));
        }
        for thread in threads {
            let share = thread.join().expect("it does not panic");
            found.histogram += share.histogram;
            found.refused += share.refused;
        }
    });
    found
}

impl Latencies {
    fn none() -> Self {
        Self {
            histogram: Histogram::new(3).expect("three digits"),
            refused: 0,
        }
    }
}

fn open(
    server: &ServerProcess,
    client: &Arc<ClientConfig>,
) -> StreamOwned<ClientConnection, TcpStream> {
    let stream = TcpStream::connect(server.address).expect("the server listens");
    stream.set_nodelay(true).expect("a TCP option");
    let tls = ClientConnection::new(Arc::clone(client), tls::server_name()).expect("a client");
    StreamOwned::new(tls, stream)
}

/// One connection's share: the request that is due first, and one at every `step`
/// after it.
fn offer(
    mut stream: StreamOwned<ClientConnection, TcpStream>,
    request: &[u8],
    mut due: Instant,
    step: Duration,
    recorded: Range<Instant>,
) -> Latencies {
    let mut buffer = AnswerBuffer::default();
    let mut found = Latencies::none();
    while due < recorded.end {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        stream.write_all(request).expect("the server reads");
        stream.flush().expect("the server reads");
        loop {
            let count = stream.read(buffer.free()).expect("the server answers");
            if buffer.arrived(count) {
                break;
            }
        }
        if recorded.contains(&due) {
            let latency = due.elapsed().as_micros();
            let latency = u64::try_from(latency).expect("a bounded time");
            found
                .histogram
                .record(latency)
                .expect("the histogram grows");
            found.refused += u32::from(!buffer.answer().good());
        }
        due += step;
    }
    found
}
