//! Who may stay when there are as many connections as are permitted (FLT-21).
//!
//! Nobody is locked out: a new connection takes the seat of one on which no request
//! has authenticated, namely the oldest of the peer that has most of them. AWS KMS
//! needs a fraction of a second to authenticate, so it keeps its seat even where
//! whoever floods the host comes from the same address, behind one load balancer.
//! Connections that have authenticated keep theirs.
//!
//! Whoever has a credential could fill all seats. So one in eight stays for those
//! who are new. Beyond that, where a host has one key store, its connection gives way
//! on which no signed request came for longest, once it is idle. Where it has several,
//! one of the key store that has most does, whatever it does: that is more than its
//! share, which is the other seats by the number of key stores.

mod taken;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::AbortHandle;
use tracing::warn;

use crate::front::awaited_bodies::AwaitedBodies;
use crate::front::client::Client;
use crate::front::fair_queue::Place;
use crate::front::network::Network;
use crate::words::Rate;
use taken::{Occupant, Rules, Taken};

/// The part of all seats that authenticated connections leave to others.
const FOR_OTHERS: usize = 8;
/// How often a connection that waits for a seat looks for one.
const AGAIN: Duration = Duration::from_millis(10);
/// For so long after a connection waited in vain the seats are said to be too few.
const TOO_FEW: Duration = Duration::from_secs(5);

/// The seats of one listener.
pub(super) struct Seats {
    /// Which setting they come from, for the log.
    name: &'static str,
    count: usize,
    /// How long a connection has its seat for certain.
    settles: Duration,
    free: Arc<Semaphore>,
    taken: Mutex<Taken>,
    bodies: Arc<AwaitedBodies>,
    gave_way: AtomicU64,
    full: Rate,
    /// When a connection last waited in vain.
    in_vain: Mutex<Option<Instant>>,
    /// So many key stores share them.
    key_stores: AtomicUsize,
}

/// What becomes of a wish for a seat.
pub(super) enum Room {
    /// A connection ends for it.
    Made,
    /// A connection may give way in so long.
    In(Duration),
    /// All have authenticated, and have work.
    None,
}

/// A connection's seat; free again when it is dropped.
pub(super) struct Seat {
    seats: Arc<Seats>,
    client: Arc<Client>,
    place: Place<Network>,
    /// The task that serves the connection, which is ended when the seat is needed.
    task: Arc<OnceLock<AbortHandle>>,
    _permit: OwnedSemaphorePermit,
}

impl Seats {
    /// So many seats; `name` is the setting that says so. A connection has `settles`
    /// to show that it is no stranger: until then it gives way to nobody, so that a
    /// burst does not push out who came with it, but waits.
    pub(super) fn new(name: &'static str, count: usize, settles: Duration) -> Arc<Self> {
        Arc::new(Self {
            name,
            count,
            settles,
            free: Arc::new(Semaphore::new(count)),
            taken: Mutex::default(),
            bodies: Arc::default(),
            gave_way: AtomicU64::new(0),
            full: Rate::of_log_lines(),
            in_vain: Mutex::default(),
            key_stores: AtomicUsize::new(1),
        })
    }

    /// So many key stores share them from now on.
    pub(super) fn shared_by(&self, key_stores: usize) {
        self.key_stores.store(key_stores.max(1), Ordering::Relaxed);
    }

    fn rules(&self) -> Rules {
        let most = self.count - self.count / FOR_OTHERS;
        let key_stores = self.key_stores.load(Ordering::Relaxed);
        Rules {
            settles: self.settles,
            most,
            share: (key_stores > 1).then(|| (most / key_stores).max(1)),
        }
    }

    /// A seat for a connection from `peer`. Waits only while all others are newcomers
    /// themselves, or have authenticated and have work.
    pub(super) async fn take(self: &Arc<Self>, peer: SocketAddr) -> Option<Seat> {
        let permit = match Arc::clone(&self.free).try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => self.wait().await?,
        };
        let client = self.client(peer);
        let task = Arc::default();
        Some(Seat {
            seats: Arc::clone(self),
            place: self.sit(&client, &task),
            client,
            task,
            _permit: permit,
        })
    }

    async fn wait(self: &Arc<Self>) -> Option<OwnedSemaphorePermit> {
        let began = Instant::now();
        loop {
            let again = match self.make_room() {
                Room::In(again) => again.min(AGAIN),
                Room::Made => AGAIN,
                Room::None => {
                    let now = Instant::now();
                    if now.saturating_duration_since(began) >= self.settles {
                        *self.in_vain.lock() = Some(now);
                    }
                    AGAIN
                }
            };
            let free = Arc::clone(&self.free).acquire_owned();
            if let Ok(permit) = tokio::time::timeout(again, free).await {
                return permit.ok();
            }
        }
    }

    /// Ends the connection that has to give way, if any has to.
    pub(super) fn make_room(&self) -> Room {
        let now = Instant::now();
        let leaves = self.taken.lock().leaves(self.rules(), now);
        let Occupant { client, task } = match leaves {
            Ok(Some(occupant)) => occupant,
            Ok(None) => return Room::None,
            Err(settled_in) => return Room::In(settled_in),
        };
        if let Some(task) = task.get() {
            task.abort();
        }
        let so_far = self.gave_way.fetch_add(1, Ordering::Relaxed) + 1;
        if self.full.admit(now).is_some() {
            let which = match client.key_store() {
                None => "that have not authenticated".to_owned(),
                Some(key_store) => format!("of key store `{key_store}`, which has most,"),
            };
            warn!(
                so_far,
                last = client.address(),
                "{} ({}) is reached: connections {which} give way",
                self.name,
                self.count
            );
        }
        Room::Made
    }

    /// Whether connections waited in vain not long ago: longer than AWS KMS waits, with
    /// all seats taken by authenticated connections that have work (FLT-73). Strangers
    /// cannot bring that about, nor one key store of several.
    pub(super) fn are_too_few(&self, now: Instant) -> bool {
        let in_vain = *self.in_vain.lock();
        in_vain.is_some_and(|at| now.saturating_duration_since(at) < TOO_FEW)
    }

    /// How many are taken, and how many there are.
    pub(super) fn taken(&self) -> (usize, usize) {
        let free = self.free.available_permits();
        (self.count.saturating_sub(free), self.count)
    }

    /// How many connections gave way so far.
    pub(super) fn gave_way(&self) -> u64 {
        self.gave_way.load(Ordering::Relaxed)
    }

    /// Waits until all seats are free.
    pub(super) async fn all_free(&self) {
        let all = u32::try_from(self.count).unwrap_or(u32::MAX);
        let _ = self.free.acquire_many(all).await;
    }

    fn client(&self, peer: SocketAddr) -> Arc<Client> {
        Arc::new(Client::new(peer, Instant::now(), Arc::clone(&self.bodies)))
    }

    fn sit(&self, client: &Arc<Client>, task: &Arc<OnceLock<AbortHandle>>) -> Place<Network> {
        let occupant = Occupant {
            client: Arc::clone(client),
            task: Arc::clone(task),
        };
        self.taken.lock().strangers.push(client.network(), occupant)
    }
}

impl Seat {
    /// What the front door knows of the connection.
    pub(super) fn client(&self) -> &Arc<Client> {
        &self.client
    }

    /// The connection belongs to another peer: a load balancer has named it.
    pub(super) fn belongs_to(&mut self, peer: SocketAddr) {
        if self
            .seats
            .taken
            .lock()
            .strangers
            .remove(self.place)
            .is_none()
        {
            // It has given way and is about to end.
            return;
        }
        self.client = self.seats.client(peer);
        self.place = self.seats.sit(&self.client, &self.task);
    }

    /// Where to say which task serves the connection.
    pub(super) fn task(&self) -> Arc<OnceLock<AbortHandle>> {
        Arc::clone(&self.task)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken.lock();
        if taken.strangers.remove(self.place).is_none() {
            taken.authenticated.remove(&self.place);
        }
    }
}
