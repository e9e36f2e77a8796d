//! Streams of bytes to an upstream.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout_at;

use super::exchange::REST;
use super::gate::Passed;
use super::wire::Wire;
use super::{Upstream, UpstreamFault};
use crate::words::Deadline;

/// A connection that one call uses.
pub(crate) struct Stream {
    wire: Wire,
    used: bool,
    _passed: Passed,
}

impl Stream {
    pub(super) fn new(wire: Wire, passed: Passed) -> Self {
        Self {
            wire,
            used: false,
            _passed: passed,
        }
    }

    pub(super) fn used(wire: Wire, passed: Passed) -> Self {
        Self {
            used: true,
            ..Self::new(wire, passed)
        }
    }

    /// Whether an earlier call has used it.
    pub(crate) fn is_used(&self) -> bool {
        self.used
    }

    /// Sends all of it, at most until the call's `deadline`.
    pub(crate) async fn write(
        &mut self,
        bytes: &[u8],
        deadline: Deadline,
    ) -> Result<(), UpstreamFault> {
        let written = async {
            self.wire.write_all(bytes).await?;
            self.wire.flush().await
        };
        match timeout_at(deadline.earlier(REST).as_tokio(), written).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(UpstreamFault::Broken("the connection ended")),
            Err(_) => Err(UpstreamFault::Deadline),
        }
    }

    /// Waits for exactly so many bytes, at most until the call's `deadline`.
    pub(crate) async fn read(
        &mut self,
        count: usize,
        deadline: Deadline,
    ) -> Result<Vec<u8>, UpstreamFault> {
        let mut bytes = vec![0; count];
        let read = self.wire.read_exact(&mut bytes);
        match timeout_at(deadline.earlier(REST).as_tokio(), read).await {
            Ok(Ok(_)) => Ok(bytes),
            Ok(Err(_)) => Err(UpstreamFault::Broken("the connection ended")),
            Err(_) => Err(UpstreamFault::Deadline),
        }
    }

    pub(super) fn into_wire(self) -> Wire {
        self.wire
    }
}

impl Upstream {
    /// A new connection to the first of its addresses that takes it.
    pub(super) async fn connect(&self, deadline: Deadline) -> Result<Wire, UpstreamFault> {
        let mut fault = UpstreamFault::Deadline;
        for index in self.order.addresses(Instant::now()) {
            let Some(origin) = self.dial.origins.get(index).cloned() else {
                continue;
            };
            match timeout_at(deadline.as_tokio(), Arc::clone(&self.dial).connect(origin)).await {
                Ok(Ok(wire)) => {
                    self.order.answered(index);
                    return Ok(wire);
                }
                Ok(Err(refused)) => {
                    self.order.failed(index, Instant::now());
                    self.say(&refused.to_string());
                    fault = UpstreamFault::Unreachable(refused.told());
                }
                Err(_) => return Err(UpstreamFault::Deadline),
            }
        }
        Err(fault)
    }
}

/// Connections that wait for another call.
pub(super) struct Kept {
    most: usize,
    idle: Duration,
    wires: Mutex<VecDeque<(Instant, Wire)>>,
}

impl Kept {
    pub(super) fn new(most: usize, idle: Duration) -> Self {
        Self {
            most,
            idle,
            wires: Mutex::default(),
        }
    }

    /// The one that was used last.
    pub(super) fn take(&self, now: Instant) -> Option<Wire> {
        let mut wires = self.wires.lock();
        let (since, wire) = wires.pop_back()?;
        if now.saturating_duration_since(since) < self.idle {
            return Some(wire);
        }
        // The others have waited for longer.
        wires.clear();
        None
    }

    pub(super) fn put(&self, wire: Wire, now: Instant) {
        let mut wires = self.wires.lock();
        wires.push_back((now, wire));
        let old = |since: &Instant| now.saturating_duration_since(*since) >= self.idle;
        while wires.len() > self.most || wires.front().is_some_and(|(since, _)| old(since)) {
            wires.pop_front();
        }
    }
}
