//! Drives a call of a guest, so that no guest holds a thread that moves requests.
//!
//! A call begins where the request is, at once, and nearly all of them end there. One
//! that computes for longer is carried over to the slow lane, fiber and all, and goes
//! on in slices between which others have their turn. Calls of a plugin that is not
//! quick as a rule begin there.

use std::future::{Future, poll_fn};
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::time::timeout_at;

use super::fault::PluginFault;
use super::pace::Pace;
use super::turn::{Budget, Signals, thread_time};
use crate::resources::LaneShare;
use crate::words::OwnTask;

/// Drives the calls of one plugin for one key store.
pub(super) struct Driver {
    share: LaneShare,
    pace: Arc<Pace>,
}

/// How far a call has come.
enum Progress<T> {
    Done(T),
    /// It has more to compute.
    GaveWay,
    /// It will wake its waker.
    Waits,
}

impl Driver {
    pub(super) fn new(share: LaneShare) -> Self {
        Self {
            share,
            pace: Arc::default(),
        }
    }

    /// Drives `call`, which runs the guest that gives these `signals`, to its end or
    /// the deadline of its budget. Returns what it returns, and the time from the
    /// beginning. Whatever the call owns is dropped with it, perhaps
    /// a moment later when it is on the slow lane.
    pub(super) async fn drive<F>(
        &self,
        budget: Budget,
        signals: &Arc<Signals>,
        call: F,
    ) -> Result<(F::Output, Duration), PluginFault>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let began = Instant::now();
        if budget.deadline.remaining(began).is_none() {
            return Err(PluginFault::Deadline);
        }
        let mut call = Box::pin(call);
        if !budget.unhurried && !self.pace.is_slow() {
            let first = poll_fn(|context| Poll::Ready(poll(&mut call, signals, context)));
            match first.await {
                Progress::Done(output) => {
                    let took = began.elapsed();
                    self.pace.took(took, budget.requests);
                    return Ok((output, took));
                }
                Progress::GaveWay => self.pace.gave_way(),
                // Only now: most calls never need the timer.
                Progress::Waits => {
                    let mut computed = began.elapsed();
                    let rest = poll_fn(|context| {
                        let resumed = Instant::now();
                        let progress = poll(&mut call, signals, context);
                        computed += resumed.elapsed();
                        match progress {
                            Progress::Done(output) => Poll::Ready(Some(output)),
                            Progress::GaveWay => Poll::Ready(None),
                            Progress::Waits => Poll::Pending,
                        }
                    });
                    match timeout_at(budget.deadline.as_tokio(), rest).await {
                        Ok(Some(output)) => {
                            self.pace.took(computed, budget.requests);
                            return Ok((output, began.elapsed()));
                        }
                        Ok(None) => self.pace.gave_way(),
                        Err(_) => return Err(PluginFault::Deadline),
                    }
                }
            }
        }
        let output = self.on_the_lane(budget, Arc::clone(signals), call).await?;
        Ok((output, began.elapsed()))
    }

    async fn on_the_lane<F>(
        &self,
        budget: Budget,
        signals: Arc<Signals>,
        mut call: Pin<Box<F>>,
    ) -> Result<F::Output, PluginFault>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (share, pace) = (self.share.clone(), Arc::clone(&self.pace));
        let unhurried = budget.unhurried;
        let work = async move {
            // Of all its turns: one that waits now and then computes no less.
            let (mut computed, mut quick) = (Duration::ZERO, true);
            loop {
                let turn = share.turn().await;
                let began = thread_time();
                let output = poll_fn(|context| match poll(&mut call, &signals, context) {
                    Progress::Done(output) => Poll::Ready(Some(output)),
                    Progress::GaveWay => {
                        // To the end of the lane's queue.
                        quick = false;
                        Poll::Pending
                    }
                    Progress::Waits => Poll::Ready(None),
                });
                let output = output.await;
                computed += thread_time().saturating_sub(began);
                if let Some(output) = output {
                    match (unhurried, quick) {
                        (true, _) => {}
                        (false, true) => pace.took(computed, budget.requests),
                        (false, false) => pace.gave_way(),
                    }
                    return output;
                }
                // Whoever waits computes nothing.
                drop(turn);
                woken().await;
            }
        };
        let task = OwnTask::from(self.share.spawn(work));
        match timeout_at(budget.deadline.as_tokio(), task).await {
            Ok(Ok(output)) => Ok(output),
            // A panic of the host's own code: unwinding goes on where it is answered.
            Ok(Err(failed)) if failed.is_panic() => std::panic::resume_unwind(failed.into_panic()),
            Ok(Err(_)) | Err(_) => Err(PluginFault::Deadline),
        }
    }
}

/// Polls the call once. A guest that gives way has woken the waker already.
fn poll<F: Future>(
    call: &mut Pin<Box<F>>,
    signals: &Signals,
    context: &mut Context<'_>,
) -> Progress<F::Output> {
    signals.guest_runs();
    match call.as_mut().poll(context) {
        Poll::Ready(output) => Progress::Done(output),
        Poll::Pending if signals.take_gave_way() => Progress::GaveWay,
        Poll::Pending => Progress::Waits,
    }
}

/// Completes when the task is woken: the call has told its waker to.
async fn woken() {
    let mut waits = true;
    poll_fn(|_| {
        if mem::take(&mut waits) {
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    })
    .await;
}
