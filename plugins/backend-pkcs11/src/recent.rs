//! What was used of late: a map of bounded size.

use std::cell::RefCell;
use std::collections::VecDeque;

/// A map whose least recently used entry gives way when it is full. It is small:
/// to look at each entry costs nothing beside a call of a token.
#[derive(Debug)]
pub(crate) struct Recent<K, V> {
    most: usize,
    /// The most recently used is the last.
    entries: RefCell<VecDeque<(K, V)>>,
}

impl<K: PartialEq, V: Clone> Recent<K, V> {
    pub(crate) fn new(most: usize) -> Self {
        Self {
            most,
            entries: RefCell::default(),
        }
    }

    pub(crate) fn get(&self, key: &K) -> Option<V> {
        let mut entries = self.entries.borrow_mut();
        let index = entries.iter().position(|(known, _)| known == key)?;
        let entry = entries.remove(index)?;
        let value = entry.1.clone();
        entries.push_back(entry);
        Some(value)
    }

    pub(crate) fn put(&self, key: K, value: V) {
        self.forget(&key);
        let mut entries = self.entries.borrow_mut();
        if entries.len() >= self.most {
            entries.pop_front();
        }
        entries.push_back((key, value));
    }

    pub(crate) fn forget(&self, key: &K) {
        self.entries.borrow_mut().retain(|(known, _)| known != key);
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
