//! What is kept for somebody over all snapshots.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

/// One `T` for each `K`, for as long as somebody holds it.
pub(crate) struct Kept<K, T>(Mutex<HashMap<K, Weak<T>>>);

impl<K, T> Default for Kept<K, T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, T> Kept<K, T> {
    /// That of `of`, or a new one. Those that nobody holds any more go.
    pub(crate) fn get(&self, of: K, new: impl FnOnce() -> T) -> Arc<T> {
        let mut all = self.0.lock();
        all.retain(|_, it| it.strong_count() > 0);
        if let Some(it) = all.get(&of).and_then(Weak::upgrade) {
            return it;
        }
        let it = Arc::new(new());
        all.insert(of, Arc::downgrade(&it));
        it
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_holds_is_gone() {
        let kept = Kept::default();
        let one = kept.get("one", || 1);
        assert_eq!(*kept.get("one", || 2), 1, "the same");
        drop(one);
        kept.get("another", || 3);
        assert_eq!(kept.0.lock().len(), 1);
        assert_eq!(*kept.get("one", || 2), 2);
    }
}
