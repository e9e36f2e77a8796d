//! Sessions: opened, lost, opened again.

use super::*;
use crate::pkcs11::library::Restart;

#[test]
fn one_thread_tries_at_a_time() {
    let mut trial = Trial::new(2, 4);
    let [first, second] = trial.started[..] else {
        panic!("two threads")
    };
    assert_eq!(trial.asks(first), Some(Order::Open));
    let turn = trial.turn_in(5000);
    assert_eq!(trial.asks(second), Some(turn));
    assert_eq!(trial.opens(first), Some(Order::AwaitJob));
    assert_eq!(trial.asks(second), Some(Order::Open));
    // An attempt that takes too long keeps nobody from trying.
    let mut trial = Trial::new(2, 4);
    assert_eq!(trial.asks(first), Some(Order::Open));
    trial.pass(5000);
    assert_eq!(trial.asks(second), Some(Order::Open));
}

#[test]
fn attempts_that_fail_come_less_and_less_often() {
    let mut trial = Trial::new(1, 4);
    let worker = trial.started[0];
    let mut order = trial.asks(worker);
    for pause in [20, 40, 80, 160, 300, 300, 300] {
        assert_eq!(order, Some(Order::Open));
        order = trial.fails(worker);
        if pause > 20 {
            assert_eq!(order, Some(Order::Restart(Restart::IfUnused)));
            order = trial.tell(Event::Thread(worker, Report::Restarted(false)));
        }
        assert_eq!(order, Some(trial.turn_in(pause)));
        trial.pass(pause);
        order = trial.asks(worker);
    }
    trial.opens(worker);
    trial.queue(1);
    let job = trial.takes(worker, 1);
    trial.loses(worker, job);
    // From the beginning.
    assert_eq!(trial.fails(worker), Some(Order::Close));
    let turn = trial.turn_in(20);
    assert_eq!(trial.asks(worker), Some(turn));
}

#[test]
fn the_library_is_started_again_after_two_failures_and_tried_at_once() {
    let mut trial = Trial::new(1, 4);
    let worker = trial.started[0];
    trial.tell(Event::InService { out: true });
    trial.asks(worker);
    let turn = trial.turn_in(20);
    assert_eq!(trial.fails(worker), Some(turn));
    trial.pass(20);
    assert_eq!(trial.asks(worker), Some(Order::Open));
    assert_eq!(trial.fails(worker), Some(Order::Restart(Restart::IfUnused)));
    let order = trial.tell(Event::Thread(worker, Report::Restarted(true)));
    assert_eq!(order, Some(Order::Open));
    let unreachable = OpenFault::Unreachable(DEVICE_ERROR);
    let said = [Line::NotOpened(unreachable), Line::Restarted];
    assert_eq!(trial.said, said);
    trial.opens(worker);
    assert_eq!(trial.said[2..], [Line::Back]);
}

#[test]
fn a_lost_session_is_closed_before_the_library_is_started_again() {
    let mut trial = Trial::serving(1);
    let worker = trial.started[0];
    trial.queue(1);
    let job = trial.takes(worker, 1);
    assert_eq!(trial.loses(worker, job), Some(Order::Open));
    assert_eq!(trial.fails(worker), Some(Order::Close));
    let turn = trial.turn_in(20);
    assert_eq!(trial.asks(worker), Some(turn));
    trial.pass(20);
    assert_eq!(trial.asks(worker), Some(Order::Open));
    assert_eq!(trial.fails(worker), Some(Order::Restart(Restart::IfUnused)));
}

#[test]
fn an_outage_is_said_once_and_its_end_once() {
    let mut trial = Trial::serving(1);
    let worker = trial.started[0];
    trial.queue(1);
    let job = trial.takes(worker, 1);
    trial.queue(2);
    trial.loses(worker, job);
    assert_eq!(trial.fails(worker), Some(Order::Close));
    // Whoever waits is refused at once, and so are those that come.
    let refused = [1, 2].map(|number| (number, TokenFault::Unavailable));
    assert_eq!(trial.refused, refused);
    trial.queue(3);
    assert_eq!(trial.refused[2..], [(3, TokenFault::Unavailable)]);
    assert_eq!(trial.sessions.state(), TokenState::Unavailable);
    trial.asks(worker);
    for _ in 0..3 {
        trial.pass(300);
        assert_eq!(trial.asks(worker), Some(Order::Open));
        assert_eq!(trial.fails(worker), Some(Order::Restart(Restart::IfUnused)));
        trial.tell(Event::Thread(worker, Report::Restarted(false)));
    }
    trial.pass(300);
    trial.asks(worker);
    assert_eq!(trial.opens(worker), Some(Order::AwaitJob));
    let unreachable = OpenFault::Unreachable(DEVICE_ERROR);
    let said = [
        Line::Lost(DEVICE_ERROR),
        Line::NotOpened(unreachable),
        Line::Out,
        Line::Back,
    ];
    assert_eq!(trial.said, said);
    assert_eq!(trial.sessions.state(), TokenState::Serving);
}

#[test]
fn a_refused_pin_ends_the_attempts_and_sessions_that_work_go_on() {
    let mut trial = Trial::serving(2);
    let [first, second] = trial.started[..] else {
        panic!("two threads")
    };
    trial.queue(1);
    let job = trial.takes(first, 1);
    trial.loses(first, job);
    let refused = OpenFault::Pin(PIN_INCORRECT);
    let order = trial.tell(Event::Thread(first, Report::OpenFailed(refused.clone())));
    assert_eq!(order, Some(Order::End));
    assert_eq!(trial.said[1..], [Line::PinRefused(refused)]);
    trial.tell(Event::Left(first));
    trial.pass(1000);
    trial.tell(Event::Tick);
    assert_eq!(trial.started.len(), 2);
    trial.queue(2);
    let job = trial.takes(second, 2);
    assert_eq!(trial.sessions.state(), TokenState::Degraded);
    assert_eq!(trial.loses(second, job), Some(Order::End));
    assert_eq!(trial.said.last(), Some(&Line::Out));
}

#[test]
fn a_thread_serves_on_for_a_while_when_it_has_to_wait_for_its_turn() {
    let mut trial = Trial::serving(2);
    let [first, second] = trial.started[..] else {
        panic!("two threads")
    };
    trial.queue(1);
    trial.queue(2);
    let one = trial.takes(first, 1);
    let two = trial.takes(second, 2);
    assert_eq!(trial.loses(first, one), Some(Order::Open));
    let turn = trial.turn_in(50);
    assert_eq!(trial.loses(second, two), Some(turn));
    trial.pass(49);
    let turn = trial.turn_in(1);
    assert_eq!(trial.asks(second), Some(turn));
    assert_eq!(trial.sessions.serving(), 2);
    trial.pass(1);
    assert_eq!(trial.asks(second), Some(Order::Close));
    assert_eq!(trial.sessions.serving(), 1);
    assert_eq!(trial.refused, [(2, TokenFault::Unavailable)]);
    // The first one's attempt has lasted for 50 ms.
    let turn = trial.turn_in(4950);
    assert_eq!(trial.asks(second), Some(turn));
    assert!(matches!(trial.opens(first), Some(Order::Do(..))));
    assert_eq!(trial.asks(second), Some(Order::Open));
}

#[test]
fn the_start_finds_the_first_failure_or_all_sessions() {
    let mut trial = Trial::new(2, 4);
    let [first, second] = trial.started[..] else {
        panic!("two threads")
    };
    trial.asks(first);
    trial.opens(first);
    assert_eq!(trial.sessions.found(), None);
    trial.asks(second);
    trial.opens(second);
    assert_eq!(trial.sessions.found(), Some(Ok(())));

    let mut trial = Trial::new(2, 4);
    trial.asks(first);
    trial.fails(first);
    let unreachable = OpenFault::Unreachable(DEVICE_ERROR);
    assert_eq!(trial.sessions.found(), Some(Err(unreachable)));
    // The start reports it, so the log does not.
    assert_eq!(trial.said, []);
}
