//! Whether the HSM is there.

use crate::codes::Answer;
use crate::settings::{Device as Setting, LostSessions, Settings};

/// The state of the device behind the library.
#[derive(Default)]
pub(crate) struct Device {
    is_lost: bool,
    must_reinitialise: bool,
}

impl Device {
    /// Follows the settings. True when the device went away just now.
    pub(crate) fn follow(&mut self, settings: &Settings) -> bool {
        let was_lost = self.is_lost;
        self.is_lost = settings.device == Setting::Lost;
        let goes = self.is_lost && !was_lost;
        if goes && settings.lost_sessions == LostSessions::Reinitialise {
            self.must_reinitialise = true;
        }
        goes
    }

    /// `C_Initialize` was called. While the device is gone this repairs nothing.
    pub(crate) fn reinitialised(&mut self) {
        if !self.is_lost {
            self.must_reinitialise = false;
        }
    }

    /// Whether calls reach the device.
    pub(crate) fn reach(&self, settings: &Settings) -> Answer {
        if self.is_lost || self.must_reinitialise {
            return Err(settings.lost_code.value());
        }
        Ok(())
    }
}
