//! A panic ends one request, not the connection of many (XKS-105).
//!
//! Code of the host does not panic on purpose, but a fault of a library may. AWS KMS
//! then gets the same JSON as for any other fault of the proxy.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;

/// The request's work panicked. What it worked on is dropped with it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Panicked;

/// Runs `work`; after a panic it is not polled again. The caller pins it, because
/// passing it by value would store it twice in the caller's future.
pub(super) async fn catch<T>(mut work: Pin<&mut impl Future<Output = T>>) -> Result<T, Panicked> {
    poll_fn(|context| {
        // Unwind safety: state that a panic could leave half-changed is behind
        // locks that are released, or belongs to the work and goes with it.
        match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context))) {
            Ok(Poll::Ready(done)) => Poll::Ready(Ok(done)),
            Ok(Poll::Pending) => Poll::Pending,
            Err(_) => Poll::Ready(Err(Panicked)),
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use super::*;

    #[tokio::test]
    async fn xks_105_a_panic_is_an_error_like_any_other() {
        let work = async {
            tokio::task::yield_now().await;
            assert!(std::hint::black_box(false), "a fault of a library");
        };
        assert_eq!(catch(pin!(work)).await, Err(Panicked));
        assert_eq!(catch(pin!(async { 7 })).await, Ok(7));
    }
}
