//! Calls of an authorization policy, and the shape of its answers.

use std::sync::Arc;

use super::exports;
use super::fault::{PluginFault, printable};
use super::instance::Sensitivity;
use super::pool::Pool;
use super::wit::claviger::plugin::types::RequestContext;
use super::wit::exports::claviger::plugin::authorization;
use crate::deadline::Deadline;

/// Longest statement id that is kept, in bytes.
const STATEMENT: usize = 128;
/// Longest reason that is kept, in bytes.
const REASON: usize = 512;

/// One policy of a key store.
pub(crate) struct Policy {
    pub(crate) name: String,
    pub(crate) pool: Pool<exports::Policy>,
}

/// What one policy decided.
pub(crate) enum Decision {
    Allow(Grounds),
    Deny(Grounds),
    Abstain,
}

/// Which statement decided and why: for the audit record only.
pub(crate) struct Grounds {
    pub(crate) statement: String,
    pub(crate) reason: String,
}

impl Policy {
    /// Asks the policy.
    pub(crate) async fn authorize(
        &self,
        context: Arc<RequestContext>,
        deadline: Deadline,
    ) -> Result<Decision, PluginFault> {
        let mut lease = self.pool.lease(deadline).await?;
        let (decision,) = lease
            .call(
                deadline,
                Sensitivity::Plain,
                |policy| policy.authorize,
                (context,),
            )
            .await?;
        Ok(match decision {
            authorization::Decision::Allow(grounds) => Decision::Allow(grounds.into()),
            authorization::Decision::Deny(grounds) => Decision::Deny(grounds.into()),
            authorization::Decision::Abstain => Decision::Abstain,
        })
    }
}

impl From<authorization::Grounds> for Grounds {
    fn from(grounds: authorization::Grounds) -> Self {
        Self {
            statement: printable(&grounds.statement, STATEMENT),
            reason: printable(&grounds.reason, REASON),
        }
    }
}
