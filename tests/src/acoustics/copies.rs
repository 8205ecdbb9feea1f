//! How often a word is heard: each copy of what was said is a peak of its correlation with what was heard.

use super::fft::{Complex, Fft, times};
use super::level;

/// Samples of a window: 0.68 s, some words.
const WINDOW: usize = 1 << 15;

/// Copies are looked for so far around the first one, in samples: 170 ms.
const AROUND: usize = 1 << 13;

/// Nearer to the highest peak than this is the peak itself: 1 ms.
const PEAK: usize = 48;

/// Speech, in hertz: what a codec keeps of it.
const BAND: std::ops::Range<f32> = 150.0..6000.0;

/// Windows below this are pauses, in dBFS.
const PAUSE_DB: f64 = -40.0;

/// Correlation of two recordings.
#[derive(Clone, Copy, Debug)]
pub struct Copies {
    /// Samples after which the loudest copy of the window is heard.
    pub lag: i64,
    /// The next one's correlation over the loudest one's: 0 to 1.
    pub second: f32,
}

/// By how many samples `heard` is later than `said`, as a whole.
#[must_use]
pub fn lag(said: &[f32], heard: &[f32]) -> i64 {
    let length = (said.len() + heard.len()).next_power_of_two();
    let peaks = correlation(&Fft::new(length), said, heard);
    place(highest(&peaks, |_| true).0, length)
}

/// The copies of what was said in each window of `said` that is no pause; `lag` is [`lag`]'s.
#[must_use]
pub fn copies(said: &[f32], heard: &[f32], lag: i64) -> Vec<Copies> {
    let fft = Fft::new(4 * WINDOW);
    let window = |(number, said): (usize, &[f32])| {
        let from = usize::try_from((number * WINDOW) as i64 + lag - AROUND as i64).ok()?;
        let heard = heard.get(from..from + WINDOW + 2 * AROUND)?;
        if level(said) < PAUSE_DB {
            return None;
        }
        let peaks = correlation(&fft, said, heard);
        let (at, first) = highest(&peaks[..2 * AROUND], |_| true);
        let (_, second) = highest(&peaks[..2 * AROUND], |place| place.abs_diff(at) > PEAK);
        Some(Copies { lag: lag + at as i64 - AROUND as i64, second: second / first })
    };
    said.chunks_exact(WINDOW).enumerate().filter_map(window).collect()
}

/// At each lag, how alike both are; all frequencies of speech count alike, so that a voice's own pitch is no
/// second copy.
fn correlation(fft: &Fft, said: &[f32], heard: &[f32]) -> Vec<f32> {
    let length = fft.length();
    let spectrum = |sound: &[f32]| {
        let mut values: Vec<Complex> = sound.iter().map(|sample| (*sample, 0.0)).collect();
        values.resize(length, (0.0, 0.0));
        fft.forward(&mut values);
        values
    };
    let (said, mut both) = (spectrum(said), spectrum(heard));
    for (n, (said, value)) in said.iter().zip(&mut both).enumerate() {
        let hertz = n.min(length - n) as f32 * 48_000.0 / length as f32;
        let product = times((said.0, -said.1), *value);
        let size = product.0.hypot(product.1);
        let counts = BAND.contains(&hertz) && size > 0.0;
        *value = if counts { (product.0 / size, product.1 / size) } else { (0.0, 0.0) };
    }
    fft.backward(&mut both);
    both.into_iter().map(|value| value.0).collect()
}

/// The highest peak among the places that count.
fn highest(peaks: &[f32], counts: impl Fn(usize) -> bool) -> (usize, f32) {
    let places = peaks.iter().copied().enumerate().filter(|(place, _)| counts(*place));
    places.max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((0, 0.0))
}

fn place(index: usize, length: usize) -> i64 {
    if index > length / 2 { index as i64 - length as i64 } else { index as i64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speech;

    #[test]
    fn a_copy_is_seen_and_a_single_voice_is_single() {
        let said = speech::with_clicks(6.0, &[]);
        let late = |by: usize, gain: f32| {
            let silence = std::iter::repeat_n(0.0, by);
            silence.chain(said.iter().map(move |v| v * gain)).collect::<Vec<f32>>()
        };
        let once: Vec<f32> = [late(20_000, 0.5), vec![0.0; 20_000]].concat();
        assert_eq!(lag(&said, &once), 20_000);
        let worst = |heard: &[f32]| {
            let all = copies(&said, heard, lag(&said, heard));
            assert!(all.len() >= 5, "{}", all.len());
            let mut seconds: Vec<f32> = all.iter().map(|copies| copies.second).collect();
            seconds.sort_by(f32::total_cmp);
            (seconds[seconds.len() / 2], seconds[seconds.len() - 1])
        };
        let single = worst(&once);
        let mut twice = once.clone();
        twice.iter_mut().zip(late(20_900, 0.4)).for_each(|(place, copy)| *place += copy);
        let double = worst(&twice);
        println!("second peak, median and worst: once {single:.2?}, twice {double:.2?}");
        assert!(single.1 < 0.3 && double.0 > 0.5, "{single:?} {double:?}");
    }
}
