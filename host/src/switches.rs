//! The kill switch: which key stores and keys the operator has switched off.
//!
//! Kept by the host, whatever the backend. A request looks at memory, so that a switch
//! takes effect with the next request; the file is for the next start. Nothing is said
//! to be switched before it is in both.

mod file;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use arc_swap::ArcSwap;
use claviger_settings::Fault;
use parking_lot::Mutex;
use thiserror::Error;

use crate::words::KeyId;
use file::SwitchFile;

/// Key stores by the operator's names, keys by the ids that callers use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Off {
    key_stores: BTreeSet<String>,
    keys: BTreeMap<String, BTreeSet<String>>,
}

/// What is switched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Switched {
    pub(crate) key_store: String,
    /// `None` for the whole key store.
    pub(crate) key: Option<KeyId>,
}

/// Why nothing was switched, or not for good.
#[derive(Debug, Error)]
pub(crate) enum SwitchFault {
    /// What was on stays on.
    #[error("nothing is changed: {0}")]
    Unchanged(std::io::Error),
    /// It is off in this process, which is the safe side.
    #[error("it is off until this host ends, and cannot be written down: {0}")]
    NotWritten(std::io::Error),
}

/// All switches of a host.
pub(crate) struct Switches {
    /// Who only looks waits for no disk.
    off: ArcSwap<Off>,
    /// Held while the file is written: one change at a time.
    changing: Mutex<()>,
    /// `None` without `[control]`: everything is on.
    file: Option<SwitchFile>,
    /// By key store. Those that are in no snapshot any more are gone.
    known: Mutex<HashMap<String, Weak<KeyStoreSwitch>>>,
}

/// The switch of one key store and those of its keys, the same in every snapshot.
#[derive(Default)]
pub(crate) struct KeyStoreSwitch {
    off: AtomicBool,
    keys_off: ArcSwap<BTreeSet<String>>,
}

impl Switches {
    /// Nothing is off, and nothing can be switched.
    pub(crate) fn none() -> Self {
        Self {
            off: ArcSwap::default(),
            changing: Mutex::default(),
            file: None,
            known: Mutex::default(),
        }
    }

    /// As the file says, which is made when it is not there. No second host, and no
    /// command, writes it as long as this lives.
    ///
    /// # Errors
    /// When the file is damaged or somebody else's: nobody may guess what is on.
    pub(crate) fn open(path: &Path) -> Result<Self, Fault> {
        let (file, off) = SwitchFile::open(path)?;
        Ok(Self {
            off: ArcSwap::from_pointee(off),
            changing: Mutex::default(),
            file: Some(file),
            known: Mutex::default(),
        })
    }

    /// What the file says is off; nothing when it is not there yet. A host that serves
    /// keeps it.
    ///
    /// # Errors
    /// As of [`Switches::open`].
    pub(crate) fn read(path: &Path) -> Result<Vec<Switched>, Fault> {
        Ok(file::examine(path)?.list())
    }

    /// The switch of the key store of this name.
    pub(crate) fn of(&self, key_store: &str) -> Arc<KeyStoreSwitch> {
        let mut known = self.known.lock();
        // After `known` is held: a change is either seen here, or made on what is here.
        let off = self.off.load();
        known.retain(|_, switch| switch.strong_count() > 0);
        if let Some(switch) = known.get(key_store).and_then(Weak::upgrade) {
            return switch;
        }
        let switch = Arc::new(KeyStoreSwitch::default());
        switch.set(&off, key_store);
        known.insert(key_store.to_owned(), Arc::downgrade(&switch));
        switch
    }

    /// Switches off, or on again. Returns whether it was the other way before. The file
    /// is written and synchronised when this returns: not for a thread that moves
    /// requests.
    pub(crate) fn switch(&self, what: &Switched, on: bool) -> Result<bool, SwitchFault> {
        let _one_at_a_time = self.changing.lock();
        let mut next = Off::clone(&self.off.load());
        let changed = next.switch(what, on);
        let next = Arc::new(next);
        if !on {
            // At once, whatever becomes of the file.
            self.apply(&next, &what.key_store);
        }
        if let Some(file) = &self.file {
            let not_written = if on {
                SwitchFault::Unchanged
            } else {
                SwitchFault::NotWritten
            };
            file.write(&next).map_err(not_written)?;
        }
        if on {
            self.apply(&next, &what.key_store);
        }
        Ok(changed)
    }

    /// What is off: key stores as a whole, then keys with their key stores.
    pub(crate) fn off(&self) -> Vec<Switched> {
        self.off.load().list()
    }

    fn apply(&self, off: &Arc<Off>, key_store: &str) {
        self.off.store(Arc::clone(off));
        let known = self.known.lock();
        if let Some(switch) = known.get(key_store).and_then(Weak::upgrade) {
            switch.set(off, key_store);
        }
    }
}

impl Off {
    fn list(&self) -> Vec<Switched> {
        let whole = self.key_stores.iter().map(|key_store| Switched {
            key_store: key_store.clone(),
            key: None,
        });
        let keys = self.keys.iter().flat_map(|(key_store, keys)| {
            keys.iter().map(|key| Switched {
                key_store: key_store.clone(),
                key: KeyId::try_from(Arc::from(key.as_str())).ok(),
            })
        });
        whole.chain(keys).collect()
    }

    fn switch(&mut self, what: &Switched, on: bool) -> bool {
        let Switched { key_store, key } = what;
        match (key, on) {
            (None, false) => self.key_stores.insert(key_store.clone()),
            (None, true) => self.key_stores.remove(key_store),
            (Some(key), false) => {
                let keys = self.keys.entry(key_store.clone()).or_default();
                keys.insert(key.as_str().to_owned())
            }
            (Some(key), true) => {
                let Some(keys) = self.keys.get_mut(key_store) else {
                    return false;
                };
                let was_off = keys.remove(key.as_str());
                if keys.is_empty() {
                    self.keys.remove(key_store);
                }
                was_off
            }
        }
    }
}

impl KeyStoreSwitch {
    /// Whether the whole key store is off.
    pub(crate) fn is_off(&self) -> bool {
        self.off.load(Ordering::Acquire)
    }

    /// Whether this key of it is, by the id that callers use.
    pub(crate) fn is_key_off(&self, key: &KeyId) -> bool {
        let keys = self.keys_off.load();
        !keys.is_empty() && keys.contains(key.as_str())
    }

    fn set(&self, off: &Off, key_store: &str) {
        let keys = off.keys.get(key_store).cloned().unwrap_or_default();
        self.keys_off.store(Arc::new(keys));
        self.off
            .store(off.key_stores.contains(key_store), Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(id: &str) -> Switched {
        Switched {
            key_store: "demo".to_owned(),
            key: Some(KeyId::try_from(Arc::from(id)).unwrap()),
        }
    }

    fn whole() -> Switched {
        Switched {
            key_store: "demo".to_owned(),
            key: None,
        }
    }

    #[test]
    fn xks_070_what_is_switched_off_is_off_at_once_and_after_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("switches.json");
        let switches = Switches::open(&path).unwrap();
        let demo = switches.of("demo");
        assert!(!demo.is_off());
        assert!(switches.switch(&whole(), false).unwrap());
        assert!(!switches.switch(&whole(), false).unwrap(), "it was off");
        assert!(switches.switch(&key("a"), false).unwrap());
        let [a, b] = ["a", "b"].map(|id| key(id).key.unwrap());
        assert!(demo.is_off() && demo.is_key_off(&a) && !demo.is_key_off(&b));
        assert_eq!(switches.off(), [whole(), key("a")]);
        drop((switches, demo));

        let switches = Switches::open(&path).unwrap();
        let demo = switches.of("demo");
        assert!(demo.is_off() && demo.is_key_off(&a) && !demo.is_key_off(&b));
        assert!(switches.switch(&whole(), true).unwrap());
        assert!(switches.switch(&key("a"), true).unwrap());
        assert!(!demo.is_off() && !demo.is_key_off(&a));
        assert!(!switches.of("other").is_off());
    }

    #[test]
    fn what_cannot_be_written_is_off_and_not_on() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("place");
        std::fs::create_dir(&place).unwrap();
        let switches = Switches::open(&place.join("switches.json")).unwrap();
        let demo = switches.of("demo");
        switches.switch(&key("a"), false).unwrap();
        std::fs::remove_dir_all(&place).unwrap();
        let off = switches.switch(&whole(), false);
        assert!(matches!(off, Err(SwitchFault::NotWritten(_))), "{off:?}");
        assert!(demo.is_off());
        let on = switches.switch(&key("a"), true);
        assert!(matches!(on, Err(SwitchFault::Unchanged(_))), "{on:?}");
        assert!(demo.is_key_off(&key("a").key.unwrap()));
    }
}
