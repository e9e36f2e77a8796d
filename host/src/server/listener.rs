//! The listener: accepts as many connections as are permitted, and drains.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tracing::warn;

/// After an error of `accept` (too many open files, say) trying at once would
/// only spin.
const PAUSE: Duration = Duration::from_millis(50);

/// Accepts until `draining` turns true, then waits for the connections to end,
/// at most `grace`.
pub(crate) async fn run<C, F>(
    listener: TcpListener,
    connections: usize,
    mut draining: watch::Receiver<bool>,
    grace: Duration,
    connection: C,
) where
    C: Fn(TcpStream, std::net::SocketAddr) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let permits = Arc::new(Semaphore::new(connections));
    loop {
        let accepted = async {
            // A permit first: connections that cannot be served yet wait in the kernel.
            let permit = Arc::clone(&permits).acquire_owned().await;
            (permit, listener.accept().await)
        };
        let (permit, accepted) = tokio::select! {
            accepted = accepted => accepted,
            _ = draining.wait_for(|draining| *draining) => break,
        };
        match (permit, accepted) {
            (Ok(permit), Ok((stream, peer))) => {
                let serving = connection(stream, peer);
                tokio::spawn(async move {
                    serving.await;
                    drop(permit);
                });
            }
            (_, Err(error)) => {
                warn!(%error, "cannot accept connections");
                tokio::time::sleep(PAUSE).await;
            }
            (Err(_), _) => break,
        }
    }
    drop(listener);
    let all = u32::try_from(connections).unwrap_or(u32::MAX);
    let _ = tokio::time::timeout(grace, permits.acquire_many(all)).await;
}
