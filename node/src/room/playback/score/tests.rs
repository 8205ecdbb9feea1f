use super::*;
use proptest::prelude::*;

const ANNA: MemberId = MemberId([1; 32]);
const BERT: MemberId = MemberId([2; 32]);
const EPOCH: Epoch = Epoch(1);

fn sound(author: MemberId, ms_media: u64, ms: u64) -> Note {
    let sample = MediaTime::from_samples(ms_media * 48);
    Note::Sound { author, epoch: EPOCH, sample, at: ms * 1000 }
}

fn session(ms: u64) -> Note {
    Note::Session { at: ms * 1000 }
}

fn voiced(of: &[(MemberId, Range<u64>)]) -> BTreeMap<TrackId, Voiced> {
    let seconds = |range: &Range<u64>| range.start * 50..range.end * 50;
    of.iter().map(|(author, range)| ((*author, EPOCH), vec![seconds(range)])).collect()
}

fn no_entries() -> BTreeMap<EntryRef, (Epoch, MediaTime)> {
    BTreeMap::new()
}

/// Where a moment of an author lies, in ms.
fn place(score: &Score, author: MemberId, ms: u64) -> Option<u64> {
    let track = &score.tracks()[&(author, EPOCH)];
    track.place(MediaTime::from_samples(ms * 48)).map(|at| at.samples() / 48)
}

#[test]
fn small_corrections_are_ignored_and_stalls_are_kept() {
    let notes =
        [session(0), sound(ANNA, 0, 100), sound(ANNA, 10_000, 10_120), sound(ANNA, 12_000, 15_000)];
    let score = Score::new(&notes, &voiced(&[(ANNA, 0..20)]), &no_entries());
    assert_eq!(place(&score, ANNA, 0), Some(100));
    assert_eq!(place(&score, ANNA, 11_999), Some(12_099));
    assert_eq!(place(&score, ANNA, 12_000), Some(15_000));
    assert_eq!(score.length().samples() / 48, 23_000);
}

/// The delay of a lossy network grows and shrinks again.
#[test]
fn a_delay_that_changes_moves_no_word() {
    let notes =
        [session(0), sound(ANNA, 0, 0), sound(ANNA, 4_000, 4_500), sound(ANNA, 8_000, 8_010)];
    let score = Score::new(&notes, &voiced(&[(ANNA, 0..12)]), &no_entries());
    let moved = (0..12_000).filter(|ms| place(&score, ANNA, *ms) != Some(*ms)).count();
    assert_eq!(moved, 0);
}

#[test]
fn where_the_clocks_overlap_what_was_heard_later_counts() {
    let notes = [session(0), sound(ANNA, 0, 0), sound(ANNA, 10_000, 9_000)];
    let score = Score::new(&notes, &voiced(&[(ANNA, 0..20)]), &no_entries());
    assert_eq!(place(&score, ANNA, 8_999), Some(8_999));
    assert_eq!(place(&score, ANNA, 9_500), None, "it lies under what follows");
    assert_eq!(place(&score, ANNA, 10_000), Some(9_000));
}

#[test]
fn sound_of_an_absence_gets_room_and_its_entries_lie_on_it() {
    // The power failed after 10 s; back after 60 s of Anna's time. All of it was fetched.
    let late = EntryRef { author: ANNA, seq: 7 };
    let notes = [
        session(0),
        sound(ANNA, 0, 0),
        Note::Entry { entry: EntryRef { author: ANNA, seq: 1 }, at: 10_000_000 },
        session(11_000),
        Note::Entry { entry: late, at: 11_500_000 },
        sound(ANNA, 70_000, 13_000),
    ];
    let stamps = BTreeMap::from([
        (EntryRef { author: ANNA, seq: 1 }, (EPOCH, MediaTime::from_samples(9_990 * 48))),
        (late, (EPOCH, MediaTime::from_samples(30_000 * 48))),
    ]);
    let score = Score::new(&notes, &voiced(&[(ANNA, 0..80)]), &stamps);
    // 60 s lead up to the first sample heard again; 2 s of those there were anyway.
    assert_eq!(place(&score, ANNA, 9_999), Some(9_999));
    assert_eq!(place(&score, ANNA, 10_000), Some(11_000));
    assert_eq!(place(&score, ANNA, 70_000), Some(71_000));
    let entries: Vec<_> =
        score.entries().iter().map(|(at, entry)| (at.samples() / 48, entry.seq)).collect();
    assert_eq!(entries, [(9_990, 1), (31_000, 7)]);
    // Nothing of it was fetched: no room.
    let gap = BTreeMap::from([((ANNA, EPOCH), vec![0..500, 3500..4000])]);
    let score = Score::new(&notes, &gap, &stamps);
    assert_eq!(place(&score, ANNA, 70_000), Some(13_000));
    assert_eq!(place(&score, ANNA, 9_999), Some(9_999), "the first session is untouched");
}

#[test]
fn who_joined_late_hears_what_was_said_before_first() {
    let notes = [session(0), sound(ANNA, 60_000, 200), sound(BERT, 5_000, 4_000)];
    let score = Score::new(&notes, &voiced(&[(ANNA, 0..70), (BERT, 0..9)]), &no_entries());
    assert_eq!(place(&score, ANNA, 0), Some(0));
    assert_eq!(place(&score, ANNA, 60_000), Some(60_000));
    assert_eq!(place(&score, BERT, 5_000), Some(63_800), "all of it moved");
}

#[test]
fn an_entry_lies_at_its_sound_where_there_is_any() {
    let entry = |author, seq| EntryRef { author, seq };
    let at = |ms: u64| MediaTime::from_samples(ms * 48);
    let notes = [
        session(0),
        sound(ANNA, 0, 1_000),
        Note::Entry { entry: entry(ANNA, 1), at: 5_940_000 },
        Note::Entry { entry: entry(ANNA, 2), at: 9_000_000 },
        Note::Entry { entry: entry(ANNA, 3), at: 2_000_000 },
        Note::Entry { entry: entry(BERT, 2), at: 3_000_000 },
    ];
    let stamps = BTreeMap::from([
        (entry(ANNA, 1), (EPOCH, at(5_000))),
        (entry(ANNA, 2), (EPOCH, at(5_500))),
        (entry(ANNA, 3), (EPOCH, at(9_900))),
        (entry(BERT, 1), (EPOCH, at(4_000))),
        (entry(BERT, 2), (EPOCH, at(5_000))),
    ]);
    let score = Score::new(&notes, &voiced(&[(ANNA, 0..10)]), &stamps);
    let of = |wanted: EntryRef| {
        let found = score.entries().iter().find(|(_, entry)| *entry == wanted);
        found.map(|(at, _)| at.samples() / 48)
    };
    assert_eq!(of(entry(ANNA, 1)), Some(6_000));
    assert_eq!(of(entry(ANNA, 2)), Some(6_500), "though it came seconds late");
    assert_eq!(of(entry(ANNA, 3)), Some(3_000), "a stamp ahead is waited for a second");
    assert_eq!(of(entry(BERT, 1)), Some(0), "said before the recording began");
    assert_eq!(of(entry(BERT, 2)), Some(3_000), "no sound: when it came");
}

proptest! {
    /// Whatever the notes say: segments are in order, do not overlap, and each sample lies in one.
    #[test]
    fn segments_never_overlap(
        steps in prop::collection::vec((0u64..5_000, 0u64..5_000, 0u8..8), 1..40),
        first in 0u64..100,
    ) {
        let (mut media, mut at) = (first * 1000, 0);
        let mut notes = vec![session(0)];
        for (media_step, step, kind) in steps {
            (media, at) = (media + media_step, at + step);
            if kind == 0 {
                at += 1_000;
                notes.push(session(at));
            }
            notes.push(sound(ANNA, media, at));
        }
        let score = Score::new(&notes, &voiced(&[(ANNA, 0..400)]), &no_entries());
        let track = &score.tracks()[&(ANNA, EPOCH)];
        for pair in track.segments.windows(2) {
            prop_assert!(pair[0].end() <= pair[1].begin, "{pair:?}");
            prop_assert!(pair[0].first.samples() + pair[0].samples <= pair[1].first.samples());
        }
        prop_assert!(track.end() <= score.length());
        prop_assert!(track.segments.iter().all(|segment| segment.samples > 0));
    }
}

#[test]
fn what_no_note_tells_of_lies_behind_its_authors_words_before_it() {
    let notes = [
        session(0),
        Note::Entry { entry: EntryRef { author: BERT, seq: 2 }, at: 4_000_000 },
        Note::Entry { entry: EntryRef { author: BERT, seq: 4 }, at: 6_000_000 },
        sound(ANNA, 0, 0),
    ];
    // Said at these seconds by Bert, who has no microphone.
    let said = [(1, 0), (2, 10), (3, 11), (4, 12), (5, 15), (6, 9_000)];
    let stamp = |(seq, second): (u64, u64)| {
        let at = MediaTime::from_samples(second * 48_000);
        (EntryRef { author: BERT, seq }, (EPOCH, at))
    };
    let stamps = said.into_iter().map(stamp).collect();
    let score = Score::new(&notes, &voiced(&[(ANNA, 0..20)]), &stamps);
    let places: Vec<_> =
        score.entries().iter().map(|(at, entry)| (entry.seq, at.samples() / 48_000)).collect();
    assert_eq!(places, [(1, 0), (2, 4), (3, 5), (4, 6), (5, 9), (6, 20)]);
}
