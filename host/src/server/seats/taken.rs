//! Who has a seat, and who gives one up.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tokio::task::AbortHandle;

use crate::front::client::Client;
use crate::front::fair_queue::{FairQueue, Place};
use crate::front::network::Network;

/// A connection with a signed request less than this ago is not idle: the request may be
/// in the making.
const BUSY: Duration = Duration::from_secs(1);

/// How seats are given up.
#[derive(Clone, Copy)]
pub(super) struct Rules {
    /// How long a connection has its seat for certain.
    pub(super) settles: Duration,
    /// What authenticated connections leave of all seats: more is too many.
    pub(super) most: usize,
    /// What one of several key stores may have of them for certain.
    pub(super) share: Option<usize>,
}

#[derive(Default)]
pub(super) struct Taken {
    /// Those that had not authenticated when they were last looked at.
    pub(super) strangers: FairQueue<Network, Occupant>,
    /// The others, by the place that they had.
    pub(super) authenticated: HashMap<Place<Network>, Occupant>,
}

pub(super) struct Occupant {
    pub(super) client: Arc<Client>,
    pub(super) task: Arc<OnceLock<AbortHandle>>,
}

impl Taken {
    /// Removes the connection that has to give way; an error when it is a newcomer
    /// still for so long.
    pub(super) fn leaves(
        &mut self,
        rules: Rules,
        now: Instant,
    ) -> Result<Option<Occupant>, Duration> {
        while let Some((place, first)) = self.strangers.first() {
            let age = now.saturating_duration_since(first.client.opened());
            if !first.client.has_authenticated() {
                return match rules.settles.checked_sub(age) {
                    Some(left) if !left.is_zero() => Err(left),
                    _ => Ok(self.strangers.remove(place)),
                };
            }
            if let Some(known) = self.strangers.remove(place) {
                self.authenticated.insert(place, known);
            }
        }
        if self.authenticated.len() <= rules.most {
            return Ok(None);
        }
        let place = match rules.share {
            Some(share) => self.greediest(share),
            None => self.idlest(|_| true).filter(|place| {
                let client = self.authenticated.get(place).map(|it| &it.client);
                client.is_some_and(|it| now.saturating_duration_since(it.last_signed()) >= BUSY)
            }),
        };
        Ok(place.and_then(|place| self.authenticated.remove(&place)))
    }

    /// The idlest connection of the key store that has most, if those are more than this.
    fn greediest(&self, share: usize) -> Option<Place<Network>> {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        let clients = self.authenticated.values().map(|occupant| &occupant.client);
        for key_store in clients.filter_map(|client| client.key_store()) {
            *counts.entry(key_store).or_default() += 1;
        }
        let (key_store, count) = counts.into_iter().max_by_key(|(_, count)| *count)?;
        let is_its = |client: &Client| client.key_store().is_some_and(|it| &**it == key_store);
        (count > share).then(|| self.idlest(is_its)).flatten()
    }

    /// Of these authenticated connections the one without a signed request for longest.
    fn idlest(&self, of: impl Fn(&Client) -> bool) -> Option<Place<Network>> {
        let occupants = self.authenticated.iter();
        let these = occupants.filter(|(_, occupant)| of(&occupant.client));
        let idlest = these.min_by_key(|(_, occupant)| occupant.client.last_signed());
        idlest.map(|(place, _)| *place)
    }
}
