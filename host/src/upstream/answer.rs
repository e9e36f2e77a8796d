//! What an upstream answers, checked.

use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::Response;
use hyper::body::Incoming;
use zeroize::Zeroizing;

use super::UpstreamFault;

/// Secrets shorter than this are not looked for: they would be found by chance.
const LOOKED_FOR: usize = 8;

/// A whole answer. What is in it may be secret.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// Waits for the whole of it, at most so many bytes.
    pub(super) async fn read(
        response: Response<Incoming>,
        most: usize,
    ) -> Result<Self, UpstreamFault> {
        const TOO_LONG: UpstreamFault =
            UpstreamFault::Refused("the answer is longer than the upstream's `answer_kib`");
        let (head, body) = response.into_parts();
        let length = head.headers.get(hyper::header::CONTENT_LENGTH);
        let length = length.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        if length.is_some_and(|length| usize::try_from(length).is_ok_and(|length| length > most)) {
            return Err(TOO_LONG);
        }
        let body = Limited::new(body, most).collect().await.map_err(|error| {
            if error.is::<LengthLimitError>() {
                TOO_LONG
            } else {
                UpstreamFault::Broken("the answer broke off")
            }
        })?;
        let visible = |value: &[u8]| value.iter().all(|byte| matches!(byte, b' '..=b'~'));
        let headers = head.headers.iter();
        let headers = headers.filter(|(_, value)| visible(value.as_bytes()));
        let headers = headers.filter_map(|(name, value)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        });
        Ok(Self {
            status: head.status.as_u16(),
            headers: headers.collect(),
            body: body.to_bytes().into(),
        })
    }

    /// Whether a secret that the plugin may not see is in it, as it is. An upstream that
    /// changes it first is not found out.
    pub(super) fn repeats<'s>(
        &self,
        mut secrets: impl Iterator<Item = &'s Zeroizing<Vec<u8>>>,
    ) -> bool {
        secrets.any(|secret| {
            secret.len() >= LOOKED_FOR
                && (contains(&self.body, secret)
                    || self
                        .headers
                        .iter()
                        .any(|(_, value)| contains(value.as_bytes(), secret)))
        })
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(text, part).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_repeats_a_secret_is_found_out() {
        let answer = |header: &str, body: &str| Answer {
            status: 200,
            headers: vec![("x-echo".to_owned(), header.to_owned())],
            body: body.as_bytes().to_vec(),
        };
        let secrets = [b"s.123456".to_vec(), b"short".to_vec()].map(Zeroizing::new);
        let repeats = |answer: Answer| answer.repeats(secrets.iter());
        assert!(repeats(answer("Bearer s.123456", "")));
        assert!(repeats(answer("", "{\"token\":\"s.1234567\"}")));
        assert!(!repeats(answer("short", "s.12345")));
    }
}
