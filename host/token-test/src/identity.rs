//! What library and token say of themselves, the state of the PIN, the login, and the
//! key that everything is tried with.

use cryptoki_sys as sys;

use crate::conventions::CKM_CLOUDHSM_AES_GCM;
use crate::finding::{Level, Topic};
use crate::trial::{NoResult, Trial, Tried};
use crate::wire::{Answer, Failure, Identity, Keeping, KeptKey, Mechanism, Request, refuses_pin};

/// Flags of a token that are worth a word, and their words.
const FLAGS: [(u64, &str); 7] = [
    (sys::CKF_RNG, "random generator"),
    (sys::CKF_WRITE_PROTECTED, "write-protected"),
    (sys::CKF_LOGIN_REQUIRED, "login required"),
    (sys::CKF_USER_PIN_INITIALIZED, "PIN set"),
    (sys::CKF_PROTECTED_AUTHENTICATION_PATH, "PIN pad of its own"),
    (sys::CKF_TOKEN_INITIALIZED, "initialized"),
    (sys::CKF_USER_PIN_TO_BE_CHANGED, "PIN has to be changed"),
];

/// A mechanism by name and number.
pub(crate) fn mechanism_name(number: u64) -> String {
    match number {
        sys::CKM_AES_GCM => "CKM_AES_GCM".to_owned(),
        sys::CKM_AES_KEY_GEN => "CKM_AES_KEY_GEN".to_owned(),
        CKM_CLOUDHSM_AES_GCM => "CKM_CLOUDHSM_AES_GCM (0x80001087)".to_owned(),
        other => format!("mechanism {other:#x}"),
    }
}

/// Starts the library and finds the token.
pub(crate) fn identify(trial: &mut Trial<'_>) -> Tried<Identity> {
    let limit = trial.options.limit;
    let doing = "starting the library";
    match trial.ask_plainly(doing, &Request::Start, limit) {
        Ok(Answer::Identity(identity)) => {
            describe(trial, &identity);
            Ok(*identity)
        }
        Ok(answer) => {
            refuse(trial, Topic::Identity, "no-token", &answer);
            Err(NoResult)
        }
        Err(no_result) => {
            trial.give_up();
            Err(no_result)
        }
    }
}

/// Nothing can be tried.
fn refuse(trial: &mut Trial<'_>, topic: Topic, check: &'static str, answer: &Answer) {
    let (found, means) = match answer {
        Answer::Failed(failure) => (failure.to_string(), String::new()),
        Answer::Refused { path, problem, fix } => (format!("{path}: {problem}"), fix.clone()),
        _ => ("an answer to something else".to_owned(), String::new()),
    };
    trial.say(topic, check, Level::Fault, found, means);
    trial.give_up();
}

fn describe(trial: &mut Trial<'_>, identity: &Identity) {
    let mut say = |check, level, found: String, means: &str| {
        trial.say(Topic::Identity, check, level, found, means);
    };
    say(
        "library",
        Level::Info,
        format!(
            "library: {} {} by {}, PKCS#11 {}",
            identity.library,
            identity.library_version,
            identity.library_manufacturer,
            identity.cryptoki_version
        ),
        "",
    );
    say(
        "token",
        Level::Info,
        format!(
            "token: {} by {}, hardware {}, firmware {}, label {}, serial {}, in slot {}",
            identity.model,
            identity.manufacturer,
            identity.hardware,
            identity.firmware,
            identity.label,
            identity.serial,
            identity.slot
        ),
        "",
    );
    let flags = FLAGS.iter().filter(|(flag, _)| identity.flags & flag != 0);
    let flags: Vec<_> = flags.map(|(_, words)| *words).collect();
    let found = format!("flags: {:#x} ({})", identity.flags, flags.join(", "));
    say("flags", Level::Info, found, "");
    if identity.flags & sys::CKF_WRITE_PROTECTED != 0 {
        let found = "the token is write-protected".to_owned();
        say(
            "write-protected",
            Level::Warning,
            found,
            "`claviger key create` cannot make keys",
        );
    }
    for number in [sys::CKM_AES_GCM, CKM_CLOUDHSM_AES_GCM, sys::CKM_AES_KEY_GEN] {
        let name = mechanism_name(number);
        match identity.mechanisms.iter().find(|it| it.number == number) {
            Some(mechanism) => say("mechanism", Level::Ok, keys_of(&name, mechanism), ""),
            None if number == sys::CKM_AES_GCM => {
                let found = format!(
                    "{name}: not among the {} mechanisms",
                    identity.all_mechanisms
                );
                let means = "AES-GCM has to be another mechanism, which the vendor names";
                say("mechanism", Level::Warning, found, means);
            }
            None if number == sys::CKM_AES_KEY_GEN => {
                let found = format!("{name}: not among the mechanisms");
                let means = "keys have to be made with the vendor's tools";
                say("mechanism", Level::Warning, found, means);
            }
            None => {}
        }
    }
    let gcm = identity
        .mechanisms
        .iter()
        .find(|it| it.number == sys::CKM_AES_GCM);
    let flagged = gcm.is_some_and(|it| it.flags & sys::CKF_MESSAGE_ENCRYPT != 0);
    let found = match (identity.message_functions, flagged) {
        (true, true) => "message-based functions of PKCS#11 3.0: there, for AES-GCM too",
        (true, false) => "message-based functions of PKCS#11 3.0: there, but not said of AES-GCM",
        (false, _) => "message-based functions of PKCS#11 3.0: none",
    };
    let means = "Claviger does not use them";
    say("message-functions", Level::Info, found.to_owned(), means);
}

fn keys_of(name: &str, mechanism: &Mechanism) -> String {
    let Mechanism {
        least_key,
        most_key,
        flags,
        ..
    } = mechanism;
    let place = if flags & sys::CKF_HW == 0 {
        "not said to be in hardware"
    } else {
        "in hardware"
    };
    format!(
        "{name}: there, keys of {least_key} to {most_key} (bytes or bits, as the vendor counts), {place}"
    )
}

/// Logs in once, unless that could lock the PIN.
pub(crate) fn log_in(trial: &mut Trial<'_>, identity: &Identity) -> Tried<()> {
    let mut say = |check, level, found: &str, means: &str| {
        trial.say(Topic::Login, check, level, found, means);
    };
    let is = |flag: u64| identity.flags & flag != 0;
    let (check, found, means) = if is(sys::CKF_USER_PIN_LOCKED) {
        (
            "pin-locked",
            "the PIN is locked",
            "no login was tried: the security officer has to set the PIN anew",
        )
    } else if is(sys::CKF_USER_PIN_FINAL_TRY) {
        (
            "pin-final-try",
            "one more wrong PIN would lock the user",
            "no login was tried: make sure of the PIN, and log in once with the vendor's tool, \
             which takes the warning away",
        )
    } else {
        if is(sys::CKF_USER_PIN_COUNT_LOW) {
            say(
                "pin-count-low",
                Level::Warning,
                "somebody has entered a wrong PIN since the last login",
                "was it the one that is configured? It is tried once",
            );
        }
        ("", "", "")
    };
    if !check.is_empty() {
        say(check, Level::Fault, found, means);
        trial.give_up();
        return Err(NoResult);
    }
    let answer = trial.ask_plainly("logging in", &Request::Login, trial.options.limit)?;
    if matches!(answer, Answer::Done) {
        let means = "the user of the configured PIN is logged in";
        trial.say(Topic::Login, "login", Level::Ok, "login: done", means);
        return Ok(());
    }
    let means = match &answer {
        Answer::Failed(failure) if refuses_pin(failure.code.number) => {
            "it was tried once, and is not tried again: too many attempts lock the user"
        }
        _ => "without a login nothing can be tried",
    };
    refuse(trial, Topic::Login, "login", &answer);
    if let Some(last) = trial.findings.last_mut().filter(|it| it.means.is_empty()) {
        means.clone_into(&mut last.means);
    }
    Err(NoResult)
}

/// Makes the key of the test: in the session, or on the token if that was asked for.
pub(crate) fn make_key(trial: &mut Trial<'_>) -> Tried<()> {
    let names: KeptKey = trial.options.key.clone();
    let session = Keeping::Session(names.clone());
    let answer = trial.ask_plainly(
        "making a session key",
        &Request::MakeKey(session.clone()),
        trial.options.limit,
    )?;
    let refusal = match answer {
        Answer::Done => {
            trial.keeping = Some(session);
            trial.is_prepared = true;
            trial.say(
                Topic::Login,
                "key",
                Level::Ok,
                "a session key, AES-256, was made (CKA_TOKEN is false)",
                "everything is tried with it; no key on the token is used",
            );
            return Ok(());
        }
        Answer::Failed(failure) => failure,
        other => return trial.unexpected("making a session key", &other),
    };
    if !trial.options.make_key {
        trial.say(
            Topic::Login,
            "key",
            Level::Fault,
            format!("the token makes no session key: {refusal}"),
            "try again with --make-key: a key is made on the token then, and removed at the end",
        );
        trial.give_up();
        return Err(NoResult);
    }
    make_kept_key(trial, Keeping::Token(names.clone()), &names, &refusal)
}

fn make_kept_key(
    trial: &mut Trial<'_>,
    kept: Keeping,
    names: &KeptKey,
    refusal: &Failure,
) -> Tried<()> {
    // From here on there may be one, whatever is answered.
    trial.keeping = Some(kept.clone());
    let doing = "making a key on the token";
    let answer = trial.ask_plainly(doing, &Request::MakeKey(kept), trial.options.limit)?;
    if matches!(answer, Answer::Done) {
        trial.is_prepared = true;
        trial.say(
            Topic::Login,
            "key",
            Level::Ok,
            format!(
                "the token makes no session key ({refusal}), but one on the token: {}",
                names.label
            ),
            "everything is tried with it, and it is removed at the end",
        );
        return Ok(());
    }
    refuse(trial, Topic::Login, "key", &answer);
    Err(NoResult)
}
