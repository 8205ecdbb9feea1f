//! Which members are abreast: they have been told, by a sync, all that this node knows.
//!
//! Gossip replays nothing, so what it lost must be told by a sync. But not by any sync at all: who
//! knows of something since the last one syncs, first of all its author, and in a silent meeting
//! nobody has to. Whoever heard of it by a sync knows something new and goes on with it.

use crate::room::id::MemberId;
use std::collections::BTreeMap;

/// Who is abreast is synced with once in so many seconds all the same: should this reasoning fail
/// somewhere (a disk that forgot, a member that lied), it fails for no longer than this. A sync
/// without news is some hundred bytes and a dozen awakenings.
const ANYWAY_SECS: u64 = 30;

/// All that a sync tells, as one number: equal while there is nothing new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Knowledge(pub(super) u64);

/// What each member was told.
#[derive(Debug, Default)]
pub(super) struct Abreast {
    under_way: BTreeMap<MemberId, Knowledge>,
    told: BTreeMap<MemberId, (Knowledge, u64)>,
    /// In which second a sync with them was begun last.
    tried: BTreeMap<MemberId, u64>,
}

impl Abreast {
    /// A sync begins in this second that tells `member` this.
    pub(super) fn begins(&mut self, member: MemberId, knowledge: Knowledge, second: u64) {
        self.tried.insert(member, second);
        self.under_way.insert(member, knowledge);
    }

    /// It ended in this second of the session, and whether well.
    pub(super) fn ended(&mut self, member: MemberId, well: bool, second: u64) {
        match self.under_way.remove(&member).filter(|_| well) {
            Some(knowledge) => self.told.insert(member, (knowledge, second)),
            None => self.told.remove(&member),
        };
    }

    /// Whether nothing was tried with `member` for so many seconds. What failed counts as well: on a way so narrow that syncs
    /// take too long, trying again at once makes it narrower still (measured: all of what ejabberd lets an account say).
    pub(super) fn is_due(&self, member: &MemberId, second: u64, every: u64) -> bool {
        self.tried.get(member).is_none_or(|when| second.saturating_sub(*when) >= every)
    }

    /// The member is out of reach.
    pub(super) fn forget(&mut self, member: &MemberId) {
        self.under_way.remove(member);
        self.told.remove(member);
        self.tried.remove(member);
    }

    /// Whether there is something to tell `member` in this second.
    pub(super) fn lags(&self, member: &MemberId, knowledge: Knowledge, second: u64) -> bool {
        self.told.get(member).is_none_or(|(told, when)| {
            *told != knowledge || second.saturating_sub(*when) >= ANYWAY_SECS
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEN: MemberId = MemberId([2; 32]);
    const ONE: Knowledge = Knowledge(1);
    const MORE: Knowledge = Knowledge(2);

    fn told(knowledge: Knowledge, well: bool) -> Abreast {
        let mut abreast = Abreast::default();
        abreast.begins(BEN, knowledge, 9);
        abreast.ended(BEN, well, 10);
        abreast
    }

    #[test]
    fn who_was_told_all_is_left_alone_for_a_while() {
        assert!(Abreast::default().lags(&BEN, ONE, 0), "nothing was told yet");
        let abreast = told(ONE, true);
        assert!(!abreast.lags(&BEN, ONE, 10) && !abreast.lags(&BEN, ONE, 39));
        assert!(abreast.lags(&BEN, ONE, 40), "once in a while all the same");
    }

    #[test]
    fn what_came_since_is_told_even_if_it_came_during_the_sync() {
        assert!(told(ONE, true).lags(&BEN, MORE, 10));
    }

    #[test]
    fn a_sync_that_failed_told_nothing() {
        assert!(told(ONE, false).lags(&BEN, ONE, 10));
        let mut abreast = told(ONE, true);
        abreast.begins(BEN, ONE, 11);
        abreast.ended(BEN, false, 11);
        assert!(abreast.lags(&BEN, ONE, 11), "nor what was told before: who knows");
    }

    #[test]
    fn on_a_narrow_way_what_failed_is_not_tried_again_at_once() {
        assert!(Abreast::default().is_due(&BEN, 0, 60), "the first one");
        let abreast = told(ONE, false);
        assert!(!abreast.is_due(&BEN, 20, 60) && abreast.is_due(&BEN, 69, 60));
    }

    #[test]
    fn who_was_away_is_told_anew() {
        let mut abreast = told(ONE, true);
        abreast.forget(&BEN);
        assert!(abreast.lags(&BEN, ONE, 10));
    }
}
