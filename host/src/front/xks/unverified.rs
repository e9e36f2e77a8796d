//! What a refused request says of itself, so that its record can be found from
//! the side of `CloudTrail` (FLT-100). Nothing is decided by it.

use bytes::Bytes;
use claviger_xks::credential::AccessKeyId;
use claviger_xks::request::{self, shown};
use claviger_xks::sigv4::claimed_access_key_id;
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use hyper::http::request::Parts;

use super::body::{as_u64, poll_once};

/// The longest path that is recorded, in characters.
const PATH: usize = 256;

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

/// The whole body, if it is small enough to be looked into and has come with the head.
/// Nobody is waited for.
pub(super) async fn come_with_the_head(body: &mut Incoming) -> Option<Bytes> {
    let most = as_u64(request::Unverified::BODY);
    if body.size_hint().upper().is_none_or(|bytes| bytes > most) {
        return None;
    }
    let collected = poll_once(body.collect()).await?;
    Some(collected.ok()?.to_bytes())
}
