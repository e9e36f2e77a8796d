//! Calls that do not return.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::counts::Count;
use crate::settings::{Hang, Settings};

/// How often a hung call looks whether it may go on.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Which calls hang.
pub(crate) struct Hanging {
    once: Mutex<Once>,
}

/// `once-encrypt` holds the first `C_Encrypt` after it was set, and that one
/// only.
enum Once {
    /// The setting is another one.
    Unset,
    /// Nobody has come yet.
    Armed,
    /// The one call has been taken.
    Spent,
}

impl Hanging {
    pub(crate) const fn new() -> Self {
        Self {
            once: Mutex::new(Once::Unset),
        }
    }

    /// Returns when the call may go on. `look` reads the settings; a fault in
    /// them ends the wait.
    pub(crate) fn wait<E>(
        &self,
        function: Count,
        mut look: impl FnMut() -> Result<Arc<Settings>, E>,
    ) -> Result<Arc<Settings>, E> {
        let mut settings = look()?;
        let is_the_one = self.follow(settings.hang, function);
        while holds(settings.hang, function) || is_the_one && settings.hang == Hang::OnceEncrypt {
            thread::sleep(LOOK_AGAIN);
            settings = look()?;
        }
        if settings.hang != Hang::OnceEncrypt {
            self.follow(settings.hang, function);
        }
        Ok(settings)
    }

    /// Keeps `once` in step with the setting; true for the call it takes.
    fn follow(&self, hang: Hang, function: Count) -> bool {
        let mut once = self.once.lock().unwrap_or_else(PoisonError::into_inner);
        if hang != Hang::OnceEncrypt {
            *once = Once::Unset;
            return false;
        }
        if let Once::Unset = *once {
            *once = Once::Armed;
        }
        let takes = matches!(*once, Once::Armed) && function == Count::C_Encrypt;
        if takes {
            *once = Once::Spent;
        }
        takes
    }
}

fn holds(hang: Hang, function: Count) -> bool {
    match hang {
        Hang::None | Hang::OnceEncrypt => false,
        Hang::Encrypt => function == Count::C_Encrypt,
        Hang::Decrypt => function == Count::C_Decrypt,
        Hang::All => true,
    }
}
