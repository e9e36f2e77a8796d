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

    /// Blots out secrets that the plugin may not see, where they are in it as they are.
    /// An upstream that changes one first is not found out.
    pub(super) fn blot_out<'s>(&mut self, secrets: impl Iterator<Item = &'s Zeroizing<Vec<u8>>>) {
        for secret in secrets.filter(|secret| secret.len() >= LOOKED_FOR) {
            blot_out(&mut self.body, secret);
            for (_, value) in &mut self.headers {
                let mut bytes = std::mem::take(value).into_bytes();
                blot_out(&mut bytes, secret);
                // Visible ASCII, with asterisks in it.
                *value = String::from_utf8(bytes).unwrap_or_default();
            }
        }
    }
}

fn blot_out(text: &mut [u8], secret: &[u8]) {
    // It is blotted out as it is.
    if secret.iter().all(|byte| *byte == b'*') {
        return;
    }
    while let Some(at) = memchr::memmem::find(text, secret) {
        if let Some(found) = text.get_mut(at..at + secret.len()) {
            found.fill(b'*');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_answer_repeats_of_secrets_is_blotted_out() {
        let mut answer = Answer {
            status: 200,
            headers: vec![("x-echo".to_owned(), "Bearer s.123456!".to_owned())],
            body: b"{\"id\":\"s.123456\",\"again\":\"s.123456\",\"a\":\"short\"}".to_vec(),
        };
        // One of asterisks would be found again without end if it was not as long.
        let secrets = [b"s.123456".to_vec(), b"short".to_vec()].map(Zeroizing::new);
        answer.blot_out(secrets.iter());
        assert_eq!(answer.headers[0].1, "Bearer ********!");
        let body = String::from_utf8(answer.body).unwrap();
        assert_eq!(
            body,
            "{\"id\":\"********\",\"again\":\"********\",\"a\":\"short\"}"
        );
    }

    #[test]
    fn a_secret_of_asterisks_ends() {
        let mut text = b"a ******** b".to_vec();
        blot_out(&mut text, b"********");
        assert_eq!(text, b"a ******** b");
    }
}
