//! Sessions that are lost.

use std::sync::atomic::{AtomicU32, Ordering};

use super::softhsm::{open, with_own_library};
use super::*;
use crate::pkcs11::fault::{Stop, TokenFault};
use crate::pkcs11::job::Repetition::{self, Harmful, Harmless};
use crate::pkcs11::library::{LibraryUse, Restart};
use crate::pkcs11::return_value::ReturnValue;
use crate::pkcs11::{KeySelector, TokenState};

const DEVICE_ERROR: u64 = 0x30;
const SESSION_HANDLE_INVALID: u64 = 0xb3;

/// A job whose first `failures` attempts return `value`; how many there were.
async fn failing(
    token: &Token,
    repetition: Repetition,
    failures: u32,
    value: u64,
) -> (Result<(), TokenFault>, u32) {
    let attempts = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&attempts);
    let answer = token
        .call(soon(), repetition, move |_| {
            if counted.fetch_add(1, Ordering::SeqCst) < failures {
                return Err(Stop::Returned(ReturnValue(value)));
            }
            Ok(())
        })
        .await;
    (answer, attempts.load(Ordering::SeqCst))
}

#[tokio::test]
async fn a_job_that_lost_its_session_is_done_once_more_on_a_fresh_one() {
    let token = open("lost", 2);
    for value in [SESSION_HANDLE_INVALID, DEVICE_ERROR] {
        assert_eq!(failing(&token, Harmless, 1, value).await, (Ok(()), 2));
        let (answer, attempts) = failing(&token, Harmless, 9, value).await;
        assert_eq!((answer, attempts), (Err(TokenFault::Unavailable), 2));
        eventually("both sessions work again", || {
            token.state() == TokenState::Serving
        })
        .await;
    }
    // What may have been done is not done again.
    let (answer, attempts) = failing(&token, Harmful, 1, DEVICE_ERROR).await;
    assert_eq!((answer, attempts), (Err(TokenFault::Unavailable), 1));
    let again = failing(&token, Harmful, 1, SESSION_HANDLE_INVALID).await;
    assert_eq!(again, (Ok(()), 2));
    // Any other value is the caller's affair, and the session stays.
    let (answer, attempts) = failing(&token, Harmless, 1, 0x70).await;
    assert_eq!(
        (answer, attempts),
        (Err(TokenFault::Failed(ReturnValue(0x70))), 1)
    );
}

#[tokio::test]
async fn a_logout_behind_our_back_hides_no_key() {
    let open = open("closed", 3);
    let token = Arc::clone(&open);
    let before = key(&token, "closed", true, true).await;
    open.call(soon(), Harmless, |call| {
        Ok(call.inside.raw.logout(call.session.handle)?)
    })
    .await
    .unwrap();
    // The handles went with the login.
    let by_label = || KeySelector::Label("closed".to_owned());
    let found = token.find(soon(), by_label()).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_ne!(found[0].start, before.start);
    let stale = token.encrypt(soon(), before, vec![], vec![1]).await;
    assert_eq!(stale, Err(TokenFault::StaleKey));
    let works = token.encrypt(soon(), found[0], vec![], vec![1]).await;
    assert!(works.is_ok(), "{works:?}");
}

#[tokio::test]
async fn a_library_that_lost_everything_is_started_again() {
    let (token, warning) = Token::open("hsm", &with_own_library("restarted", 3)).unwrap();
    assert_eq!(warning, None);
    let open = Arc::new(token);
    let token = Arc::clone(&open);
    let before = key(&token, "restarted", true, true).await;
    open.call(soon(), Harmless, |call| Ok(call.inside.raw.finalize()?))
        .await
        .unwrap();
    let lost = Instant::now();
    // The requests find out; none hangs.
    let by_label = || KeySelector::Label("restarted".to_owned());
    let mut refused = 0;
    let found = loop {
        match token.find(within(500), by_label()).await {
            Ok(found) => break found,
            Err(TokenFault::Unavailable) => refused += 1,
            Err(other) => panic!("{other:?}"),
        }
        assert!(lost.elapsed() < Duration::from_secs(2), "{refused} refused");
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    assert_eq!(found.len(), 1);
    let stale = token.encrypt(soon(), before, vec![], vec![1]).await;
    assert_eq!(stale, Err(TokenFault::StaleKey));
    let works = token.encrypt(soon(), found[0], vec![], vec![1]).await;
    assert!(works.is_ok(), "{works:?}");
    eventually("all sessions work again", || {
        open.state() == TokenState::Serving
    })
    .await;
}

#[test]
fn a_library_is_started_again_when_nobody_is_inside_and_at_most_once_a_second() {
    let module = with_own_library("inside", 1).module;
    let library = LibraryUse::load(&module, None).unwrap();
    let then = Instant::now();
    let inside = library.enter_started().unwrap();
    let start = inside.start;
    assert!(!library.restart(Restart::IfUnused, then));
    drop(inside);
    assert!(library.restart(Restart::IfUnused, then));
    assert_ne!(library.enter().unwrap().start, start);
    assert!(!library.restart(Restart::IfUnused, then + Duration::from_millis(999)));
    assert!(library.restart(Restart::IfUnused, then + Duration::from_secs(1)));
}

#[tokio::test]
async fn a_token_in_two_hosts_outlives_either() {
    let first = open("shared", 2);
    let second = open("shared", 2);
    let one = Arc::clone(&first);
    let two = Arc::clone(&second);
    let made = key(&one, "shared", true, true).await;
    let found = two.find(soon(), KeySelector::Every).await.unwrap();
    assert_eq!(found.len(), 1);
    drop((one, first));
    let works = two.encrypt(soon(), found[0], vec![], vec![1]).await;
    assert!(works.is_ok(), "{works:?}");
    // A reference belongs to the host that found it.
    let foreign = two.encrypt(soon(), made, vec![], vec![1]).await;
    assert_eq!(foreign, Err(TokenFault::StaleKey));
}
