//! A response, and what every response of the XKS proxy API must look like.

use serde_json::Value;

/// A response as it came over the wire.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// The error names and their statuses (XKS-101).
pub(crate) const ERRORS: [(&str, u16); 12] = [
    ("ValidationException", 400),
    ("InvalidStateException", 400),
    ("InvalidCiphertextException", 400),
    ("InvalidKeyUsageException", 400),
    ("AuthenticationFailedException", 401),
    ("AccessDeniedException", 403),
    ("KeyNotFoundException", 404),
    ("InvalidUriPathException", 404),
    ("ThrottlingException", 429),
    ("InternalException", 500),
    ("UnsupportedOperationException", 501),
    ("DependencyTimeoutException", 503),
];

impl Response {
    /// The header's value; panics when it is there twice.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self
            .headers
            .iter()
            .filter(|(other, _)| other.eq_ignore_ascii_case(name));
        let first = values.next();
        assert!(values.next().is_none(), "{name} is there twice: {self:?}");
        first.map(|(_, value)| value.as_str())
    }

    /// The JSON object of an answer with status 200.
    #[track_caller]
    pub(crate) fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text());
        self.object()
    }

    /// The body as text, for messages.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as one JSON object, its form checked (XKS-024, XKS-106).
    #[track_caller]
    fn object(&self) -> Value {
        let text = self.text();
        assert_eq!(
            self.header("content-type"),
            Some("application/json"),
            "{text}"
        );
        assert!(
            !self.body.iter().any(|byte| b"\r\n".contains(byte)),
            "more than one line: {text}"
        );
        let value: Value = serde_json::from_slice(&self.body).expect("the body is JSON");
        for name in value.as_object().expect("the body is an object").keys() {
            let member = format!("\"{name}\":");
            assert!(text.contains(&member), "no {member} in {text}");
        }
        value
    }
}

/// Checks status, content type, body and the rules for errorMessage (XKS-101 to
/// XKS-103, XKS-106).
#[track_caller]
pub(crate) fn assert_xks_error(response: &Response, status: u16, name: &str) {
    let text = response.text();
    assert!(
        ERRORS.contains(&(name, status)),
        "the test expects {name} with {status}, which XKS-101 does not have"
    );
    assert_eq!(response.status, status, "expected {name}, got {text}");
    let body = response.object();
    assert_eq!(body["errorName"], name, "{text}");
    let members = body.as_object().expect("checked above");
    let known = ["errorName", "errorMessage"];
    assert!(
        members.keys().all(|key| known.contains(&key.as_str())),
        "{text}"
    );
    if let Some(message) = members.get("errorMessage") {
        let message = message.as_str().expect("errorMessage is a string");
        assert!(message.len() <= 511, "errorMessage is too long: {text}");
        assert!(
            message.bytes().all(|byte| (0x20..=0x7e).contains(&byte)),
            "errorMessage is not printable ASCII: {text}"
        );
    }
}
