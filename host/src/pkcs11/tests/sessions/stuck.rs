//! Threads that are stuck in the library.

use super::*;

#[test]
fn a_stuck_thread_is_taken_out_and_replaced() {
    let mut trial = Trial::serving(2);
    let [first, second] = trial.started[..] else {
        panic!("two threads")
    };
    trial.queue(1);
    trial.takes(first, 1);
    trial.pass(999);
    trial.tell(Event::Tick);
    assert_eq!(trial.said, []);
    trial.pass(1);
    trial.tell(Event::Tick);
    assert_eq!(trial.said, [Line::Stuck]);
    assert_eq!(trial.sessions.state(), TokenState::Degraded);
    let third = trial.started[2];
    assert_eq!(trial.asks(third), Some(Order::Open));
    trial.opens(third);
    assert_eq!(trial.sessions.serving(), 2);
    assert_eq!(trial.sessions.state(), TokenState::Degraded);
    // Threads that wait are not stuck.
    trial.pass(60_000);
    trial.tell(Event::Tick);
    assert_eq!(trial.started.len(), 3);
    // It comes back, and is needed no more.
    assert_eq!(trial.ends(first), Some(Order::End));
    trial.tell(Event::Left(first));
    assert_eq!(trial.sessions.state(), TokenState::Serving);
    trial.queue(2);
    trial.takes(second, 2);
}

#[test]
fn a_stuck_thread_that_is_needed_goes_on() {
    let mut trial = Trial::serving(1);
    let first = trial.started[0];
    trial.queue(1);
    trial.takes(first, 1);
    trial.queue(2);
    trial.pass(1000);
    trial.tell(Event::Tick);
    // Nobody is left to do what waits.
    assert_eq!(trial.refused, [(2, TokenFault::Unavailable)]);
    assert_eq!(trial.said, [Line::Stuck, Line::Out]);
    // The one in its place gets stuck as well, while it opens a session.
    let second = trial.started[1];
    assert_eq!(trial.asks(second), Some(Order::Open));
    trial.pass(4999);
    trial.tell(Event::Tick);
    assert_eq!(trial.said.len(), 2);
    trial.pass(1);
    trial.tell(Event::Tick);
    assert_eq!(trial.said[2..], [Line::Stuck]);
    // There are no more than twice as many threads as sessions.
    trial.pass(60_000);
    trial.tell(Event::Tick);
    assert_eq!(trial.started, [first, second]);
    trial.queue(3);
    assert_eq!(trial.refused[1..], [(3, TokenFault::Unavailable)]);

    assert_eq!(trial.ends(first), Some(Order::AwaitJob));
    assert_eq!(trial.said[3..], [Line::Back]);
    trial.queue(4);
    trial.takes(first, 4);
    assert_eq!(trial.opens(second), Some(Order::End));
}

#[test]
fn a_job_of_a_stuck_thread_is_not_repeated() {
    let mut trial = Trial::serving(1);
    let first = trial.started[0];
    let mut job = trial.job(1);
    job.until += Duration::from_mins(1);
    trial.tell(Event::Queued(job));
    let job = trial.takes(first, 1);
    trial.pass(1000);
    trial.tell(Event::Tick);
    assert_eq!(trial.loses(first, job), Some(Order::End));
    assert_eq!(trial.refused, [(1, TokenFault::Unavailable)]);
}

#[test]
fn a_serving_thread_that_is_stuck_opening_another_session_is_out_after_a_second() {
    let mut trial = Trial::serving(1);
    let first = trial.started[0];
    trial.queue(1);
    let job = trial.takes(first, 1);
    assert_eq!(trial.loses(first, job), Some(Order::Open));
    trial.pass(1000);
    trial.tell(Event::Tick);
    assert_eq!(trial.refused, [(1, TokenFault::Unavailable)]);
    assert_eq!(trial.sessions.serving(), 0);
    // Its attempt still keeps others waiting.
    let second = trial.started[1];
    let turn = trial.turn_in(4000);
    assert_eq!(trial.asks(second), Some(turn));
}

#[test]
fn a_thread_that_cannot_be_started_is_tried_again() {
    let mut trial = Trial::serving(1);
    let first = trial.started[0];
    trial.queue(1);
    trial.takes(first, 1);
    trial.pass(1000);
    trial.tell(Event::Tick);
    trial.tell(Event::Left(trial.started[1]));
    trial.tell(Event::Tick);
    assert_eq!(trial.started.len(), 3);
}

#[test]
fn nobody_looks_after_threads_that_rest_until_a_job_comes() {
    let mut trial = Trial::new(1, 4);
    let worker = trial.started[0];
    assert!(!trial.sessions.rests());
    trial.asks(worker);
    assert!(!trial.sessions.rests());
    trial.opens(worker);
    assert!(trial.sessions.rests());
    let before = trial.woken_others;
    trial.queue(1);
    trial.queue(2);
    assert_eq!(trial.woken_others, before + 1);
    assert!(!trial.sessions.rests());
    trial.takes(worker, 1);
    trial.ends(worker);
    assert!(!trial.sessions.rests());
    assert_eq!(trial.ends(worker), Some(Order::AwaitJob));
    assert!(trial.sessions.rests());
}
