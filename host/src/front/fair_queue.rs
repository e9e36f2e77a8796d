//! Who gives way when there is not enough for all: of the owner that has most, what
//! came first.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;

/// Entries of several owners, in the order in which they came.
pub(crate) struct FairQueue<O, T> {
    next: u64,
    owners: HashMap<O, BTreeMap<u64, T>>,
    /// For each owner: how many entries it has, and the number of its first.
    ranks: BTreeSet<(usize, Reverse<u64>, O)>,
}

/// An entry's place in the queue.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Place<O> {
    owner: O,
    number: u64,
}

impl<O, T> Default for FairQueue<O, T> {
    fn default() -> Self {
        Self {
            next: 0,
            owners: HashMap::new(),
            ranks: BTreeSet::new(),
        }
    }
}

impl<O: Copy + Eq + Hash + Ord, T> FairQueue<O, T> {
    /// Adds an entry at the end.
    pub(crate) fn push(&mut self, owner: O, entry: T) -> Place<O> {
        let number = self.next;
        self.next += 1;
        self.change(owner, |entries| entries.insert(number, entry));
        Place { owner, number }
    }

    /// Removes an entry; nothing when it has given way already.
    pub(crate) fn remove(&mut self, place: Place<O>) -> Option<T> {
        self.change(place.owner, |entries| entries.remove(&place.number))
    }

    /// Removes the first entry of the owner that has most; among owners that have
    /// equally many, of the one whose first is the oldest.
    pub(crate) fn pop(&mut self) -> Option<T> {
        let (place, _) = self.first()?;
        self.remove(place)
    }

    /// What [`FairQueue::pop`] would remove.
    pub(crate) fn first(&self) -> Option<(Place<O>, &T)> {
        let (_, Reverse(number), owner) = *self.ranks.last()?;
        let entry = self.owners.get(&owner)?.get(&number)?;
        Some((Place { owner, number }, entry))
    }

    fn change<R>(&mut self, owner: O, change: impl FnOnce(&mut BTreeMap<u64, T>) -> R) -> R {
        let entries = self.owners.entry(owner).or_default();
        if let Some((&first, _)) = entries.first_key_value() {
            self.ranks.remove(&(entries.len(), Reverse(first), owner));
        }
        let result = change(entries);
        if let Some((&first, _)) = entries.first_key_value() {
            self.ranks.insert((entries.len(), Reverse(first), owner));
        } else {
            self.owners.remove(&owner);
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn popped(queue: &mut FairQueue<char, u32>) -> Vec<u32> {
        std::iter::from_fn(|| queue.pop()).collect()
    }

    #[test]
    fn whoever_has_most_gives_way_first_and_with_what_came_first() {
        let mut queue = FairQueue::default();
        queue.push('a', 1);
        for entry in 2..=4 {
            queue.push('b', entry);
        }
        queue.push('c', 5);
        queue.push('c', 6);
        // Two, two and one: the older first of b and c; then one each.
        assert_eq!(popped(&mut queue), [2, 3, 5, 1, 4, 6]);
    }

    #[test]
    fn one_owner_is_a_queue() {
        let mut queue = FairQueue::default();
        for entry in 1..=4 {
            queue.push('a', entry);
        }
        assert_eq!(popped(&mut queue), [1, 2, 3, 4]);
    }

    #[test]
    fn what_was_removed_does_not_give_way() {
        let mut queue = FairQueue::default();
        let first = queue.push('a', 1);
        let second = queue.push('a', 2);
        assert_eq!(queue.remove(first), Some(1));
        assert_eq!(queue.remove(first), None);
        assert_eq!(popped(&mut queue), [2]);
        assert_eq!(queue.remove(second), None);
        assert!(queue.owners.is_empty() && queue.ranks.is_empty());
    }
}
