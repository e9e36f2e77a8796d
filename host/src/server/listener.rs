//! The listener: accepts as many connections as there are seats, and drains.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tracing::warn;

use super::phase::Phase;
use super::seats::{Seat, Seats};
use crate::words::Rate;

/// After an error of `accept` (too many open files, say) trying at once would
/// only spin.
const PAUSE: Duration = Duration::from_millis(50);

/// Accepts until the host drains, then waits for the connections to end,
/// at most `grace`.
pub(super) async fn run<C, F>(
    listener: TcpListener,
    seats: Arc<Seats>,
    mut phase: watch::Receiver<Phase>,
    grace: Duration,
    connection: C,
) where
    C: Fn(TcpStream, SocketAddr, Seat) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let errors = Rate::of_log_lines();
    loop {
        let accepted = async {
            let (stream, peer) = listener.accept().await?;
            Ok((stream, peer, seats.take(peer).await))
        };
        let accepted = tokio::select! {
            accepted = accepted => accepted,
            _ = phase.wait_for(|phase| *phase == Phase::Draining) => break,
        };
        match accepted {
            Ok((stream, peer, Some(seat))) => {
                let task = seat.task();
                let served = tokio::spawn(connection(stream, peer, seat));
                let _ = task.set(served.abort_handle());
            }
            Ok((.., None)) => break,
            Err(error) => failed(&seats, &errors, &error).await,
        }
    }
    drop(listener);
    let _ = tokio::time::timeout(grace, seats.all_free()).await;
}

async fn failed(seats: &Seats, errors: &Rate, error: &std::io::Error) {
    if let Some(withheld) = errors.admit(Instant::now()) {
        warn!(%error, withheld, "cannot accept connections");
    }
    let files = [Some(Errno::MFILE), Some(Errno::NFILE)];
    if files.contains(&Errno::from_io_error(error)) {
        let _ = seats.make_room();
    }
    tokio::time::sleep(PAUSE).await;
}
