//! What the test itself takes away: a session, the login, the library's start. The
//! worker is a process of its own, so no host feels it.

use claviger_config::Profile;
use cryptoki_sys as sys;

use crate::finding::{Level, Topic};
use crate::search::say_steps;
use crate::trial::{Trial, Tried};
use crate::wire::{Answer, Request};

/// Takes them away and has them back.
pub(crate) fn find(trial: &mut Trial<'_>, profile: &Profile) {
    let _ = closed_session(trial);
    let request = Request::LogOutAndIn(profile.clone());
    let means = "a host that lost its login opens another session and logs in again";
    let _ = steps(trial, "logging out and in", "login-again", &request, means);
    let means = "a host that lost its token starts the library again";
    let _ = steps(
        trial,
        "starting the library again",
        "restart",
        &Request::Restart,
        means,
    );
}

fn closed_session(trial: &mut Trial<'_>) -> Tried<()> {
    let doing = "a session that is closed";
    let answer = trial.ask(doing, &Request::UseClosedSession)?;
    let Answer::Failed(failure) = answer else {
        if matches!(answer, Answer::Done) {
            trial.say(
                Topic::Recovery,
                "closed-session",
                Level::Warning,
                format!("{doing} is used all the same"),
                "a session that is lost would be noticed late",
            );
            return Ok(());
        }
        return trial.unexpected(doing, &answer);
    };
    let is_plain = matches!(
        failure.code.number,
        sys::CKR_SESSION_HANDLE_INVALID | sys::CKR_SESSION_CLOSED
    );
    let (level, means) = if is_plain {
        (Level::Ok, "the host sees at once that a session is lost")
    } else {
        (
            Level::Info,
            "add this return value to fatal_codes if it means nothing else with this token",
        )
    };
    let found = format!("{doing}: {failure}");
    trial.say(Topic::Recovery, "closed-session", level, found, means);
    Ok(())
}

/// Each in a worker that nothing was done to.
fn steps(
    trial: &mut Trial<'_>,
    doing: &str,
    check: &'static str,
    request: &Request,
    means: &str,
) -> Tried<()> {
    let answer = trial.ask(doing, request)?;
    // Login and key may be gone.
    trial.end_worker();
    match answer {
        Answer::Steps(steps) => {
            say_steps(trial, Topic::Recovery, check, steps, means);
            Ok(())
        }
        other => trial.unexpected(doing, &other),
    }
}
