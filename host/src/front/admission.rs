//! How many requests are served at once, in all and of each key store (XKS-132).
//!
//! A request beyond a limit is refused at once and does not wait in a queue: KMS
//! waits for 250 ms only, and after a refusal it tells its caller to slow down.
//! Requests are counted over all snapshots, so that a change of the configuration
//! does not let in as many again.
//!
//! **Shares.** The whole, divided by the number of key stores that have requests in
//! flight, is each one's share. Within its share a key store is never refused;
//! beyond it, only while the whole has room. So a key store alone may use
//! everything, and one that begins beside it waits for nobody's requests to end: in
//! that moment up to twice the whole are served.
//!
//! GetHealthStatus is counted apart: AWS KMS judges a key store by it, and it costs
//! next to nothing.

mod pace;

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use thiserror::Error;

use crate::metrics::Kept;
use pace::Pace;

/// Health requests of one key store that are served at once. AWS KMS sends one at a
/// time.
const HEALTH: usize = 16;

/// The load of the whole host.
#[derive(Default)]
pub(crate) struct Admission {
    whole: Arc<Whole>,
    /// By the key stores' names. Those that are in no snapshot any more are gone.
    key_stores: Kept<Arc<str>, Load>,
}

#[derive(Default)]
struct Whole {
    inside: AtomicUsize,
    /// Key stores that have requests in flight.
    busy: AtomicUsize,
}

/// The load of one key store, the same in every snapshot.
pub(crate) struct Load {
    whole: Arc<Whole>,
    inside: AtomicUsize,
    health: AtomicUsize,
    pace: Pace,
}

/// What the request's snapshot allows.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    /// Requests in flight on the whole host.
    pub(crate) whole: usize,
    /// Requests in flight of this key store, however much room there is.
    pub(crate) key_store: Option<usize>,
    pub(crate) per_second: Option<NonZeroU32>,
}

/// Which limit a request would exceed.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(crate) enum TooMany {
    #[error("server.requests_in_flight is reached, and this key store's share of it")]
    InFlight,
    #[error("the key store's requests_in_flight is reached")]
    OfKeyStore,
    #[error("the key store's requests_per_second is reached")]
    PerSecond,
    #[error("too many health requests of this key store at once")]
    OfHealth,
}

/// The right to be served; dropped with the request.
pub(crate) struct Admitted<'a> {
    load: &'a Load,
    kind: Kind,
}

enum Kind {
    OnKey,
    Health,
}

impl Admission {
    /// The load of the key store of this name.
    pub(crate) fn key_store(&self, name: &Arc<str>) -> Arc<Load> {
        self.key_stores.get(Arc::clone(name), || Load {
            whole: Arc::clone(&self.whole),
            inside: AtomicUsize::new(0),
            health: AtomicUsize::new(0),
            pace: Pace::new(Instant::now()),
        })
    }
}

impl Load {
    /// Requests of APIs on keys that are under way.
    pub(crate) fn in_flight(&self) -> usize {
        self.inside.load(Ordering::Relaxed)
    }

    /// Admits a request of an API on a key, or refuses it; never waits.
    pub(crate) fn admit(&self, limits: Limits, now: Instant) -> Result<Admitted<'_>, TooMany> {
        let own = self.inside.fetch_add(1, Ordering::Relaxed);
        if own == 0 {
            self.whole.busy.fetch_add(1, Ordering::Relaxed);
        }
        let all = self.whole.inside.fetch_add(1, Ordering::Relaxed);
        // Takes it all back when the request is refused.
        let admitted = Admitted {
            load: self,
            kind: Kind::OnKey,
        };
        if limits.key_store.is_some_and(|most| own >= most) {
            return Err(TooMany::OfKeyStore);
        }
        if all >= limits.whole && own >= self.whole.share(limits.whole) {
            return Err(TooMany::InFlight);
        }
        match limits.per_second {
            Some(per_second) if !self.pace.allows(per_second, now) => Err(TooMany::PerSecond),
            _ => Ok(admitted),
        }
    }

    /// Admits a health request, or refuses it; never waits.
    pub(crate) fn admit_health(&self) -> Result<Admitted<'_>, TooMany> {
        let inside = self.health.fetch_add(1, Ordering::Relaxed);
        let admitted = Admitted {
            load: self,
            kind: Kind::Health,
        };
        if inside < HEALTH {
            Ok(admitted)
        } else {
            Err(TooMany::OfHealth)
        }
    }
}

impl Whole {
    fn share(&self, whole: usize) -> usize {
        let busy = self.busy.load(Ordering::Relaxed).max(1);
        (whole / busy).max(1)
    }
}

impl Drop for Admitted<'_> {
    fn drop(&mut self) {
        let load = self.load;
        match self.kind {
            Kind::OnKey => {
                load.whole.inside.fetch_sub(1, Ordering::Relaxed);
                if load.inside.fetch_sub(1, Ordering::Relaxed) == 1 {
                    load.whole.busy.fetch_sub(1, Ordering::Relaxed);
                }
            }
            Kind::Health => {
                load.health.fetch_sub(1, Ordering::Relaxed);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        whole: 8,
        key_store: None,
        per_second: None,
    };

    fn stores<const N: usize>(names: [&str; N]) -> [Arc<Load>; N] {
        let admission = Admission::default();
        names.map(|name| admission.key_store(&name.into()))
    }

    /// As many requests as are admitted.
    fn fill(load: &Load, limits: Limits) -> Vec<Admitted<'_>> {
        let now = Instant::now();
        std::iter::from_fn(|| load.admit(limits, now).ok())
            .take(1000)
            .collect()
    }

    #[test]
    fn xks_132_what_is_beyond_the_limit_is_refused_until_a_place_is_free() {
        let [alone] = stores(["alone"]);
        let mut admitted = fill(&alone, LIMITS);
        assert_eq!(admitted.len(), 8);
        let again = alone.admit(LIMITS, Instant::now());
        assert_eq!(again.err(), Some(TooMany::InFlight));
        admitted.pop();
        assert_eq!(fill(&alone, LIMITS).len(), 1);
    }

    #[test]
    fn xks_132_a_share_is_free_for_whoever_has_not_used_it() {
        let [flooded, good, late] = stores(["flooded", "good", "late"]);
        let mut flood = fill(&flooded, LIMITS);
        assert_eq!(flood.len(), 8, "alone it may use everything");
        let second = fill(&good, LIMITS);
        assert_eq!(second.len(), 4, "half of it, at once");
        assert_eq!(fill(&late, LIMITS).len(), 2, "a third of it, rounded down");
        // What ends of the one that has more than its share goes to the others.
        flood.truncate(5);
        assert!(fill(&flooded, LIMITS).is_empty());
        flood.clear();
        assert_eq!(fill(&flooded, LIMITS).len(), 4);
    }

    #[test]
    fn xks_132_a_key_store_has_a_limit_of_its_own_where_one_is_set() {
        let [limited] = stores(["limited"]);
        let two = Limits {
            key_store: Some(2),
            ..LIMITS
        };
        let admitted = fill(&limited, two);
        assert_eq!(admitted.len(), 2);
        let refused = limited.admit(two, Instant::now());
        assert_eq!(refused.err(), Some(TooMany::OfKeyStore));
        let slow = Limits {
            per_second: NonZeroU32::new(1),
            ..LIMITS
        };
        let now = Instant::now();
        assert!(limited.admit(slow, now).is_ok());
        let refused = limited.admit(slow, now);
        assert_eq!(refused.err(), Some(TooMany::PerSecond));
    }

    #[test]
    fn xks_132_health_is_counted_apart_and_bounded() {
        let [store] = stores(["store"]);
        let _flood = fill(&store, LIMITS);
        let mut health: Vec<_> = (0..HEALTH).map(|_| store.admit_health().ok()).collect();
        assert!(health.iter().all(Option::is_some));
        assert_eq!(store.admit_health().err(), Some(TooMany::OfHealth));
        health.pop();
        assert!(store.admit_health().is_ok());
    }

    #[test]
    fn xks_132_a_key_store_is_counted_over_all_snapshots() {
        let admission = Admission::default();
        let before = admission.key_store(&"store".into());
        let admitted = fill(&before, LIMITS);
        let after = admission.key_store(&"store".into());
        assert!(fill(&after, LIMITS).is_empty());
        drop(admitted);
        assert_eq!(fill(&after, LIMITS).len(), 8);
    }
}
