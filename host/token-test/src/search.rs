//! Whether a key is found by its names, and what is told of it.

use crate::finding::{Level, Topic};
use crate::trial::{Trial, Tried};
use crate::wire::{Answer, Request, Step};

/// Looks for the key of the test.
pub(crate) fn find(trial: &mut Trial<'_>) -> Tried<()> {
    let doing = "looking for the key of the test";
    match trial.ask(doing, &Request::Search)? {
        Answer::Steps(steps) => {
            let means = "Claviger finds keys by their label, or by their id";
            say_steps(trial, Topic::Search, "search", steps, means);
            Ok(())
        }
        other => trial.unexpected(doing, &other),
    }
}

/// A finding for each step.
pub(crate) fn say_steps(
    trial: &mut Trial<'_>,
    topic: Topic,
    check: &'static str,
    steps: Vec<Step>,
    means: &str,
) {
    for Step { what, problem } in steps {
        let (level, found) = match problem {
            None => (Level::Ok, what),
            Some(problem) => (Level::Fault, format!("{what}: {problem}")),
        };
        trial.say(topic, check, level, found, means);
    }
}
