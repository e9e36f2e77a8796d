//! How a request fails: one error for AWS KMS, one reason for the operator.

use std::borrow::Cow;

use claviger_xks::error::XksError;
use claviger_xks::request::RequestFault;
use claviger_xks::sigv4::AuthenticationFault;

use crate::plugin::PluginFault;

/// The two texts of a failed request.
///
/// `error` and `message` go to AWS KMS, which writes them to the caller's
/// CloudWatch log; `reason` goes to the audit record. No payload and no secret
/// is in either (XKS-104, XKS-117).
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: XksError,
    /// Replaces the error's fixed text, where naming a field helps the caller.
    pub(crate) message: Option<String>,
    pub(crate) reason: Cow<'static, str>,
}

impl Failure {
    pub(crate) fn new(error: XksError, reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            error,
            message: None,
            reason: reason.into(),
        }
    }
}

impl From<AuthenticationFault> for Failure {
    fn from(fault: AuthenticationFault) -> Self {
        // One body for all causes: which check failed is nobody's business but
        // the operator's (XKS-039).
        Self::new(XksError::AuthenticationFailed, fault.to_string())
    }
}

impl From<RequestFault> for Failure {
    fn from(fault: RequestFault) -> Self {
        let text = fault.to_string();
        Self {
            error: fault.error(),
            message: Some(text.clone()),
            reason: text.into(),
        }
    }
}

impl From<PluginFault> for Failure {
    fn from(fault: PluginFault) -> Self {
        Self::new(fault.xks_error(), fault.to_string())
    }
}
