//! The error names of the XKS specification and how they look on the wire.

use std::fmt::Write as _;

use http::StatusCode;

/// The longest `errorMessage`, in characters: "less than 512" (XKS-103).
pub const MAX_MESSAGE_CHARS: usize = 511;

/// An XKS error name (specification, "Error codes"; XKS-101).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum XksError {
    /// 400: an input parameter is invalid.
    Validation,
    /// 400: the external key or the key store is disabled.
    InvalidState,
    /// 400, Decrypt only: the tag does not match what was sent.
    InvalidCiphertext,
    /// 400, Encrypt and Decrypt only: the key does not permit the operation.
    InvalidKeyUsage,
    /// 401: the signature is missing or wrong.
    AuthenticationFailed,
    /// 403, never for `GetHealthStatus`: a policy denied the operation.
    AccessDenied,
    /// 404, never for `GetHealthStatus`: the external key does not exist.
    KeyNotFound,
    /// 404: no API is served at this path.
    InvalidUriPath,
    /// 429: too many requests.
    Throttling,
    /// 500: the proxy or the key manager failed.
    Internal,
    /// 501: not implemented, or larger than this proxy takes.
    UnsupportedOperation,
    /// 503: the key manager did not answer in time.
    DependencyTimeout,
}

impl XksError {
    /// Every error name once.
    pub const ALL: [Self; 12] = [
        Self::Validation,
        Self::InvalidState,
        Self::InvalidCiphertext,
        Self::InvalidKeyUsage,
        Self::AuthenticationFailed,
        Self::AccessDenied,
        Self::KeyNotFound,
        Self::InvalidUriPath,
        Self::Throttling,
        Self::Internal,
        Self::UnsupportedOperation,
        Self::DependencyTimeout,
    ];

    /// Whether AWS KMS counts it as an error that may pass when the same is asked again:
    /// `ErrorType` of the CloudWatch metric `XksProxyErrors`.
    pub const fn is_retryable(self) -> bool {
        matches!(
            self,
            Self::Throttling | Self::Internal | Self::DependencyTimeout
        )
    }

    /// The `errorName` (XKS-101).
    pub const fn name(self) -> &'static str {
        match self {
            Self::Validation => "ValidationException",
            Self::InvalidState => "InvalidStateException",
            Self::InvalidCiphertext => "InvalidCiphertextException",
            Self::InvalidKeyUsage => "InvalidKeyUsageException",
            Self::AuthenticationFailed => "AuthenticationFailedException",
            Self::AccessDenied => "AccessDeniedException",
            Self::KeyNotFound => "KeyNotFoundException",
            Self::InvalidUriPath => "InvalidUriPathException",
            Self::Throttling => "ThrottlingException",
            Self::Internal => "InternalException",
            Self::UnsupportedOperation => "UnsupportedOperationException",
            Self::DependencyTimeout => "DependencyTimeoutException",
        }
    }

    /// The HTTP status that goes with the name (XKS-101).
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Validation
            | Self::InvalidState
            | Self::InvalidCiphertext
            | Self::InvalidKeyUsage => StatusCode::BAD_REQUEST,
            Self::AuthenticationFailed => StatusCode::UNAUTHORIZED,
            Self::AccessDenied => StatusCode::FORBIDDEN,
            Self::KeyNotFound | Self::InvalidUriPath => StatusCode::NOT_FOUND,
            Self::Throttling => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::UnsupportedOperation => StatusCode::NOT_IMPLEMENTED,
            Self::DependencyTimeout => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// A text that is safe to send whatever the cause was (XKS-104).
    pub const fn message(self) -> &'static str {
        match self {
            Self::Validation => "The request is not valid.",
            Self::InvalidState => "The external key or the key store is disabled.",
            Self::InvalidCiphertext => {
                "The ciphertext, its metadata, initialization vector, authentication tag \
                 or additional authenticated data is corrupted, missing or otherwise invalid."
            }
            Self::InvalidKeyUsage => "The external key does not permit this operation.",
            Self::AuthenticationFailed => "The request could not be authenticated.",
            Self::AccessDenied => "The operation is not authorized.",
            Self::KeyNotFound => "The external key does not exist.",
            Self::InvalidUriPath => "No API of an external key store is served at this path.",
            Self::Throttling => "The request rate is too high.",
            Self::Internal => "The external key store proxy or the key manager failed.",
            Self::UnsupportedOperation => {
                "The operation, or the size of one of its parameters, is not supported."
            }
            Self::DependencyTimeout => "The external key manager did not answer in time.",
        }
    }

    /// The body of the answer: one line of JSON (XKS-102, XKS-106).
    ///
    /// Characters of `message` outside 0x20–0x7E become `?`, and everything
    /// after the 511th character is cut off (XKS-103). The caller sees to it
    /// that the text holds nothing confidential (XKS-104).
    pub fn body(self, message: &str) -> Vec<u8> {
        let mut json = String::with_capacity(64 + message.len().min(MAX_MESSAGE_CHARS));
        // Writing into a String cannot fail.
        let _ = write!(json, r#"{{"errorName":"{}","errorMessage":""#, self.name());
        for character in message.chars().take(MAX_MESSAGE_CHARS) {
            match character {
                '"' | '\\' => json.extend(['\\', character]),
                ' '..='~' => json.push(character),
                _ => json.push('?'),
            }
        }
        json.push_str("\"}");
        json.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message_of(body: &[u8]) -> String {
        let value: serde_json::Value = serde_json::from_slice(body).unwrap();
        assert_eq!(value.as_object().unwrap().len(), 2);
        value["errorMessage"].as_str().unwrap().to_owned()
    }

    #[test]
    fn xks_101_each_name_has_its_status() {
        let expected = [
            (400, "ValidationException"),
            (400, "InvalidStateException"),
            (400, "InvalidCiphertextException"),
            (400, "InvalidKeyUsageException"),
            (401, "AuthenticationFailedException"),
            (403, "AccessDeniedException"),
            (404, "KeyNotFoundException"),
            (404, "InvalidUriPathException"),
            (429, "ThrottlingException"),
            (500, "InternalException"),
            (501, "UnsupportedOperationException"),
            (503, "DependencyTimeoutException"),
        ];
        let found = XksError::ALL.map(|error| (error.status().as_u16(), error.name()));
        assert_eq!(found, expected);
    }

    #[test]
    fn xks_102_body_is_an_object_with_the_error_name() {
        for error in XksError::ALL {
            let value: serde_json::Value =
                serde_json::from_slice(&error.body(error.message())).unwrap();
            assert_eq!(value["errorName"], error.name());
            assert_eq!(value["errorMessage"], error.message());
        }
    }

    #[test]
    fn xks_103_message_is_at_most_511_printable_ascii_characters() {
        for hostile in ["é".repeat(600), "a".repeat(4096), "\"".repeat(600)] {
            let message = message_of(&XksError::Internal.body(&hostile));
            assert_eq!(message.chars().count(), 511);
            assert!(message.bytes().all(|byte| (0x20..=0x7e).contains(&byte)));
        }
        assert_eq!(
            message_of(&XksError::Validation.body("a\r\nb\u{7f}\0\t\\\"~ ")),
            "a??b???\\\"~ "
        );
        for error in XksError::ALL {
            assert!(error.message().len() < 512);
            assert!(
                error
                    .message()
                    .bytes()
                    .all(|byte| (0x20..=0x7e).contains(&byte))
            );
        }
    }

    #[test]
    fn xks_106_body_is_one_line_without_a_space_before_the_colon() {
        assert_eq!(
            XksError::KeyNotFound.body("gone\nreally"),
            br#"{"errorName":"KeyNotFoundException","errorMessage":"gone?really"}"#
        );
    }
}
