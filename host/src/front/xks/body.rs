//! Step 4 of the order of checks: a bounded body, before anybody is
//! authenticated (XKS-131).

use std::future::{Future as _, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::Version;
use hyper::body::{Body as _, Incoming};

use super::failure::Failure;

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
pub(super) async fn read(mut body: Incoming, cap: usize) -> Result<Bytes, Unread> {
    // A body that says how large it is need not be read to be refused.
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > cap {
        return Err(Unread::new(Failure::BodyTooLarge, Some(body)));
    }
    let mut collecting = pin!(Limited::new(&mut body, cap).collect());
    // Nearly always the body has come with the head: no timer for it then.
    let collected = match poll_fn(|context| Poll::Ready(collecting.as_mut().poll(context))).await {
        Poll::Ready(collected) => Ok(collected),
        Poll::Pending => tokio::time::timeout(READ, collecting).await,
    };
    match collected {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            Err(Unread::new(Failure::BodyTooLarge, Some(body)))
        }
        Ok(Err(_)) => Err(Unread::new(Failure::BodyCutOff, None)),
        Err(_) => Err(Unread::new(Failure::BodyLate, None)),
    }
}

impl Unread {
    /// Lets go of the rest of the body.
    pub(super) async fn discard(self, version: Version) -> Failure {
        if let Some(rest) = self.rest {
            discard(rest, version).await;
        }
        self.failure
    }
}

/// Reads the rest of a refused body. Over HTTP/2 an answer that
/// comes before the end of the body resets the stream, and some clients (curl
/// among them) then throw the answer away. Over HTTP/1.1 the connection is
/// closed gently instead, so that a client that waits for `100 Continue` need
/// not send anything.
pub(super) async fn discard(mut body: Incoming, version: Version) {
    if version != Version::HTTP_2 {
        return;
    }
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
    let _ = tokio::time::timeout(READ, thrown_away).await;
}
