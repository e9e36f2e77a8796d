//! The libraries of HSM vendors: loaded, initialised and finalised once for all
//! tokens in this process.

use std::collections::BTreeMap;
use std::ffi::CString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use claviger_config::Token as ConfiguredToken;
use claviger_settings::Fault;
use parking_lot::{Mutex, RwLock, RwLockReadGuard};

use super::known::Start;
use super::raw::{self, RawCalls};
use super::return_value::ReturnValue;

/// At most one restart in this time: service is to be back within two seconds
/// of a device's return, and a restart costs the library's whole state.
const RESTART: Duration = Duration::from_secs(1);

/// How long a restart for all tokens waits for calls that are inside. Other tokens'
/// calls wait meanwhile.
const CALLS_END: Duration = Duration::from_millis(50);

/// Whose sessions a restart of a library may end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Restart {
    /// Nobody's: only when no session of any token is open.
    IfUnused,
    /// Those of other tokens too, which open others at their next call.
    ForAll,
}

/// The one global of this crate besides the log subscriber: `C_Initialize` and
/// `C_Finalize` act on the whole process, so two hosts in it that use one library
/// have to know of each other. Libraries stay loaded for good: many do not
/// survive being unloaded.
static LIBRARIES: Mutex<BTreeMap<PathBuf, Arc<Library>>> = Mutex::new(BTreeMap::new());

/// Numbers of starts and logins: never used twice in a process.
static NUMBERS: AtomicU64 = AtomicU64::new(1);

/// Ends the process with this status at once, if there is a library in it: threads
/// may still be inside, some for ever, and destructors that a library has for the
/// end of the process then wait for locks that nobody gives back (SoftHSM's do).
pub(crate) fn end_process(status: u8) {
    if !LIBRARIES.lock().is_empty() {
        raw::end_process(status);
    }
}

/// A number that no start or login has had.
pub(super) fn fresh_number() -> u64 {
    NUMBERS.fetch_add(1, Ordering::Relaxed)
}

struct Library {
    raw: RawCalls,
    /// Which start this is. Held shared around every call into the library, and
    /// exclusively to initialise or finalise it.
    started: RwLock<Option<Start>>,
    /// Nobody waits for `started` who has this locked.
    uses: Mutex<Uses>,
}

/// Who uses a library.
#[derive(Debug, Default)]
struct Uses {
    tokens: usize,
    /// Open, over all tokens.
    sessions: usize,
    last_restart: Option<Instant>,
}

impl Uses {
    /// Whether the library may be started again at `now`, and is.
    fn restart(&mut self, manner: Restart, now: Instant) -> bool {
        let lately = |last| now.duration_since(last) < RESTART;
        let in_use = self.sessions > 0 && manner == Restart::IfUnused;
        if in_use || self.last_restart.is_some_and(lately) {
            return false;
        }
        self.last_restart = Some(now);
        true
    }
}

/// One token's use of a library, which is finalised after the last one.
pub(super) struct LibraryUse {
    library: Arc<Library>,
    parameters: Option<CString>,
}

/// The library, which is not finalised as long as this lives. A thread holds at
/// most one.
pub(super) struct Inside<'l> {
    /// Which start of the library this is.
    pub(super) start: Start,
    pub(super) raw: &'l RawCalls,
    uses: &'l Mutex<Uses>,
    _started: RwLockReadGuard<'l, Option<Start>>,
}

impl LibraryUse {
    /// The library of a token, loaded and not initialised.
    pub(super) fn of(configured: &ConfiguredToken) -> Result<Self, Fault> {
        let parameters = configured.library_parameters.as_deref();
        Self::load(&configured.module, parameters).map_err(|fault| {
            Fault::new(
                format!("{}.module", configured.table_path),
                format!("cannot be loaded: {fault}"),
                "name the vendor's PKCS#11 library",
            )
        })
    }

    /// Loads a library, without initialising it. The error is for the operator.
    pub(super) fn load(module: &Path, parameters: Option<&str>) -> Result<Self, String> {
        let path = module.canonicalize().map_err(|error| error.to_string())?;
        let mut libraries = LIBRARIES.lock();
        let library = if let Some(library) = libraries.get(&path) {
            Arc::clone(library)
        } else {
            let library = Arc::new(Library {
                raw: RawCalls::load(&path)?,
                started: RwLock::default(),
                uses: Mutex::default(),
            });
            libraries.insert(path, Arc::clone(&library));
            library
        };
        drop(libraries);
        library.uses.lock().tokens += 1;
        Ok(Self {
            library,
            parameters: parameters.and_then(|text| CString::new(text).ok()),
        })
    }

    /// Initialises the library unless it is; then goes inside.
    pub(super) fn enter_started(&self) -> Result<Inside<'_>, ReturnValue> {
        if let Some(inside) = self.enter() {
            return Ok(inside);
        }
        self.start(&mut self.library.started.write())?;
        self.enter().ok_or(ReturnValue::NOT_INITIALIZED)
    }

    /// Goes inside, if the library is initialised.
    pub(super) fn enter(&self) -> Option<Inside<'_>> {
        let started = self.library.started.read();
        Some(Inside {
            start: (*started)?,
            raw: &self.library.raw,
            uses: &self.library.uses,
            _started: started,
        })
    }

    /// Finalises and initialises the library, unless a thread is inside, or it was
    /// done a moment ago. True when it was done.
    pub(super) fn restart(&self, manner: Restart, now: Instant) -> bool {
        let started = &self.library.started;
        let started = match manner {
            Restart::IfUnused => started.try_write(),
            Restart::ForAll => started.try_write_for(CALLS_END),
        };
        let Some(mut started) = started else {
            return false;
        };
        if !self.library.uses.lock().restart(manner, now) {
            return false;
        }
        if started.take().is_some() {
            // What it says of a library that lost its device changes nothing.
            let _ = self.library.raw.finalize();
        }
        self.start(&mut started).is_ok()
    }

    /// A session was closed, or is lost.
    pub(super) fn session_closed(&self) {
        self.library.uses.lock().sessions -= 1;
    }

    fn start(&self, started: &mut Option<Start>) -> Result<(), ReturnValue> {
        if started.is_some() {
            return Ok(());
        }
        match self.library.raw.initialize(self.parameters.as_deref()) {
            Ok(()) | Err(ReturnValue::ALREADY_INITIALIZED) => {}
            Err(value) => return Err(value),
        }
        *started = Some(Start {
            number: fresh_number(),
            at: Instant::now(),
        });
        Ok(())
    }
}

impl Drop for LibraryUse {
    fn drop(&mut self) {
        let mut uses = self.library.uses.lock();
        uses.tokens -= 1;
        // Whoever is inside uses it: with the last user nobody is.
        if uses.tokens == 0
            && let Some(mut started) = self.library.started.try_write()
            && started.take().is_some()
        {
            let _ = self.library.raw.finalize();
        }
    }
}

impl Inside<'_> {
    /// A session was opened.
    pub(super) fn session_opened(&self) {
        self.uses.lock().sessions += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_is_started_again_when_no_session_is_left_and_once_a_second() {
        let mut uses = Uses::default();
        let then = Instant::now();
        let after = |milliseconds| then + Duration::from_millis(milliseconds);
        let mut restart = |sessions, manner, at| {
            uses.sessions = sessions;
            uses.restart(manner, at)
        };
        assert!(!restart(1, Restart::IfUnused, then));
        assert!(restart(0, Restart::IfUnused, then));
        assert!(!restart(0, Restart::IfUnused, after(999)));
        assert!(restart(0, Restart::IfUnused, after(1000)));
        assert!(!restart(1, Restart::ForAll, after(1999)));
        assert!(restart(1, Restart::ForAll, after(2000)));
    }
}
