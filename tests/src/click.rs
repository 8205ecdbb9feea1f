//! Clicks in speech: written at known samples, found again after codec, network and jitter buffer.
//!
//! A click is a 5 ms chirp from 1.5 to 5 kHz: long enough for a voice codec to keep it, and its
//! matched filter has one narrow peak, so that it is found to a fraction of a millisecond
//! (`the_codec_moves_a_click_less_than_half_a_millisecond` measures it with opusenc).

use crate::chance::Chance;
use crate::wav::RATE;
use std::f32::consts::PI;

/// Samples of one click: 5 ms.
pub const CLICK_SAMPLES: usize = 240;

/// Samples before and after a click in which the speech is quiet: 50 ms.
pub const HUSH_SAMPLES: usize = 2400;

/// Height of a click; the codec gets headroom.
const LEVEL: f32 = 0.8;

/// First and last frequency of the chirp, in Hz: inside what a voice codec keeps of a narrow line.
const SWEEP_HZ: (f32, f32) = (1500.0, 5000.0);

/// Energy over one click's length below which no click can be: a click has about 28, speech at the
/// level of [`crate::speech`] rarely 3.
const ENERGY_FLOOR: f32 = 6.0;

/// Likeness (normalised correlation) that a click must show: speech stays below 0.4, clicks through
/// 32 kbit/s Opus above 0.8.
const LIKENESS: f32 = 0.6;

/// Adds a click that starts at each of `at` (samples) to `sound`, hushing what is around it.
pub fn add(sound: &mut [f32], at: &[u64]) {
    let (click, _) = template();
    for &start in at {
        let start = start as usize;
        let hush = start.saturating_sub(HUSH_SAMPLES)..start + CLICK_SAMPLES + HUSH_SAMPLES;
        for (sample, from_end) in hush.clone().map(|i| (i, (i - hush.start).min(hush.end - i))) {
            // 10 ms slopes, so that the hush itself does not click.
            let slope = (from_end as f32 / 480.0).min(1.0);
            if let Some(value) = sound.get_mut(sample) {
                *value *= 1.0 - 0.95 * slope;
            }
        }
        for (value, click) in sound.iter_mut().skip(start).zip(&click) {
            *value += LEVEL * click;
        }
    }
}

/// The samples at which clicks start in `sound`, in order.
#[must_use]
pub fn find(sound: &[f32]) -> Vec<usize> {
    find_like(sound, LIKENESS)
}

/// Those that show more than this `likeness` (0 to 1).
#[must_use]
pub fn find_like(sound: &[f32], least: f32) -> Vec<usize> {
    let mut clicks: Vec<(usize, f32)> = Vec::new();
    let (sine, cosine) = template();
    let power: f32 = sine.iter().map(|v| v * v).sum();
    let mut energy: f32 = sound.iter().take(CLICK_SAMPLES).map(|v| v * v).sum();
    for start in 0..sound.len().saturating_sub(CLICK_SAMPLES) {
        if energy > ENERGY_FLOOR {
            let window = &sound[start..start + CLICK_SAMPLES];
            let (a, b) = (dot(window, &sine), dot(window, &cosine));
            let likeness = ((a * a + b * b) / (power * energy)).sqrt();
            if likeness > least {
                match clicks.last_mut() {
                    Some(last) if start - last.0 < HUSH_SAMPLES => {
                        if likeness > last.1 {
                            *last = (start, likeness);
                        }
                    }
                    _ => clicks.push((start, likeness)),
                }
            }
        }
        energy += sound[start + CLICK_SAMPLES].powi(2) - sound[start].powi(2);
    }
    clicks.into_iter().map(|(start, _)| start).collect()
}

/// `count` samples between seconds `from` and `to` for actions and their clicks: evenly spread, each
/// moved by chance (any place within a frame), never closer than twice [`HUSH_SAMPLES`].
#[must_use]
pub fn plan(chance: &mut Chance, from_secs: f64, to_secs: f64, count: usize) -> Vec<u64> {
    let (from, to) = (from_secs * f64::from(RATE), to_secs * f64::from(RATE));
    let step = ((to - from) / count as f64) as u64;
    let free = step.saturating_sub(2 * HUSH_SAMPLES as u64 + CLICK_SAMPLES as u64);
    assert!(free > 0, "{count} clicks do not fit between {from_secs} s and {to_secs} s");
    (0..count as u64).map(|i| from as u64 + i * step + chance.between(0, free)).collect()
}

/// Pairs clicks of `planned` (samples of the source) with those `found` (samples of the sink), which
/// lie a nearly constant distance apart: gives (index in `planned`, sample of the sink).
#[must_use]
pub fn pair(planned: &[u64], found: &[usize]) -> Vec<(usize, usize)> {
    let distance = |p: u64, f: usize| f as i64 - p as i64;
    // Each pair of clicks votes for a distance; right pairs agree within the jitter buffer's range.
    let window = i64::from(RATE) / 10;
    let all: Vec<i64> =
        planned.iter().flat_map(|p| found.iter().map(move |f| distance(*p, *f))).collect();
    let votes = |at: i64| all.iter().filter(|d| (**d - at).abs() < window).count();
    let Some(base) = all.iter().copied().max_by_key(|d| votes(*d)) else { return Vec::new() };
    let nearest = |p: u64| {
        let best = found.iter().copied().min_by_key(|f| (distance(p, *f) - base).abs())?;
        ((distance(p, best) - base).abs() < window).then_some(best)
    };
    planned.iter().enumerate().filter_map(|(i, p)| Some((i, nearest(*p)?))).collect()
}

/// One click of height 1, and the same a quarter of a wave later (so that likeness does not depend
/// on the phase that a codec gives it).
fn template() -> (Vec<f32>, Vec<f32>) {
    let length = CLICK_SAMPLES as f32;
    let wave = |i: usize| {
        let t = i as f32 / RATE as f32;
        let slope = (SWEEP_HZ.1 - SWEEP_HZ.0) / (length / RATE as f32);
        let phase = 2.0 * PI * (SWEEP_HZ.0 * t + slope * t * t / 2.0);
        let window = (PI * (i as f32 + 0.5) / length).sin();
        (window * phase.sin(), window * phase.cos())
    };
    (0..CLICK_SAMPLES).map(wave).unzip()
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{shell, speech, wav};

    #[test]
    fn clicks_are_found_where_they_are() {
        let at = plan(&mut Chance::new(1), 1.0, 9.0, 16);
        let sound = speech::with_clicks(10.0, &at);
        let found: Vec<u64> = find(&sound).into_iter().map(|s| s as u64).collect();
        assert_eq!(found, at);
        assert_eq!(find(&speech::with_clicks(30.0, &[])), Vec::<usize>::new(), "speech has none");
    }

    #[test]
    fn lost_clicks_do_not_confuse_the_others() {
        let planned = plan(&mut Chance::new(2), 1.0, 20.0, 40);
        let mut found: Vec<usize> = planned.iter().map(|p| *p as usize + 5000).collect();
        found.remove(20);
        found.remove(3);
        let pairs = pair(&planned, &found);
        assert_eq!(pairs.len(), 38);
        assert!(pairs.iter().all(|(i, f)| *f == planned[*i] as usize + 5000));
        assert!(pairs.iter().all(|(i, _)| *i != 3 && *i != 20));
        assert!(pair(&planned, &[]).is_empty());
    }

    /// The measuring instrument, measured: through the codec at the product's settings, with loss.
    #[test]
    fn the_codec_moves_a_click_less_than_half_a_millisecond() {
        if shell::find("opusenc").is_none() {
            eprintln!("skipped: opus-tools is not installed");
            return;
        }
        let at = plan(&mut Chance::new(3), 1.0, 29.0, 60);
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = |name: &str| folder.path().join(name).display().to_string();
        wav::write(path("a.wav").as_ref(), &speech::with_clicks(30.0, &at)).expect("write");
        let settings = ["--speech", "--bitrate", "32", "--comp", "9", "--expect-loss", "10"];
        let encode = [&["opusenc", "--quiet"], &settings[..], &[&path("a.wav"), &path("a.opus")]];
        shell::run(&encode.concat()).expect("opusenc");
        // One may be smeared without any loss: see `coded`.
        for (loss, lost_at_most) in [("0", 1), ("5", 9)] {
            let decode =
                ["opusdec", "--quiet", "--packet-loss", loss, &path("a.opus"), &path("b.wav")];
            shell::run(&decode).expect("opusdec");
            let (_, heard) = wav::read(path("b.wav").as_ref()).expect("read");
            let pairs = pair(&at, &find(&heard));
            let moved = pairs.iter().map(|(i, f)| (*f as f64 - at[*i] as f64).abs() / 48.0);
            let worst = crate::stats::Sample::of(moved).max();
            println!("loss {loss} %: {} of {} clicks, worst {worst:.3} ms", pairs.len(), at.len());
            assert!(pairs.len() + lost_at_most >= at.len(), "{} clicks at {loss} %", pairs.len());
            assert!(worst < 0.5, "{worst} ms at {loss} %");
        }
    }
}
