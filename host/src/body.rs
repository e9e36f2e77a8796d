//! Step 4 of the order of checks: a bounded body, before anybody is
//! authenticated (XKS-131).

use std::future::{Future as _, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use claviger_xks::error::XksError;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::Version;
use hyper::body::{Body as _, Incoming};

use crate::failure::Failure;

/// How long the body may take. Beyond KMS's own 250 ms nobody waits for the
/// answer any more (XKS-137).
const READ: Duration = Duration::from_secs(1);
/// How much of a body that nobody wants is read over HTTP/2 and thrown away.
const DISCARDED: usize = 4 << 20;

/// A body that was not read to its end.
pub(crate) struct Unread {
    pub(crate) failure: Failure,
    rest: Option<Incoming>,
}

/// The raw bytes of the body, at most `cap`.
pub(crate) async fn read(mut body: Incoming, cap: usize) -> Result<Bytes, Unread> {
    let too_large = || Failure::new(XksError::UnsupportedOperation, "the body is beyond the cap");
    // A body that says how large it is need not be read to be refused.
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > cap {
        return Err(Unread {
            failure: too_large(),
            rest: Some(body),
        });
    }
    let mut collecting = pin!(Limited::new(&mut body, cap).collect());
    // Nearly always the body has come with the head: no timer for it then.
    let collected = match poll_fn(|context| Poll::Ready(collecting.as_mut().poll(context))).await {
        Poll::Ready(collected) => Ok(collected),
        Poll::Pending => tokio::time::timeout(READ, collecting).await,
    };
    match collected {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Unread {
            failure: too_large(),
            rest: Some(body),
        }),
        Ok(Err(_)) => {
            let failure = Failure::new(XksError::Validation, "the body was cut off");
            Err(Unread {
                failure,
                rest: None,
            })
        }
        Err(_) => {
            let reason = "the body did not arrive within a second";
            Err(Unread {
                failure: Failure::new(XksError::DependencyTimeout, reason),
                rest: None,
            })
        }
    }
}

impl Unread {
    /// Lets go of the rest of the body.
    pub(crate) async fn discard(self, version: Version) -> Failure {
        if let Some(rest) = self.rest {
            discard(rest, version).await;
        }
        self.failure
    }
}

/// Lets a client send what nobody wants to read. Over HTTP/2 an answer that
/// comes before the end of the body resets the stream, and some clients (curl
/// among them) then throw the answer away. Over HTTP/1.1 the connection is
/// closed gently instead, so that a client that waits for `100 Continue` need
/// not send anything.
pub(crate) async fn discard(mut body: Incoming, version: Version) {
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
