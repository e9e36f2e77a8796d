//! AWS KMS while others attack: a connection that it keeps, and new ones now and
//! then. Every answer has to be right.

use std::time::{Duration, Instant};

use crate::harness::http1::Http1;
use crate::harness::{Server, plaintext};

use super::origin::Origin;

/// How long AWS KMS waits.
const KMS_WAITS: Duration = Duration::from_millis(250);
/// Between two requests.
const PAUSE: Duration = Duration::from_millis(20);
/// Every so many requests one goes over a connection of its own.
const NEW_CONNECTION: usize = 5;

/// How the requests fared.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) sent: usize,
    /// Answered after KMS has given up.
    pub(super) late: usize,
    pub(super) slowest: Duration,
}

/// Sends signed requests for so long; panics when one is not answered 200.
pub(super) async fn call_for(server: &Server, origin: &Origin, time: Duration) -> Tally {
    let mut kept = origin.http1().await.expect("the first connection");
    let mut tally = Tally::default();
    let begun = Instant::now();
    while begun.elapsed() < time {
        tally.sent += 1;
        let start = Instant::now();
        if tally.sent % NEW_CONNECTION == 0 {
            let mut new = origin.http1().await.expect("a new connection");
            call(server, &mut new).await;
        } else {
            call(server, &mut kept).await;
        }
        let took = start.elapsed();
        tally.slowest = tally.slowest.max(took);
        tally.late += usize::from(took > KMS_WAITS);
        tokio::time::sleep(PAUSE).await;
    }
    tally
}

async fn call(server: &Server, connection: &mut Http1) {
    let call = server.store.encrypt("demo", plaintext());
    server.send_on(connection, call).await.ok();
}

impl Tally {
    /// None was late but for what a machine may be busy with that runs other tests
    /// at the same time: one in a hundred.
    #[track_caller]
    pub(super) fn assert_in_time(&self) {
        assert!(self.sent >= 10, "{self:?}");
        assert!(self.late <= self.sent.div_ceil(100), "{self:?}");
    }
}
