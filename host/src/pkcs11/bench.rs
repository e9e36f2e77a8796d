//! A token on the test bench: does what `claviger token test` asks, one request after
//! the other, in a process of its own that serves nobody.
//!
//! The library, sessions and keys are used by the host's own calls wherever the host
//! has them, so that what is tested is what will run. Operations are done in a session
//! of their own, because one that failed may be left in an operation; the login and
//! the key are held by another.

mod encrypting;
mod keys;
mod sessions;
mod trial;

use std::collections::BTreeSet;
use std::sync::Arc;

use claviger_config::Token as ConfiguredToken;
use claviger_config::secrets::Pin;
use claviger_settings::Fault;
use claviger_token_test::wire::{
    Answer, Code, Failure, Identity, Keeping, Mechanism, Request, Step,
};

use super::library::{Inside, LibraryUse};
use super::raw::RawCalls;
use super::return_value::ReturnValue;
use super::slot::{self, OpenFault};

/// A token, and what is open of it.
pub(crate) struct Bench {
    configured: ConfiguredToken,
    library: Option<Arc<LibraryUse>>,
    slot: u64,
    /// The session that the login and a session key belong to.
    keeper: Option<u64>,
    /// The session that operations are done in; the keeper, if there is no other.
    work: Option<u64>,
    key: Option<Key>,
}

/// The key of the test.
struct Key {
    object: u64,
    keeping: Keeping,
}

/// A request is done, or cannot be.
enum Stop {
    /// A function of the library failed.
    Failed(Failure),
    /// What is configured is wrong.
    Refused(Fault),
}

type Done<T> = Result<T, Stop>;

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Refused(fault)
    }
}

/// What is told of a function that failed.
fn at(function: &str) -> impl Fn(ReturnValue) -> Failure {
    move |value| Failure {
        function: function.to_owned(),
        code: Code {
            number: value.0,
            name: value.name(),
        },
    }
}

/// A step of a request, and what is wrong with what came of it.
fn step(what: &str, problem: Option<String>) -> Step {
    Step {
        what: what.to_owned(),
        problem,
    }
}

/// How often random bytes are taken to be compared.
const RANDOM: usize = 64;
/// Special values of counts in a token's description.
const UNAVAILABLE: u64 = cryptoki_sys::CK_UNAVAILABLE_INFORMATION;

impl Bench {
    /// Calls nothing yet.
    pub(crate) fn new(configured: ConfiguredToken) -> Self {
        Self {
            configured,
            library: None,
            slot: 0,
            keeper: None,
            work: None,
            key: None,
        }
    }

    /// Does what is asked.
    pub(crate) fn answer(&mut self, request: Request) -> Answer {
        let done = match request {
            Request::Start => self.start(),
            Request::Login => self.log_in(),
            Request::MakeKey(keeping) => self.make_key(keeping),
            Request::Gcm(gcm) => self.try_gcm(&gcm),
            Request::Random => self.compare_random(),
            Request::Health => self.prove_health(),
            Request::TryProfile(profile) => self.try_profile(&profile),
            Request::Search => self.search(),
            Request::OpenSessions { most, milliseconds } => self.open_sessions(most, milliseconds),
            Request::Encrypt {
                sessions,
                milliseconds,
                profile,
            } => self.measure(sessions, milliseconds, &profile),
            Request::UseClosedSession => self.use_closed_session(),
            Request::LogOutAndIn(profile) => self.log_out_and_in(&profile),
            Request::Restart => self.restart(),
            Request::RemoveKept(key) => self.remove_kept(&key),
        };
        match done {
            Ok(answer) => answer,
            Err(Stop::Failed(failure)) => Answer::Failed(failure),
            Err(Stop::Refused(Fault { path, problem, fix })) => {
                Answer::Refused { path, problem, fix }
            }
        }
    }

    /// Removes the key and closes what is open. What the library says of it changes
    /// nothing any more.
    pub(crate) fn end(mut self) {
        let _ = self.destroy_key();
        let _ = self.close();
    }

    fn library(&self) -> Done<Arc<LibraryUse>> {
        let library = self.library.as_ref().map(Arc::clone);
        let none = at("C_Initialize")(ReturnValue::NOT_INITIALIZED);
        library.ok_or(Stop::Failed(none))
    }

    fn start(&mut self) -> Done<Answer> {
        let library = Arc::new(LibraryUse::of(&self.configured)?);
        let inside = library
            .enter_started()
            .map_err(|value| self.refused(value.into(), "C_Initialize"))?;
        self.find_slot(&inside)?;
        let identity = identity(&inside, self.slot)?;
        drop(inside);
        self.library = Some(library);
        Ok(Answer::Identity(Box::new(identity)))
    }

    /// A start of the library may number its slots anew.
    fn find_slot(&mut self, inside: &Inside<'_>) -> Done<()> {
        let slot = slot::find(inside, &self.configured.selector);
        let functions = "C_GetSlotList or C_GetTokenInfo";
        self.slot = slot.map_err(|fault| self.refused(fault, functions))?;
        Ok(())
    }

    fn refused(&self, fault: OpenFault, function: &str) -> Stop {
        match fault {
            OpenFault::Unreachable(value) => Stop::Failed(at(function)(value)),
            other => Stop::Refused(other.of(&self.configured)),
        }
    }

    /// Opens a session and logs in, as every session of the host does.
    fn log_in(&mut self) -> Done<Answer> {
        let library = self.library()?;
        let inside = entered(&library)?;
        let pin = Pin::read(&self.configured)?;
        let keeper = inside
            .raw
            .open_session(self.slot)
            .map_err(at("C_OpenSession"))?;
        self.keeper = Some(keeper);
        match inside.raw.login(keeper, pin.expose()) {
            Ok(()) | Err(ReturnValue::USER_ALREADY_LOGGED_IN) => Ok(Answer::Done),
            Err(value) => Err(at("C_Login")(value).into()),
        }
    }

    fn keeper(&self) -> Done<u64> {
        let none = at("C_OpenSession")(ReturnValue::USER_NOT_LOGGED_IN);
        self.keeper.ok_or(Stop::Failed(none))
    }

    /// The session for operations. A token that has no second one has to do with the
    /// first.
    fn work(&mut self, raw: &RawCalls) -> Done<u64> {
        if let Some(work) = self.work {
            return Ok(work);
        }
        let work = match raw.open_session(self.slot) {
            Ok(work) => work,
            Err(ReturnValue::SESSION_COUNT) => self.keeper()?,
            Err(value) => return Err(at("C_OpenSession")(value).into()),
        };
        self.work = Some(work);
        Ok(work)
    }

    /// The session for operations may be left in one.
    fn close_work(&mut self, raw: &RawCalls) {
        if let Some(work) = self.work.take().filter(|work| Some(*work) != self.keeper) {
            // One that is lost need not close well.
            let _ = raw.close_session(work);
        }
    }

    /// Closes all sessions.
    fn close(&mut self) -> Done<()> {
        let library = self.library()?;
        let inside = entered(&library)?;
        self.close_work(inside.raw);
        if let Some(keeper) = self.keeper.take() {
            let closed = inside.raw.close_session(keeper);
            closed.map_err(at("C_CloseSession"))?;
        }
        Ok(())
    }

    /// Random bytes that come twice are none.
    fn compare_random(&mut self) -> Done<Answer> {
        let library = self.library()?;
        let inside = entered(&library)?;
        let work = self.work(inside.raw)?;
        let mut seen = BTreeSet::new();
        for _ in 0..RANDOM {
            let mut bytes = [0; 16];
            let made = inside.raw.random(work, &mut bytes);
            made.map_err(at("C_GenerateRandom"))?;
            seen.insert(bytes);
        }
        let problem = (seen.len() < RANDOM).then(|| format!("{} are", seen.len()));
        let what = format!("{RANDOM} times 16 bytes of C_GenerateRandom are all different");
        Ok(Answer::Steps(vec![step(&what, problem)]))
    }

    /// Session, login, token and key are there.
    fn prove_health(&mut self) -> Done<Answer> {
        let library = self.library()?;
        let inside = entered(&library)?;
        let raw = inside.raw;
        self.close_work(raw);
        let (keeper, work) = (self.keeper()?, self.work(raw)?);
        let token = at("C_GetTokenInfo");
        raw.token_info(self.slot).map_err(token)?;
        if !raw.is_logged_in(keeper).map_err(at("C_GetSessionInfo"))? {
            return Err(at("C_GetSessionInfo")(ReturnValue::USER_NOT_LOGGED_IN).into());
        }
        raw.random(work, &mut [0; 16])
            .map_err(at("C_GenerateRandom"))?;
        if let Some(key) = &self.key {
            let attributes = raw.attributes(keeper, key.object);
            attributes.map_err(at("C_GetAttributeValue"))?;
        }
        Ok(Answer::Done)
    }
}

/// The library, which was started.
fn entered(library: &LibraryUse) -> Done<Inside<'_>> {
    let none = at("C_Initialize")(ReturnValue::NOT_INITIALIZED);
    library.enter().ok_or(Stop::Failed(none))
}

fn identity(inside: &Inside<'_>, slot: u64) -> Done<Identity> {
    let raw = inside.raw;
    let library = raw.describe_library().map_err(at("C_GetInfo"))?;
    let token = raw.describe_token(slot).map_err(at("C_GetTokenInfo"))?;
    let all = raw.mechanisms(slot).map_err(at("C_GetMechanismList"))?;
    let of_interest = [
        cryptoki_sys::CKM_AES_GCM,
        cryptoki_sys::CKM_AES_KEY_GEN,
        cryptoki_sys::CKM_VENDOR_DEFINED | cryptoki_sys::CKM_AES_GCM,
    ];
    let mechanisms = of_interest.into_iter().filter(|it| all.contains(it));
    let mechanisms = mechanisms.map(|number| {
        let info = raw.describe_mechanism(slot, number);
        let info = info.map_err(at("C_GetMechanismInfo"))?;
        Ok(Mechanism {
            number,
            least_key: info.least_key,
            most_key: info.most_key,
            flags: info.flags,
        })
    });
    let mechanisms: Done<Vec<Mechanism>> = mechanisms.collect();
    let known = |count: u64| (count != UNAVAILABLE).then_some(count);
    Ok(Identity {
        library_manufacturer: library.manufacturer,
        library: library.description,
        library_version: library.version,
        cryptoki_version: library.cryptoki_version,
        slot,
        slot_description: raw.describe_slot(slot).map_err(at("C_GetSlotInfo"))?,
        label: token.info.label,
        manufacturer: token.info.manufacturer,
        model: token.info.model,
        serial: token.info.serial,
        hardware: token.info.hardware,
        firmware: token.info.firmware,
        flags: token.flags,
        most_sessions: known(token.most_sessions),
        open_sessions: known(token.open_sessions),
        mechanisms: mechanisms?,
        all_mechanisms: all.len(),
        message_functions: raw.has_message_functions(),
    })
}
