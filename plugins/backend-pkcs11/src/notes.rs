//! Lines for the operator that wait until they can be read.
//!
//! While a plaintext is in the plugin's hands the host withholds the text of every
//! line (XKS-116). What goes wrong then is noted here, without a byte of the
//! request, and written at the next call that has no plaintext.

use claviger_sdk::log::{self, Level};
use std::cell::RefCell;

/// Different lines that wait at the same time; more are dropped.
const MOST: usize = 16;

/// The lines that wait.
#[derive(Debug, Default)]
pub(crate) struct Notes(RefCell<Vec<Note>>);

#[derive(Debug)]
struct Note {
    level: Level,
    text: String,
    times: u64,
}

impl Notes {
    /// Adds a line, or counts it when it waits already.
    pub(crate) fn note(&self, level: Level, text: String) {
        let mut notes = self.0.borrow_mut();
        if let Some(same) = notes.iter_mut().find(|note| note.text == text) {
            same.times += 1;
        } else if notes.len() < MOST {
            let times = 1;
            notes.push(Note { level, text, times });
        }
    }

    /// Writes all lines. Not for calls of `crypto`.
    pub(crate) fn write(&self) {
        for Note { level, text, times } in self.0.take() {
            if times == 1 {
                log::write(level, &text);
            } else {
                log::write(level, &format!("{text} ({times} times)"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST, Notes};
    use claviger_sdk::log::Level;
    use claviger_sdk::testing;

    #[test]
    fn lines_wait_and_are_counted() {
        let notes = Notes::default();
        notes.note(Level::Warn, "a".into());
        notes.note(Level::Error, "b".into());
        notes.note(Level::Warn, "a".into());
        assert_eq!(testing::logged(), []);
        notes.write();
        notes.write();
        let lines = [(Level::Warn, "a (2 times)"), (Level::Error, "b")];
        assert_eq!(
            testing::logged(),
            lines.map(|(level, text)| (level, text.to_owned()))
        );
    }

    #[test]
    fn a_flood_is_bounded() {
        let notes = Notes::default();
        for number in 0..100 {
            notes.note(Level::Warn, number.to_string());
        }
        notes.write();
        assert_eq!(testing::logged().len(), MOST);
    }
}
