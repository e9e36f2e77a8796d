//! Records `call` and `call-request`.

use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use wasmtime::component::{ComponentType, Lower};

use super::imported::types::{Failure, XksOperation};
use crate::words::{Deadline, Operation, RequestContext};

/// What a function that can fail returns.
pub(super) type Returned<T> = (Result<T, Failure>,);

/// The same of a function that has many requests: one for each.
pub(super) type ReturnedEach<T> = (Vec<Result<T, Failure>>,);

/// `types.call`, which shares its texts with the host.
#[derive(Clone, ComponentType, Lower)]
#[component(record)]
pub(in crate::plugin) struct Call {
    now: u64,
    #[component(name = "milliseconds-left")]
    milliseconds_left: u32,
    request: Option<CallRequest>,
}

#[derive(Clone, ComponentType, Lower)]
#[component(record)]
pub(in crate::plugin) struct CallRequest {
    operation: XksOperation,
    #[component(name = "kms-request-id")]
    kms_request_id: Arc<str>,
    #[component(name = "aws-principal-arn")]
    aws_principal_arn: Arc<str>,
    #[component(name = "kms-operation")]
    kms_operation: Arc<str>,
    #[component(name = "kms-key-arn")]
    kms_key_arn: Option<Arc<str>>,
}

impl Call {
    /// A call that has to be answered by `deadline`, on behalf of `request`.
    pub(super) fn new(deadline: Deadline, request: Option<&RequestContext>) -> Self {
        Self {
            now: now_ms(),
            milliseconds_left: milliseconds_to(deadline),
            request: request.map(CallRequest::from),
        }
    }

    /// It is made once more, now.
    pub(super) fn again(&mut self, deadline: Deadline) {
        self.now = now_ms();
        self.milliseconds_left = milliseconds_to(deadline);
    }
}

impl From<&RequestContext> for CallRequest {
    fn from(request: &RequestContext) -> Self {
        let caller = &request.caller;
        Self {
            operation: xks_operation(request.operation),
            kms_request_id: Arc::clone(&caller.kms_request_id),
            aws_principal_arn: Arc::clone(&caller.aws_principal_arn),
            kms_operation: Arc::clone(&caller.kms_operation),
            kms_key_arn: caller.kms_key_arn.clone(),
        }
    }
}

pub(super) fn xks_operation(operation: Operation) -> XksOperation {
    match operation {
        Operation::Describe => XksOperation::GetKeyMetadata,
        Operation::Encrypt => XksOperation::Encrypt,
        Operation::Decrypt => XksOperation::Decrypt,
    }
}

fn milliseconds_to(deadline: Deadline) -> u32 {
    let left = deadline.remaining(Instant::now()).unwrap_or_default();
    u32::try_from(left.as_millis()).unwrap_or(u32::MAX)
}

/// Milliseconds since 1970, UTC.
pub(super) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}
