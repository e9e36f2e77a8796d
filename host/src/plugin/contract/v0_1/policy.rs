//! World `authorization-policy`.

use std::sync::Arc;
use std::time::Duration;

use wasmtime::component::TypedFunc;

use super::exported::authorization;
use super::imported::types::RequestContext;
use crate::plugin::contract::{Role, World};
use crate::plugin::exports::Exports;
use crate::plugin::fault::PluginFault;
use crate::plugin::instance::Sensitivity;
use crate::plugin::pool::Lease;
use crate::words::{self, Deadline, Decision, Grounds, Verdict, printable};

/// Longest statement id that is kept, in bytes.
const STATEMENT: usize = 128;
/// Longest reason that is kept, in bytes.
const REASON: usize = 512;

/// Its functions.
pub(in crate::plugin) struct Policy {
    authorize: TypedFunc<(Arc<RequestContext>,), (authorization::Verdict,)>,
}

impl World for Policy {
    const ROLE: Role = Role::Policy;

    fn find(exports: &mut Exports<'_>) -> wasmtime::Result<Self> {
        Ok(Self {
            authorize: exports.find("authorization", "authorize")?,
        })
    }
}

impl Lease<'_, Policy> {
    /// `authorize`.
    pub(in crate::plugin) async fn authorize(
        &mut self,
        deadline: Deadline,
        context: &words::RequestContext,
    ) -> Result<Verdict, PluginFault> {
        let parameters = (Arc::new(RequestContext::from(context)),);
        let (verdict,) = self
            .call(
                deadline,
                Sensitivity::Plain,
                |world| world.authorize,
                parameters,
            )
            .await?;
        Ok(Verdict {
            decision: verdict.decision.into(),
            fresh_for: Duration::from_millis(verdict.fresh_for_ms.into()),
        })
    }
}

impl From<authorization::Decision> for Decision {
    fn from(decision: authorization::Decision) -> Self {
        let kept = |grounds: authorization::Grounds| {
            Arc::new(Grounds {
                statement: printable(&grounds.statement, STATEMENT),
                reason: printable(&grounds.reason, REASON),
            })
        };
        match decision {
            authorization::Decision::Allow(grounds) => Self::Allow(kept(grounds)),
            authorization::Decision::Deny(grounds) => Self::Deny(kept(grounds)),
            authorization::Decision::Abstain => Self::Abstain,
        }
    }
}
