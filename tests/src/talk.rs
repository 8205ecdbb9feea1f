//! A talk: speech with clicks, and the actions that sit exactly on them.

use crate::chance::Chance;
use crate::event::Line;
use crate::gathering::{Gathering, PATIENCE};
use crate::launch::Launch;
use crate::listen::Listener;
use crate::{click, coded, speech};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Seconds of the source before the first action: time for everybody to get in. The source runs
/// from the moment its node starts.
pub const LEAD_IN_SECS: f64 = 15.0;

/// Seconds of speech after the last action, so that it is heard everywhere before the source ends.
const TAIL_SECS: f64 = 3.0;

/// What is said and done.
#[derive(Clone, Debug)]
pub struct Talk {
    /// Where each action sits, in samples of the source; its click starts there.
    pub clicks: Vec<u64>,
    /// How long the actions take, in seconds.
    pub seconds: f64,
    commands: Vec<String>,
}

impl Talk {
    /// `turns` page turns and as many strokes, taking turns, within `seconds`, in a deck of `pages`.
    #[must_use]
    pub fn new(chance: &mut Chance, seconds: f64, turns: usize, pages: u64) -> Self {
        let planned = click::plan(chance, LEAD_IN_SECS, LEAD_IN_SECS + seconds, 2 * turns);
        let length = LEAD_IN_SECS + seconds + TAIL_SECS;
        let clicks = coded::recognisable(planned, |clicks| speech::with_clicks(length, clicks));
        let action = |(number, at): (usize, &u64)| {
            let page = (number as u64 / 2 + 1) % pages + 1;
            if number.is_multiple_of(2) {
                return format!("at {at} page {page}");
            }
            let x = 0.1 + 0.8 * (number as f64 / (2 * turns) as f64);
            format!("at {at} stroke {x:.3},0.2 {x:.3},0.5 0.5,0.8 red 4")
        };
        let commands = clicks.iter().enumerate().map(action).collect();
        Self { clicks, seconds, commands }
    }

    /// `moves` of a laser pointer within `seconds`, and a stroke at last, which its author's own node
    /// tells as well.
    #[must_use]
    pub fn pointing(chance: &mut Chance, seconds: f64, moves: usize) -> Self {
        let clicks = click::plan(chance, LEAD_IN_SECS, LEAD_IN_SECS + seconds, moves + 1);
        let action = |(number, at): (usize, &u64)| {
            let x = 0.1 + 0.8 * (number as f64 / moves as f64);
            match number < moves {
                true => format!("at {at} laser {x:.3},0.4"),
                false => format!("at {at} stroke 0.1,0.2 0.9,0.2"),
            }
        };
        let commands = clicks.iter().enumerate().map(action).collect();
        Self { clicks, seconds, commands }
    }

    /// Writes its sound into `folder`, for `--source`.
    #[must_use]
    pub fn record(&self, folder: &Path) -> PathBuf {
        let file = folder.join("talk.wav");
        speech::write(&file, self.whole(), &self.clicks);
        file
    }

    /// Its sound as the codec alone leaves it, sample for sample in its place.
    #[must_use]
    pub fn coded(&self) -> Vec<f32> {
        coded::coded(&speech::with_clicks(self.whole(), &self.clicks))
    }

    /// Seconds from the source's first sample to its last.
    fn whole(&self) -> f64 {
        LEAD_IN_SECS + self.seconds + TAIL_SECS
    }

    /// Laptop 0 of `gathering` hosts, shows a deck of `pages` and talks; `listeners` come in and listen
    /// at FIFOs. Returns with their ears once all show the first page, before the first action.
    ///
    /// # Panics
    /// When somebody is not in before the first action: the figures would not count.
    pub fn open(
        &self,
        gathering: &mut Gathering<'_>,
        pages: u32,
        listeners: Range<usize>,
    ) -> Vec<Listener> {
        self.open_with(gathering, pages, listeners, |_, launch| launch)
    }

    /// Like [`Talk::open`]; `more` adds flags to each laptop's node.
    ///
    /// # Panics
    /// As there.
    pub fn open_with(
        &self,
        gathering: &mut Gathering<'_>,
        pages: u32,
        listeners: Range<usize>,
        more: impl Fn(usize, Launch) -> Launch,
    ) -> Vec<Listener> {
        let deck = gathering.file("deck.pdf");
        std::fs::write(&deck, crate::pdf::deck(pages)).expect("temporary folder is writable");
        let source = self.record(&gathering.file(""));
        gathering
            .host(|launch| more(0, launch.with("--document", &deck).with("--source", &source)));
        self.act(gathering);
        let ear = |node| Listener::at(&gathering.file(&format!("sink-{node}.wav")));
        let ears: Vec<Listener> = listeners.clone().map(ear).collect();
        gathering.some_join(listeners.clone(), |node, launch| {
            more(node, launch.with("--sink", ears[node - listeners.start].path()))
        });
        for node in gathering.present() {
            let page = node.event("page", PATIENCE);
            let after = page.at.duration_since(gathering.node(0).started).as_secs_f64();
            assert!(after < LEAD_IN_SECS, "{} came too late for the talk: {after:.1} s", node.name);
        }
        ears
    }

    /// Types all actions into laptop 0; it does each when its source gets there.
    fn act(&self, gathering: &Gathering<'_>) {
        for command in &self.commands {
            gathering.node(0).command(command);
        }
    }

    /// Whether `line` shows the action at `clicks[number]`.
    #[must_use]
    pub fn shows(&self, number: usize, line: &Line) -> bool {
        line.is_timed() && line.count("at") == Some(self.clicks[number])
    }

    /// Waits until everybody who is present has seen the last action, or should have.
    pub fn over(&self, gathering: &Gathering<'_>) {
        let last = self.clicks.len() - 1;
        let limit = Duration::from_secs_f64(LEAD_IN_SECS + self.seconds + TAIL_SECS);
        let _told_by_figures = gathering.node(0).wait(0, limit, |line| self.shows(last, line));
        for node in gathering.present() {
            let _told_by_figures =
                node.wait(0, Duration::from_secs(2), |line| self.shows(last, line));
        }
    }
}
