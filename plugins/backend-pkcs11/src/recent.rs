//! What was used of late: a map of bounded size.

use std::cell::RefCell;
use std::collections::BTreeMap;

/// A map whose least recently used entry gives way when it is full.
#[derive(Debug)]
pub(crate) struct Recent<K, V> {
    most: usize,
    state: RefCell<State<K, V>>,
}

#[derive(Debug)]
struct State<K, V> {
    clock: u64,
    entries: BTreeMap<K, (u64, V)>,
}

impl<K: Ord + Clone, V: Clone> Recent<K, V> {
    pub(crate) fn new(most: usize) -> Self {
        Self {
            most,
            state: RefCell::new(State {
                clock: 0,
                entries: BTreeMap::new(),
            }),
        }
    }

    pub(crate) fn get(&self, key: &K) -> Option<V> {
        let mut state = self.state.borrow_mut();
        state.clock += 1;
        let now = state.clock;
        let (used, value) = state.entries.get_mut(key)?;
        *used = now;
        Some(value.clone())
    }

    pub(crate) fn put(&self, key: K, value: V) {
        let mut state = self.state.borrow_mut();
        state.clock += 1;
        let now = state.clock;
        if state.entries.len() >= self.most && !state.entries.contains_key(&key) {
            let oldest = state.entries.iter().min_by_key(|(_, (used, _))| *used);
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                state.entries.remove(&oldest);
            }
        }
        state.entries.insert(key, (now, value));
    }

    pub(crate) fn forget(&self, key: &K) {
        self.state.borrow_mut().entries.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::Recent;

    #[test]
    fn the_least_recently_used_entry_gives_way() {
        let recent = Recent::new(2);
        recent.put('a', 1);
        recent.put('b', 2);
        assert_eq!(recent.get(&'a'), Some(1));
        recent.put('c', 3);
        assert_eq!(recent.get(&'b'), None);
        recent.put('a', 4);
        assert_eq!((recent.get(&'a'), recent.get(&'c')), (Some(4), Some(3)));
        recent.forget(&'a');
        assert_eq!(recent.get(&'a'), None);
    }
}
