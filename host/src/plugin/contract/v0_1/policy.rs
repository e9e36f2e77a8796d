//! World `authorization-policy`.

use std::sync::Arc;
use std::time::Duration;

use wasmtime::component::{ComponentType, Lower, TypedFunc};

use super::call::{now_ms, xks_operation};
use super::exported::authorization;
use super::imported::types::XksOperation;
use crate::plugin::answer::{DecisionAnswer, GroundsAnswer, VerdictAnswer};
use crate::plugin::contract::{Role, World};
use crate::plugin::exports::Exports;
use crate::plugin::fault::PluginFault;
use crate::plugin::instance::Sensitivity::Plain;
use crate::plugin::pool::Lease;
use crate::words::{Caller, Deadline, RequestContext};

/// Its functions.
pub(in crate::plugin) struct Policy {
    authorize: TypedFunc<(Question,), (authorization::Verdict,)>,
}

/// `types.request-context`, shared with the host: the generated type would have
/// every text copied before it is copied into the guest.
#[derive(ComponentType, Lower)]
#[component(record)]
struct Question {
    now: u64,
    #[component(name = "key-store")]
    key_store: Arc<str>,
    operation: XksOperation,
    #[component(name = "external-key-id")]
    external_key_id: Arc<str>,
    #[component(name = "access-key-id")]
    access_key_id: Arc<str>,
    #[component(name = "aws-principal-arn")]
    aws_principal_arn: Arc<str>,
    #[component(name = "kms-operation")]
    kms_operation: Arc<str>,
    #[component(name = "kms-request-id")]
    kms_request_id: Arc<str>,
    #[component(name = "kms-key-arn")]
    kms_key_arn: Option<Arc<str>>,
    #[component(name = "aws-source-vpc")]
    aws_source_vpc: Option<Arc<str>>,
    #[component(name = "aws-source-vpce")]
    aws_source_vpce: Option<Arc<str>>,
    #[component(name = "kms-via-service")]
    kms_via_service: Option<Arc<str>>,
    #[component(name = "unknown-fields")]
    unknown_fields: Arc<[(String, String)]>,
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
        context: &RequestContext,
    ) -> Result<VerdictAnswer, PluginFault> {
        let parameters = (Question::from(context),);
        let (verdict,) = self
            .call(deadline, Plain, |world| world.authorize, parameters)
            .await?;
        Ok(verdict.into())
    }
}

impl From<&RequestContext> for Question {
    fn from(context: &RequestContext) -> Self {
        let Caller {
            credential,
            aws_principal_arn,
            kms_operation,
            kms_request_id,
            kms_key_arn,
            aws_source_vpc,
            aws_source_vpce,
            kms_via_service,
            unknown_fields,
        } = context.caller.clone();
        Self {
            now: now_ms(),
            key_store: Arc::clone(&context.key_store),
            operation: xks_operation(context.operation),
            external_key_id: context.key_id.shared(),
            access_key_id: credential,
            aws_principal_arn,
            kms_operation,
            kms_request_id,
            kms_key_arn,
            aws_source_vpc,
            aws_source_vpce,
            kms_via_service,
            unknown_fields,
        }
    }
}

impl From<authorization::Verdict> for VerdictAnswer {
    fn from(verdict: authorization::Verdict) -> Self {
        let grounds = |grounds: authorization::Grounds| GroundsAnswer {
            statements: grounds.statements,
            reason: grounds.reason,
        };
        Self {
            decision: match verdict.decision {
                authorization::Decision::Allow(on) => DecisionAnswer::Allow(grounds(on)),
                authorization::Decision::Deny(on) => DecisionAnswer::Deny(grounds(on)),
                authorization::Decision::Abstain => DecisionAnswer::Abstain,
            },
            fresh_for: Duration::from_millis(verdict.fresh_for_ms.into()),
        }
    }
}
