//! Signatures that a proxy has to refuse.

use claviger_xks::credential::Credential;
use claviger_xks_client::exchange::RawRequest;
use http::header::HOST;

/// How a request is signed wrongly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrong {
    Secret,
    AccessKeyId,
    Service,
    Unsigned,
    /// `Host` is not among the signed headers.
    HostUnsigned,
    /// `X-Amz-Date` is not among the signed headers.
    DateUnsigned,
}

impl Wrong {
    pub(super) const ALL: [Self; 6] = [
        Self::Secret,
        Self::AccessKeyId,
        Self::Service,
        Self::Unsigned,
        Self::HostUnsigned,
        Self::DateUnsigned,
    ];

    pub(super) const fn in_words(self) -> &'static str {
        match self {
            Self::Secret => "wrong secret access key",
            Self::AccessKeyId => "unknown access key id",
            Self::Service => "another service in the scope",
            Self::Unsigned => "no signature",
            Self::HostUnsigned => "Host not signed",
            Self::DateUnsigned => "X-Amz-Date not signed",
        }
    }

    /// None when the operating system has no randomness.
    pub(super) fn apply(self, mut request: RawRequest) -> Option<RawRequest> {
        let other = Credential::generate().ok()?;
        let signing = request.signing.as_mut()?;
        match self {
            Self::Secret => {
                other
                    .secret_access_key
                    .reveal()
                    .clone_into(&mut signing.secret_access_key);
            }
            Self::AccessKeyId => {
                other
                    .access_key_id
                    .as_str()
                    .clone_into(&mut signing.access_key_id);
            }
            Self::Service => "kms".clone_into(&mut signing.service),
            Self::Unsigned => request.signing = None,
            Self::HostUnsigned => signing.signed_headers.retain(|name| name != HOST),
            Self::DateUnsigned => signing.signed_headers.retain(|name| name == HOST),
        }
        Some(request)
    }
}
