//! How often a key version may encrypt.
//!
//! With random 96-bit initialization vectors a key must not encrypt more than
//! 2^32 times (NIST SP 800-38D section 8.3, XKS-068). The count is kept by the
//! host, across all instances and restarts.

use claviger_sdk::key_storage::Counter;
use claviger_sdk::{Error, log};
use std::cell::{Cell, OnceCell};

/// Encryptions that one key version may make.
pub(crate) const MOST_ENCRYPTIONS: u64 = 1 << 32;
/// From here on the operator is told to rotate: 90 %.
pub(crate) const WARN_FROM: u64 = MOST_ENCRYPTIONS / 10 * 9;

/// The name of the counter of one key version.
pub(crate) fn counter(id: &str, version: u32) -> String {
    format!("count/{id}/{version}")
}

/// The count of one key version.
#[derive(Debug)]
pub(crate) struct UseLimit {
    what: String,
    name: String,
    counter: OnceCell<Counter>,
    warning: Cell<Warning>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Warning {
    NotDue,
    Due,
    Given,
}

impl UseLimit {
    pub(crate) fn new(id: &str, version: u32) -> Self {
        Self {
            what: format!("version {version} of key {id}"),
            name: counter(id, version),
            counter: OnceCell::new(),
            warning: Cell::new(Warning::NotDue),
        }
    }

    /// Counts one encryption that is about to be made, or refuses it.
    pub(crate) fn count(&self) -> Result<(), Error> {
        let counter = if let Some(opened) = self.counter.get() {
            opened
        } else {
            let opened = Counter::open(&self.name)?;
            self.counter.get_or_init(|| opened)
        };
        let used = counter.next()?;
        if used >= WARN_FROM && self.warning.get() == Warning::NotDue {
            self.warning.set(Warning::Due);
        }
        if used > MOST_ENCRYPTIONS {
            return Err(Error::internal(format!(
                "{} has made 2^32 encryptions, all that AES-GCM allows it; rotate the key",
                self.what
            )));
        }
        Ok(())
    }

    /// Says once that the key should be rotated, if it should be.
    ///
    /// Not in [`count`](Self::count): the host withholds the text of lines that
    /// are written while a plaintext is in the plugin's hands.
    pub(crate) fn warn_if_due(&self) {
        if self.warning.get() == Warning::Due {
            self.warning.set(Warning::Given);
            log::warn(format!(
                "{} has made 90 % of the 2^32 encryptions that AES-GCM allows it; \
                 rotate the key",
                self.what
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST_ENCRYPTIONS, UseLimit, WARN_FROM};
    use claviger_sdk::log::Level;
    use claviger_sdk::{Error, testing};

    #[test]
    fn xks_068_the_last_of_2_to_the_32_encryptions_is_made_and_no_more() {
        let limit = UseLimit::new("demo", 3);
        testing::set_counter("count/demo/3", MOST_ENCRYPTIONS - 1);
        assert_eq!(limit.count(), Ok(()));
        assert_eq!(
            limit.count(),
            Err(Error::internal(
                "version 3 of key demo has made 2^32 encryptions, \
                 all that AES-GCM allows it; rotate the key"
            ))
        );
    }

    #[test]
    fn xks_068_the_operator_is_told_once_at_90_percent() {
        let limit = UseLimit::new("demo", 1);
        testing::set_counter("count/demo/1", WARN_FROM - 2);
        limit.count().unwrap();
        limit.warn_if_due();
        assert_eq!(testing::logged(), []);
        for _ in 0..3 {
            limit.count().unwrap();
            limit.warn_if_due();
        }
        let text = "version 1 of key demo has made 90 % of the 2^32 encryptions \
                    that AES-GCM allows it; rotate the key";
        assert_eq!(testing::logged(), [(Level::Warn, text.to_owned())]);
    }

    #[test]
    fn xks_068_what_cannot_be_counted_is_not_encrypted() {
        testing::storage_fails(true);
        assert!(UseLimit::new("demo", 1).count().is_err());
    }
}
