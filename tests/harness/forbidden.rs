//! What must never be written to a log: every plaintext, additional
//! authenticated data, secret, Authorization value and signature that a test
//! used (XKS-116, XKS-117).

use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::{Request, Response, base64, from_base64, hex};

/// The values a test has used, shared by all its clients.
#[derive(Clone, Default)]
pub(crate) struct Forbidden {
    patterns: Arc<Mutex<Vec<Pattern>>>,
}

#[derive(Clone, PartialEq)]
struct Pattern {
    what: &'static str,
    bytes: Vec<u8>,
}

/// Values shorter than this are found everywhere by chance.
const SHORTEST: usize = 8;
/// The start of a long value stands for it. Divisible by three, so that its
/// Base64 is a prefix of the whole value's.
const LONGEST: usize = 48;

impl Forbidden {
    /// Remembers what a request holds.
    pub(crate) fn note_request(&self, request: &Request) {
        for (name, value) in &request.headers {
            // A shorter value is no more than words that everybody knows.
            if name.eq_ignore_ascii_case("authorization") && value.len() > 64 {
                self.note_text("Authorization", value);
                if let Some((_, signature)) = value.split_once("Signature=") {
                    self.note_text("signature", signature);
                }
            }
        }
        if let Ok(body) = serde_json::from_slice::<Value>(&request.body) {
            self.note_member("plaintext", &body, "plaintext");
            self.note_member("AAD", &body, "additionalAuthenticatedData");
        }
    }

    /// Remembers what a response holds.
    pub(crate) fn note_response(&self, response: &Response) {
        if let Ok(body) = serde_json::from_slice::<Value>(&response.body) {
            self.note_member("plaintext", &body, "plaintext");
        }
    }

    /// Remembers a value that is secret as it is written.
    pub(crate) fn note_text(&self, what: &'static str, text: &str) {
        self.note(what, text.as_bytes().to_vec());
    }

    /// Remembers bytes in every form in which a program might write them.
    pub(crate) fn note_bytes(&self, what: &'static str, bytes: &[u8]) {
        if bytes.len() < SHORTEST {
            return;
        }
        let start = &bytes[..bytes.len().min(LONGEST)];
        let list = format!("{start:?}");
        let list = list.trim_matches(['[', ']']);
        let hex = hex(start);
        self.note(what, start.to_vec());
        // Without the last quantum, which depends on what follows.
        self.note(what, base64(&start[..start.len() / 3 * 3]).into_bytes());
        self.note(what, hex.to_uppercase().into_bytes());
        self.note(what, list.as_bytes().to_vec());
        self.note(what, hex.into_bytes());
    }

    /// Panics when `written` holds a forbidden value. The panic's text names the
    /// kind of the value and where it is, never the value.
    pub(crate) fn assert_absent(&self, place: &str, written: &[u8]) {
        let found = {
            let patterns = self.patterns.lock().expect("no holder panics");
            patterns.iter().find_map(|pattern| {
                let at = find(written, &pattern.bytes)?;
                let line = written[..at].split(|&byte| byte == b'\n').count();
                Some((line, pattern.what))
            })
        };
        if let Some((line, what)) = found {
            panic!("{place}, line {line}, shows a {what}");
        }
    }

    fn note_member(&self, what: &'static str, body: &Value, name: &str) {
        if let Some(bytes) = body[name].as_str().and_then(from_base64) {
            self.note_bytes(what, &bytes);
        }
    }

    fn note(&self, what: &'static str, bytes: Vec<u8>) {
        let pattern = Pattern { what, bytes };
        let mut patterns = self.patterns.lock().expect("no holder panics");
        if pattern.bytes.len() >= SHORTEST && !patterns.contains(&pattern) {
            patterns.push(pattern);
        }
    }
}

fn find(text: &[u8], pattern: &[u8]) -> Option<usize> {
    let first = pattern.first()?;
    let mut from = 0;
    while let Some(step) = text[from..].iter().position(|byte| byte == first) {
        let at = from + step;
        if text[at..].starts_with(pattern) {
            return Some(at);
        }
        from = at + 1;
    }
    None
}

#[test]
fn a_forbidden_value_is_found_in_every_form() {
    let forbidden = Forbidden::default();
    forbidden.note_bytes("plaintext", b"plaintext 0123456789abcdef");
    for leak in [
        "…plaintext 0123456789abcdef…".to_owned(),
        format!("…{}…", base64(b"plaintext 0123456789abcdef and more")),
        format!("{:?}", b"plaintext 0123456789abcdef"),
        "706C61696E746578742030313233343536373839616263646566".to_owned(),
        "706c61696e746578742030313233343536373839616263646566".to_owned(),
    ] {
        let found = std::panic::catch_unwind(|| forbidden.assert_absent("log", leak.as_bytes()));
        assert!(found.is_err(), "{leak}");
    }
    forbidden.assert_absent("log", b"a plaintext of 26 bytes");
}
