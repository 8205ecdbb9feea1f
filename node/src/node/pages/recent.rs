//! What was used lately, within a budget.

use crate::room::id::BlobId;
use std::collections::VecDeque;
use std::sync::Arc;

/// Things by name, the one used longest ago out first. Some hundred at most: finding is a walk.
#[derive(Debug)]
pub(super) struct Recent<T> {
    budget: usize,
    weigh: fn(&T) -> usize,
    weight: usize,
    /// The one used last is last.
    things: VecDeque<(BlobId, Arc<T>)>,
}

impl<T> Recent<T> {
    /// At most `budget` as `weigh` counts; one thing is always kept.
    pub(super) fn new(budget: usize, weigh: fn(&T) -> usize) -> Self {
        Self { budget, weigh, weight: 0, things: VecDeque::new() }
    }

    pub(super) fn get(&mut self, name: BlobId) -> Option<Arc<T>> {
        let place = self.things.iter().rposition(|(known, _)| *known == name)?;
        let used = self.things.remove(place)?;
        let thing = Arc::clone(&used.1);
        self.things.push_back(used);
        Some(thing)
    }

    pub(super) fn put(&mut self, name: BlobId, thing: Arc<T>) {
        if self.get(name).is_some() {
            return;
        }
        self.weight += (self.weigh)(&thing);
        self.things.push_back((name, thing));
        while self.weight > self.budget
            && self.things.len() > 1
            && let Some((_, oldest)) = self.things.pop_front()
        {
            self.weight -= (self.weigh)(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_used_longest_ago_goes_first() {
        let name = |n| BlobId([n; 32]);
        let mut recent = Recent::new(10, |length: &usize| *length);
        for n in [1, 2, 3] {
            recent.put(name(n), Arc::new(3));
        }
        assert!(recent.get(name(1)).is_some());
        recent.put(name(4), Arc::new(4));
        let kept: Vec<u8> = (1..=4).filter(|n| recent.get(name(*n)).is_some()).collect();
        assert_eq!(kept, [1, 3, 4]);
        recent.put(name(5), Arc::new(50));
        assert!(recent.get(name(5)).is_some() && recent.get(name(4)).is_none(), "one is kept");
        recent.put(name(5), Arc::new(50));
        assert_eq!((recent.weight, recent.things.len()), (50, 1));
    }
}
