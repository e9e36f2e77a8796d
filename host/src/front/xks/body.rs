//! Step 4 of the order of checks: a bounded body, before anybody is
//! authenticated (XKS-131).

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::Version;
use hyper::body::{Body as _, Incoming};

use super::failure::Failure;
use crate::front::awaited_bodies::TooManyBodies;
use crate::front::client::Client;

/// How long the body may take. KMS itself waits for 250 ms only, so a longer wait
/// is of no use (XKS-137).
const READ: Duration = Duration::from_secs(1);
/// How many bytes of a refused body are read over HTTP/2 and thrown away, at most.
const DISCARDED: usize = 4 << 20;

/// A body that was not read to its end.
pub(super) struct Unread {
    pub(super) failure: Failure,
    rest: Option<Incoming>,
}

impl Unread {
    fn new(failure: Failure, rest: Option<Incoming>) -> Self {
        Self { failure, rest }
    }
}

/// The raw bytes of the body, at most `cap`.
pub(super) async fn read(mut body: Incoming, cap: usize, client: &Client) -> Result<Bytes, Unread> {
    // A body that says how large it is need not be read to be refused.
    let announced = body.size_hint();
    if announced.lower() > as_u64(cap) {
        return Err(Unread::new(Failure::BodyTooLarge, Some(body)));
    }
    let mut collecting = pin!(Limited::new(&mut body, cap).collect());
    // Nearly always the body has come with the head: no timer and no room for it then.
    let collected = if let Some(collected) = poll_once(collecting.as_mut()).await {
        collected
    } else {
        let most = announced
            .upper()
            .map_or(cap, |upper| as_usize(upper).min(cap));
        let mut awaited = client
            .await_body(most)
            .map_err(|TooManyBodies| Unread::new(Failure::BodiesMissing, None))?;
        tokio::select! {
            biased;
            collected = collecting => collected,
            () = awaited.gives_way() => {
                return Err(Unread::new(Failure::BodiesMissing, None));
            }
            () = tokio::time::sleep(READ) => {
                return Err(Unread::new(Failure::BodyLate, None));
            }
        }
    };
    match collected {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            Err(Unread::new(Failure::BodyTooLarge, Some(body)))
        }
        Err(_) => Err(Unread::new(Failure::BodyCutOff, None)),
    }
}

/// What the future is worth already.
pub(super) async fn poll_once<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

pub(super) fn as_u64(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

fn as_usize(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

impl Unread {
    /// Lets go of the rest of the body.
    pub(super) async fn discard(self, version: Version, client: &Client) -> Failure {
        if let Some(rest) = self.rest {
            discard(rest, version, client).await;
        }
        self.failure
    }
}

/// Reads the rest of a refused body. Over HTTP/2 an answer that
/// comes before the end of the body resets the stream, and some clients (curl
/// among them) then throw the answer away. Over HTTP/1.1 the connection is
/// closed gently instead, so that a client that waits for `100 Continue` need
/// not send anything.
///
/// This is waiting for a body as well, and takes room as the other one does.
pub(super) async fn discard(mut body: Incoming, version: Version, client: &Client) {
    if version != Version::HTTP_2 || body.is_end_stream() {
        return;
    }
    let Ok(mut awaited) = client.await_body(0) else {
        return;
    };
    let thrown_away = async {
        let mut left = DISCARDED;
        while let Some(Ok(frame)) = body.frame().await {
            let length = frame.data_ref().map_or(0, Bytes::len);
            match left.checked_sub(length) {
                Some(rest) => left = rest,
                None => return,
            }
        }
    };
    // Whoever is slower than that loses the answer.
    tokio::select! {
        biased;
        () = thrown_away => {}
        () = awaited.gives_way() => {}
        () = tokio::time::sleep(READ) => {}
    }
}
