//! Instances that nobody uses at the moment.

use std::mem;

/// An instance is surplus when nobody has used it for this many looks at the list.
const SURPLUS: u32 = 4;

/// Idle instances `I`. The one used last is taken first, so that those that a burst
/// has left behind are never taken, and can be told by that.
pub(super) struct IdleList<I> {
    /// Each with the number of looks when it became idle.
    idle: Vec<(I, u32)>,
    looks: u32,
}

impl<I> Default for IdleList<I> {
    fn default() -> Self {
        Self {
            idle: Vec::new(),
            looks: 0,
        }
    }
}

impl<I> IdleList<I> {
    pub(super) fn put(&mut self, instance: I) {
        self.idle.push((instance, self.looks));
    }

    pub(super) fn take(&mut self) -> Option<I> {
        self.idle.pop().map(|(instance, _)| instance)
    }

    pub(super) fn len(&self) -> usize {
        self.idle.len()
    }

    pub(super) fn take_all(&mut self) -> Vec<(I, u32)> {
        mem::take(&mut self.idle)
    }

    /// Looks at the list, and takes what is surplus out of it. One always stays.
    pub(super) fn take_surplus(&mut self) -> Vec<(I, u32)> {
        self.looks = self.looks.wrapping_add(1);
        let most = self.idle.len().saturating_sub(1);
        let unused = |(_, since): &&(I, u32)| self.looks.wrapping_sub(*since) >= SURPLUS;
        let count = self.idle.iter().take(most).take_while(unused).count();
        self.idle.drain(..count).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After a burst that left ten, one caller goes on.
    #[test]
    fn flt_12_what_a_burst_has_left_behind_goes_after_a_while() {
        let mut list = IdleList::default();
        (0..10).for_each(|instance| list.put(instance));
        for look in 1..=SURPLUS {
            let used = list.take().expect("one is there");
            assert_eq!(used, 9, "always the same one");
            let gone = list.take_surplus();
            list.put(used);
            // The last of those that nobody uses stays, for a second caller.
            let expected = if look < SURPLUS { 0 } else { 8 };
            assert_eq!(gone.len(), expected, "look {look}");
        }
        assert_eq!(list.len(), 2);
    }

    #[test]
    fn flt_12_the_last_instance_stays_however_long_nobody_uses_it() {
        let mut list = IdleList::default();
        list.put("the first");
        for _ in 0..100 {
            assert!(list.take_surplus().is_empty());
        }
        assert_eq!(list.take(), Some("the first"));
    }
}
