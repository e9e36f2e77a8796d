//! Sessions that may see nothing of their token.

use super::*;
use crate::pkcs11::library::Restart;

fn misses(trial: &mut Trial, worker: Worker) -> Next {
    trial.tell(Event::Thread(worker, Report::Ended(Outcome::Distrusted)))
}

#[test]
fn flt_50_all_sessions_are_closed_and_the_library_is_started_again_at_once() {
    let mut trial = Trial::serving(2);
    let [first, second] = trial.started[..] else {
        panic!("two threads")
    };
    trial.queue(1);
    trial.takes(first, 1);
    trial.queue(2);
    assert_eq!(misses(&mut trial, first), Some(Order::Close));
    assert_eq!(trial.said, [Line::Distrusted]);
    // The other has done nothing yet, and would see as little.
    assert_eq!(trial.asks(second), Some(Order::Close));
    assert_eq!(trial.refused, [(2, TokenFault::Unavailable)]);
    assert_eq!(trial.said[1..], [Line::Out]);
    // The first waits until the second has closed its session.
    let turn = trial.turn_in(50);
    assert_eq!(trial.asks(first), Some(turn));
    let restart = Order::Restart(Restart::ForAll);
    assert_eq!(trial.asks(second), Some(restart));
    let order = trial.tell(Event::Thread(second, Report::Restarted(true)));
    assert_eq!(order, Some(Order::Open));
    assert_eq!(trial.opens_in(second, START + 1), Some(Order::AwaitJob));
    assert_eq!(trial.said.last(), Some(&Line::Back));
    trial.queue(3);
    trial.takes(second, 3);
}

#[test]
fn a_session_of_a_later_start_is_trusted() {
    let mut trial = Trial::serving(1);
    let worker = trial.started[0];
    lost_and_restarted(&mut trial, worker, START + 1);
    // Somebody else's answer that came late says nothing of it.
    trial.queue(1);
    trial.takes(worker, 1);
    assert_eq!(trial.ends(worker), Some(Order::AwaitJob));
    assert_eq!(trial.sessions.state(), TokenState::Serving);
}

#[test]
fn without_a_key_to_be_seen_restarts_come_less_and_less_often() {
    let mut trial = Trial::serving(1);
    let worker = trial.started[0];
    let mut start = START;
    for pause in [1, 2, 4, 8, 16, 30, 30] {
        start += 1;
        lost_and_restarted(&mut trial, worker, start);
        trial.pass(pause * 1000 - 1);
        trial.queue(1);
        trial.takes(worker, 1);
        assert_eq!(misses(&mut trial, worker), Some(Order::AwaitJob));
        trial.pass(1);
    }
    // One is seen: the token may be lost again at once.
    lost_and_restarted(&mut trial, worker, start + 1);
    trial.queue(1);
    trial.takes(worker, 1);
    let proven = Report::Ended(Outcome::Proven);
    assert_eq!(
        trial.tell(Event::Thread(worker, proven)),
        Some(Order::AwaitJob)
    );
    lost_and_restarted(&mut trial, worker, start + 2);
}

#[test]
fn a_restart_that_cannot_be_made_is_tried_for_three_seconds() {
    let mut trial = Trial::serving(1);
    let worker = trial.started[0];
    trial.queue(1);
    trial.takes(worker, 1);
    assert_eq!(misses(&mut trial, worker), Some(Order::Close));
    let restart = Order::Restart(Restart::ForAll);
    let mut order = trial.asks(worker);
    for _ in 0..60 {
        assert_eq!(order, Some(Order::Restart(Restart::ForAll)));
        let turn = trial.turn_in(50);
        let waits = trial.tell(Event::Thread(worker, Report::Restarted(false)));
        assert_eq!(waits, Some(turn));
        trial.pass(50);
        order = trial.asks(worker);
    }
    // Somebody hangs inside: what the token shows is better than nothing.
    assert_ne!(order, Some(restart));
    assert_eq!(order, Some(Order::Open));
    assert_eq!(trial.opens(worker), Some(Order::AwaitJob));
}

#[test]
fn a_restart_for_want_of_a_token_disturbs_others_seldom() {
    let mut trial = Trial::new(1, 4);
    let worker = trial.started[0];
    let mut manners = Vec::new();
    let mut order = trial.asks(worker);
    let began = trial.now;
    while trial.now < began + Duration::from_secs(100) {
        order = match order {
            Some(Order::Open) => trial.fails(worker),
            Some(Order::Restart(manner)) => {
                if manner == Restart::ForAll {
                    manners.push(trial.now.duration_since(began).as_secs());
                }
                trial.tell(Event::Thread(worker, Report::Restarted(false)))
            }
            Some(Order::AwaitTurn(until)) => {
                trial.now = until;
                trial.asks(worker)
            }
            other => panic!("{other:?}"),
        };
    }
    assert_eq!(manners, [1, 3, 7, 15, 31, 61, 91]);
}

/// A thread's session sees nothing; the library is started again, and it opens
/// another.
fn lost_and_restarted(trial: &mut Trial, worker: Worker, start: u64) {
    trial.queue(1);
    trial.takes(worker, 1);
    assert_eq!(misses(trial, worker), Some(Order::Close));
    let restart = Order::Restart(Restart::ForAll);
    assert_eq!(trial.asks(worker), Some(restart));
    let order = trial.tell(Event::Thread(worker, Report::Restarted(true)));
    assert_eq!(order, Some(Order::Open));
    assert_eq!(trial.opens_in(worker, start), Some(Order::AwaitJob));
}
