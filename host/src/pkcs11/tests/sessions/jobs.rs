//! Jobs: taken, repeated, refused.

use super::*;

#[test]
fn a_job_is_taken_by_the_thread_that_is_woken_for_it() {
    let mut trial = Trial::serving(2);
    let first = trial.started[0];
    trial.queue(1);
    assert_eq!(trial.woken, 1);
    trial.takes(first, 1);
    assert_eq!(trial.ends(first), Some(Order::AwaitJob));
    assert_eq!(trial.refused, []);
}

#[test]
fn threads_are_woken_one_by_one_and_a_thread_at_work_takes_jobs_in_passing() {
    let mut trial = Trial::serving(3);
    let [first, second, _] = trial.started[..] else {
        panic!("three threads")
    };
    trial.queue(1);
    trial.queue(2);
    trial.queue(3);
    assert_eq!(trial.woken, 1);
    trial.takes(first, 1);
    // Two wait still.
    assert_eq!(trial.woken, 2);
    let Some(Order::Do(job, _)) = trial.ends(first) else {
        panic!("in passing")
    };
    assert_eq!(job.number, 2);
    trial.takes(second, 3);
    assert_eq!(trial.ends(second), Some(Order::AwaitJob));
    trial.queue(4);
    trial.takes(second, 4);
}

#[test]
fn brisk_jobs_wait_for_a_thread_at_work_but_not_in_vain() {
    let mut trial = Trial::serving(2);
    let [first, second] = trial.started[..] else {
        panic!("two threads")
    };
    trial.queue(1);
    trial.takes(first, 1);
    // In no time at all.
    trial.ends(first);
    trial.queue(2);
    trial.takes(first, 2);
    let woken = trial.woken;
    trial.queue(3);
    assert_eq!(trial.woken, woken, "the first is at work");
    // It hangs: the other is woken all the same.
    trial.pass(20);
    trial.tell(Event::Tick);
    assert_eq!(trial.woken, woken + 1);
    trial.takes(second, 3);
    // After a job that took long a thread is woken at once.
    trial.pass(5);
    trial.ends(second);
    trial.queue(4);
    trial.takes(second, 4);
    trial.queue(5);
    assert_eq!(trial.woken, woken + 3);
}

#[test]
fn a_session_that_is_lost_is_renewed_and_its_job_is_done_once_more() {
    let mut trial = Trial::serving(1);
    let worker = trial.started[0];
    trial.queue(1);
    let job = trial.takes(worker, 1);
    assert_eq!(trial.loses(worker, job), Some(Order::Open));
    assert_eq!(trial.said, [Line::Lost(DEVICE_ERROR)]);
    // Requests go on coming in.
    trial.queue(2);
    let Some(Order::Do(job, _)) = trial.opens(worker) else {
        panic!("once more")
    };
    assert_eq!(job.number, 1);
    // And no more than once.
    assert_eq!(trial.loses(worker, job), Some(Order::Open));
    assert_eq!(trial.refused, [(1, TokenFault::Unavailable)]);
    let Some(Order::Do(job, _)) = trial.opens(worker) else {
        panic!("the next job")
    };
    assert_eq!(job.number, 2);
    assert_eq!(trial.ends(worker), Some(Order::AwaitJob));
}

#[test]
fn a_job_that_may_have_been_done_is_not_done_again() {
    let mut trial = Trial::serving(1);
    let worker = trial.started[0];
    let mut job = trial.job(1);
    job.may_repeat = false;
    trial.tell(Event::Queued(job));
    let job = trial.takes(worker, 1);
    assert_eq!(trial.loses(worker, job), Some(Order::Open));
    assert_eq!(trial.refused, [(1, TokenFault::Unavailable)]);
    // Unless it was not begun: the library was started again meanwhile.
    let mut job = trial.job(2);
    job.may_repeat = false;
    trial.tell(Event::Queued(job));
    assert!(matches!(trial.opens(worker), Some(Order::Do(..))));
    let job = trial.job(2);
    trial.tell(Event::Thread(
        worker,
        Report::Ended(Outcome::Lost(None, job)),
    ));
    assert!(matches!(trial.opens(worker), Some(Order::Do(..))));
}

#[test]
fn a_job_that_nobody_waits_for_any_more_is_not_done() {
    let mut trial = Trial::serving(1);
    let worker = trial.started[0];
    trial.queue(1);
    trial.takes(worker, 1);
    trial.queue(2);
    trial.pass(240);
    trial.queue(3);
    let Some(Order::Do(job, _)) = trial.ends(worker) else {
        panic!("the third")
    };
    assert_eq!(job.number, 3);
    assert_eq!(trial.refused, [(2, TokenFault::Deadline)]);
    // Nor is it repeated.
    trial.pass(240);
    assert_eq!(trial.loses(worker, job), Some(Order::Open));
    assert_eq!(trial.opens(worker), Some(Order::AwaitJob));
    assert_eq!(trial.refused[1..], [(3, TokenFault::Deadline)]);
}

#[test]
fn flt_51_a_job_that_is_of_use_later_is_done_when_no_other_waits() {
    let mut trial = Trial::serving(1);
    let worker = trial.started[0];
    trial.queue(1);
    trial.takes(worker, 1);
    trial.queue_lasting(2);
    trial.queue(3);
    trial.pass(240);
    trial.queue(4);
    let taken = |order| match order {
        Some(Order::Do(Job { number, .. }, _)) => number,
        other => panic!("{other:?}"),
    };
    assert_eq!(taken(trial.ends(worker)), 4);
    assert_eq!(trial.refused, [(3, TokenFault::Deadline)]);
    assert_eq!(taken(trial.ends(worker)), 2);
    assert_eq!(trial.ends(worker), Some(Order::AwaitJob));
    // It is repeated as well, but not for ever.
    trial.queue_lasting(5);
    let job = trial.takes(worker, 5);
    trial.pass(240);
    trial.loses(worker, job);
    assert_eq!(taken(trial.opens(worker)), 5);
    trial.queue_lasting(6);
    trial.pass(10_000);
    assert_eq!(trial.ends(worker), Some(Order::AwaitJob));
    assert_eq!(trial.refused[1..], [(6, TokenFault::Deadline)]);
}

#[test]
fn jobs_that_are_of_use_later_are_no_more_than_so_many_and_take_nobodys_place() {
    let mut trial = Trial::serving(1);
    let worker = trial.started[0];
    trial.queue(0);
    trial.takes(worker, 0);
    // Four are all that may wait.
    for round in 0..65 {
        for number in 1..=4 {
            trial.queue_lasting(4 * round + number);
        }
        trial.pass(240);
    }
    assert_eq!(trial.refused, []);
    trial.queue(1000);
    let refused: Vec<_> = (257..=260)
        .map(|number| (number, TokenFault::Deadline))
        .collect();
    assert_eq!(trial.refused, refused);
}

#[test]
fn a_full_queue_throttles() {
    let mut trial = Trial::serving(1);
    let worker = trial.started[0];
    trial.queue(0);
    trial.takes(worker, 0);
    for number in 1..=4 {
        trial.queue(number);
    }
    trial.queue(5);
    assert_eq!(trial.refused, [(5, TokenFault::Throttled)]);
    // Jobs that nobody waits for any more take nobody's place.
    trial.pass(240);
    trial.queue(6);
    let late = [1, 2, 3, 4].map(|number| (number, TokenFault::Deadline));
    assert_eq!(trial.refused[1..], late);
}

#[test]
fn failures_that_may_mean_overload_cost_a_session_after_half_a_second() {
    let doubtful = |trial: &mut Trial, worker| {
        let outcome = Outcome::Doubtful(ReturnValue::FUNCTION_FAILED);
        trial.tell(Event::Thread(worker, Report::Ended(outcome)))
    };
    let mut trial = Trial::serving(1);
    let worker = trial.started[0];
    assert_eq!(doubtful(&mut trial, worker), Some(Order::AwaitJob));
    trial.pass(499);
    assert_eq!(doubtful(&mut trial, worker), Some(Order::AwaitJob));
    // One call that ends otherwise, and the time begins anew.
    assert_eq!(trial.ends(worker), Some(Order::AwaitJob));
    trial.pass(10);
    assert_eq!(doubtful(&mut trial, worker), Some(Order::AwaitJob));
    trial.pass(499);
    assert_eq!(doubtful(&mut trial, worker), Some(Order::AwaitJob));
    trial.pass(1);
    assert_eq!(doubtful(&mut trial, worker), Some(Order::Open));
    assert_eq!(trial.said, [Line::GivenUp(ReturnValue::FUNCTION_FAILED)]);
    assert_eq!(trial.opens(worker), Some(Order::AwaitJob));
    assert_eq!(doubtful(&mut trial, worker), Some(Order::AwaitJob));
}

#[test]
fn a_login_that_is_new_has_a_new_number() {
    let mut trial = Trial::serving(2);
    let [first, second] = trial.started[..] else {
        panic!("two threads")
    };
    let login = |start, is_new, number| Login {
        start,
        is_new,
        number,
    };
    let mut number_after = |worker, login| {
        trial.queue(1);
        let job = trial.takes(worker, 1);
        trial.loses(worker, job);
        match trial.tell(Event::Thread(worker, Report::Opened(login))) {
            Some(Order::Do(_, number)) => {
                trial.ends(worker);
                number
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(number_after(first, login(START, false, 8)), 7);
    assert_eq!(number_after(second, login(START, true, 9)), 9);
    assert_eq!(number_after(first, login(START, false, 10)), 9);
    // The library was started again.
    assert_eq!(number_after(first, login(START + 1, false, 11)), 11);
}

#[test]
fn a_token_that_is_closed_refuses_its_jobs_and_ends_its_threads() {
    let mut trial = Trial::serving(2);
    let [first, second] = trial.started[..] else {
        panic!("two threads")
    };
    trial.queue(1);
    trial.takes(first, 1);
    trial.queue(2);
    trial.tell(Event::Stopped);
    assert_eq!(trial.refused, [(2, TokenFault::Unavailable)]);
    trial.queue(3);
    assert_eq!(trial.refused[1..], [(3, TokenFault::Unavailable)]);
    assert_eq!(trial.ends(first), Some(Order::End));
    assert_eq!(trial.asks(second), Some(Order::End));
    trial.tell(Event::Left(first));
    trial.tell(Event::Left(second));
    trial.pass(10_000);
    trial.tell(Event::Tick);
    assert_eq!(trial.sessions.threads(), 0);
    assert_eq!(trial.said, []);
}
