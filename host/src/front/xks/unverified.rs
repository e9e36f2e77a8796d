//! What a refused request says of itself, so that its record can be found from
//! the side of `CloudTrail` (FLT-100). Nothing is decided by it.

use std::future::{Future as _, poll_fn};
use std::pin::pin;
use std::task::Poll;

use bytes::Bytes;
use claviger_xks::credential::AccessKeyId;
use claviger_xks::request;
use claviger_xks::sigv4::claimed_access_key_id;
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use hyper::http::request::Parts;

/// The longest path that is recorded, in characters. Those that are not printable are
/// shown as one `?` each, so that a record is not many times as long as its request.
const PATH: usize = 256;
/// The longest body that is looked into, in bytes, of a request for no key store.
const BODY: u64 = 16 << 10;

/// As it was sent, and perhaps by a stranger.
#[derive(Default)]
pub(super) struct Unverified {
    pub(super) method: Option<String>,
    pub(super) path: Option<String>,
    pub(super) access_key_id: Option<AccessKeyId>,
    pub(super) body: request::Unverified,
}

impl Unverified {
    /// Of a request that nobody authenticated.
    pub(super) fn stranger(head: &Parts, body: &[u8]) -> Self {
        let shown = |character: char| {
            if character.is_ascii_graphic() {
                character
            } else {
                '?'
            }
        };
        Self {
            // Tokens of any length are methods.
            method: Some(head.method.as_str().chars().take(16).collect()),
            path: Some(head.uri.path().chars().take(PATH).map(shown).collect()),
            access_key_id: claimed_access_key_id(&head.headers),
            body: request::Unverified::of(body),
        }
    }

    /// Of a request that a credential signed and that is not what it should be.
    pub(super) fn signed(body: &[u8]) -> Self {
        Self {
            body: request::Unverified::of(body),
            ..Self::default()
        }
    }
}

/// The body, if it is small and has come with the head, and whether nothing of it is
/// left to be read. Nobody is waited for.
pub(super) async fn come_with_the_head(body: &mut Incoming) -> Option<Bytes> {
    if body.size_hint().upper().is_none_or(|bytes| bytes > BODY) {
        return None;
    }
    let mut collecting = pin!(body.collect());
    let collected = poll_fn(|context| Poll::Ready(collecting.as_mut().poll(context))).await;
    match collected {
        Poll::Ready(Ok(collected)) => Some(collected.to_bytes()),
        Poll::Ready(Err(_)) | Poll::Pending => None,
    }
}
