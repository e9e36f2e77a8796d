//! Who may use a key (XKS-111 to XKS-115).
//!
//! Before the key is looked up, so that a caller who is denied cannot find out
//! which keys exist (XKS-114).

use std::marker::PhantomData;
use std::sync::Arc;

use claviger_config::DefaultDecision;

use super::request::KeyRequest;
use super::{KeyFault, KeyStore};
use crate::words::{Deadline, Decision, Grounds, RequestContext};

/// The permit to look up one key for one operation. Only
/// [`KeyRequest::authorize`] makes one.
pub(crate) struct Authorized<'k, A> {
    pub(super) key_store: &'k KeyStore,
    /// On whose behalf.
    pub(super) context: Arc<RequestContext>,
    api: PhantomData<A>,
}

/// What the policies said of a request (XKS-120, FLT-96).
#[derive(Clone, Debug, Default)]
pub(crate) struct Deliberation {
    /// The policy that decided: the one that denied, or the first that allowed.
    pub(crate) decided_by: Option<PolicyDecision>,
    /// What the key store's default decided, when all abstained.
    pub(crate) default: Option<DefaultDecision>,
    pub(crate) abstained: Abstained,
}

/// The policy that decided.
#[derive(Clone, Debug)]
pub(crate) struct PolicyDecision {
    /// The plugin's name in the configuration.
    pub(crate) plugin: Arc<str>,
    /// Its place among the policies of the key store, from 0: one plugin can be several
    /// of them.
    pub(crate) place: u32,
    pub(crate) grounds: Arc<Grounds>,
}

/// The policies that were asked and abstained, by their places: the first 64 of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Abstained(u64);

impl Abstained {
    fn add(&mut self, place: u32) {
        self.0 |= 1u64.checked_shl(place).unwrap_or(0);
    }

    /// Their places, in order.
    pub(crate) fn places(self) -> impl Iterator<Item = u32> {
        (0..u64::BITS).filter(move |place| self.0 >> place & 1 == 1)
    }
}

impl<'k, A> KeyRequest<'k, A> {
    /// Asks the policies in order. Any deny denies; otherwise any allow allows;
    /// otherwise the key store's default. A key store without policies trusts the
    /// front door alone. What they say is in `said`, whatever comes of it.
    pub(crate) async fn authorize(
        self,
        deadline: Deadline,
        said: &mut Deliberation,
    ) -> Result<Authorized<'k, A>, KeyFault> {
        let key_store = self.key_store;
        for (place, policy) in (0..).zip(key_store.policies()) {
            let decided = |grounds| PolicyDecision {
                plugin: Arc::clone(&policy.name),
                place,
                grounds,
            };
            match policy.authorize(&self.context, deadline).await? {
                Decision::Deny(grounds) => {
                    said.decided_by = Some(decided(grounds));
                    return Err(KeyFault::DeniedByPolicy);
                }
                Decision::Allow(grounds) if said.decided_by.is_none() => {
                    said.decided_by = Some(decided(grounds));
                }
                Decision::Allow(_) => {}
                Decision::Abstain => said.abstained.add(place),
            }
        }
        if said.decided_by.is_none() && !key_store.policies().is_empty() {
            said.default = Some(key_store.default());
            if key_store.default() == DefaultDecision::Deny {
                return Err(KeyFault::DeniedByDefault);
            }
        }
        Ok(Authorized {
            key_store,
            context: self.context,
            api: PhantomData,
        })
    }
}
