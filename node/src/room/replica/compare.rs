//! Anti-entropy as a pure function: two replicas' have-vectors in, what to send out.

use super::{Proof, Replica, index_of};
use crate::room::id::{EntryHash, MemberId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Places that one probe samples. Each answer narrows the search by this factor: a log of 100 000
/// entries takes three, and a probe is 3 KB.
const PROBE_POINTS: u64 = 64;

/// What a replica holds, by author.
pub type HaveVector = BTreeMap<MemberId, Have>;

/// What a replica holds of one author's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Have {
    /// Number of the last entry held without a gap; 0 for none.
    #[serde(rename = "n")]
    pub height: u64,
    /// That entry's hash: equal heights with unequal heads are a fork.
    #[serde(rename = "h")]
    pub head: EntryHash,
    /// The number of the lowest fork known.
    #[serde(rename = "f")]
    pub fork: Option<u64>,
}

/// Consecutive entries of one author.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// Whose.
    pub author: MemberId,
    /// Number of the first.
    pub first: u64,
    /// Number of the last, included.
    pub last: u64,
}

/// What to send to a peer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Forks that the peer does not know of: first, since they shorten the rest.
    pub proofs: Vec<Proof>,
    /// Entries that the peer lacks.
    pub ranges: Vec<Range>,
    /// Questions where two logs part.
    pub probes: Vec<Probe>,
}

/// Samples of a log that the peer holds differently: up to 64 hashes between a place where both are
/// known to agree and one where they don't.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// Whose log.
    #[serde(rename = "a")]
    pub author: MemberId,
    /// Both agree up to here; 0 when nothing is known.
    #[serde(rename = "e")]
    pub equal: u64,
    /// Rising numbers and the asker's hashes there.
    #[serde(rename = "p")]
    pub points: Vec<(u64, EntryHash)>,
}

/// What a probe leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProbeAnswer {
    /// The logs part exactly here: send this entry, the asker holds the other.
    Send(Range),
    /// They part between here and there: ask back.
    Narrower(Probe),
    /// This replica's log has changed meanwhile, or the probe makes no sense.
    Nothing,
}

/// What to send to a peer that holds `remote`. Called on both sides, it makes both hold the same
/// after a few rounds; when both plans are empty they do.
#[must_use]
pub fn compare(local: &Replica, remote: &HaveVector) -> Plan {
    let mut plan = Plan::default();
    for (author, chain) in &local.chains {
        let theirs = remote.get(author);
        let their_fork = theirs.and_then(|have| have.fork);
        if let Some(proof) = &chain.fork
            && their_fork.is_none_or(|known| proof.seq() < known)
        {
            plan.proofs.push(proof.clone());
        }
        // What either knows to be forked counts for neither.
        let ours =
            their_fork.map_or(chain.height(), |fork| chain.height().min(fork.saturating_sub(1)));
        let Some(theirs) = theirs.filter(|have| have.height > 0) else {
            push_range(&mut plan.ranges, *author, 1, ours);
            continue;
        };
        match chain.hash(theirs.height) {
            // They hold more. Whether it continues ours is for them to see.
            None => {}
            Some(hash) if hash == theirs.head => {
                push_range(&mut plan.ranges, *author, theirs.height + 1, ours);
            }
            Some(_) => plan.probes.extend(local.probe(author, 0, theirs.height)),
        }
    }
    plan
}

impl Replica {
    /// Answers a peer's probe.
    #[must_use]
    pub fn answer(&self, probe: &Probe) -> ProbeAnswer {
        let Some(chain) = self.chains.get(&probe.author) else { return ProbeAnswer::Nothing };
        let mut equal = probe.equal;
        for (seq, theirs) in &probe.points {
            match chain.hash(*seq) {
                None => return ProbeAnswer::Nothing,
                Some(ours) if ours == *theirs => equal = equal.max(*seq),
                Some(_) if equal.checked_add(1) == Some(*seq) => {
                    return ProbeAnswer::Send(Range {
                        author: probe.author,
                        first: *seq,
                        last: *seq,
                    });
                }
                Some(_) => {
                    return self
                        .probe(&probe.author, equal, *seq)
                        .map_or(ProbeAnswer::Nothing, ProbeAnswer::Narrower);
                }
            }
        }
        ProbeAnswer::Nothing
    }

    /// Samples of our log in `(equal, differs]`, the end included.
    fn probe(&self, author: &MemberId, equal: u64, differs: u64) -> Option<Probe> {
        let chain = self.chains.get(author)?;
        let span = differs.checked_sub(equal).filter(|span| *span > 0)?;
        let count = span.min(PROBE_POINTS);
        let points = (1..=count)
            // Rounded up, so that the points rise and the last one is `differs`. Both factors are
            // small: a height is the length of a list in memory.
            .map(|i| equal + (span * i).div_ceil(count))
            .map(|seq| Some((seq, *chain.hashes.get(index_of(seq))?)))
            .collect::<Option<Vec<_>>>()?;
        Some(Probe { author: *author, equal, points })
    }
}

fn push_range(ranges: &mut Vec<Range>, author: MemberId, first: u64, last: u64) {
    if first <= last {
        ranges.push(Range { author, first, last });
    }
}
