//! PAGE AND VOICE: for each action, the moment its event was printed minus the moment its click was
//! heard, at one listener.

use crate::event::Line;
use crate::listen::Heard;
use crate::stats::Sample;

/// One action at one listener.
#[derive(Clone, Debug)]
pub struct Offset {
    /// Printed minus heard, in milliseconds: positive when the page came after the word.
    pub measured_ms: f64,
    /// What the product says of itself, in milliseconds.
    pub reported_ms: f64,
}

/// All actions at one listener.
#[derive(Clone, Debug)]
pub struct Offsets {
    /// Those whose click was heard.
    pub pairs: Vec<Offset>,
    /// Actions whose event never came.
    pub missing: usize,
    /// Clicks that were not heard (their frame was concealed).
    pub unheard: usize,
}

impl Offsets {
    /// Compares a listener's `lines` and what it `heard`; each action sits at one of `planned` (samples).
    #[must_use]
    pub fn measure(planned: &[u64], lines: &[Line], heard: &Heard) -> Self {
        let clicks = heard.clicks(planned);
        let shows = |at: u64| {
            lines.iter().filter(|line| line.is_timed()).find(|line| line.count("at") == Some(at))
        };
        let missing = planned.iter().filter(|at| shows(**at).is_none()).count();
        let unheard = planned.len() - clicks.len();
        let pair = |(number, moment): (usize, std::time::Instant)| {
            let line = shows(planned[number])?;
            let (late, early) = (
                line.at.saturating_duration_since(moment),
                moment.saturating_duration_since(line.at),
            );
            let measured_ms = (late.as_secs_f64() - early.as_secs_f64()) * 1000.0;
            Some(Offset { measured_ms, reported_ms: line.number("offset_ms") })
        };
        Self { pairs: clicks.into_iter().filter_map(pair).collect(), missing, unheard }
    }

    /// What the rig measured, in milliseconds.
    #[must_use]
    pub fn measured(&self) -> Sample {
        Sample::of(self.pairs.iter().map(|pair| pair.measured_ms))
    }

    /// What the product reported minus what the rig measured, in milliseconds.
    #[must_use]
    pub fn disagreement(&self) -> Sample {
        Sample::of(self.pairs.iter().map(|pair| pair.reported_ms - pair.measured_ms))
    }

    /// A table's row: who, actions, heard, and the figures.
    #[must_use]
    pub fn row(&self, name: &str) -> Vec<String> {
        let (measured, size) = (self.measured(), self.measured().absolute());
        let figures = [
            measured.median(),
            size.median(),
            size.p99(),
            size.max(),
            self.disagreement().median(),
        ];
        let counts = [self.pairs.len(), self.missing, self.unheard].map(|n| n.to_string());
        let figures = figures.map(|v| format!("{v:.2}"));
        [name.to_owned()].into_iter().chain(counts).chain(figures).collect()
    }
}

/// The head over [`Offsets::row`]s.
pub const HEAD: [&str; 9] = [
    "listener",
    "compared",
    "missing",
    "unheard",
    "median ms",
    "|median|",
    "|p99|",
    "|max|",
    "reported−measured",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;
    use crate::listen::Listener;
    use crate::{click, speech, wait};
    use serde_json::json;
    use std::fs::OpenOptions;
    use std::io::Write;
    use std::time::{Duration, Instant};

    /// Plays 4 s of clicks into a listener's FIFO, showing each action `late_ms` after its click.
    fn played(planned: &[u64], late_ms: u64) -> (Vec<Line>, Heard) {
        let folder = tempfile::tempdir().expect("temporary folder");
        let file = folder.path().join("a.wav");
        speech::write(&file, 4.0, planned);
        let bytes = std::fs::read(&file).expect("just written");
        let listener = Listener::at(&folder.path().join("fifo"));
        let mut fifo =
            OpenOptions::new().write(true).open(listener.path()).expect("a reader waits");
        fifo.write_all(&bytes[..44]).expect("header");
        let start = Instant::now();
        let mut lines = Vec::new();
        for (number, block) in bytes[44..].chunks(1920).enumerate() {
            wait::until(start + Duration::from_millis(20 * number as u64));
            let due = Instant::now();
            fifo.write_all(block).expect("block");
            let first = number as u64 * 960;
            for at in planned.iter().filter(|at| (first..first + 960).contains(at)) {
                let inside = Duration::from_secs_f64((at - first) as f64 / 48_000.0);
                let body = json!({ "event": "page", "at": at, "offset_ms": late_ms });
                lines.push(Line { at: due + inside + Duration::from_millis(late_ms), body });
            }
        }
        drop(fifo);
        (lines, listener.finish())
    }

    #[test]
    fn a_known_offset_is_measured() {
        let planned = click::plan(&mut Chance::new(6), 0.5, 3.5, 8);
        let (mut lines, heard) = played(&planned, 30);
        let offsets = Offsets::measure(&planned, &lines, &heard);
        assert_eq!((offsets.pairs.len(), offsets.missing, offsets.unheard), (8, 0, 0));
        let median = offsets.measured().median();
        assert!((27.0..31.0).contains(&median), "{median} ms instead of 30");
        assert!(offsets.disagreement().median().abs() < 3.0);
        lines.pop();
        assert_eq!(Offsets::measure(&planned, &lines, &heard).missing, 1);
    }
}
