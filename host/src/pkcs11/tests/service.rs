//! What waits, and for how long.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;

use super::softhsm::{configured, open};
use super::*;
use crate::pkcs11::TokenState;
use crate::pkcs11::fault::{Stop, TokenFault};
use crate::pkcs11::job::Repetition::Harmless;
use crate::pkcs11::session::Call;

type Work = fn(&mut Call<'_>) -> Result<(), Stop>;

/// A job that does not come back for this long.
const HANG: Duration = Duration::from_millis(2500);
const HANGS: Work = |_| {
    sleep(HANG);
    Ok(())
};
const RETURNS: Work = |_| Ok(());

async fn call(token: &Token, deadline: Deadline, work: Work) -> Result<(), TokenFault> {
    token.call(deadline, Harmless, work).await
}

/// How many threads serve, and how many there are.
fn counts(token: &Token) -> (usize, usize) {
    let sessions = token.shared.sessions.lock();
    (sessions.serving(), sessions.threads())
}

#[tokio::test]
async fn a_thread_that_is_stuck_is_replaced_and_stops_nobody() {
    let token = open("hang", 2);
    let began = Instant::now();
    let stuck = call(&token, within(100), HANGS).await;
    assert_eq!(stuck, Err(TokenFault::Deadline));
    assert!(began.elapsed() < Duration::from_millis(500));
    // The other session serves meanwhile.
    assert_eq!(call(&token, within(100), RETURNS).await, Ok(()));

    let stuck = call(&token, within(50), HANGS).await;
    assert_eq!(stuck, Err(TokenFault::Deadline));
    eventually("both threads are replaced", || counts(&token) == (2, 4)).await;
    assert_eq!(token.state(), TokenState::Degraded);
    assert_eq!(call(&token, within(500), RETURNS).await, Ok(()));

    eventually("the stuck threads have ended", || counts(&token).1 == 2).await;
    assert_eq!(token.state(), TokenState::Serving);
    assert_eq!(call(&token, within(500), RETURNS).await, Ok(()));
}

#[tokio::test]
async fn requests_are_refused_at_once_when_no_session_works() {
    const LONG: Work = |_| {
        sleep(Duration::from_secs(4));
        Ok(())
    };
    let token = open("hang", 1);
    // The thread that takes the first one's place gets stuck as well, and there
    // are no more than two.
    for threads in 1..=2 {
        eventually("a session serves", || counts(&token) == (1, threads)).await;
        let _ = call(&token, within(50), LONG).await;
    }
    eventually("no session serves", || counts(&token).0 == 0).await;
    assert_eq!(token.state(), TokenState::Unavailable);
    let began = Instant::now();
    let refused = call(&token, soon(), RETURNS).await;
    assert_eq!(refused, Err(TokenFault::Unavailable));
    assert!(began.elapsed() < Duration::from_millis(50));
    eventually("a session serves again", || counts(&token).0 == 1).await;
    assert_eq!(call(&token, soon(), RETURNS).await, Ok(()));
}

#[tokio::test]
async fn a_full_queue_throttles_and_expired_jobs_are_skipped() {
    let mut configured = configured("full", 1);
    configured.queue = 1;
    let (token, _) = Token::open("hsm", &configured).unwrap();
    let token = Arc::new(token);

    let (started, runs) = tokio::sync::oneshot::channel();
    let busy = tokio::spawn({
        let token = Arc::clone(&token);
        async move {
            let mut started = Some(started);
            token
                .call(soon(), Harmless, move |_| {
                    let _ = started.take().map(|started| started.send(()));
                    sleep(Duration::from_millis(400));
                    Ok(())
                })
                .await
        }
    });
    runs.await.unwrap();
    let ran = Arc::new(AtomicBool::new(false));
    let waits = tokio::spawn({
        let (token, ran) = (Arc::clone(&token), Arc::clone(&ran));
        async move {
            token
                .call(within(200), Harmless, move |_| {
                    ran.store(true, Ordering::SeqCst);
                    Ok(())
                })
                .await
        }
    });
    tokio::task::yield_now().await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    let began = Instant::now();
    let throttled = call(&token, soon(), RETURNS).await;
    assert_eq!(throttled, Err(TokenFault::Throttled));
    assert!(began.elapsed() < Duration::from_millis(100));
    assert_eq!(waits.await.unwrap(), Err(TokenFault::Deadline));
    assert_eq!(busy.await.unwrap(), Ok(()));
    assert_eq!(call(&token, soon(), RETURNS).await, Ok(()));
    assert!(!ran.load(Ordering::SeqCst));
}
