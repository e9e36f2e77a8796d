//! The libraries of HSM vendors: loaded, initialised and finalised once for all
//! tokens in this process.

use std::collections::BTreeMap;
use std::ffi::CString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use cryptoki::context::Pkcs11;
use parking_lot::{Mutex, RwLock, RwLockReadGuard};

use super::raw::{self, RawCalls};
use super::return_value::ReturnValue;

/// At most one restart in this time: service is to be back within two seconds
/// of a device's return, and a restart costs the library's whole state.
const RESTART: Duration = Duration::from_secs(1);

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
    pkcs11: Pkcs11,
    raw: RawCalls,
    /// How many tokens use it. Locked before `started`.
    users: Mutex<usize>,
    /// Which start this is. Held shared around every call into the library, and
    /// exclusively to initialise or finalise it.
    started: RwLock<Option<u64>>,
    /// Sessions open, over all tokens.
    sessions: AtomicUsize,
    last_restart: Mutex<Option<Instant>>,
}

/// One token's use of a library, which is finalised after the last one.
pub(super) struct LibraryUse {
    library: Arc<Library>,
    parameters: Option<CString>,
}

/// The library, which is not finalised as long as this lives. A thread holds at
/// most one.
pub(super) struct Inside<'l> {
    library: &'l Library,
    guard: RwLockReadGuard<'l, Option<u64>>,
}

impl LibraryUse {
    /// Loads a library, without initialising it. The error is for the operator.
    pub(super) fn load(module: &Path, parameters: Option<&str>) -> Result<Self, String> {
        let path = module.canonicalize().map_err(|error| error.to_string())?;
        let mut libraries = LIBRARIES.lock();
        let library = if let Some(library) = libraries.get(&path) {
            Arc::clone(library)
        } else {
            let library = Arc::new(Library::load(&path)?);
            libraries.insert(path, Arc::clone(&library));
            library
        };
        drop(libraries);
        *library.users.lock() += 1;
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
        self.enter()
            .ok_or(ReturnValue(cryptoki_sys::CKR_CRYPTOKI_NOT_INITIALIZED))
    }

    /// Goes inside, if the library is initialised.
    pub(super) fn enter(&self) -> Option<Inside<'_>> {
        let guard = self.library.started.read();
        guard.is_some().then_some(Inside {
            library: &self.library,
            guard,
        })
    }

    /// Finalises and initialises the library, unless a session of it works, a
    /// thread is inside, or it was done a moment ago. True when it was done.
    pub(super) fn restart(&self, now: Instant) -> bool {
        let Some(mut started) = self.library.started.try_write() else {
            return false;
        };
        if self.library.sessions.load(Ordering::Relaxed) > 0 {
            return false;
        }
        let mut last = self.library.last_restart.lock();
        if last.is_some_and(|last| now.duration_since(last) < RESTART) {
            return false;
        }
        *last = Some(now);
        if started.take().is_some() {
            // What it says of a library that lost its device changes nothing.
            let _ = self.library.raw.finalize();
        }
        self.start(&mut started).is_ok()
    }

    /// A session was closed, or is lost.
    pub(super) fn session_closed(&self) {
        self.library.sessions.fetch_sub(1, Ordering::Relaxed);
    }

    fn start(&self, started: &mut Option<u64>) -> Result<(), ReturnValue> {
        if started.is_some() {
            return Ok(());
        }
        match self.library.raw.initialize(self.parameters.as_deref()) {
            Ok(()) => {}
            Err(number) if ReturnValue(number).is_already_initialised() => {}
            Err(number) => return Err(ReturnValue(number)),
        }
        *started = Some(fresh_number());
        Ok(())
    }
}

impl Drop for LibraryUse {
    fn drop(&mut self) {
        let mut users = self.library.users.lock();
        *users = users.saturating_sub(1);
        // Whoever is inside uses it: with the last user nobody is.
        if *users == 0
            && let Some(mut started) = self.library.started.try_write()
            && started.take().is_some()
        {
            let _ = self.library.raw.finalize();
        }
    }
}

impl Library {
    fn load(path: &Path) -> Result<Self, String> {
        let raw = RawCalls::load(path)?;
        let pkcs11 = Pkcs11::new(path).map_err(|error| error.to_string())?;
        Ok(Self {
            pkcs11,
            raw,
            users: Mutex::new(0),
            started: RwLock::new(None),
            sessions: AtomicUsize::new(0),
            last_restart: Mutex::new(None),
        })
    }
}

impl Inside<'_> {
    /// Which start of the library this is.
    pub(super) fn start(&self) -> u64 {
        // `enter` made sure that there is one.
        self.guard.unwrap_or_default()
    }

    pub(super) fn pkcs11(&self) -> &Pkcs11 {
        &self.library.pkcs11
    }

    pub(super) fn raw(&self) -> &RawCalls {
        &self.library.raw
    }

    /// A session was opened.
    pub(super) fn session_opened(&self) {
        self.library.sessions.fetch_add(1, Ordering::Relaxed);
    }
}
