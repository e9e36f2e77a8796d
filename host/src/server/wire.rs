//! The TCP connection under TLS, watched: what it began with, and whether bytes have
//! come that no request has followed yet.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Enough to tell protocols apart, in bytes.
const FIRST: usize = 16;

/// A connection of which a few things are noted as bytes go by.
pub(super) struct Wire {
    stream: TcpStream,
    first: [u8; FIRST],
    seen: usize,
    reading: Arc<Reading>,
}

/// Whether a request has begun to come and is not whole: bytes were read, and since
/// then no request was taken up and nothing was written.
#[derive(Default)]
pub(super) struct Reading(AtomicBool);

impl Reading {
    /// A request was taken up, or answered.
    pub(super) fn done(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    fn begins(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_under_way(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Wire {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            first: [0; FIRST],
            seen: 0,
            reading: Arc::default(),
        }
    }

    /// The first bytes that came, at most 16.
    pub(super) fn first(&self) -> &[u8] {
        self.first.get(..self.seen).unwrap_or_default()
    }

    pub(super) fn reading(&self) -> Arc<Reading> {
        Arc::clone(&self.reading)
    }

    pub(super) fn into_inner(self) -> TcpStream {
        self.stream
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let wire = self.get_mut();
        let before = buffer.filled().len();
        ready!(Pin::new(&mut wire.stream).poll_read(context, buffer))?;
        let read = buffer.filled().get(before..).unwrap_or_default();
        if !read.is_empty() {
            wire.reading.begins();
            let free = wire.first.get_mut(wire.seen..).unwrap_or_default();
            for (free, byte) in free.iter_mut().zip(read) {
                *free = *byte;
                wire.seen += 1;
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let wire = self.get_mut();
        wire.reading.done();
        Pin::new(&mut wire.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let wire = self.get_mut();
        wire.reading.done();
        Pin::new(&mut wire.stream).poll_write_vectored(context, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}
