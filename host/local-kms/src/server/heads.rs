//! How long a connection may be without a complete head of a request.
//!
//! A client that is slow with a head takes a seat from everybody, so it has a few
//! seconds. One that has had an answer may keep its connection open for longer, as SDKs
//! do, until it begins another head.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

/// From the beginning of a connection, or of a head, to the end of the head.
const HEAD: Duration = Duration::from_secs(5);
/// From an answer to the beginning of the next head. SDKs keep connections open for a
/// minute or so.
const IDLE: Duration = Duration::from_secs(75);

/// What a connection is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waiting {
    /// For the whole of a head, since then.
    Head(Instant),
    /// For the first byte of another head, since then.
    Idle(Instant),
    /// For nothing: a request is being read and answered, which has limits of its own.
    Answer,
}

/// The heads of one connection.
#[derive(Debug, Clone)]
pub(super) struct Heads(Arc<Mutex<Waiting>>);

impl Heads {
    /// Of a connection that begins now.
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(Waiting::Head(Instant::now()))))
    }

    /// The head is complete.
    pub(super) fn request(&self) {
        *self.0.lock() = Waiting::Answer;
    }

    /// The request has its answer.
    pub(super) fn answered(&self) {
        *self.0.lock() = Waiting::Idle(Instant::now());
    }

    /// When the connection has to end unless something happens before.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match *self.0.lock() {
            Waiting::Head(since) => Some(since + HEAD),
            Waiting::Idle(since) => Some(since + IDLE),
            Waiting::Answer => None,
        }
    }

    fn received(&self) {
        let mut waiting = self.0.lock();
        if let Waiting::Idle(_) = *waiting {
            *waiting = Waiting::Head(Instant::now());
        }
    }
}

/// A stream that says when something of it is read.
pub(super) struct Watched<S> {
    pub(super) stream: S,
    pub(super) heads: Heads,
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            this.heads.received();
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_head_has_five_seconds_and_an_open_connection_more() {
        let heads = Heads::new();
        let (mut client, stream) = tokio::io::duplex(16);
        let mut watched = Watched {
            stream,
            heads: heads.clone(),
        };
        let left = || heads.deadline().map(|deadline| deadline - Instant::now());
        // The first head: bytes do not give it more time.
        tokio::time::advance(Duration::from_secs(2)).await;
        client.write_all(b"POST").await.unwrap();
        watched.read_u32().await.unwrap();
        assert_eq!(left(), Some(Duration::from_secs(3)));
        heads.request();
        client.write_all(b"body").await.unwrap();
        watched.read_u32().await.unwrap();
        assert_eq!(left(), None);
        heads.answered();
        assert_eq!(left(), Some(IDLE));
        // The next head begins.
        tokio::time::advance(Duration::from_mins(1)).await;
        client.write_all(b"POST").await.unwrap();
        watched.read_u32().await.unwrap();
        assert_eq!(left(), Some(HEAD));
    }
}
