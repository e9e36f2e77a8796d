//! From the order to stop to the end (FLT-72).

use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use tracing::info;

/// How a host is told to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// When load balancers have noticed.
    Gently,
    /// Without waiting for them.
    AtOnce,
}

/// What a host does with connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    Serving,
    /// It still serves everybody, and asks them to go: readiness is 503, HTTP/1.1
    /// connections end with their next answer.
    LameDuck,
    /// No new connections; requests under way are answered.
    Draining,
}

impl Phase {
    /// The one after it.
    pub(super) fn next(self) -> Self {
        match self {
            Self::Serving => Self::LameDuck,
            Self::LameDuck | Self::Draining => Self::Draining,
        }
    }
}

/// Goes from phase to phase as `orders` say; returns when the host drains. An end of
/// the orders is one as well.
pub(super) async fn stop(
    phase: &watch::Sender<Phase>,
    mut orders: mpsc::Receiver<Stop>,
    lame_duck: Duration,
) {
    let order = orders.recv().await.unwrap_or(Stop::AtOnce);
    if order == Stop::Gently && !lame_duck.is_zero() {
        info!(
            seconds = lame_duck.as_secs(),
            "stopping: served on until load balancers have noticed; a second signal drains at once"
        );
        let _ = phase.send(Phase::LameDuck);
        let _ = timeout(lame_duck, orders.recv()).await;
    }
    let _ = phase.send(Phase::Draining);
    info!("draining");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The phase in which a host is once these orders are all there.
    async fn phase_after(orders: &[Stop], lame_duck: Duration) -> (Phase, bool) {
        let (phase, _watching) = watch::channel(Phase::Serving);
        let (give, given) = mpsc::channel(4);
        for order in orders {
            give.send(*order).await.unwrap();
        }
        let drains = timeout(Duration::from_millis(20), stop(&phase, given, lame_duck));
        let drains = drains.await.is_ok();
        let now = *phase.borrow();
        (now, drains)
    }

    #[tokio::test]
    async fn flt_72_a_host_waits_for_load_balancers_once() {
        let long = Duration::from_mins(5);
        let serving = phase_after(&[], long).await;
        assert_eq!(serving, (Phase::Serving, false));
        let gently = phase_after(&[Stop::Gently], long).await;
        assert_eq!(gently, (Phase::LameDuck, false));
        for orders in [
            [Stop::Gently, Stop::Gently].as_slice(),
            &[Stop::Gently, Stop::AtOnce],
            &[Stop::AtOnce],
        ] {
            let ended = phase_after(orders, long).await;
            assert_eq!(ended, (Phase::Draining, true), "{orders:?}");
        }
        let none = phase_after(&[Stop::Gently], Duration::ZERO).await;
        assert_eq!(none, (Phase::Draining, true));
    }
}
