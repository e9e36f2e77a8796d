//! Who may use a key (XKS-111 to XKS-115).
//!
//! Before the key is looked up, so that a caller who is denied cannot find out
//! which keys exist (XKS-114).

use std::marker::PhantomData;
use std::sync::Arc;

use claviger_config::DefaultDecision;

use super::request::KeyRequest;
use super::{KeyFault, KeyStore};
use crate::words::{Deadline, Decision, Grounds, KeyId};

/// The permit to look up one key for one operation. Only
/// [`KeyRequest::authorize`] makes one.
pub(crate) struct Authorized<'k, A> {
    pub(super) key_store: &'k KeyStore,
    pub(super) key_id: KeyId,
    decided_by: Option<PolicyDecision>,
    api: PhantomData<A>,
}

/// The policy that decided (XKS-120).
#[derive(Clone, Debug)]
pub(crate) struct PolicyDecision {
    /// The plugin's name in the configuration.
    pub(crate) plugin: Arc<str>,
    pub(crate) grounds: Arc<Grounds>,
}

impl<'k, A> KeyRequest<'k, A> {
    /// Asks the policies in order. Any deny denies; otherwise any allow allows;
    /// otherwise the key store's default. A key store without policies trusts the
    /// front door alone.
    pub(crate) async fn authorize(self, deadline: Deadline) -> Result<Authorized<'k, A>, KeyFault> {
        let key_store = self.key_store;
        let mut allowed = None;
        for policy in key_store.policies() {
            let decided = |grounds| PolicyDecision {
                plugin: Arc::clone(&policy.name),
                grounds,
            };
            match policy.authorize(&self.context, deadline).await? {
                Decision::Deny(grounds) => {
                    return Err(KeyFault::DeniedByPolicy(decided(grounds)));
                }
                Decision::Allow(grounds) if allowed.is_none() => allowed = Some(decided(grounds)),
                Decision::Allow(_) | Decision::Abstain => {}
            }
        }
        let undecided = allowed.is_none() && !key_store.policies().is_empty();
        if undecided && key_store.default() == DefaultDecision::Deny {
            return Err(KeyFault::DeniedByDefault);
        }
        Ok(Authorized {
            key_store,
            key_id: self.context.key_id.clone(),
            decided_by: allowed,
            api: PhantomData,
        })
    }
}

impl<A> Authorized<'_, A> {
    /// The policy that allowed it, if one did.
    pub(crate) fn decided_by(&self) -> Option<&PolicyDecision> {
        self.decided_by.as_ref()
    }
}
