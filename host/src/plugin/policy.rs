//! Calls of an authorization policy, and the shape of its answers.

mod question;

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::exports;
use super::fault::{PluginFault, printable};
use super::fresh_answers::FreshAnswers;
use super::instance::Sensitivity;
use super::pool::Pool;
use super::wit::claviger::plugin::types::RequestContext;
use super::wit::exports::claviger::plugin::authorization;
use crate::deadline::Deadline;
use question::Question;

/// Longest statement id that is kept, in bytes.
const STATEMENT: usize = 128;
/// Longest reason that is kept, in bytes.
const REASON: usize = 512;

/// One policy of a key store.
pub(crate) struct Policy {
    pub(crate) name: String,
    pool: Pool<exports::Policy>,
    fresh_decisions: FreshAnswers<Question, Decision>,
}

/// What one policy decided.
#[derive(Clone)]
pub(crate) enum Decision {
    Allow(Arc<Grounds>),
    Deny(Arc<Grounds>),
    Abstain,
}

/// Which statement decided and why: for the audit record only.
pub(crate) struct Grounds {
    pub(crate) statement: String,
    pub(crate) reason: String,
}

impl Policy {
    /// The policy whose instances `pool` makes.
    pub(crate) fn new(name: String, pool: Pool<exports::Policy>) -> Self {
        Self {
            name,
            pool,
            fresh_decisions: FreshAnswers::default(),
        }
    }

    /// Asks the policy, unless an earlier decision on the same question is fresh
    /// by its own word.
    pub(crate) async fn authorize(
        &self,
        context: &Arc<RequestContext>,
        deadline: Deadline,
    ) -> Result<Decision, PluginFault> {
        let (question, asked) = (Question::new(Arc::clone(context)), Instant::now());
        if let Some(decision) = self.fresh_decisions.get(&question, asked) {
            return Ok(decision);
        }
        // Boxed: seldom needed, and large beside the rest of a request.
        let verdict = Box::pin(self.ask(Arc::clone(context), deadline)).await?;
        let decision = Decision::from(verdict.decision);
        if question.is_small() {
            let fresh_for = Duration::from_millis(verdict.fresh_for_ms.into());
            self.fresh_decisions
                .put(question, decision.clone(), asked, fresh_for);
        }
        Ok(decision)
    }

    async fn ask(
        &self,
        context: Arc<RequestContext>,
        deadline: Deadline,
    ) -> Result<authorization::Verdict, PluginFault> {
        let mut lease = self.pool.lease(deadline).await?;
        let (verdict,) = lease
            .call(
                deadline,
                Sensitivity::Plain,
                |policy| policy.authorize,
                (context,),
            )
            .await?;
        Ok(verdict)
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
