//! Step 9 of the order of checks: who may use the key (XKS-111 to XKS-115).
//!
//! Before key lookup, so that a caller who is denied cannot find out which keys
//! exist (XKS-114).

use std::sync::Arc;

use claviger_config::DefaultDecision;
use claviger_xks::error::XksError;
use claviger_xks::uri::ExternalKeyId;

use crate::audit::{AuditRecord, PolicyDecision};
use crate::authenticate::Authenticated;
use crate::deadline::Deadline;
use crate::failure::Failure;
use crate::key_store::KeyStore;
use crate::plugin::policy::Decision;
use crate::plugin::wit::claviger::plugin::types::RequestContext;

/// The key store of a caller who may use the key. Only [`authorize`] makes one,
/// and key lookup takes nothing else.
pub(crate) struct Authorized<'h> {
    key_store: &'h KeyStore,
    external_key_id: ExternalKeyId,
}

impl<'h> Authorized<'h> {
    pub(crate) fn key_store(&self) -> &'h KeyStore {
        self.key_store
    }

    pub(crate) fn external_key_id(&self) -> &ExternalKeyId {
        &self.external_key_id
    }
}

/// Asks the policies in order. Any deny denies; otherwise any allow allows;
/// otherwise the key store's default. A key store without policies trusts the
/// signature alone.
pub(crate) async fn authorize<'h>(
    authenticated: &Authenticated<'h>,
    external_key_id: ExternalKeyId,
    context: &Arc<RequestContext>,
    deadline: Deadline,
    audit: &mut AuditRecord<'h>,
) -> Result<Authorized<'h>, Failure> {
    let key_store = authenticated.key_store();
    if key_store.policies.is_empty() {
        return Ok(Authorized {
            key_store,
            external_key_id,
        });
    }
    let mut allowed = None;
    for policy in &key_store.policies {
        match policy.authorize(context, deadline).await? {
            Decision::Deny(grounds) => {
                audit.line().policy = Some(PolicyDecision {
                    plugin: &policy.name,
                    grounds,
                });
                return Err(denied("denied by policy"));
            }
            Decision::Allow(grounds) if allowed.is_none() => {
                allowed = Some(PolicyDecision {
                    plugin: &policy.name,
                    grounds,
                });
            }
            Decision::Allow(_) | Decision::Abstain => {}
        }
    }
    match (allowed, key_store.default) {
        (Some(allowed), _) => audit.line().policy = Some(allowed),
        (None, DefaultDecision::Allow) => {}
        (None, DefaultDecision::Deny) => {
            return Err(denied(
                "no policy allows it, and the key store's default is deny",
            ));
        }
    }
    Ok(Authorized {
        key_store,
        external_key_id,
    })
}

fn denied(reason: &'static str) -> Failure {
    Failure::new(XksError::AccessDenied, reason)
}
