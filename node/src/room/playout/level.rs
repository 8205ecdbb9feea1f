//! How loud somebody is, as people are shown it; and who has to be told.

use crate::room::id::MemberId;
use crate::room::time::LocalTime;
use std::collections::BTreeMap;
use std::time::Duration;

/// Sound quieter than this is level 0, in dBFS: a quiet room at a laptop's microphone is below
/// (research: audio §4 has it at -62).
const QUIET_DB: f32 = -50.0;

/// Sound as loud as this is level 100, in dBFS: the loudest 20 ms of near, lively speech.
const LOUD_DB: f32 = -10.0;

/// How far a level falls in one block of 20 ms: 40 dB a second. Twice research's (audio §5), so that
/// the next speaker is not shown beside the one before.
const FALL: u8 = 2;

/// Time between two tellings, at least: 15 a second, as smooth as a bar needs to be.
const INTERVAL: Duration = Duration::from_nanos(1_000_000_000 / 15);

/// Changes smaller than this are not worth a new picture: 1.6 dB.
const STEP: u8 = 4;

/// A level that speech at a microphone exceeds and a room's noise does not: -30 dBFS.
const SPEECH: u8 = 50;

/// Loud blocks that make speech: 300 ms, longer than a door or a key.
const SPEAKING: u32 = 15;

/// Blocks that a detector of speech calls so, which make speech: 200 ms, a short word.
const WORD: u32 = 10;

/// How long "you are muted" stays after the last loud block: pauses between words are shorter.
const REMIND: Duration = Duration::from_secs(2);

/// The level of a block as it is: 0 for silence, 100 for full loudness, linear in dB between.
#[must_use]
pub fn level_of(samples: &[f32]) -> u8 {
    let power = samples.iter().map(|sample| sample * sample).sum::<f32>();
    // No samples and silence are both below every floor.
    let db = 10.0 * (power / samples.len().max(1) as f32).max(f32::MIN_POSITIVE).log10();
    ((db - QUIET_DB) / (LOUD_DB - QUIET_DB) * 100.0).round().clamp(0.0, 100.0) as u8
}

/// A needle that rises at once and falls slowly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Meter(u8);

impl Meter {
    /// Takes the level of the next block; gives where the needle is.
    pub fn block(&mut self, level: u8) -> u8 {
        self.0 = self.0.saturating_sub(FALL).max(level);
        self.0
    }
}

/// Everybody's levels, and when they are worth telling.
#[derive(Debug, Default)]
pub struct Levels {
    own: Meter,
    own_speech: u32,
    remind_until: Option<LocalTime>,
    now: Picture,
    told: Picture,
    told_at: Option<LocalTime>,
}

/// What people are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    /// Who is heard, 1 to 100; who is not in here is silent.
    pub levels: BTreeMap<MemberId, u8>,
    /// One speaks into one's own muted microphone.
    pub own_muted_speech: bool,
    /// One's own microphone is set too loud.
    pub own_clips: bool,
}

/// A block of one's own microphone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OwnBlock {
    /// How loud it was, 0 to 100.
    pub level: u8,
    /// Somebody speaks in it; `None`: nobody listened for that.
    pub speech: Option<bool>,
    /// It was too loud for the microphone, or a moment ago one was.
    pub clips: bool,
    /// Nobody hears it.
    pub muted: bool,
}

impl Levels {
    /// The levels of all others who are heard.
    pub fn others(&mut self, me: MemberId, levels: &[(MemberId, u8)]) {
        let own = self.now.levels.get(&me).copied();
        self.now.levels = levels.iter().copied().filter(|(_, level)| *level > 0).collect();
        self.now.levels.extend(own.map(|own| (me, own)));
    }

    /// The next block of one's own microphone.
    pub fn own(&mut self, me: MemberId, block: OwnBlock, now: LocalTime) {
        let OwnBlock { level, speech, clips, muted } = block;
        match self.own.block(level) {
            0 => drop(self.now.levels.remove(&me)),
            level => drop(self.now.levels.insert(me, level)),
        }
        // Whoever listens for speech needs no loudness to tell it from noise.
        let enough = if speech.is_some() { WORD } else { SPEAKING };
        let speech = speech.unwrap_or(level >= SPEECH);
        self.own_speech = match (muted, speech) {
            (false, _) => 0,
            (true, true) => (self.own_speech + 1).min(2 * SPEAKING),
            (true, false) => self.own_speech.saturating_sub(1),
        };
        if !muted {
            self.remind_until = None;
        } else if self.own_speech >= enough && speech {
            self.remind_until = Some(now + REMIND);
        }
        self.now.own_muted_speech = self.remind_until.is_some_and(|until| now < until);
        self.now.own_clips = clips && !muted;
    }

    /// One's own microphone gives no more.
    pub fn no_own(&mut self, me: MemberId) {
        self.now.levels.remove(&me);
        (self.now.own_muted_speech, self.now.own_clips) = (false, false);
        (self.own, self.own_speech, self.remind_until) = (Meter::default(), 0, None);
    }

    /// What is to be told at `now`: nothing in a silent meeting, and nothing that can't be seen.
    pub fn tell(&mut self, now: LocalTime) -> Option<Picture> {
        if self.next_wake().is_none_or(|due| now < due) {
            return None;
        }
        self.told_at = Some(now);
        self.told = self.now.clone();
        Some(self.told.clone())
    }

    /// When [`Levels::tell`] will have something, were nothing to happen before.
    #[must_use]
    pub fn next_wake(&self) -> Option<LocalTime> {
        let due = self.told_at.map_or(LocalTime::START, |told| told + INTERVAL);
        self.differs().then_some(due)
    }

    fn differs(&self) -> bool {
        let (now, told) = (&self.now.levels, &self.told.levels);
        let moved = |(member, level): (&MemberId, &u8)| match told.get(member) {
            Some(told) => told.abs_diff(*level) >= STEP,
            None => true,
        };
        self.now.own_muted_speech != self.told.own_muted_speech
            || self.now.own_clips != self.told.own_clips
            || now.iter().any(moved)
            || told.keys().any(|member| !now.contains_key(member))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ME: MemberId = MemberId([1; 32]);
    const ANNA: MemberId = MemberId([2; 32]);

    fn ms(millis: u64) -> LocalTime {
        LocalTime::from_millis(millis)
    }

    fn block(level: u8, muted: bool) -> OwnBlock {
        OwnBlock { level, muted, ..OwnBlock::default() }
    }

    #[test]
    fn levels_are_linear_in_decibels() {
        let at = |db: f32| level_of(&[10.0_f32.powf(db / 20.0); 960]);
        assert_eq!(
            [at(-90.0), at(-50.0), at(-40.0), at(-30.0), at(-10.0), at(0.0)],
            [0, 0, 25, 50, 100, 100]
        );
        assert_eq!((level_of(&[0.0; 960]), level_of(&[])), (0, 0));
    }

    #[test]
    fn a_needle_rises_at_once_and_falls_in_a_second() {
        let mut meter = Meter::default();
        assert_eq!(meter.block(80), 80);
        assert_eq!(meter.block(10), 80 - FALL);
        let blocks = (0..).take_while(|_| meter.block(0) > 0).count();
        assert!((35..45).contains(&blocks), "{blocks} blocks of 20 ms");
    }

    #[test]
    fn a_silent_meeting_tells_nothing() {
        let mut levels = Levels::default();
        for n in 0..1000 {
            levels.own(ME, block(0, n % 2 == 0), ms(n * 20));
            levels.others(ME, &[(ANNA, 0)]);
            assert_eq!((levels.tell(ms(n * 20)), levels.next_wake()), (None, None));
        }
    }

    #[test]
    fn who_speaks_is_told_and_who_stops_is_told_once() {
        let mut levels = Levels::default();
        levels.others(ME, &[(ANNA, 60)]);
        let told = levels.tell(ms(1000)).expect("news");
        assert_eq!(told.levels, BTreeMap::from([(ANNA, 60)]));
        levels.others(ME, &[(ANNA, 62)]);
        assert_eq!(levels.tell(ms(1100)), None, "nobody sees such a step");
        levels.others(ME, &[]);
        assert_eq!(levels.tell(ms(1010)), None, "too soon");
        assert_eq!(levels.next_wake(), Some(ms(1000) + INTERVAL));
        assert_eq!(levels.tell(ms(1067)), Some(Picture::default()));
        assert_eq!((levels.tell(ms(2000)), levels.next_wake()), (None, None));
    }

    #[test]
    fn speech_into_a_muted_microphone_is_noticed_and_a_click_is_not() {
        let mut levels = Levels::default();
        let mut block = |n: u64, level, muted| {
            levels.own(ME, OwnBlock { level, muted, ..OwnBlock::default() }, ms(n * 20));
            levels.now.own_muted_speech
        };
        assert!(!(0..100).any(|n| block(n, 80, false)), "not muted");
        assert!(!(100..200).any(|n| block(n, if n % 20 < 5 { 90 } else { 0 }, true)), "clicks");
        assert!(!block(200, 70, true));
        assert!((201..220).any(|n| block(n, 70, true)), "speech");
        assert!(block(221, 0, true), "a pause between words");
        assert!(!(330..350).any(|n| block(n, 0, true)), "silence");
        assert!((400..420).any(|n| block(n, 70, true)));
        assert!(!block(420, 70, false), "unmuted");
    }

    #[test]
    fn a_detector_hears_quiet_speech_and_no_loud_noise() {
        let mut levels = Levels::default();
        let mut block = |n: u64, level, speech| {
            let block = OwnBlock { level, speech: Some(speech), clips: false, muted: true };
            levels.own(ME, block, ms(n * 20));
            levels.now.own_muted_speech
        };
        assert!(!(0..100).any(|n| block(n, 90, false)), "a vacuum cleaner");
        assert!((100..112).any(|n| block(n, 20, true)), "a whisper");
    }

    #[test]
    fn a_microphone_that_is_too_loud_is_told_while_it_is_open() {
        let mut levels = Levels::default();
        let clips = |muted| OwnBlock { clips: true, ..block(0, muted) };
        levels.own(ME, clips(true), ms(1000));
        assert_eq!(levels.tell(ms(1000)), None, "nobody hears it");
        levels.own(ME, clips(false), ms(1020));
        assert!(levels.tell(ms(1100)).is_some_and(|told| told.own_clips));
        levels.own(ME, block(0, false), ms(1200));
        assert!(levels.tell(ms(1200)).is_some_and(|told| !told.own_clips));
    }

    #[test]
    fn a_microphone_that_ends_is_silent() {
        let mut levels = Levels::default();
        levels.own(ME, block(90, true), ms(0));
        assert!(levels.tell(ms(1000)).is_some());
        levels.no_own(ME);
        assert_eq!(levels.tell(ms(2000)), Some(Picture::default()));
    }

    proptest! {
        /// No more than 15 tellings a second, and the last one is near the truth.
        #[test]
        fn tellings_are_few_and_true(script in prop::collection::vec((1u64..30, 0u8..=100), 1..300)) {
            let mut levels = Levels::default();
            let (mut now, mut told) = (1000, Vec::new());
            for (wait, level) in script {
                now += wait;
                levels.others(ME, &[(ANNA, level)]);
                if let Some(picture) = levels.tell(ms(now)) {
                    told.push((ms(now), picture));
                }
            }
            if let Some(wake) = levels.next_wake()
                && let Some(picture) = levels.tell(wake.max(ms(now)))
            {
                told.push((wake, picture));
            }
            prop_assert_eq!(levels.next_wake(), None);
            for pair in told.windows(2) {
                prop_assert!(pair[1].0.since(pair[0].0) >= INTERVAL);
            }
            let last = told.last().map(|(_, picture)| picture.clone()).unwrap_or_default();
            let of = |levels: &BTreeMap<MemberId, u8>| levels.get(&ANNA).copied().unwrap_or(0);
            prop_assert!(of(&last.levels).abs_diff(of(&levels.now.levels)) < STEP);
        }
    }
}
