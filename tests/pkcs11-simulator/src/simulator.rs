//! The state of one simulated HSM, as its clients have changed it and as the
//! settings have it.

use std::sync::Arc;

use cryptoki_sys::{CK_SESSION_HANDLE, CKR_CRYPTOKI_NOT_INITIALIZED, CKR_GENERAL_ERROR};

use crate::call::COUNTS;
use crate::codes::Answer;
use crate::counts::Count;
use crate::device::Device;
use crate::module::{Module, real};
use crate::objects::Objects;
use crate::sessions::{Refusal, Sessions, State};
use crate::settings::{LostSessions, Settings};
use crate::settings_file::report;
use crate::throttle::Throttle;

/// Calls hold it shared; a change of settings, `C_Initialize` and `C_Finalize`
/// hold it alone, so that no session is closed under a call.
#[derive(Default)]
pub(crate) struct Simulator {
    module: Option<Module>,
    is_initialised: bool,
    device: Device,
    followed: Option<Arc<Settings>>,
    pub(crate) sessions: Sessions,
    pub(crate) objects: Objects,
    pub(crate) throttle: Throttle,
}

impl Simulator {
    /// Whether these are the settings it is in step with.
    pub(crate) fn follows(&self, settings: &Arc<Settings>) -> bool {
        self.followed
            .as_ref()
            .is_some_and(|followed| Arc::ptr_eq(followed, settings))
    }

    /// Does what a change of the settings asks for. The first reading is no
    /// change.
    pub(crate) fn follow(&mut self, settings: &Arc<Settings>) {
        let before = self.followed.replace(Arc::clone(settings));
        let before = before.as_ref().unwrap_or(settings);
        let goes = self.device.follow(settings);
        let survives = settings.lost_sessions == LostSessions::Survive;
        if goes && !survives || before.lose_sessions != settings.lose_sessions {
            self.lose_sessions();
        }
        if before.stale_objects != settings.stale_objects {
            self.objects.make_stale();
        }
        if before.throttle_every != settings.throttle_every {
            self.throttle.restart();
        }
    }

    /// `C_Initialize`, with `initialise` for the module's part.
    pub(crate) fn initialise(
        &mut self,
        settings: &Settings,
        initialise: impl FnOnce(&Module) -> Answer,
    ) -> Answer {
        if self
            .module
            .as_ref()
            .is_none_or(|module| module.path() != settings.module)
        {
            let module = Module::load(&settings.module).map_err(|error| {
                report(&format!("{}: {error}", settings.module.display()));
                CKR_GENERAL_ERROR
            })?;
            self.module = Some(module);
        }
        let Some(module) = &self.module else {
            return Err(CKR_GENERAL_ERROR);
        };
        initialise(module)?;
        self.is_initialised = true;
        self.device.reinitialised();
        Ok(())
    }

    /// `C_Finalize`. Neither sessions nor object handles outlive it.
    pub(crate) fn finalise(&mut self, finalise: impl FnOnce(&Module) -> Answer) -> Answer {
        finalise(self.module()?)?;
        self.sessions.drain();
        self.objects.make_stale();
        self.is_initialised = false;
        Ok(())
    }

    /// The module, once initialised.
    pub(crate) fn module(&self) -> Answer<&Module> {
        self.module
            .as_ref()
            .filter(|_| self.is_initialised)
            .ok_or(CKR_CRYPTOKI_NOT_INITIALIZED)
    }

    /// The module, if the device can be reached.
    pub(crate) fn device(&self, settings: &Settings) -> Answer<&Module> {
        let module = self.module()?;
        self.device.reach(settings)?;
        Ok(module)
    }

    /// Works on a session of the client's.
    pub(crate) fn session(
        &self,
        settings: &Settings,
        handle: CK_SESSION_HANDLE,
        work: impl FnOnce(&Module, &mut State) -> Answer,
    ) -> Answer {
        let module = self.device(settings)?;
        match self.sessions.with(handle, |state| work(module, state)) {
            Ok(answer) => answer,
            Err(refusal) => {
                if let Refusal::Shared = refusal {
                    COUNTS.note(Count::SharedSession, settings.counts.as_deref());
                }
                Err(refusal.value())
            }
        }
    }

    /// Closes every session in the module too, which logs out: a client that
    /// comes back has to log in again.
    fn lose_sessions(&mut self) {
        for session in self.sessions.drain() {
            if let Ok(module) = self.module() {
                // Lost either way.
                let _ = real!(module, C_CloseSession(session));
            }
        }
    }
}
