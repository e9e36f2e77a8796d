//! When a connection that lacks a request is to end (XKS-137, FLT-22).

use std::future::{Future as _, poll_fn};
use std::pin::pin;
use std::task::{Poll, ready};
use std::time::{Duration, Instant};

use crate::front::client::Client;
use crate::server::wire::Reading;

/// A connection on which a request has authenticated is closed when none begins for
/// this long. The time is long, because KMS needs no handshake on a connection that
/// is still open.
pub(super) const IDLE: Duration = Duration::from_secs(75);
/// A connection on which no request has authenticated ends after this long, whatever
/// it sends: KMS opens one when it has a request to send.
const STRANGER: Duration = Duration::from_secs(10);
/// From the first byte of a request to the end of its head.
const HEAD: Duration = Duration::from_secs(5);

/// Completes when the connection is to end. `reading` is what shows that a head is
/// under way.
///
/// A request costs no timer: one timer is set again when it fires, and to an earlier
/// time only when a head does not come whole.
pub(super) async fn over(client: &Client, reading: Option<&Reading>) {
    let mut head_began = None;
    let mut alarm = pin!(tokio::time::sleep_until(end(client, None).into()));
    poll_fn(|context| {
        loop {
            if !reading.is_some_and(Reading::is_under_way) {
                head_began = None;
            } else if head_began.is_none() {
                head_began = Some(Instant::now());
            }
            let end = end(client, head_began).into();
            if end < alarm.deadline() {
                alarm.as_mut().reset(end);
            }
            ready!(alarm.as_mut().poll(context));
            if end <= alarm.deadline() {
                return Poll::Ready(());
            }
            // Requests have come since it was set.
            alarm.as_mut().reset(end);
        }
    })
    .await;
}

/// When the connection ends unless something happens.
fn end(client: &Client, head_began: Option<Instant>) -> Instant {
    let idle = if client.has_authenticated() {
        client.last_request() + IDLE
    } else {
        client.opened() + STRANGER
    };
    head_began.map_or(idle, |began| idle.min(began + HEAD))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn client(opened: Instant) -> Client {
        Client::new("192.0.2.1:1".parse().unwrap(), opened, Arc::default())
    }

    #[test]
    fn xks_137_a_connection_without_requests_is_idle_after_75_seconds() {
        let opened = Instant::now();
        let client = client(opened);
        let later = opened + Duration::from_mins(1);
        client.begins(later);
        client.authenticated(&"demo".into());
        assert_eq!(end(&client, None), opened + Duration::from_secs(135));
    }

    #[test]
    fn flt_22_a_stranger_stays_for_ten_seconds_whatever_it_sends() {
        let opened = Instant::now();
        let client = client(opened);
        let later = opened + Duration::from_secs(9);
        client.begins(later);
        assert_eq!(end(&client, None), opened + Duration::from_secs(10));
        assert_eq!(end(&client, Some(later)), opened + Duration::from_secs(10));
    }

    #[test]
    fn flt_22_half_a_head_ends_any_connection_after_five_seconds() {
        let opened = Instant::now();
        let client = client(opened);
        client.begins(opened);
        client.authenticated(&"demo".into());
        let began = opened + Duration::from_secs(20);
        assert_eq!(end(&client, Some(began)), opened + Duration::from_secs(25));
    }
}
