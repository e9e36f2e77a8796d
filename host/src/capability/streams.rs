//! Capability `streams`: byte streams to the upstreams that are granted.

use std::sync::Arc;

use tokio::sync::Mutex;
use wasmtime::Result;
use wasmtime::component::Resource;

use super::State;
use crate::upstream::{Stream, UpstreamFault};

/// The most that one read or write moves, in bytes.
const MOST: usize = 1 << 20;

/// A plugin's handle of a connection.
#[expect(unreachable_pub, reason = "re-exported by generated code")]
pub struct ConnectionHandle {
    upstream: String,
    used: bool,
    stream: Arc<Mutex<Option<Stream>>>,
}

/// Why there are no bytes.
#[derive(Debug)]
pub(crate) enum StreamFault {
    NoSuchUpstream,
    TooMuch,
    Upstream(UpstreamFault),
}

impl State {
    /// A connection for the call under way.
    pub(crate) async fn open_stream(
        &mut self,
        upstream: String,
        fresh: bool,
    ) -> Result<Result<Resource<ConnectionHandle>, StreamFault>> {
        let upstreams = self.upstreams.clone();
        let share = upstreams.by_name(&upstream);
        let Some(share) = share.filter(|share| !share.is_http()) else {
            return Ok(Err(StreamFault::NoSuchUpstream));
        };
        let stream = match share.stream(fresh, self.deadline).await {
            Ok(stream) => stream,
            Err(fault) => return Ok(Err(StreamFault::Upstream(fault))),
        };
        let used = stream.is_used();
        let stream = Arc::new(Mutex::new(Some(stream)));
        self.streams.push(Arc::clone(&stream));
        let handle = ConnectionHandle {
            upstream,
            used,
            stream,
        };
        Ok(Ok(self.table.push(handle)?))
    }

    /// Whether an earlier call has used it.
    pub(crate) fn is_used_stream(&self, handle: &Resource<ConnectionHandle>) -> Result<bool> {
        Ok(self.table.get(handle)?.used)
    }

    /// Sends all of it.
    pub(crate) async fn write_stream(
        &mut self,
        handle: &Resource<ConnectionHandle>,
        bytes: &[u8],
    ) -> Result<Result<(), StreamFault>> {
        let stream = Arc::clone(&self.table.get(handle)?.stream);
        if bytes.len() > MOST {
            return Ok(Err(StreamFault::TooMuch));
        }
        let mut stream = stream.lock().await;
        let Some(open) = &mut *stream else {
            return Ok(Err(StreamFault::ENDED));
        };
        let written = open.write(bytes, self.deadline).await;
        Ok(written.map_err(|fault| {
            // What was sent in part is of no use any more.
            *stream = None;
            StreamFault::Upstream(fault)
        }))
    }

    /// Waits for exactly so many bytes.
    pub(crate) async fn read_stream(
        &mut self,
        handle: &Resource<ConnectionHandle>,
        count: u32,
    ) -> Result<Result<Vec<u8>, StreamFault>> {
        let stream = Arc::clone(&self.table.get(handle)?.stream);
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        if count > MOST {
            return Ok(Err(StreamFault::TooMuch));
        }
        let mut stream = stream.lock().await;
        let Some(open) = &mut *stream else {
            return Ok(Err(StreamFault::ENDED));
        };
        let read = open.read(count, self.deadline).await;
        Ok(read.map_err(|fault| {
            *stream = None;
            StreamFault::Upstream(fault)
        }))
    }

    /// Gives it back for another call.
    pub(crate) fn keep_stream(&mut self, handle: Resource<ConnectionHandle>) -> Result<()> {
        let handle = self.table.delete(handle)?;
        let stream = handle.stream.try_lock().ok();
        let stream = stream.and_then(|mut stream| stream.take());
        let upstreams = self.upstreams.clone();
        if let (Some(stream), Some(share)) = (stream, upstreams.by_name(&handle.upstream)) {
            share.keep(stream);
        }
        Ok(())
    }

    /// Ends a connection.
    pub(crate) fn drop_stream(&mut self, handle: Resource<ConnectionHandle>) -> Result<()> {
        let handle = self.table.delete(handle)?;
        end(&handle.stream);
        Ok(())
    }

    /// A call has ended: what it took and did not give back ends with it.
    pub(super) fn end_streams(&mut self) {
        for stream in self.streams.drain(..) {
            end(&stream);
        }
    }
}

/// Nobody else holds the lock: a call makes one host call at a time.
fn end(stream: &Mutex<Option<Stream>>) {
    if let Ok(mut stream) = stream.try_lock() {
        *stream = None;
    }
}

impl StreamFault {
    const ENDED: Self = Self::Upstream(UpstreamFault::Broken("the connection ended"));
}
