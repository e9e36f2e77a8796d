//! What one use of a plugin by a key store has of upstreams.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use claviger_config::Name;

use super::counts::{UpstreamCounts, UpstreamResult};
use super::exchange::REST;
use super::gate::{Gate, Passed};
use super::stream::Kept;
use super::{Answer, Request, Stream, Upstream, UpstreamFault};
use crate::words::Deadline;

/// The upstreams that are granted, by name.
#[derive(Clone, Default)]
pub(crate) struct GrantedUpstreams(Arc<BTreeMap<String, UpstreamShare>>);

/// One upstream for one use of a plugin.
pub(crate) struct UpstreamShare {
    upstream: Arc<Upstream>,
    counts: Arc<UpstreamCounts>,
    gate: Gate,
    kept: Kept,
}

impl GrantedUpstreams {
    pub(crate) fn by_name(&self, name: &str) -> Option<&UpstreamShare> {
        self.0.get(name)
    }

    /// One that HTTP is spoken to.
    pub(crate) fn http(&self, name: &str) -> Option<&UpstreamShare> {
        self.by_name(name).filter(|share| share.is_http())
    }

    /// All of them, with what is counted.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &UpstreamCounts)> {
        let all = self.0.iter();
        all.map(|(name, share)| (&**name, &*share.counts))
    }
}

impl FromIterator<(Name, UpstreamShare)> for GrantedUpstreams {
    fn from_iter<T: IntoIterator<Item = (Name, UpstreamShare)>>(shares: T) -> Self {
        let shares = shares.into_iter();
        let named = shares.map(|(name, share)| (name.as_str().to_owned(), share));
        Self(Arc::new(named.collect()))
    }
}

impl UpstreamShare {
    pub(crate) fn new(upstream: Arc<Upstream>, counts: Arc<UpstreamCounts>) -> Self {
        let limits = upstream.limits;
        Self {
            gate: Gate::new(limits.connections, limits.queue),
            kept: Kept::new(limits.connections, limits.idle),
            upstream,
            counts,
        }
    }

    /// Whether HTTP is spoken to it.
    pub(crate) fn is_http(&self) -> bool {
        self.upstream.is_http
    }

    /// The longest answer, in bytes.
    pub(crate) fn answer_bytes(&self) -> usize {
        self.upstream.limits.answer_bytes
    }

    /// Sends a request of a call that ends at `deadline`, and waits for the answer.
    pub(crate) async fn send(
        &self,
        request: Request,
        deadline: Deadline,
    ) -> Result<Answer, UpstreamFault> {
        let began = Instant::now();
        let answer = self.answer(&request, deadline.earlier(REST)).await;
        let result = match &answer {
            Ok(answer) if answer.status >= 500 => UpstreamResult::Failed,
            Ok(_) => UpstreamResult::Answered,
            Err(fault) => fault.counted_as(),
        };
        self.counts.count(result);
        self.counts.durations.observe(began.elapsed().as_secs_f64());
        answer
    }

    async fn answer(&self, request: &Request, deadline: Deadline) -> Result<Answer, UpstreamFault> {
        request.check(&self.upstream.paths)?;
        let _passed = self.pass(deadline).await?;
        let mut answer = self.upstream.exchange(request, deadline).await?;
        let secrets = self.upstream.secrets.iter().chain(&request.secrets);
        answer.blot_out(secrets);
        Ok(answer)
    }

    async fn pass(&self, deadline: Deadline) -> Result<Passed, UpstreamFault> {
        self.gate.pass(&self.counts, deadline).await
    }

    /// A stream for a call that ends at `deadline`: one that was kept, unless a `fresh`
    /// one is wanted, or a new one.
    pub(crate) async fn stream(
        &self,
        fresh: bool,
        deadline: Deadline,
    ) -> Result<Stream, UpstreamFault> {
        let began = Instant::now();
        let deadline = deadline.earlier(REST);
        let stream = async {
            let passed = self.pass(deadline).await?;
            let kept = if fresh { None } else { self.kept.take(began) };
            match kept {
                Some(wire) => Ok(Stream::used(wire, passed)),
                None => Ok(Stream::new(self.upstream.connect(deadline).await?, passed)),
            }
        };
        let stream: Result<Stream, UpstreamFault> = stream.await;
        self.counts.durations.observe(began.elapsed().as_secs_f64());
        let result = match &stream {
            Ok(_) => UpstreamResult::Answered,
            Err(fault) => fault.counted_as(),
        };
        self.counts.count(result);
        stream
    }

    /// Keeps a stream for another call.
    pub(crate) fn keep(&self, stream: Stream) {
        self.kept.put(stream.into_wire(), Instant::now());
    }
}
