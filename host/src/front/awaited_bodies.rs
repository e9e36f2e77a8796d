//! Bodies that have not come with the heads of their requests (FLT-20).
//!
//! AWS KMS sends a body of some KiB with its head, so hardly any request gets here,
//! and those that do wait for a network round trip. Whoever sends heads alone makes
//! the host keep them. That costs memory and is bounded in bytes, apart for
//! connections on which a request has authenticated and for the others: what
//! strangers do leaves the room of AWS KMS alone. When there is no room the oldest
//! body of the peer that has most gives way, which is never one that comes at once.

use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::client::Client;
use super::fair_queue::{FairQueue, Place};
use super::network::Network;

/// Memory of all bodies that are awaited on connections of one kind, in bytes.
const ROOM: usize = 64 << 20;
/// What each one counts for at least, in bytes: its stream and its task.
const LEAST: usize = 4 << 10;
/// Bodies that are awaited on one connection on which no request has authenticated.
/// There is no need for more: AWS KMS learns with the first answer that it is
/// spoken to.
const OF_A_STRANGER: usize = 32;

/// All bodies that the host waits for.
#[derive(Default)]
pub(crate) struct AwaitedBodies {
    strangers: Mutex<Room>,
    authenticated: Mutex<Room>,
}

#[derive(Default)]
struct Room {
    bodies: FairQueue<Network, Body>,
    bytes: usize,
}

struct Body {
    bytes: usize,
    /// Dropped when the body gives way.
    _stays: oneshot::Sender<()>,
}

/// The right to wait for a body; dropped when it has come.
pub(super) struct Awaited<'c> {
    room: &'c Mutex<Room>,
    place: Place<Network>,
    gives_way: oneshot::Receiver<()>,
    _counted: Counted<'c>,
}

/// No more bodies may be awaited on this connection.
#[derive(Debug)]
pub(super) struct TooManyBodies;

/// Bodies that are awaited on one connection.
#[derive(Default)]
pub(super) struct OnConnection(AtomicUsize);

struct Counted<'c>(&'c AtomicUsize);

impl Client {
    /// Makes room for a body of at most so many bytes.
    pub(super) fn await_body(&self, bytes: usize) -> Result<Awaited<'_>, TooManyBodies> {
        let before = self.awaited.0.fetch_add(1, Ordering::Relaxed);
        let counted = Counted(&self.awaited.0);
        let room = if self.has_authenticated() {
            &self.bodies.authenticated
        } else if before < OF_A_STRANGER {
            &self.bodies.strangers
        } else {
            return Err(TooManyBodies);
        };
        let (stays, gives_way) = oneshot::channel();
        let place = room.lock().enter(self.network(), bytes.max(LEAST), stays);
        Ok(Awaited {
            room,
            place,
            gives_way,
            _counted: counted,
        })
    }
}

impl Room {
    fn enter(
        &mut self,
        owner: Network,
        bytes: usize,
        stays: oneshot::Sender<()>,
    ) -> Place<Network> {
        let body = Body {
            bytes,
            _stays: stays,
        };
        self.bytes += bytes;
        let place = self.bodies.push(owner, body);
        while self.bytes > ROOM
            && let Some(oldest) = self.bodies.pop()
        {
            self.bytes -= oldest.bytes;
        }
        place
    }
}

impl Awaited<'_> {
    /// Completes when this body has to give way to others.
    pub(super) async fn gives_way(&mut self) {
        let _ = (&mut self.gives_way).await;
    }
}

impl Drop for Awaited<'_> {
    fn drop(&mut self) {
        let mut room = self.room.lock();
        if let Some(body) = room.bodies.remove(self.place) {
            room.bytes -= body.bytes;
        }
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Instant;

    use super::*;

    fn client(address: &str, bodies: &Arc<AwaitedBodies>) -> Client {
        Client::new(address.parse().unwrap(), Instant::now(), Arc::clone(bodies))
    }

    fn has_given_way(awaited: &mut Awaited<'_>) -> bool {
        awaited.gives_way.try_recv() == Err(oneshot::error::TryRecvError::Closed)
    }

    #[test]
    fn flt_20_the_oldest_body_of_whoever_has_most_gives_way() {
        let bodies = Arc::default();
        let flood: Vec<_> = (1..=9)
            .map(|port| client(&format!("192.0.2.1:{port}"), &bodies))
            .collect();
        let mut awaited: Vec<_> = flood
            .iter()
            .flat_map(|client| (0..OF_A_STRANGER).map(|_| client.await_body(ROOM / 256)))
            .map(Result::unwrap)
            .collect();
        let others = client("192.0.2.2:1", &bodies);
        let mut waits = others.await_body(ROOM / 256).unwrap();
        assert!(!has_given_way(&mut waits));
        let gone = awaited.iter_mut().map(has_given_way);
        assert_eq!(gone.filter(|gone| *gone).count(), 9 * 32 - 256 + 1);
        assert!(has_given_way(&mut awaited[0]));
        assert!(!has_given_way(&mut awaited[9 * 32 - 1]));
        drop((awaited, waits));
        assert_eq!(bodies.strangers.lock().bytes, 0);
    }

    #[test]
    fn flt_20_strangers_leave_the_room_of_authenticated_connections_alone() {
        let bodies = Arc::default();
        let known = client("192.0.2.1:1", &bodies);
        known.authenticated(&"demo".into());
        let mut awaited: Vec<_> = (0..OF_A_STRANGER * 2)
            .map(|_| known.await_body(0).unwrap())
            .collect();
        let flood: Vec<_> = (1..=9)
            .map(|port| client(&format!("192.0.2.1:{port}"), &bodies))
            .collect();
        let _flood: Vec<_> = flood
            .iter()
            .flat_map(|client| (0..OF_A_STRANGER).map(|_| client.await_body(ROOM / 256)))
            .collect();
        assert!(!awaited.iter_mut().any(has_given_way));
    }

    #[test]
    fn flt_20_a_stranger_has_few_bodies_in_flight() {
        let bodies = Arc::default();
        let stranger = client("192.0.2.1:1", &bodies);
        let mut awaited: Vec<_> = (0..OF_A_STRANGER)
            .map(|_| stranger.await_body(0).unwrap())
            .collect();
        assert!(stranger.await_body(0).is_err());
        awaited.pop();
        assert!(stranger.await_body(0).is_ok());
    }
}
