use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::task::{JoinError, JoinHandle};

/// A task that ends with whoever has it.
pub(crate) struct OwnTask<T>(JoinHandle<T>);

impl<T> From<JoinHandle<T>> for OwnTask<T> {
    fn from(task: JoinHandle<T>) -> Self {
        Self(task)
    }
}

/// Waits for its end.
impl<T> Future for OwnTask<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context)
    }
}

impl<T> Drop for OwnTask<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
