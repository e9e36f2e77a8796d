//! The body of an answer, for as long as its call lasts.

use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame};
use parking_lot::Mutex;
use tokio::sync::OwnedSemaphorePermit;
use wasmtime_wasi_http::Error;

/// What is handed over at once, in bytes.
const PIECE: usize = 64 << 10;

/// The body of one answer.
#[derive(Default)]
pub(super) struct AnswerBody(Arc<Mutex<Rest>>);

/// For whoever ends the call: it keeps no answer that nobody else has.
pub(super) struct Ending(Weak<Mutex<Rest>>);

/// What of it was not read.
#[derive(Default)]
enum Rest {
    /// Nothing.
    #[default]
    Read,
    Left(Bytes),
    /// The call has ended.
    Cut,
}

/// The bytes take their room until the last of them is gone.
struct Held {
    bytes: Vec<u8>,
    _room: OwnedSemaphorePermit,
}

impl AnswerBody {
    /// The answer is there, unless the call has ended.
    pub(super) fn fill(&self, bytes: Vec<u8>, room: OwnedSemaphorePermit) {
        let mut rest = self.0.lock();
        if !matches!(*rest, Rest::Cut) && !bytes.is_empty() {
            *rest = Rest::Left(Bytes::from_owner(Held { bytes, _room: room }));
        }
    }

    pub(super) fn ending(&self) -> Ending {
        Ending(Arc::downgrade(&self.0))
    }
}

impl Ending {
    /// The call has ended: nothing more can be read.
    pub(super) fn cut(&self) {
        if let Some(rest) = self.0.upgrade() {
            *rest.lock() = Rest::Cut;
        }
    }

    /// Whether somebody waits for the answer or may still read it.
    pub(super) fn has_reader(&self) -> bool {
        self.0.strong_count() > 0
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let mut rest = self.0.lock();
        Poll::Ready(match mem::take(&mut *rest) {
            Rest::Read => None,
            Rest::Left(mut bytes) => {
                let piece = bytes.split_to(bytes.len().min(PIECE));
                if !bytes.is_empty() {
                    *rest = Rest::Left(bytes);
                }
                Some(Ok(Frame::data(piece)))
            }
            Rest::Cut => {
                *rest = Rest::Cut;
                Some(Err(Error::ConnectionTerminated))
            }
        })
    }
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;
    use tokio::sync::Semaphore;

    use super::*;

    #[tokio::test]
    async fn a_body_keeps_its_room_until_its_last_piece_is_gone() {
        let all = Arc::new(Semaphore::new(10));
        let room = Arc::clone(&all).acquire_many_owned(10).await.unwrap();
        let mut body = AnswerBody::default();
        let ending = body.ending();
        body.fill(vec![7; PIECE + 1], room);
        let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
        let last = body.frame().await.unwrap().unwrap().into_data().unwrap();
        assert_eq!((first.len(), last.len()), (PIECE, 1));
        assert!(body.frame().await.is_none());
        drop(first);
        assert_eq!(all.available_permits(), 0);
        drop(last);
        assert_eq!(all.available_permits(), 10);
        assert!(ending.has_reader());
        drop(body);
        assert!(!ending.has_reader());
    }

    #[tokio::test]
    async fn a_body_that_is_let_go_of_unread_takes_no_room() {
        let all = Arc::new(Semaphore::new(1));
        let body = AnswerBody::default();
        let ending = body.ending();
        body.fill(vec![7], Arc::clone(&all).acquire_owned().await.unwrap());
        assert_eq!(all.available_permits(), 0);
        drop(body);
        assert_eq!(all.available_permits(), 1);
        ending.cut();
    }

    #[tokio::test]
    async fn an_answer_of_an_earlier_call_cannot_be_read() {
        let all = Arc::new(Semaphore::new(1));
        for late in [false, true] {
            let mut body = AnswerBody::default();
            let room = Arc::clone(&all).acquire_owned().await.unwrap();
            if late {
                body.ending().cut();
            }
            body.fill(vec![7], room);
            body.ending().cut();
            assert_eq!(all.available_permits(), 1, "it takes no room");
            let end = body.frame().await.unwrap();
            assert!(matches!(end, Err(Error::ConnectionTerminated)));
        }
    }
}
