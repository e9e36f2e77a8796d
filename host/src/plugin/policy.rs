//! Calls of an authorization policy, and the shape of its answers.

mod question;
mod repeated;

use std::hash::RandomState;
use std::sync::Arc;
use std::time::Instant;

use claviger_settings::Fault;

use super::PluginBinding;
use super::contract;
use super::fault::PluginFault;
use super::fresh_answers::FreshAnswers;
use super::pool::{Instances, Pool};
use crate::words::{Deadline, Decision, RequestContext, Verdict};
use question::Question;
use repeated::Repeated;

/// One policy of a key store.
pub(crate) struct Policy {
    /// Of the plugin, from the operator's configuration.
    pub(crate) name: Arc<str>,
    pool: Pool<contract::Policy>,
    fresh_decisions: FreshAnswers<Question, Decision>,
    repeated: Repeated,
    hasher: RandomState,
}

impl Policy {
    /// Starts a policy; returns all faults with their key paths.
    pub(crate) async fn start(binding: PluginBinding<'_>) -> Result<Self, Vec<Fault>> {
        Ok(Self {
            name: binding.usage.plugin.as_str().into(),
            pool: binding.start().await?,
            fresh_decisions: FreshAnswers::default(),
            repeated: Repeated::default(),
            hasher: RandomState::new(),
        })
    }

    /// What becomes of its instances.
    pub(crate) fn instances(&self) -> &dyn Instances {
        &self.pool
    }

    /// Asks the policy, unless an earlier decision on the same question is fresh
    /// by its own word.
    pub(crate) async fn authorize(
        &self,
        context: &Arc<RequestContext>,
        deadline: Deadline,
    ) -> Result<Decision, PluginFault> {
        let (question, asked) = (
            Question::new(Arc::clone(context), &self.hasher),
            Instant::now(),
        );
        if let Some(found) = self.fresh_decisions.get(&question, asked) {
            return Ok(found.answer);
        }
        // Boxed: seldom needed, and large beside the rest of a request.
        let verdict = Box::pin(self.ask(Arc::clone(context), deadline)).await?;
        let decision = verdict.decision;
        let fresh_for = verdict.fresh_for;
        if !fresh_for.is_zero() && question.is_small() && self.repeated.note(question.digest()) {
            let bytes = question.bytes() + decision.bytes();
            self.fresh_decisions
                .put(question, decision.clone(), bytes, asked, fresh_for);
        }
        Ok(decision)
    }

    async fn ask(
        &self,
        context: Arc<RequestContext>,
        deadline: Deadline,
    ) -> Result<Verdict, PluginFault> {
        let mut lease = self.pool.lease(deadline).await?;
        Ok(lease.authorize(deadline, &context).await?.into())
    }
}
