//! Faster and slower speech at its own pitch: WSOLA (waveform similarity overlap-add; Verhelst and
//! Roelands, ICASSP 1993).
//!
//! Output is made of windows of 20 ms that overlap by half. The place in the input that a window is
//! taken from moves on by the speed; around it the window is chosen that continues the one before
//! best. So periods stay whole, whatever is left out or said twice.

use super::Position;
use std::ops::RangeInclusive;

/// The speeds there are: beyond them speech is not understood.
pub const SPEEDS: RangeInclusive<f32> = 0.5..=2.0;

/// Half a window, in samples: 10 ms, more than a pitch period of most voices.
const HOP: usize = 480;

/// How far around its place a window is looked for, in samples: 8.3 ms, a period of 120 Hz on both
/// sides, so that one of 60 Hz is found.
const REACH: i64 = 400;

/// Tried places are this many samples apart at first, and one around the best of them.
const STEP: i64 = 8;

/// Samples that are compared skip this many: similarity is a matter of the low tones.
const STRIDE: usize = 4;

/// Power below which there are no periods to keep whole: -50 dB of full scale, a quiet room. There a
/// window is taken from its own place, or noise would say where the first word begins.
const QUIET: f32 = 1e-5;

/// Samples of one block of output: 20 ms.
pub const BLOCK: usize = 2 * HOP;

/// Where input comes from: fills the slice with the samples from a place on. Places before the
/// beginning (negative ones) are silent, as are those behind the end.
pub trait Input {
    /// Fills `samples` from `place`.
    fn read(&mut self, place: i64, samples: &mut [f32]);
}

/// Makes blocks at a speed.
#[derive(Clone, Debug)]
pub struct Stretch {
    speed: f64,
    /// Place of the next output sample, in input samples.
    place: f64,
    /// Second half of the window before, faded out already; none at the beginning of a stretch.
    tail: Option<[f32; HOP]>,
    /// The input behind the window before: what the next one should be like.
    wanted: [f32; HOP],
}

impl Stretch {
    /// At the beginning, as it was spoken.
    #[must_use]
    pub fn new() -> Self {
        Self { speed: 1.0, place: 0.0, tail: None, wanted: [0.0; HOP] }
    }

    /// Where the next block begins. A place in the output is this place in the input, give or take
    /// half a window.
    #[must_use]
    pub fn position(&self) -> Position {
        Position::from_samples(self.place.max(0.0) as u64)
    }

    /// Input samples for each of output.
    #[must_use]
    pub fn speed(&self) -> f32 {
        self.speed as f32
    }

    /// Goes on elsewhere.
    pub fn seek(&mut self, to: Position) {
        self.place = to.samples() as f64;
        self.tail = None;
    }

    /// Goes on at another speed, at most and at least those of [`SPEEDS`].
    pub fn set_speed(&mut self, speed: f32) {
        self.speed = f64::from(bounded(speed));
    }

    /// The next block.
    pub fn block(&mut self, input: &mut impl Input) -> [f32; BLOCK] {
        let mut block = [0.0; BLOCK];
        if (self.speed - 1.0).abs() < 1e-6 {
            self.pass(input, &mut block);
        } else {
            let (one, two) = block.split_at_mut(HOP);
            self.hop(input, one);
            self.hop(input, two);
        }
        block
    }

    /// At speed 1 the input passes as it is; coming from another speed it is joined on first.
    fn pass(&mut self, input: &mut impl Input, block: &mut [f32; BLOCK]) {
        let place = self.place.round() as i64;
        let tail = self.tail.take();
        let start = if tail.is_some() { self.best(input, place) } else { place };
        input.read(start, block);
        for (i, (out, tail)) in block.iter_mut().zip(tail.iter().flatten()).enumerate() {
            *out = tail + *out * rising(i);
        }
        self.place = (start + BLOCK as i64) as f64;
    }

    fn hop(&mut self, input: &mut impl Input, out: &mut [f32]) {
        // A window's middle is where its place counts: see `position`.
        let nominal = (self.place - HOP as f64 * (1.0 - self.speed)).round() as i64;
        let start = match self.tail {
            None => self.place.round() as i64,
            Some(_) => self.best(input, nominal),
        };
        let mut window = [0.0; 2 * HOP];
        input.read(start, &mut window);
        let tail = self.tail.take();
        for (i, out) in out.iter_mut().enumerate() {
            *out = match &tail {
                None => window[i],
                Some(tail) => tail[i] + window[i] * rising(i),
            };
        }
        let mut faded = [0.0; HOP];
        for (i, faded) in faded.iter_mut().enumerate() {
            *faded = window[HOP + i] * (1.0 - rising(i));
        }
        self.tail = Some(faded);
        self.wanted.copy_from_slice(&window[HOP..]);
        self.place += HOP as f64 * self.speed;
    }

    /// The start near `nominal` from which the input is most like what is wanted.
    fn best(&self, input: &mut impl Input, nominal: i64) -> i64 {
        let power = self.wanted.iter().map(|sample| sample * sample).sum::<f32>() / HOP as f32;
        if power < QUIET {
            return nominal;
        }
        let mut around = [0.0; HOP + 2 * REACH as usize];
        input.read(nominal - REACH, &mut around);
        let likeness = |shift: i64| {
            let candidate = &around[(shift + REACH) as usize..][..HOP];
            let (mut product, mut energy) = (0.0, 1e-9);
            for i in (0..HOP).step_by(STRIDE) {
                product += candidate[i] * self.wanted[i];
                energy += candidate[i] * candidate[i];
            }
            // Loudness must not decide.
            product / energy.sqrt()
        };
        let best_of = |shifts: &mut dyn Iterator<Item = i64>| {
            // The nearest of equals: silence moves nothing.
            let rank = |shift: &i64| (likeness(*shift), -shift.abs());
            shifts.max_by(|a, b| {
                let (a, b) = (rank(a), rank(b));
                a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))
            })
        };
        let coarse = best_of(&mut (-REACH..=REACH).step_by(STEP as usize)).unwrap_or_default();
        let (from, to) = ((coarse - STEP).max(-REACH), (coarse + STEP).min(REACH));
        nominal + best_of(&mut (from..=to)).unwrap_or(coarse)
    }
}

impl Default for Stretch {
    fn default() -> Self {
        Self::new()
    }
}

/// The nearest of the [`SPEEDS`].
#[must_use]
pub fn bounded(speed: f32) -> f32 {
    if speed.is_finite() { speed.clamp(*SPEEDS.start(), *SPEEDS.end()) } else { 1.0 }
}

/// The rising half of a Hann window; with the falling one it adds up to 1.
fn rising(i: usize) -> f32 {
    let phase = std::f32::consts::PI * (i as f32 + 0.5) / HOP as f32;
    0.5 - 0.5 * phase.cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Sound(Vec<f32>);

    impl Input for Sound {
        fn read(&mut self, place: i64, samples: &mut [f32]) {
            for (i, sample) in (place..).zip(samples) {
                *sample =
                    usize::try_from(i).ok().and_then(|i| self.0.get(i)).copied().unwrap_or(0.0);
            }
        }
    }

    fn tone(hertz: f32, seconds: usize) -> Sound {
        let wave = |i: usize| (i as f32 * hertz / 48_000.0).fract() * std::f32::consts::TAU;
        Sound((0..48_000 * seconds).map(|i| 0.5 * wave(i).sin()).collect())
    }

    fn played(sound: &mut Sound, speed: f32, blocks: usize) -> Vec<f32> {
        let mut stretch = Stretch::new();
        stretch.set_speed(speed);
        (0..blocks).flat_map(|_| stretch.block(sound)).collect()
    }

    /// By counting periods.
    fn pitch(sound: &[f32]) -> f32 {
        let rises = sound.windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count();
        rises as f32 * 48_000.0 / sound.len() as f32
    }

    #[test]
    fn a_tone_stays_at_its_pitch_and_loudness() {
        for hertz in [110.0, 440.0] {
            for speed in [0.5, 0.75, 1.25, 1.5, 2.0] {
                let sound = played(&mut tone(hertz, 12), speed, 250);
                let heard = pitch(&sound);
                assert!((heard / hertz - 1.0).abs() < 0.02, "{hertz} Hz at {speed}: {heard} Hz");
                let power = sound.iter().map(|s| s * s).sum::<f32>() / sound.len() as f32;
                assert!((power - 0.125).abs() < 0.01, "{hertz} Hz at {speed}: power {power}");
            }
        }
    }

    #[test]
    fn at_speed_1_sound_passes_untouched() {
        let mut sound = tone(333.0, 1);
        let passed = played(&mut sound, 1.0, 50);
        assert_eq!(passed, sound.0);
    }

    #[test]
    fn a_change_of_speed_is_not_heard() {
        let mut sound = tone(200.0, 20);
        let mut stretch = Stretch::new();
        let mut all = Vec::new();
        for speed in [1.0, 1.5, 1.0, 0.5, 2.0, 1.0] {
            stretch.set_speed(speed);
            (0..20).for_each(|_| all.extend(stretch.block(&mut sound)));
        }
        // A tone of 200 Hz moves by 0.013 a sample at most.
        let jump = all.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
        assert!(jump < 0.03, "{jump}");
    }

    #[test]
    fn a_mark_comes_when_its_place_does() {
        for speed in [0.5_f32, 0.8, 1.0, 1.5, 2.0] {
            // 40 ms of tone at each second, in silence.
            let mut sound = Sound(vec![0.0; 480_000]);
            for second in 1..9 {
                for i in 0..1920 {
                    let at = second * 48_000 + 137 * second + i;
                    sound.0[at] = (i as f32 / 8.0).sin() * 0.5;
                }
            }
            let mut stretch = Stretch::new();
            stretch.set_speed(speed);
            let mut loud = Vec::new();
            for number in 0_usize.. {
                let begins = stretch.position();
                if begins.samples() > 9 * 48_000 {
                    break;
                }
                let block = stretch.block(&mut sound);
                let heard = block.iter().position(|sample| sample.abs() > 0.1);
                if let Some(heard) = heard {
                    let place = begins.samples() as f32 + heard as f32 * speed;
                    loud.push((number, place));
                }
            }
            let onsets: Vec<f32> = loud
                .iter()
                .enumerate()
                .filter(|(i, (number, _))| *i == 0 || loud[i - 1].0 + 5 < *number)
                .map(|(_, (_, place))| *place)
                .collect();
            assert_eq!(onsets.len(), 8, "at {speed}");
            for (second, place) in (1..).zip(onsets) {
                let off = (place - (second * 48_000 + 137 * second) as f32) / speed / 48.0;
                assert!(off.abs() < 15.0, "at {speed}, second {second}: {off} ms off");
            }
        }
    }

    #[test]
    fn speeds_and_places_out_of_reach_do_no_harm() {
        let mut sound = tone(440.0, 1);
        let mut stretch = Stretch::new();
        for speed in [f32::NAN, f32::INFINITY, -3.0, 0.0, 1e9] {
            stretch.set_speed(speed);
            assert!(SPEEDS.contains(&stretch.speed()), "{speed}");
            stretch.seek(Position::from_samples(1 << 60));
            assert_eq!(stretch.block(&mut sound), [0.0; BLOCK]);
        }
    }
}
