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
            let action = |line: &&Line| line.is("page") || line.is("stroke");
            lines.iter().filter(action).find(|line| line.count("at") == Some(at))
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
